#include "base/json.h"
#include "sim/flow.h"
#include "sim/vendor.h"

/* Buyers: they ask for a page to pay on until somebody answers, then pay there, or not, or late.
 * They know what they were told and nothing else. */

enum {
    WISHES_MIN = 12,
    WISHES_MORE = 20,
    TRIES_MAX = 14,
    LEASE_MS =
        90 * SECOND /* engine.md 4: who is told "in progress" later than this was overtaken */
};

/* ---- wishing */

static void draw_pick(struct life *l, struct pick *p)
{
    const struct shelf *s = &l->sim->shelf;
    int64_t first = draw(&l->people, (int64_t)s->goods), lines = 1 + draw(&l->people, BASKET_MAX);
    *p = (struct pick) { .code = -1, .duty = -1 };
    for (int64_t i = 0; i < (int64_t)s->goods && (int64_t)p->n < lines; i++) {
        size_t at = (size_t)(first + i) % s->goods;
        int64_t quantity = 1 + draw(&l->people, 3);
        if (i > 0 && !str_eq(s->good[at].currency, s->good[p->good[0]].currency))
            continue;
        p->good[p->n] = at;
        p->quantity[p->n++] = quantity;
    }
    int64_t code = draw(&l->people, 2), duty = draw(&l->people, 3);
    if (code == 0 && s->codes > 0)
        p->code = (int)draw(&l->people, (int64_t)s->codes);
    if (duty == 0 && s->duties > 0)
        p->duty = (int)draw(&l->people, (int64_t)s->duties);
}

