#include "base/clock.h"

#include "base/id.h"
#include "base/test.h"

#include <time.h>

TEST("a time survives its spelling")
{
    int64_t ms = 0;
    EXPECT_STR(time_iso(t->c->arena, t->c->now_ms), S("2026-11-20T02:00:00.000Z"));
    EXPECT_STR(time_words(t->c->arena, t->c->now_ms), S("20 November 2026, 02:00 UTC"));
    EXPECT_STR(time_http(t->c->arena, t->c->now_ms), S("Fri, 20 Nov 2026 02:00:00 GMT"));
    for (int i = 0; i < 2000; i++) {
        /* from 0001 to 9999 */
        int64_t want = random_below(t->c, INT64_C(315537897600000)) - INT64_C(62135596800000);
        EXPECT(time_parse_iso(time_iso(t->c->arena, want), &ms));
        EXPECT_I64(ms, want);
    }
}

TEST("the calendar agrees with the system's for every day of four centuries")
{
    for (int64_t day = -100000; day < 100000; day++) {
        time_t seconds = (time_t)(day * 86400 + 3661);
        struct tm want;
        EXPECT(gmtime_r(&seconds, &want) != NULL);
        struct civil got = civil_of_ms((int64_t)seconds * 1000 + 7);
        EXPECT_I64(got.year, want.tm_year + 1900);
        EXPECT_I64(got.month, want.tm_mon + 1);
        EXPECT_I64(got.day, want.tm_mday);
        EXPECT_I64(got.weekday, (want.tm_wday + 6) % 7);
        EXPECT_I64(got.hour * 3600 + got.minute * 60 + got.second, 3661);
        EXPECT_I64(ms_of_civil(got), (int64_t)seconds * 1000 + 7);
    }
}

TEST("times are read as ISO 8601 writes them, and in no other way")
{
    static const struct {
        const char *text, *is;
    } good[] = {
        { "2026-11-20", "2026-11-20T00:00:00.000Z" },
        { "2026-11-20T02:14:07Z", "2026-11-20T02:14:07.000Z" },
        { "2026-11-20T02:14:07.4Z", "2026-11-20T02:14:07.400Z" },
        { "2026-11-20T02:14:07.412999999Z", "2026-11-20T02:14:07.412Z" },
        { "2026-11-20T02:14:07+03:00", "2026-11-19T23:14:07.000Z" },
        { "2026-11-20T22:14:07.5-05:30", "2026-11-21T03:44:07.500Z" },
        { "2024-02-29", "2024-02-29T00:00:00.000Z" },
        { "2000-02-29", "2000-02-29T00:00:00.000Z" },
        { "0001-01-01", "0001-01-01T00:00:00.000Z" },
        { "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z" },
        { "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z" },
    };
    static const char *const bad[] = { "", "2026", "2026-11", "2026-11-2", "2026-1-20",
        "2026-11-20T", "2026-11-20T02:14Z", "2026-11-20T02:14:07", "2026-11-20T02:14:07.Z",
        "2026-11-20T02:14:07.1234567890Z", "2026-11-20 02:14:07Z", "2026-11-20t02:14:07Z",
        "2026-11-20T02:14:07z", "2026-11-20T24:00:00Z", "2026-11-20T02:60:00Z",
        "2026-11-20T02:14:60Z", "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-31",
        "2023-02-29", "1900-02-29", "0000-01-01", "2026-11-20T02:14:07+0300",
        "2026-11-20T02:14:07+24:00", "2026-11-20T02:14:07+03:60", "2026-11-20T02:14:07Z ",
        "+2026-11-20", "-2026-11-20", "20261120", "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "2026-11-2x", "2026/11/20" };
    int64_t ms = 7;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        EXPECT(time_parse_iso(str_of_c(good[i].text), &ms));
        EXPECT_STR(time_iso(t->c->arena, ms), str_of_c(good[i].is));
    }
    ms = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!time_parse_iso(str_of_c(bad[i]), &ms));
    EXPECT_I64(ms, 7);
}

