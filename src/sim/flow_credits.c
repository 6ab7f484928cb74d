#include "base/json.h"
#include "sim/flow.h"

/* The application gives, uses, holds and gives back its customers' credits.  It knows what it was
 * answered, and reckons from that alone what each customer must have in the end. */

enum {
    DEEDS_MIN = 8,
    DEEDS_MORE = 16,
    TRIES_MAX = 14
};
enum kind {
    GIVE,
    SPEND,
    HOLD,
    SETTLE,
    RELEASE,
    UNDO,
    KINDS
};

static const struct {
    const char *path, *id;
} calls[KINDS] = {
    [GIVE] = { "/api/admin/credits/grant", "grantId" },
    [SPEND] = { "/api/credits/spend", "transactionId" },
    [HOLD] = { "/api/credits/reserve", "reservationId" },
    [SETTLE] = { "/api/credits/settle", "transactionId" },
    [RELEASE] = { "/api/credits/release", "reservationId" },
    [UNDO] = { "/api/credits/refund", "transactionId" },
};

/* Every other reservation asks the gate, which holds what it allows. */
static bool asks_gate(const struct life *l, const struct deed *d)
{
    return d->kind == HOLD && (d - l->deed) % 2 == 1;
}

static struct str path_of(const struct life *l, const struct deed *d)
{
    return asks_gate(l, d) ? S("/api/access/check") : str_of_c(calls[d->kind].path);
}

static struct str body_of(struct life *l, const struct deed *d)
{
    struct buf b = BUF(&l->scratch);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "customerId", str_fmt(&l->scratch, "credit%d", d->customer));
    if (d->kind == UNDO)
        json_str(&j, "transactionId", l->deed[d->of].id);
    else if (d->of >= 0)
        json_str(&j, "reservationId", l->deed[d->of].id);
    if (d->kind == GIVE || d->kind == UNDO)
        json_str(&j, "reason", S("the application says so"));
    if (d->kind != UNDO && d->kind != RELEASE)
        json_i64(&j, "amount", d->amount);
    if (d->kind == HOLD)
        json_i64(&j, "ttlSeconds", 3600);
    if (d->kind == HOLD || d->kind == SPEND)
        json_raw(&j, "labels", d->amount % 2 == 0 ? S("{\"of\":\"a\"}") : S("{\"of\":\"b\"}"));
    if (asks_gate(l, d))
        json_bool(&j, "reserve", true);
    json_close(&j, '}');
    return buf_str(&b);
}

static void ask(struct life *l, int64_t n);

static void add(struct life *l, int64_t at_ms, const struct deed *in)
{
    if (l->deeds == DEEDS_MAX)
        return;
    struct deed *d = &l->deed[l->deeds];
    *d = *in;
    d->key = str_fmt(&l->arena, "credit-%zu", l->deeds);
    life_at(l, at_ms, ask, (int64_t)l->deeds++);
}

/* ---- what follows from an answer */

static void follow(struct life *l, int n)
{
    const struct deed *d = &l->deed[n];
    int64_t at = l->now_ms + draw(&l->people, 30 * MINUTE), more = draw(&l->people, 4);
    struct deed next = { .customer = d->customer, .of = n };
    if (d->kind == SPEND && more == 0) {
        /* Two people of the application, at one moment. */
        next.kind = UNDO;
        add(l, at, &next);
        add(l, at + draw(&l->people, 20), &next);
    }
    if (d->kind != HOLD)
        return;
    next.amount = 1 + draw(&l->people, d->amount);
    if (more == 1 || more == 3) {
        next.kind = SETTLE;
        add(l, at, &next);
    }
    if (more >= 2) {
        next.kind = RELEASE;
        add(l, at + draw(&l->people, 20), &next);
    }
}

static void again(struct life *l, int n)
{
    struct deed *d = &l->deed[n];
    int64_t pause = draw(&l->people, d->tries < 4 ? 3 * SECOND : 3 * MINUTE);
    if (d->tries < (l->calm ? 4 * TRIES_MAX : TRIES_MAX))
        life_at(l, l->now_ms + 500 + pause, ask, n);
}

static void keep(struct life *l, int n, struct str body)
{
    struct deed *d = &l->deed[n];
    l->sum.checked[SIM_I10]++;
    if (d->kept && !str_eq(d->answer, body))
        violate(l, SIM_I10, -1, "%.*s was answered with other bytes than before", SARG(d->key));
    if (d->kept)
        return;
    if (d->refused)
        violate(l, SIM_I10, -1, "%.*s was refused before, and is taken now", SARG(d->key));
    d->kept = true;
    d->answer = str_copy(&l->arena, body);
    struct str path = str_fmt(&l->scratch, "data.%s", calls[d->kind].id);
    json_to_str(&l->arena, json_at(json_root(d->answer), str_c(&l->scratch, path)), &d->id);
    if (d->kind == UNDO)
        meet(l, SIM_MET_CREDITS_BACK);
    follow(l, n);
}