static struct str body_of(struct life *l, const struct wish *w)
{
    const struct shelf *s = &l->sim->shelf;
    const struct pick *p = &w->pick;
    struct buf b = BUF(&l->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "items", '[');
    for (size_t i = 0; i < p->n; i++) {
        json_open(&j, NULL, '{');
        json_str(&j, "price", s->good[p->good[i]].price);
        json_i64(&j, "quantity", p->quantity[i]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_str(&j, "email", str_fmt(&l->arena, "%.*s@example.com", SARG(w->who)));
    if (!str_starts(w->who, S("ada"))) /* they have no account */
        json_str(&j, "customerId", w->who);
    if (p->code >= 0)
        json_str(&j, "coupon", s->code[p->code].code);
    if (p->duty >= 0)
        json_str(&j, "country", s->duty[p->duty].country);
    if (w->again)
        json_bool(&j, "again", true);
    json_close(&j, '}');
    return buf_str(&b);
}

static int wish_add(struct life *l, const struct wish *in)
{
    must(l->wishes < WISHES_MAX);
    struct wish *w = &l->wish[l->wishes];
    *w = *in;
    w->n = (int)l->wishes++;
    w->key = str_fmt(&l->arena, "key-%d", w->n);
    w->order = -1;
    return w->n;
}

static struct wish draw_wish(struct life *l)
{
    struct wish w = { .again = true };
    int64_t who = draw(&l->people, 9);
    w.who = str_fmt(&l->arena, "%s%lld", who < 4 ? "cus" : "ada", (long long)who);
    draw_pick(l, &w.pick);
    if (shelf_credits(&l->sim->shelf, &w.pick) > 0) /* they go to who uses them */
        w.who = str_fmt(&l->arena, "credit%lld", (long long)(who % PURSES));
    int64_t plan = draw(&l->people, 20);
    w.plan = plan >= 9 ? PLAN_PAY : (int)plan;
    if (l->level[SIM_TARDY] == 0 && w.plan >= PLAN_CANCEL)
        w.plan = PLAN_PAY;
    return w;
}

/* ---- asking */

static void ask(struct life *l, int64_t wish);
static void act(struct life *l, int64_t wish);
static void pay_later(struct life *l, int64_t wish);

static void ask_again(struct life *l, struct wish *w)
{
    int64_t pause = draw(&l->people, w->tries < 4 ? 3 * SECOND : 3 * MINUTE);
    if (w->tries < (l->calm ? 4 * TRIES_MAX : TRIES_MAX))
        life_at(l, l->now_ms + 500 + pause, ask, w->n);
    else
        w->given_up = true;
}

static bool is_kept(struct life *l, int status, struct str body)
{
    if (status == 200)
        return true;
    return status == 502 && json_check(&l->c, body) == E_OK &&
        json_is(json_at(json_root(body), "code"), "GATEWAY_REJECTED");
}

/* Whoever raced for the last use: the other one wants it too, right now or just before. */
static void note_race(struct life *l, const struct wish *w, struct str body)
{
    if (w->pick.code < 0 || !str_has(body, S("COUPON_EXHAUSTED")))
        return;
    for (size_t i = 0; i < l->wishes; i++)
        if (l->wish[i].n != w->n && l->wish[i].pick.code == w->pick.code &&
            l->wish[i].status == 200)
            meet(l, SIM_MET_COUPON_RACE);
}

static void check_price(struct life *l, const struct wish *w, struct json_value data)
{
    const struct shelf *s = &l->sim->shelf;
    int64_t total = -1;
    struct str currency = S("");
    struct cost want = shelf_cost(s, &w->pick, w->pick.code >= 0);
    json_to_i64(json_at(data, "total.amount"), &total);
    json_to_str(l->c.arena, json_at(data, "total.currency"), &currency);
    l->sum.checked[SIM_R5]++;
    if (total != want.total || !str_eq(currency, want.currency))
        violate(l, SIM_R5, w->order, "the total is %lld %.*s; the catalogue says %lld %.*s",
            (long long)total, SARG(currency), (long long)want.total, SARG(want.currency));
    if (w->pick.code >= 0 && !shelf_code_fits(s, &w->pick, l->now_ms))
        violate(l, SIM_R5, w->order, "a code was taken that does not fit this order");
    if (want.total == 0)
        meet(l, SIM_MET_FREE_ORDER);
}

static void take_answer(struct life *l, struct wish *w, struct str body)
{
    struct json_value data = json_at(json_root(body), w->status == 200 ? "data" : "details");
    struct str order = S(""), session = S("");
    json_to_str(l->c.arena, json_at(data, "orderId"), &order);
    json_to_str(l->c.arena, json_at(data, "sessionId"), &session);
    if (order.n == 0)
        return;
    w->order = order_named(l, order);
    w->session = str_copy(&l->arena, session);
    if (l->order[w->order].first_wish < 0)
        l->order[w->order].first_wish = w->n;
    else if (l->order[w->order].first_wish != w->n)
        meet(l, SIM_MET_SAME_BASKET);
    if (w->status == 200)
        check_price(l, w, data);
}

static void keep(struct life *l, struct wish *w, const struct ask *a, struct str body)
{
    l->sum.checked[SIM_I10]++;
    if (w->kept) {
        if (w->status != a->r.out.status || !str_eq(w->answer, body))
            violate(l, SIM_I10, w->order, "%.*s was answered %d before and %d now, or other bytes",
                SARG(w->key), w->status, a->r.out.status);
        if (w->kept_by != l->process.generation)
            meet(l, SIM_MET_REPLAYED);
        return;
    }
    w->kept = true;
    w->kept_by = l->process.generation;
    w->status = a->r.out.status;
    w->answer = str_copy(&l->arena, body);
    take_answer(l, w, w->answer);
    int64_t wait_ms = draw(&l->people, 2 * MINUTE);
    life_at(l, l->now_ms + (w->plan == PLAN_BOTH ? 0 : wait_ms), act, w->n);
}

static void answered(struct life *l, struct ask *a)
{
    struct wish *w = &l->wish[a->of];
    struct str body = answer_body(&a->r);
    int status = a->lost ? 0 : a->r.out.status;
    bool unheard = !a->lost && strikes(l, SIM_HASTE, 25);
    w->asking = false;
    tell_wish(l, w->n, "%.*s is answered %d%s %.*s", SARG(w->key), status,
        unheard ? ", and does not hear it:" : "", SARG(str_part(body, 0, status == 200 ? 0 : 160)));
    if (status == 409 && str_has(body, S("IDEMPOTENCY_IN_PROGRESS")))
        meet(l, l->now_ms - a->asked_ms > LEASE_MS ? SIM_MET_TAKEN_OVER : SIM_MET_IN_PROGRESS);
    if (a->lost || unheard) {
        ask_again(l, w);
        return;
    }
    if (is_kept(l, status, body)) {
        keep(l, w, a, body);
        return;
    }
    l->sum.checked[SIM_I10]++;
    if (w->kept && status < 500 && status != 409)
        violate(l, SIM_I10, w->order, "%.*s was answered %d before and %d now", SARG(w->key),
            w->status, status);
    note_race(l, w, body);
    if (str_has(body, S("ALREADY_SUBSCRIBED")))
        meet(l, SIM_MET_ALREADY);
    bool refused = status >= 400 && status < 500 && !str_has(body, S("IN_PROGRESS"));
    if (refused)
        w->given_up = !w->kept;
    else
        ask_again(l, w);
}

/* The page that this one is to take the place of is paid while nobody has closed it. */
static void pay_before(struct life *l, const struct wish *w)
{
    for (int i = w->n - 1; i >= 0; i--)
        if (str_eq(l->wish[i].who, w->who) && l->wish[i].session.n > 0) {
            life_at(l, l->now_ms, pay_later, i);
            return;
        }
}

static void ask(struct life *l, int64_t wish)
{
    struct wish *w = &l->wish[wish];
    if (w->given_up || (w->kept && !l->calm))
        return;
    if (w->plan == PLAN_BOTH && w->tries == 0)
        pay_before(l, w);
    w->tries++;
    struct ask *a = flow_post(
        l, &(struct posting) { S("/api/checkout/create"), w->key, w->body, answered, wish });
    if (a == NULL)
        ask_again(l, w);
    /* A double click: the same key at the same moment. */
    else if (!w->kept && strikes(l, SIM_HASTE, 12))
        life_at(l, l->now_ms + draw(&l->people, 50), ask, wish);
}

/* ---- paying */

static bool pay(struct life *l, const struct wish *w, const char *outcome)
{
    struct json_value data;
    int page = page_named(l, w->session);
    bool ok = gateway_control(l, "/_sandbox/pay",
        str_fmt(
            &l->scratch, "{\"session\":\"%.*s\",\"outcome\":\"%s\"}", SARG(w->session), outcome),
        &data);
    tell(
        l, w->order, "the buyer at %.*s: %s%s", SARG(w->session), outcome, ok ? "" : " (too late)");
    if (ok && page >= 0 && !str_eq(l->page[page].vendor, vendors[0]->name))
        meet(l, SIM_MET_OTHER_GATEWAY);
    bool done = json_is(json_at(data, "status"), "completed") ||
        json_is(json_at(data, "status"), "complete");
    if (ok && page >= 0 && done)
        for (size_t i = 0; i < flow_count; i++)
            if (flows[i]->paid != NULL)
                flows[i]->paid(l, page);
    return ok;
}

static void pay_later(struct life *l, int64_t wish)
{
    pay(l, &l->wish[wish], "success");
}

static void look(struct life *l, struct str path)
{
    process_ask(l, &(struct request) { .method = "GET", .path = path, .headers = S(KEY_HEADER) });
}

/* R30: coming back from the gateway shows what is, and grants nothing. */
static void come_back(struct life *l, int64_t wish)
{
    int page = page_named(l, l->wish[wish].session);
    struct str rest, path = page >= 0 ? l->page[page].success_url : S("");
    for (int i = 0; i < 3 && path.n > 0; i++, path = rest)
        str_cut(path, '/', &(struct str) { 0 }, &rest);
    if (path.n > 0)
        look(l, str_fmt(&l->scratch, "/%.*s", SARG(path)));
}

static void cancel(struct life *l, const struct wish *w)
{
    tell(l, w->order, "the buyer cancels the order");
    process_ask(l,
        &(struct request) {
            .method = "POST",
            .path = str_fmt(&l->scratch, "/api/orders/%.*s/cancel", SARG(l->order[w->order].id)),
            .headers = S(KEY_HEADER),
        });
}

static void act(struct life *l, int64_t wish)
{
    const struct wish *w = &l->wish[wish];
    int64_t soon = draw(&l->people, 10 * MINUTE), late = draw(&l->people, DAY);
    if (w->order < 0 || w->session.n == 0)
        return;
    if (draw(&l->people, 6) == 0)
        life_at(l, l->now_ms + soon, come_back, wish);
    if (draw(&l->people, 6) == 0)
        look(l, str_fmt(&l->scratch, "/api/orders/%.*s", SARG(l->order[w->order].id)));
    switch ((enum plan)w->plan) {
    case PLAN_PAY:
    case PLAN_BOTH:
        pay(l, w, "success");
        break;
    case PLAN_DECLINED_FIRST:
        pay(l, w, "decline");
        life_at(l, l->now_ms + soon, pay_later, wish);
        break;
    case PLAN_CRYPTO:
        pay(l, w, "crypto");
        break;
    case PLAN_CHAIN:
        pay(l, w, "async_success");
        break;
    case PLAN_CHAIN_FAILS:
        pay(l, w, "async_failure");
        break;
    case PLAN_LEAVE:
        break;
    case PLAN_CANCEL:
        cancel(l, w);
        break;
    case PLAN_CANCEL_AND_PAY:
        cancel(l, w);
        life_at(l, l->now_ms + soon, pay_later, wish);
        break;
    case PLAN_LATE:
        life_at(l, l->now_ms + late, pay_later, wish);
        break;
    case PLANS:
        never("a plan that is none");
    }
}

/* ---- the flow */

static void second_tab(struct life *l, int of)
{
    struct wish w = l->wish[of];
    w.again = false;
    w.tries = 0;
    int n = wish_add(l, &w);
    l->wish[of].again = false;
    l->wish[of].body = body_of(l, &l->wish[of]);
    l->wish[n].body = body_of(l, &l->wish[n]);
}

int buyer_wants(struct life *l, const struct wish *in, int64_t at_ms)
{
    int n = wish_add(l, in);
    l->wish[n].body = body_of(l, &l->wish[n]);
    life_at(l, at_ms, ask, n);
    return n;
}

static void begin(struct life *l)
{
    if (l->long_one)
        return; /* these are others' */
    int64_t wishes = WISHES_MIN + draw(&l->people, WISHES_MORE);
    for (int64_t i = 0; i < wishes; i++) {
        struct wish w = draw_wish(l);
        int n = wish_add(l, &w);
        l->wish[n].body = body_of(l, &l->wish[n]);
        /* Some at the same moment: who has the last use of a code? */
        int64_t at = l->begun_ms + draw(&l->people, draw(&l->people, 4) == 0 ? SECOND : 30 * HOUR);
        life_at(l, at, ask, n);
        if (l->level[SIM_HASTE] > 0 && draw(&l->people, 6) == 0) {
            second_tab(l, n);
            life_at(l, at + draw(&l->people, 50 * SECOND), ask, n + 1);
        }
    }
}

/* Everybody asks until there is an answer. */
static void calm(struct life *l)
{
    for (size_t i = 0; i < l->wishes && l->long_one; i++)
        l->wish[i].given_up = l->wish[i].given_up || !l->wish[i].kept; /* its key is forgotten */
    for (size_t i = 0; i < l->wishes; i++)
        if (!l->wish[i].kept && !l->wish[i].given_up)
            life_at(l, l->now_ms + 5 * MINUTE + (int64_t)i * SECOND, ask, (int64_t)i);
}

/* Long after: the same key, the same answer. */
static void end(struct life *l)
{
    for (size_t i = 0; i < l->wishes && !l->long_one; i++)
        if (l->wish[i].kept)
            life_at(l, l->now_ms + MINUTE, ask, (int64_t)i);
}

const struct flow flow_buyer = {
    .name = S_INIT("buyer"),
    .begin = begin,
    .calm = calm,
    .end = end,
};
