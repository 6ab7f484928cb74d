#include "base/zone.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/zone_file.h"

/* Zones by name, and days.  Everything is reckoned in seconds: no zone changes between them. */

enum {
    DAY_S = 24 * 3600,
    SECOND_MS = 1000,
    NAME_MAX_BYTES = 64
};
#define DAY_MS ((int64_t)DAY_S * SECOND_MS)
#define FOLDER "/usr/share/zoneinfo"

const struct zone zone_utc = { .name = S_INIT("UTC") };

static int64_t div_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- by name */

struct known {
    struct known *next;
    struct arena arena;
    const struct zone *zone;
};
struct zones {
    struct arena arena;
    const char *folder;
    struct known *_Atomic first;
};

struct zones *zones_open(const char *folder)
{
    struct arena arena = { .chunks = NULL };
    struct zones *k = arena_new(&arena, struct zones);
    k->folder = folder != NULL ? folder : FOLDER;
    k->arena = arena;
    return k;
}

void zones_close(struct zones *zones)
{
    for (struct known *k = atomic_load(&zones->first), *next; k != NULL; k = next) {
        struct arena arena = k->arena; /* which holds k itself */
        next = k->next;
        arena_free(&arena);
    }
    struct arena arena = zones->arena;
    arena_free(&arena);
}

static const char *folder_of(const struct ctx *c)
{
    return c->zones != NULL ? c->zones->folder : FOLDER;
}

bool zone_any(const struct ctx *c)
{
    struct stat st;
    struct str utc = str_fmt(c->arena, "%s/Etc/UTC", folder_of(c));
    return stat(str_c(c->arena, utc), &st) == 0 && S_ISREG(st.st_mode);
}

/* What lies beside the zones in that folder (localtime, tzdata.zi, right/…) begins small. */
bool zone_is_name(struct str name)
{
    bool begins = true;
    if (name.n == 0 || name.n > NAME_MAX_BYTES || name.p[0] < 'A' || name.p[0] > 'Z')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
        bool other = (ch >= '0' && ch <= '9') || ch == '+' || ch == '-' || ch == '/';
        if (!letter && (begins || !other))
            return false;
        begins = ch == '/';
    }
    return !begins;
}

/* false: there is none, or none that can be read; more than a file can have is cut. */
static bool read_bytes(struct ctx *c, struct str path, struct str *ret)
{
    FILE *in = fopen(str_c(c->arena, path), "rbe");
    if (in == NULL)
        return false;
    char *p = arena_alloc(c->arena, ZONE_FILE_MAX);
    size_t n = fread(p, 1, ZONE_FILE_MAX, in);
    bool ok = ferror(in) == 0;
    fclose(in);
    *ret = (struct str) { p, n };
    return ok;
}

static enum err read_zone(struct ctx *c, struct arena *a, struct str name, const struct zone **ret)
{
    struct str bytes;
    if (!zone_is_name(name))
        return fail(c, INVALID_REQUEST, "a time zone is named like Europe/Berlin");
    if (read_bytes(c, str_fmt(c->arena, "%s/%.*s", folder_of(c), SARG(name)), &bytes))
        return zone_read(c, a, name, bytes, ret);
    if (!zone_any(c))
        return fail(c, INVALID_REQUEST,
            "this machine knows no time zone but UTC: the package tzdata is not installed");
    return fail(c, INVALID_REQUEST, "%.*s is no time zone that this machine knows (package tzdata)",
        SARG(name));
}

static const struct zone *known(const struct zones *zones, struct str name)
{
    for (const struct known *k = atomic_load(&zones->first); k != NULL; k = k->next)
        if (str_eq(k->zone->name, name))
            return k->zone;
    return NULL;
}

enum err zone_find(struct ctx *c, struct str name, const struct zone **ret)
{
    const struct zone *zone = str_eq(name, zone_utc.name) ? &zone_utc : NULL;
    if (zone == NULL && c->zones != NULL)
        zone = known(c->zones, name);
    if (zone == NULL && c->zones == NULL)
        return read_zone(c, c->arena, name, ret);
    if (zone == NULL) {
        struct arena arena = { .chunks = NULL };
        struct known *k = arena_new(&arena, struct known);
        enum err e = read_zone(c, &arena, name, &k->zone);
        k->arena = arena;
        if (e != E_OK) {
            arena_free(&arena);
            return e;
        }
        /* Two threads may read the same one at once: then it stands twice, and either is right. */
        k->next = atomic_load(&c->zones->first);
        while (!atomic_compare_exchange_weak(&c->zones->first, &k->next, k))
            continue;
        zone = k->zone;
    }
    *ret = zone;
    return E_OK;
}

