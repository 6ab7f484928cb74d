#include "base/clock.h"
#include "base/test.h"
#include "base/zone.h"

/* Days where people live, by the zones of this machine (package tzdata). */

enum {
    MINUTE = 60 * 1000,
    HOUR = 60 * MINUTE
};

static int64_t at(struct test *t, const char *iso)
{
    int64_t ms = 0;
    EXPECT(time_parse_iso(str_of_c(iso), &ms));
    return ms;
}

static const struct zone *zone(struct test *t, const char *name)
{
    const struct zone *z = NULL;
    EXPECT_OK(zone_find(t->c, str_of_c(name), &z));
    return z;
}

static void expect_day(
    struct test *t, const struct zone *z, const char *moment, const char *date, int64_t length_ms)
{
    struct zone_day day = zone_day_of(z, at(t, moment));
    EXPECT_STR(date_text(t->c->arena, day.date), str_of_c(date));
    EXPECT_I64(day.ends_ms - day.begins_ms, length_ms);
    EXPECT(day.begins_ms <= at(t, moment) && at(t, moment) < day.ends_ms);
}

TEST("a day begins at midnight where its person lives")
{
    const struct zone *berlin = zone(t, "Europe/Berlin");
    expect_day(t, berlin, "2026-11-20T22:59:59.999Z", "2026-11-20", 24 * HOUR);
    expect_day(t, berlin, "2026-11-20T23:00:00Z", "2026-11-21", 24 * HOUR);
    expect_day(t, zone(t, "Asia/Kathmandu"), "2026-11-20T18:15:00Z", "2026-11-21", 24 * HOUR);
    expect_day(t, zone(t, "Pacific/Kiritimati"), "2026-11-20T10:00:00Z", "2026-11-21", 24 * HOUR);
    expect_day(t, zone(t, "Pacific/Pago_Pago"), "2026-11-20T10:00:00Z", "2026-11-19", 24 * HOUR);
    expect_day(t, &zone_utc, "2026-11-20T23:59:59Z", "2026-11-20", 24 * HOUR);
    EXPECT_I64(zone_offset_ms(berlin, at(t, "2026-07-01T00:00:00Z")), 2 * HOUR);
}

TEST("a day has 23 or 25 hours when clocks change, and no moment is in two")
{
    const struct zone *berlin = zone(t, "Europe/Berlin"), *york = zone(t, "America/New_York");
    expect_day(t, berlin, "2026-03-29T12:00:00Z", "2026-03-29", 23 * HOUR);
    expect_day(t, berlin, "2026-10-25T12:00:00Z", "2026-10-25", 25 * HOUR);
    expect_day(t, york, "2026-03-08T12:00:00Z", "2026-03-08", 23 * HOUR);
    expect_day(t, york, "2026-11-01T12:00:00Z", "2026-11-01", 25 * HOUR);
    expect_day(t, zone(t, "Australia/Lord_Howe"), "2026-04-05T01:00:00Z", "2026-04-05",
        24 * HOUR + 30 * MINUTE);
    /* Far after the last change that the file lists: by its rule. */
    expect_day(t, berlin, "2150-03-29T12:00:00Z", "2150-03-29", 23 * HOUR);
    expect_day(t, york, "2150-11-01T12:00:00Z", "2150-11-01", 25 * HOUR);
}

TEST("where midnight is skipped the day begins after it, where it comes twice at the first")
{
    /* Clocks went from 00:00 to 01:00. */
    const struct zone *paulo = zone(t, "America/Sao_Paulo");
    expect_day(t, paulo, "2018-11-04T12:00:00Z", "2018-11-04", 23 * HOUR);
    EXPECT_I64(
        zone_day_of(paulo, at(t, "2018-11-04T12:00:00Z")).begins_ms, at(t, "2018-11-04T03:00:00Z"));
    /* And back from 00:00 to 23:00: the hour belongs to the day that it prolongs. */
    expect_day(t, paulo, "2018-02-18T02:30:00Z", "2018-02-17", 25 * HOUR);
    /* From 00:01 to 23:01: the new day had begun, and goes on. */
    const struct zone *johns = zone(t, "America/St_Johns");
    expect_day(t, johns, "2010-11-07T02:30:30Z", "2010-11-07", 25 * HOUR);
    expect_day(t, johns, "2010-11-07T02:45:00Z", "2010-11-07", 25 * HOUR);
    expect_day(t, johns, "2010-11-07T02:29:59Z", "2010-11-06", 24 * HOUR);
}