static void answered(struct life *l, struct ask *a)
{
    const int n = (int)a->of;
    struct deed *d = &l->deed[n];
    struct str body = answer_body(&a->r);
    int status = a->lost ? 0 : a->r.out.status;
    if (a->lost || strikes(l, SIM_HASTE, 25) || status >= 500 ||
        str_has(body, S("IDEMPOTENCY_IN_PROGRESS"))) {
        again(l, n);
        return;
    }
    /* The gate refuses in its answer what others refuse with a status. */
    if (status == 200 && str_has(body, S("\"allowed\":false")))
        status = 402;
    if (status == 200) {
        keep(l, n, body);
        return;
    }
    if (d->kept)
        violate(
            l, SIM_I10, -1, "%.*s was taken before, and is answered %d now", SARG(d->key), status);
    if (status == 402)
        meet(l, SIM_MET_CREDITS_SHORT);
    if (status == 409 && (d->kind == SETTLE || d->kind == RELEASE))
        meet(l, SIM_MET_CREDITS_BOTH);
    d->refused = true;
}

static void ask(struct life *l, int64_t n)
{
    struct deed *d = &l->deed[n];
    if (d->refused || (d->kept && !l->calm))
        return;
    d->tries++;
    struct ask *a =
        flow_post(l, &(struct posting) { path_of(l, d), d->key, body_of(l, d), answered, n });
    if (a == NULL)
        again(l, (int)n);
    else if (!d->kept && strikes(l, SIM_HASTE, 12))
        life_at(l, l->now_ms + draw(&l->people, 50), ask, n);
}

/* ---- reckoning */

/* What comes with the plans that cost nothing. */
static int64_t given_first(const struct life *l)
{
    int64_t sum = 0;
    for (struct json_iter it = json_iter(json_at(json_root(l->sim->shelf.text), "plans"));
         json_next(&it);) {
        struct json_iter price = json_iter(json_at(it.value, "prices"));
        int64_t allowance = 0;
        bool active = true;
        json_to_bool(json_at(it.value, "active"), &active);
        json_to_i64(json_at(it.value, "credits.allowance"), &allowance);
        if (active && !json_next(&price) && json_is(json_at(it.value, "credits.every"), "once"))
            sum += allowance;
    }
    return sum;
}

/* false: nobody told what became of a deed. */
bool credits_reckoned(const struct life *l, int customer, int64_t *ret)
{
    static const int sign[KINDS] = { [GIVE] = 1, [SPEND] = -1, [SETTLE] = -1 };
    *ret = given_first(l);
    for (size_t i = 0; i < l->deeds; i++) {
        const struct deed *d = &l->deed[i];
        if (d->customer != customer)
            continue;
        if (!d->kept && !d->refused)
            return false;
        if (d->kept)
            *ret += d->kind == UNDO ? l->deed[d->of].amount : sign[d->kind] * d->amount;
    }
    return true;
}

/* What was used and not given back. */
static int64_t reckon_used(const struct life *l, int customer)
{
    int64_t used = 0;
    for (size_t i = 0; i < l->deeds; i++) {
        const struct deed *d = &l->deed[i];
        if (d->customer != customer || !d->kept)
            continue;
        if (d->kind == SPEND || d->kind == SETTLE)
            used += d->amount;
        else if (d->kind == UNDO)
            used -= l->deed[d->of].amount;
    }
    return used;
}

/* By months, and by labels: all of a life lies in the year before its end, and what was labelled
 * in it in two months at most, of which the last one is asked for. */
static void compare_usage(struct life *l, struct ask *a)
{
    const int customer = (int)a->of;
    const int64_t want = reckon_used(l, customer);
    int64_t left = 0, used = 0, month = 0, labelled = 0, one = 0;
    if (a->lost || a->r.out.status != 200 || !credits_reckoned(l, customer, &left))
        return;
    struct json_value data = json_at(json_root(answer_body(&a->r)), "data");
    for (struct json_iter it = json_iter(json_at(data, "monthlyUsage")); json_next(&it);)
        if (json_to_i64(json_at(it.value, "credits"), &one))
            used += one;
    for (struct json_iter it = json_iter(json_at(data, "byLabel")); json_next(&it);)
        if (json_to_i64(json_at(it.value, "credits"), &one))
            labelled += one;
    json_to_i64(json_at(data, "usedCredits"), &month);
    l->sum.checked[SIM_I9]++;
    if (used != want || labelled != month)
        violate(l, SIM_I9, -1,
            "credit%d used %lld, %lld of %lld this month with labels; by what was answered %lld",
            customer, (long long)used, (long long)labelled, (long long)month, (long long)want);
}