struct str zone_name(const struct zone *zone)
{
    return zone->name;
}

/* ---- the rule after the last change that is listed */

static int64_t date_of(int64_t year, int month, int day)
{
    return ms_of_civil((struct civil) { .year = year, .month = month, .day = day }) / DAY_MS;
}

static int64_t change_date(const struct zone_change *k, int64_t year)
{
    int64_t first = date_of(year, 1, 1);
    if (k->kind == CHANGE_DAY)
        return first + k->day;
    if (k->kind == CHANGE_JULIAN)
        return first + k->day - 1 + (k->day >= 60 && civil_days_in_month(year, 2) == 29);
    int64_t date = date_of(year, k->month, 1);
    int64_t weekday = (date + 4) % 7; /* 1970 began on a Thursday */
    date += (k->day - weekday + 7) % 7 + (k->week - 1) * 7;
    while (date >= date_of(year, k->month, 1) + civil_days_in_month(year, k->month))
        date -= 7;
    return date;
}

/* The last change of the rule up to s, or the first after it. */
struct turn {
    int64_t at_s, offset_s;
    bool found;
};

static void consider(struct turn *best, struct turn k, int64_t s, bool after)
{
    bool fits = after ? k.at_s > s : k.at_s <= s;
    /* At one moment the beginning of summer counts: it is looked at last. */
    bool better = !best->found || (after ? k.at_s < best->at_s : k.at_s >= best->at_s);
    if (fits && better)
        *best = k;
}

static struct turn rule_turn(const struct zone_rule *r, int64_t s, bool after)
{
    struct turn best = { .found = false };
    int64_t year = civil_of_ms(s * SECOND_MS).year;
    if (!r->has_summer)
        return best;
    for (int64_t y = year - 2; y <= year + 2; y++) {
        if (y < 1970 || y > 9999)
            continue;
        consider(&best,
            (struct turn) {
                change_date(&r->ends, y) * DAY_S + r->ends.at_s - r->summer_s, r->offset_s, true },
            s, after);
        consider(&best,
            (struct turn) { change_date(&r->begins, y) * DAY_S + r->begins.at_s - r->offset_s,
                r->summer_s, true },
            s, after);
    }
    return best;
}

/* ---- offsets */

static size_t changes_until(const struct zone *z, int64_t s)
{
    size_t low = 0, high = z->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at_s[middle] <= s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t offset_s(const struct zone *z, int64_t s)
{
    size_t past = changes_until(z, s);
    if (past < z->n || !z->rule.is_there)
        return past > 0 ? z->offset_s[past - 1] : z->first_s;
    struct turn t = rule_turn(&z->rule, s, false);
    return t.found ? t.offset_s : z->rule.offset_s;
}

/* INT64_MAX: it never changes again. */
static int64_t next_change_s(const struct zone *z, int64_t s)
{
    size_t past = changes_until(z, s);
    if (past < z->n)
        return z->at_s[past];
    struct turn t = rule_turn(&z->rule, s, true);
    return t.found ? t.at_s : INT64_MAX;
}

int64_t zone_offset_ms(const struct zone *zone, int64_t ms)
{
    return offset_s(zone, div_floor(ms, SECOND_MS)) * SECOND_MS;
}

/* ---- days */

/* Stretch by stretch of one offset, from where no clock can show the date yet. */
static int64_t begins_s(const struct zone *z, int64_t date)
{
    int64_t midnight = date * DAY_S;
    for (int64_t s = midnight - ZONE_OFFSET_MAX_S;;) {
        int64_t at = midnight - offset_s(z, s), next = next_change_s(z, s);
        if (at < s)
            at = s;
        if (at < next)
            return at;
        s = next;
    }
}

int64_t zone_date_begins(const struct zone *zone, int64_t date)
{
    return begins_s(zone, date) * SECOND_MS;
}

struct zone_day zone_day_of(const struct zone *zone, int64_t ms)
{
    int64_t s = div_floor(ms, SECOND_MS);
    int64_t date = div_floor(s + offset_s(zone, s), DAY_S), ends = begins_s(zone, date + 1);
    while (ends <= s) {
        date++;
        ends = begins_s(zone, date + 1);
    }
    return (struct zone_day) { date, begins_s(zone, date) * SECOND_MS, ends * SECOND_MS };
}

/* ---- dates */

struct str date_text(struct arena *a, int64_t date)
{
    return str_part(time_iso(a, date * DAY_MS), 0, 10);
}

int64_t date_of_month(int64_t date)
{
    return date - civil_of_ms(date * DAY_MS).day + 1;
}

int64_t date_next_month(int64_t date)
{
    return date_of_month(date_of_month(date) + 31);
}