TEST("a date that a place skipped has no moment")
{
    const struct zone *apia = zone(t, "Pacific/Apia");
    struct zone_day day = zone_day_of(apia, at(t, "2011-12-30T09:59:59Z"));
    EXPECT_STR(date_text(t->c->arena, day.date), S("2011-12-29"));
    EXPECT_I64(zone_date_begins(apia, day.date + 1), zone_date_begins(apia, day.date + 2));
    expect_day(t, apia, "2011-12-30T10:00:00Z", "2011-12-31", 24 * HOUR);
}

TEST("days follow each other without a gap, for years, in zones of every kind")
{
    static const char *const names[] = { "Europe/Berlin", "Europe/Dublin", "America/St_Johns",
        "America/Havana", "Asia/Gaza", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Tehran",
        "America/Nuuk", "Antarctica/Troll", "Asia/Kolkata", "EST5EDT" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct zone *z = zone(t, names[i]);
        struct zone_day day = zone_day_of(z, at(t, "2009-01-01T00:00:00Z"));
        while (day.begins_ms < at(t, "2045-01-01T00:00:00Z")) {
            struct zone_day next = zone_day_of(z, day.ends_ms);
            EXPECT_I64(next.begins_ms, day.ends_ms);
            EXPECT(next.date > day.date);
            EXPECT_I64(zone_day_of(z, day.ends_ms - 1).date, day.date);
            int64_t length = day.ends_ms - day.begins_ms;
            EXPECT(length >= 22 * HOUR && length <= 26 * HOUR);
            day = next;
        }
    }
}

TEST("what is no zone is refused with a sentence, wherever it points")
{
    static const char *const names[] = { "", "Berlin", "europe/berlin", "Europe/", "Europe//Berlin",
        "/etc/localtime", "../../../etc/passwd", "Europe/../Europe/Berlin", "right/Europe/Berlin",
        "localtime", "zone.tab", "Europe", "Europe/Berlin ", "Nowhere/Nothing" };
    const struct zone *z = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        EXPECT(zone_find(t->c, str_of_c(names[i]), &z) == E_INVALID);
        EXPECT(str_has(t->c->err.message, S("time zone")));
    }
    EXPECT(z == NULL);
}

static void close_zones(void *zones)
{
    zones_close(zones);
}

TEST("a zone is read once, and a machine without the database knows UTC alone")
{
    const struct zone *first = NULL, *again = NULL;
    t->c->zones = zones_open(NULL);
    arena_defer(t->c->arena, close_zones, t->c->zones);
    EXPECT_OK(zone_find(t->c, S("Asia/Tokyo"), &first));
    EXPECT_OK(zone_find(t->c, S("Asia/Tokyo"), &again));
    EXPECT(first == again && zone_any(t->c));
    struct zones *none = zones_open("/nowhere");
    arena_defer(t->c->arena, close_zones, none);
    t->c->zones = none;
    EXPECT(!zone_any(t->c));
    EXPECT_OK(zone_find(t->c, S("UTC"), &again));
    EXPECT(again == &zone_utc);
    EXPECT(zone_find(t->c, S("Asia/Tokyo"), &again) == E_INVALID);
    EXPECT(str_has(t->c->err.message, S("tzdata is not installed")));
}

/* ---- files that we write ourselves */

static void put(struct buf *b, uint64_t v, size_t bytes)
{
    while (bytes-- > 0)
        buf_char(b, (char)(unsigned char)(v >> (bytes * 8)));
}

struct made {
    char version;
    uint32_t leaps, times, types;
    int64_t at[4];
    unsigned char kind[4];
    int32_t offset[2];
    const char *foot;
};