/* What it must be, with the packs that were bought: check_credit.c. */
static void compare(struct life *l, struct ask *a)
{
    struct purse *p = &l->purse[a->of];
    if (a->lost || a->r.out.status != 200 || l->long_one)
        return; /* what plans gave and took is reckoned elsewhere */
    struct json_value data = json_at(json_root(answer_body(&a->r)), "data");
    p->seen = json_to_i64(json_at(data, "balance"), &p->balance) &&
        json_to_i64(json_at(data, "reserved"), &p->reserved);
}

/* What ends once: a use is given back, a reservation is settled or released. */
static void check_ends(struct life *l)
{
    for (size_t i = 0; i < l->deeds; i++)
        for (size_t k = i + 1; k < l->deeds; k++) {
            const struct deed *a = &l->deed[i], *b = &l->deed[k];
            if (a->of < 0 || a->of != b->of || !a->kept || !b->kept)
                continue;
            l->sum.checked[SIM_I9]++;
            violate(l, SIM_I9, -1, "%.*s and %.*s both ended %.*s", SARG(a->key), SARG(b->key),
                SARG(l->deed[a->of].id));
        }
}

/* ---- the flow */

static void begin(struct life *l)
{
    int64_t deeds = DEEDS_MIN + draw(&l->people, DEEDS_MORE);
    int64_t span = l->long_one ? l->trouble_ms : 30 * (int64_t)HOUR;
    for (int64_t i = 0; i < deeds; i++) {
        int64_t kind = draw(&l->people, 5), at = l->begun_ms + draw(&l->people, span);
        struct deed d = { .of = -1 };
        d.customer = (int)draw(&l->people, PURSES);
        d.kind = kind == 0 ? GIVE : kind <= 2 ? SPEND : HOLD;
        d.amount = 1 + draw(&l->people, d.kind == GIVE ? 120 : 60);
        add(l, at, &d);
    }
}

static void calm(struct life *l)
{
    for (size_t i = 0; i < l->deeds && !l->long_one; i++) /* else its key is forgotten */
        if (!l->deed[i].kept && !l->deed[i].refused)
            life_at(l, l->now_ms + 5 * MINUTE + (int64_t)i * SECOND, ask, (int64_t)i);
}

int credits_customer(struct str who)
{
    int64_t n = -1;
    bool one = str_starts(who, S("credit")) && str_to_i64(str_from(who, 6), &n);
    return one && n >= 0 && n < PURSES ? (int)n : -1;
}

/* Who bought credits uses some of them soon, before anybody gives money back. */
static void paid(struct life *l, int page)
{
    int wish = l->order[l->page[page].order].first_wish;
    int64_t most = wish < 0 ? 0 : shelf_credits(&l->sim->shelf, &l->wish[wish].pick);
    int customer = wish < 0 ? -1 : credits_customer(l->wish[wish].who);
    for (int i = 0; i < 3 && most > 1 && customer >= 0; i++) {
        struct deed d = { .of = -1, .customer = customer, .kind = SPEND };
        int64_t wait = draw(&l->people, 2 * HOUR);
        d.amount = 1 + draw(&l->people, most / 2);
        add(l, l->now_ms + wait, &d);
    }
}

static void look(struct life *l, int64_t customer)
{
    process_ask(l,
        &(struct request) {
            .method = "GET",
            .path = str_fmt(&l->scratch, "/api/credits?customerId=credit%lld", (long long)customer),
            .headers = S(KEY_HEADER),
            .done = compare,
            .of = customer,
        });
    process_ask(l,
        &(struct request) {
            .method = "GET",
            .path = str_fmt(
                &l->scratch, "/api/credits/usage?customerId=credit%lld", (long long)customer),
            .headers = S(KEY_HEADER),
            .done = compare_usage,
            .of = customer,
        });
}

static void end(struct life *l)
{
    check_ends(l);
    for (size_t i = 0; i < l->deeds && !l->long_one; i++)
        if (l->deed[i].kept)
            life_at(l, l->now_ms + MINUTE, ask, (int64_t)i);
    for (int i = 0; i < PURSES; i++)
        life_at(l, l->now_ms + 2 * MINUTE, look, i);
}

const struct flow flow_credits = {
    .name = S_INIT("credits"),
    .begin = begin,
    .paid = paid,
    .calm = calm,
    .end = end,
};