TEST("months are added on the calendar and keep the anchor's day")
{
    static const struct {
        const char *anchor;
        int64_t months;
        const char *is;
    } rows[] = {
        { "2026-01-31", 1, "2026-02-28T00:00:00.000Z" },
        { "2026-01-31", 2, "2026-03-31T00:00:00.000Z" },
        { "2024-01-31", 1, "2024-02-29T00:00:00.000Z" },
        { "2024-02-29", 12, "2025-02-28T00:00:00.000Z" },
        { "2024-02-29", 48, "2028-02-29T00:00:00.000Z" },
        { "2026-03-31", -1, "2026-02-28T00:00:00.000Z" },
        { "2026-12-15T10:20:30.456Z", 1, "2027-01-15T10:20:30.456Z" },
        { "2026-01-15", -13, "2024-12-15T00:00:00.000Z" },
    };
    int64_t anchor = 0, sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT(time_parse_iso(str_of_c(rows[i].anchor), &anchor));
        EXPECT(time_add_months(anchor, rows[i].months, &sum));
        EXPECT_STR(time_iso(t->c->arena, sum), str_of_c(rows[i].is));
    }
    sum = 7;
    EXPECT(!time_add_months(anchor, INT64_MAX, &sum));
    EXPECT(!time_add_months(anchor, INT64_MIN, &sum));
    EXPECT(!time_add_months(anchor, 12 * 9000, &sum));
    EXPECT(!time_add_months(INT64_MAX, 1, &sum));
    EXPECT_I64(sum, 7);
}

TEST("a duration survives its spelling, and adds up")
{
    static const char *const good[] = { "30s", "15m", "2h", "31d", "1mo", "1y", "0s", "25h" };
    static const char *const bad[] = { "", "s", "30", "30 s", "-30s", "+30s", "1.5h", "30S", "1w",
        "1h30m", "ms", "99999999999999999999s", "9223372036854775807d", "106751991168d",
        "9223372036854775807y" };
    struct duration d = { 7, 7 };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!duration_parse(str_of_c(bad[i]), &d));
    EXPECT(d.ms == 7 && d.months == 7);
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        EXPECT(duration_parse(str_of_c(good[i]), &d));
        EXPECT_STR(duration_text(t->c->arena, d), str_of_c(good[i]));
    }
    EXPECT(duration_parse(S("3600s"), &d));
    EXPECT_STR(duration_text(t->c->arena, d), S("1h"));
    EXPECT(duration_parse(S("24mo"), &d));
    EXPECT_STR(duration_text(t->c->arena, d), S("2y"));

    int64_t ms = 0;
    EXPECT(time_add(t->c->now_ms, d, &ms));
    EXPECT_STR(time_iso(t->c->arena, ms), S("2028-11-20T02:00:00.000Z"));
    EXPECT(duration_parse(S("31d"), &d));
    EXPECT(time_add(t->c->now_ms, d, &ms));
    EXPECT_STR(time_iso(t->c->arena, ms), S("2026-12-21T02:00:00.000Z"));
    EXPECT(duration_parse(S("100000000000d"), &d));
    EXPECT(!time_add(t->c->now_ms, d, &ms));
}

TEST("moving business time leaves security time where it is")
{
    struct clock clock = { .fixed = true };
    clock.fixed_ms = 1000;
    clock.offset_ms = 86400000;
    clock_read(t->c, &clock);
    EXPECT_I64(t->c->wall_ms, 1000);
    EXPECT_I64(t->c->now_ms, 86401000);
    EXPECT_I64(clock_now_ms(&clock), 86401000);
}

TEST("the machine's clock is read in milliseconds, and the monotonic one does not go back")
{
    struct clock clock = { .fixed = false };
    int64_t ms = clock_wall_ms(&clock), mono = clock_mono_us();
    EXPECT(ms > INT64_C(1600000000000) && ms < INT64_C(10000000000000));
    for (int i = 0; i < 1000; i++) {
        int64_t next = clock_mono_us();
        EXPECT(next >= mono);
        mono = next;
    }
}
