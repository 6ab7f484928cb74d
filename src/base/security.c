#include "base/security.h"

#include "base/log.h"
#include "base/metric.h"
#include "base/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *event; /* "security.bad_signature" */
    enum metric metric;
} table[] = {
#define SECURITY(id, name, metric) [SECURITY_##id] = { "security." name, METRIC_##metric },
#include "base/security.def"
#undef SECURITY
};
_Static_assert(ARRAY_LEN(table) == SECURITY_COUNT, "every kind has a row");

/* Texts in a ring are of fixed length: memory stays what it was at start. */
struct kept {
    int64_t n, at_ms, not_kept;
    enum security_kind kind;
    char address[48], actor[80], request_id[48], what[160];
};
struct security {
    pthread_mutex_t lock;
    int64_t last_n;
    int64_t not_kept[SECURITY_COUNT]; /* since the last that was */
    struct kept ring[SECURITY_KEPT];
};

struct str security_name(enum security_kind kind)
{
    must(kind >= 0 && kind < SECURITY_COUNT);
    return str_from(str_of_c(table[kind].event), sizeof "security." - 1);
}

bool security_parse(struct str name, enum security_kind *ret)
{
    for (size_t i = 0; i < SECURITY_COUNT; i++) {
        if (str_eq(security_name((enum security_kind)i), name)) {
            *ret = (enum security_kind)i;
            return true;
        }
    }
    return false;
}

struct security *security_open(void)
{
    struct security *s = calloc(1, sizeof *s);
    must(s != NULL);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void security_close(struct security *s)
{
    if (s == NULL)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Cut where a character begins, so that what is kept stays UTF-8. */
static void put(char *to, size_t size, struct str s)
{
    size_t n = s.n < size - 1 ? s.n : size - 1;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    if (n > 0)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

static bool worth_keeping(struct ctx *c, enum security_kind kind)
{
    int64_t wait_s = 0;
    struct str who = str_fmt(c->arena, "%.*s %.*s", SARG(security_name(kind)), SARG(c->address));
    return rate_try(c, RATE_NOTE, who, &wait_s) &&
        rate_try(c, RATE_NOTE_KIND, security_name(kind), &wait_s);
}

/* How many of this kind were not kept before; -1: this one is not kept either. */
static int64_t keep(struct ctx *c, enum security_kind kind, struct str what, bool worth)
{
    struct security *s = c->security;
    if (s == NULL)
        return worth ? 0 : -1;
    pthread_mutex_lock(&s->lock);
    int64_t not_kept = s->not_kept[kind];
    s->not_kept[kind] = worth ? 0 : not_kept + 1;
    if (worth) {
        struct kept *k = &s->ring[++s->last_n % SECURITY_KEPT];
        *k = (struct kept) {
            .n = s->last_n, .at_ms = c->wall_ms, .not_kept = not_kept, .kind = kind
        };
        put(k->address, sizeof k->address, c->address);
        put(k->actor, sizeof k->actor, c->actor);
        put(k->request_id, sizeof k->request_id, c->request_id);
        put(k->what, sizeof k->what, what);
    }
    pthread_mutex_unlock(&s->lock);
    return worth ? not_kept : -1;
}

void security_note(struct ctx *c, enum security_kind kind, const char *fmt, ...)
{
    metric_add(c, table[kind].metric, 1);
    struct buf b = BUF(c->arena);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    int64_t not_kept = keep(c, kind, buf_str(&b), worth_keeping(c, kind));
    if (not_kept >= 0)
        log_warn(c, table[kind].event, L("what", buf_str(&b)), L("address", c->address),
            L("actor", c->actor), L_I64("notLogged", not_kept));
}

static struct security_event event_of(struct arena *a, const struct kept *k)
{
    return (struct security_event) {
        .n = k->n,
        .at_ms = k->at_ms,
        .kind = k->kind,
        .not_kept = k->not_kept,
        .address = str_copy(a, str_of_c(k->address)),
        .actor = str_copy(a, str_of_c(k->actor)),
        .request_id = str_copy(a, str_of_c(k->request_id)),
        .what = str_copy(a, str_of_c(k->what)),
    };
}

size_t security_list(struct ctx *c, enum security_kind kind, int64_t before_n,
    struct security_event *ret, size_t max)
{
    struct security *s = c->security;
    if (s == NULL)
        return 0;
    size_t found = 0;
    pthread_mutex_lock(&s->lock);
    int64_t n = before_n > 0 && before_n <= s->last_n ? before_n - 1 : s->last_n;
    for (; n > 0 && n > s->last_n - SECURITY_KEPT && found < max; n--) {
        const struct kept *k = &s->ring[n % SECURITY_KEPT];
        if (kind == SECURITY_COUNT || k->kind == kind)
            ret[found++] = event_of(c->arena, k);
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

int64_t security_since(struct ctx *c, enum security_kind kind, int64_t since_ms)
{
    struct security *s = c->security;
    if (s == NULL)
        return 0;
    pthread_mutex_lock(&s->lock);
    int64_t count = s->not_kept[kind];
    for (int64_t n = s->last_n; n > 0 && n > s->last_n - SECURITY_KEPT; n--) {
        const struct kept *k = &s->ring[n % SECURITY_KEPT];
        if (k->at_ms < since_ms)
            break;
        if (k->kind == kind)
            count += 1 + k->not_kept;
    }
    pthread_mutex_unlock(&s->lock);
    return count;
}
