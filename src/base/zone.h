#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/ctx.h"

/* Time zones: when a day begins and ends where somebody lives.  Read from the system's database
 * (package tzdata) by name, when first asked for; "UTC" needs no database.
 *
 * A day begins at the first moment that bears its date there, and lasts until the next one begins:
 * 23 or 25 hours when clocks change.  Where clocks go back over midnight, and a date comes twice,
 * the second time belongs to the day that has begun: each moment lies in exactly one day. */
struct zone;
extern const struct zone zone_utc;

/* Those that were read, per process; the list only grows, by at most as many as the database has.
 * From any thread.  folder: where the database lies, NULL: the system's. */
struct zones;
struct zones *zones_open(const char *folder);
void zones_close(struct zones *zones);

/* INVALID_REQUEST with a sentence.  c->zones NULL: read again each time, into c's arena. */
enum err zone_find(struct ctx *c, struct str name, const struct zone **ret);
/* Is this how zones are named, whether or not there is such a one?  "Europe/Berlin" */
bool zone_is_name(struct str name);
/* Is there a database at all? */
bool zone_any(const struct ctx *c);

struct str zone_name(const struct zone *zone);
int64_t zone_offset_ms(const struct zone *zone, int64_t ms); /* what clocks show, less UTC */

/* A date is a number: days since 1 January 1970.  civil_of_date says which. */
struct zone_day {
    int64_t date, begins_ms, ends_ms;
};
struct zone_day zone_day_of(const struct zone *zone, int64_t ms);
/* Of a date that the place skipped: the moment at which the next one began. */
int64_t zone_date_begins(const struct zone *zone, int64_t date);

struct str date_text(struct arena *a, int64_t date); /* 2026-11-20 */
int64_t date_of_month(int64_t date);                 /* the first of its month */
int64_t date_next_month(int64_t date);               /* the first of the next */

/* A zone from a file's bytes (TZif, RFC 8536), for zone_find, tests and the fuzzer; it lives in a.
 * INVALID_REQUEST with a clause. */
enum err zone_read(
    struct ctx *c, struct arena *a, struct str name, struct str bytes, const struct zone **ret);

#endif
