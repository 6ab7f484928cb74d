#include "base/clock.h"

#include <time.h>

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR
};

/* 0001-01-01 and the last moment of 9999, in milliseconds from 1970: what four digits can spell.
 * Nothing outside is a time that somebody meant. */
#define FIRST_MS INT64_C(-62135596800000)
#define LAST_MS INT64_C(253402300799999)

static int64_t read_us(clockid_t which)
{
    struct timespec ts;
    must(clock_gettime(which, &ts) == 0);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->fixed ? clock->fixed_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_now_ms(const struct clock *clock)
{
    return clock_wall_ms(clock) + clock->offset_ms;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

void clock_read(struct ctx *c, const struct clock *clock)
{
    /* One look at the machine: the two times may differ by the offset only. */
    c->wall_ms = clock_wall_ms(clock);
    c->now_ms = c->wall_ms + clock->offset_ms;
}

static int64_t div_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_days_in_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    must(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* The calendar repeats every 400 years of 146,097 days.  Counted from 1 March the leap day is the
 * last of its year, so that the days before a month do not depend on the year: (153 m + 2) / 5
 * with March as 0. */
enum {
    DAYS_OF_CYCLE = 146097,
    DAYS_BEFORE_1970 = 719468 /* from 1 March 0000 */
};

static int64_t days_of_civil(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t cycle = div_floor(y, 400);
    int64_t in_cycle = y - cycle * 400;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t in_year = (153 * m + 2) / 5 + day - 1;
    return cycle * DAYS_OF_CYCLE + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + in_year -
        DAYS_BEFORE_1970;
}

static void civil_of_days(int64_t days, struct civil *ret)
{
    int64_t d = days + DAYS_BEFORE_1970;
    int64_t cycle = div_floor(d, DAYS_OF_CYCLE);
    int64_t in_cycle = d - cycle * DAYS_OF_CYCLE;
    /* Without the leap days every year has 365: take out those that have passed. */
    int64_t year =
        (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / (DAYS_OF_CYCLE - 1)) / 365;
    int64_t in_year = in_cycle - (year * 365 + year / 4 - year / 100);
    int64_t m = (5 * in_year + 2) / 153;
    ret->day = (int)(in_year - (153 * m + 2) / 5 + 1);
    ret->month = (int)(m < 10 ? m + 3 : m - 9);
    ret->year = cycle * 400 + year + (m >= 10);
}

struct civil civil_of_ms(int64_t ms)
{
    struct civil t = { 0 };
    int64_t days = div_floor(ms, DAY);
    int64_t rest = ms - days * DAY;
    civil_of_days(days, &t);
    t.hour = (int)(rest / HOUR);
    t.minute = (int)(rest / MINUTE % 60);
    t.second = (int)(rest / SECOND % 60);
    t.ms = (int)(rest % SECOND);
    t.weekday = (int)(days + 3 - div_floor(days + 3, 7) * 7); /* 1970 began on a Thursday */
    return t;
}

static bool civil_exists(const struct civil *t)
{
    return t->year >= 1 && t->year <= 9999 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
        t->day <= civil_days_in_month(t->year, t->month) && t->hour >= 0 && t->hour <= 23 &&
        t->minute >= 0 && t->minute <= 59 && t->second >= 0 && t->second <= 59 && t->ms >= 0 &&
        t->ms <= 999;
}

int64_t ms_of_civil(struct civil t)
{
    must(civil_exists(&t));
    return days_of_civil(t.year, t.month, t.day) * DAY + t.hour * INT64_C(3600000) +
        t.minute * INT64_C(60000) + t.second * INT64_C(1000) + t.ms;
}

struct str time_iso(struct arena *a, int64_t ms)
{
    struct civil t = civil_of_ms(ms);
    return str_fmt(a, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)t.year, t.month, t.day,
        t.hour, t.minute, t.second, t.ms);
}

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December" };

struct str time_day(struct arena *a, int64_t ms)
{
    struct civil t = civil_of_ms(ms);
    return str_fmt(a, "%d %s %lld", t.day, months[t.month - 1], (long long)t.year);
}

struct str time_words(struct arena *a, int64_t ms)
{
    struct civil t = civil_of_ms(ms);
    return str_fmt(a, "%.*s, %02d:%02d UTC", SARG(time_day(a, ms)), t.hour, t.minute);
}

struct str time_http(struct arena *a, int64_t ms)
{
    static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    struct civil t = civil_of_ms(ms);
    return str_fmt(a, "%s, %02d %.3s %04lld %02d:%02d:%02d GMT", weekdays[t.weekday], t.day,
        months[t.month - 1], (long long)t.year, t.hour, t.minute, t.second);
}

/* Takes exactly n digits from the front of s. */
static bool take_digits(struct str *s, size_t n, int64_t *ret)
{
    uint64_t v = 0;
    if (s->n < n || !str_to_u64(str_part(*s, 0, n), &v))
        return false;
    *ret = (int64_t)v;
    *s = str_from(*s, n);
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool take_two(struct str *s, char before, int *ret)
{
    int64_t v = 0;
    if ((before != 0 && !take_char(s, before)) || !take_digits(s, 2, &v))
        return false;
    *ret = (int)v;
    return true;
}

/* ".4", ".412", ".412999": one to nine digits, cut to milliseconds. */
static bool take_fraction(struct str *s, int *ret_ms)
{
    if (!take_char(s, '.'))
        return true;
    int ms = 0;
    size_t n = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        if (n < 3)
            ms = ms * 10 + (s->p[n] - '0');
    if (n == 0 || n > 9)
        return false;
    for (size_t i = n; i < 3; i++)
        ms *= 10;
    *s = str_from(*s, n);
    *ret_ms = ms;
    return true;
}

static bool take_zone(struct str *s, int64_t *ret_offset_ms)
{
    *ret_offset_ms = 0;
    if (take_char(s, 'Z'))
        return true;
    bool minus = s->n > 0 && s->p[0] == '-';
    int hour = 0, minute = 0;
    if (!(take_char(s, '-') || take_char(s, '+')) || !take_two(s, 0, &hour) ||
        !take_two(s, ':', &minute) || hour > 23 || minute > 59)
        return false;
    *ret_offset_ms = (hour * INT64_C(3600000) + minute * INT64_C(60000)) * (minus ? -1 : 1);
    return true;
}

static bool in_range(int64_t ms)
{
    return ms >= FIRST_MS && ms <= LAST_MS;
}

bool time_parse_iso(struct str s, int64_t *ret_ms)
{
    struct civil t = { 0 };
    int64_t offset_ms = 0;
    if (!take_digits(&s, 4, &t.year) || !take_two(&s, '-', &t.month) || !take_two(&s, '-', &t.day))
        return false;
    if (s.n > 0 &&
        (!take_two(&s, 'T', &t.hour) || !take_two(&s, ':', &t.minute) ||
            !take_two(&s, ':', &t.second) || !take_fraction(&s, &t.ms) ||
            !take_zone(&s, &offset_ms)))
        return false;
    if (s.n > 0 || !civil_exists(&t) || !in_range(ms_of_civil(t) - offset_ms))
        return false;
    *ret_ms = ms_of_civil(t) - offset_ms;
    return true;
}

static const struct unit {
    struct str name;
    int64_t ms, months;
} units[] = {
    { S_INIT("y"), 0, 12 },
    { S_INIT("mo"), 0, 1 },
    { S_INIT("d"), DAY, 0 },
    { S_INIT("h"), HOUR, 0 },
    { S_INIT("m"), MINUTE, 0 },
    { S_INIT("s"), SECOND, 0 },
};

bool duration_parse(struct str s, struct duration *ret)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    int64_t count = 0;
    if (!str_to_i64(str_part(s, 0, n), &count))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct duration d = { 0 };
        if (!str_eq(str_from(s, n), units[i].name))
            continue;
        if (__builtin_mul_overflow(count, units[i].ms, &d.ms) ||
            __builtin_mul_overflow(count, units[i].months, &d.months))
            return false;
        *ret = d;
        return true;
    }
    return false;
}

struct str duration_text(struct arena *a, struct duration d)
{
    must(d.ms % SECOND == 0 && (d.ms == 0 || d.months == 0));
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        const struct unit *u = &units[i];
        int64_t size = u->ms + u->months, whole = u->ms != 0 ? d.ms : d.months;
        if (whole != 0 && whole % size == 0)
            return str_fmt(a, "%lld%.*s", (long long)(whole / size), SARG(u->name));
    }
    return S("0s");
}

bool time_add_months(int64_t anchor_ms, int64_t n, int64_t *ret_ms)
{
    if (!in_range(anchor_ms) || n > 120000 || n < -120000)
        return false;
    struct civil t = civil_of_ms(anchor_ms);
    int64_t month = t.year * 12 + (t.month - 1) + n;
    t.year = div_floor(month, 12);
    t.month = (int)(month - t.year * 12) + 1;
    if (t.year < 1 || t.year > 9999)
        return false;
    int last = civil_days_in_month(t.year, t.month);
    if (t.day > last)
        t.day = last;
    *ret_ms = ms_of_civil(t);
    return true;
}

bool time_add(int64_t ms, struct duration d, int64_t *ret_ms)
{
    int64_t sum = 0;
    if (!time_add_months(ms, d.months, &sum) || __builtin_add_overflow(sum, d.ms, &sum) ||
        !in_range(sum))
        return false;
    *ret_ms = sum;
    return true;
}
