#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/ctx.h"

/* The only file that asks the machine for the time.  Work reads ctx: now_ms (business time, moved
 * in the sandbox) and wall_ms (security time, never moved).  Durations use the monotonic clock. */
struct clock {
    _Atomic int64_t offset_ms; /* business time minus wall time; 0 outside the sandbox */
    bool fixed;                /* tests and the simulator: both times are what they were set to */
    _Atomic int64_t fixed_ms;
};
int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_now_ms(const struct clock *clock);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
void clock_read(struct ctx *c, const struct clock *clock); /* sets now_ms and wall_ms */

/* Civil time, UTC, proleptic Gregorian. */
struct civil {
    int64_t year;
    int month, day, hour, minute, second, ms;
    int weekday; /* 0 Monday … 6 Sunday; set by civil_of_ms */
};
struct civil civil_of_ms(int64_t ms);
int64_t ms_of_civil(struct civil t); /* must be a date that exists */
int civil_days_in_month(int64_t year, int month);

struct str time_iso(struct arena *a, int64_t ms);   /* 2026-11-20T02:14:07.412Z */
struct str time_words(struct arena *a, int64_t ms); /* 20 November 2026, 02:14 UTC */
struct str time_day(struct arena *a, int64_t ms);   /* 20 November 2026 */
struct str time_http(struct arena *a, int64_t ms);  /* Fri, 20 Nov 2026 02:14:07 GMT */
bool time_parse_iso(struct str s, int64_t *ret_ms); /* date, or date and time with Z or ±hh:mm */

/* 30s, 15m, 2h, 31d, 1mo, 1y.  Months and years are added on the calendar: time_add keeps the day
 * of the anchor, or the month's last day where it does not exist. */
struct duration {
    int64_t ms;
    int64_t months;
};
bool duration_parse(struct str s, struct duration *ret);
struct str duration_text(struct arena *a, struct duration d);
bool time_add(int64_t ms, struct duration d, int64_t *ret_ms);
/* n months after the anchor, day of month kept from the anchor (31 Jan + 1 → 28 Feb, + 2 → 31 Mar).
 */
bool time_add_months(int64_t anchor_ms, int64_t n, int64_t *ret_ms);

#endif