static void put_block(struct buf *b, const struct made *m, size_t time)
{
    buf_add(b, S("TZif"));
    buf_char(b, m->version);
    put(b, 0, 8);
    put(b, 0, 7);
    put(b, 0, 4);
    put(b, 0, 4);
    put(b, m->leaps, 4);
    put(b, m->times, 4);
    put(b, m->types, 4);
    put(b, 4, 4);
    for (size_t i = 0; i < m->times && i < 4; i++)
        put(b, (uint64_t)m->at[i], time);
    for (size_t i = 0; i < m->times && i < 4; i++)
        put(b, m->kind[i], 1);
    for (size_t i = 0; i < m->types && i < 2; i++) {
        put(b, (uint32_t)m->offset[i], 4);
        put(b, 0, 2);
    }
    buf_add(b, (struct str) { "ABC", 4 });
}

static enum err read_made(struct test *t, const struct made *m, const struct zone **ret)
{
    struct buf b = BUF(t->c->arena);
    put_block(&b, m, 4);
    put_block(&b, m, 8);
    buf_add(&b, str_of_c(m->foot));
    return zone_read(t->c, t->c->arena, S("Made"), buf_str(&b), ret);
}

TEST("a file of the zone database is read strictly: order, bounds, its rule")
{
    const struct made good = { .version = '2',
        .times = 2,
        .types = 2,
        .at = { 1000, 2000 },
        .kind = { 1, 0 },
        .offset = { 3600, 7200 },
        .foot = "\nABC-1\n" };
    const struct zone *z = NULL;
    EXPECT_OK(read_made(t, &good, &z));
    EXPECT_I64(zone_offset_ms(z, 1500000), 7200000);
    EXPECT_I64(zone_offset_ms(z, 999999), 3600000);
    struct made bad[12];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        bad[i] = good;
    bad[0].version = 0;
    bad[1].leaps = 1;
    bad[2].times = 3;
    bad[3].types = 0;
    bad[4].at[1] = 1000;
    bad[5].kind[0] = 2;
    bad[6].offset[1] = 26 * 3600;
    bad[7].offset[0] = -26 * 3600;
    bad[8].foot = "ABC-1\n";
    bad[9].foot = "\nABC-1";
    bad[10].foot = "\nAB-1\n";
    bad[11].foot = "\nABC-1DEF,M13.1.0,M1.1.0\n";
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT_FAIL(read_made(t, &bad[i], &z), INVALID_REQUEST);
}

TEST("a rule names its days by weekday, by number, with and without leap days")
{
    struct made m = { .version = '3', .types = 1, .offset = { 0 }, .foot = "" };
    const struct zone *z = NULL;
    m.foot = "\nABC0DEF,J60/0,J300/0\n"; /* 1 March, whatever the year */
    EXPECT_OK(read_made(t, &m, &z));
    EXPECT_I64(zone_offset_ms(z, at(t, "2028-02-29T12:00:00Z")), 0);
    EXPECT_I64(zone_offset_ms(z, at(t, "2028-03-01T00:00:00Z")), HOUR);
    EXPECT_I64(zone_offset_ms(z, at(t, "2027-03-01T00:00:00Z")), HOUR);
    m.foot = "\nABC0DEF,59/0,299/0\n"; /* the 60th day: 29 February in leap years */
    EXPECT_OK(read_made(t, &m, &z));
    EXPECT_I64(zone_offset_ms(z, at(t, "2028-02-29T00:00:00Z")), HOUR);
    m.foot = "\n<+0330>-3:30<+0430>,M9.2.4/-1,M4.1.0/26\n"; /* over the turn of the year */
    EXPECT_OK(read_made(t, &m, &z));
    EXPECT_I64(zone_offset_ms(z, at(t, "2027-01-01T00:00:00Z")), 4 * HOUR + 30 * MINUTE);
    EXPECT_I64(zone_offset_ms(z, at(t, "2027-07-01T00:00:00Z")), 3 * HOUR + 30 * MINUTE);
    m.foot = "\nXXX3EDT4,0/0,J365/23\n"; /* summer for ever */
    EXPECT_OK(read_made(t, &m, &z));
    EXPECT_I64(zone_offset_ms(z, at(t, "2027-01-01T03:00:00Z")), -4 * HOUR);
    EXPECT_I64(zone_offset_ms(z, at(t, "2027-12-31T23:00:00Z")), -4 * HOUR);
}
