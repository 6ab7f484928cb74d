/* A file of the time zone database from anybody:
 *   - it is a zone, or refused with a clause;
 *   - with what is taken every moment lies in one day: the day holds it, the next begins where it
 *     ends, and the last moment before that end is still in it. */
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct zone *zone, int64_t ms)
{
    struct zone_day day = zone_day_of(zone, ms);
    must(day.begins_ms <= ms && ms < day.ends_ms);
    must(zone_date_begins(zone, day.date) == day.begins_ms);
    must(zone_date_begins(zone, day.date + 1) == day.ends_ms);
    must(zone_day_of(zone, day.begins_ms).date == day.date);
    must(zone_day_of(zone, day.ends_ms - 1).date == day.date);
    must(zone_day_of(zone, day.ends_ms).begins_ms == day.ends_ms);
    int64_t offset_ms = zone_offset_ms(zone, ms);
    must(offset_ms > -26 * INT64_C(3600000) && offset_ms < 26 * INT64_C(3600000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = { 0, INT64_C(1000000000000), INT64_C(1795132800000),
        INT64_C(2145916800000), INT64_C(4102444800000), INT64_C(32503680000000) };
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    const struct zone *zone = NULL;
    struct str bytes = { (const char *)data, size };
    if (zone_read(&c, &arena, S("Fuzzed/Zone"), bytes, &zone) == E_OK)
        for (size_t i = 0; i < ARRAY_LEN(moments); i++)
            check(zone, moments[i]);
    else
        must(zone == NULL && c.err.code == CODE_INVALID_REQUEST && c.err.message.n > 0);
    arena_free(&arena);
    return 0;
}
