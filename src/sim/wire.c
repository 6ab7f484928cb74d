#include "sim/vendor.h"
#include "base/json.h"
#include "sim/flow.h"
#include "sim/look_db.h"
#include "sim/look_plan_db.h"

/* Between purser and the gateways, both ways.  The simulated gateways answer as they do on their
 * port; what can happen to a question or an answer on its way happens here, so that the world knows
 * of it: a page that was opened exists, whoever was told. */

/* ---- asking the gateways */

enum err gateway_ask(struct life *l, const struct net_request *in, struct net_reply *ret)
{
    struct net *net = sandbox_net(l->sandbox);
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    enum err e = net->call(net, &c, in, ret);
    l->gateways_due_ms = INT64_MIN;
    return e;
}

int64_t gateways_due(struct life *l)
{
    if (l->gateways_due_ms == INT64_MIN)
        must(sandbox_next_due(&l->c, l->sandbox, &l->gateways_due_ms) == E_OK);
    return l->gateways_due_ms;
}

int64_t gateways_run(struct life *l)
{
    int64_t ran = 0;
    if (gateways_due(l) > l->now_ms)
        return 0;
    must(sandbox_run_due(&l->c, l->sandbox, &ran) == E_OK);
    l->gateways_due_ms = INT64_MIN;
    return ran;
}

bool gateway_control(struct life *l, const char *path, struct str body, struct json_value *ret)
{
    struct net_reply reply = { .status = 0 };
    struct net_request in = {
        .gateway = S("sim"),
        .call = S("control"),
        .method = body.n > 0 ? S("POST") : S("GET"),
        .url = str_fmt(&l->scratch, "http://127.0.0.1:8081%s", path),
        .headers = { { S("Content-Type"), S("application/json") } },
        .header_count = 1,
        .body = body,
    };
    must(gateway_ask(l, &in, &reply) == E_OK);
    *ret = (struct json_value) { .kind = JSON_ABSENT, .raw = S("") };
    if (reply.status != 200 || json_check(&l->c, reply.body) != E_OK)
        return false;
    *ret = json_at(json_root(reply.body), "data");
    return true;
}

enum trouble {
    NO_TROUBLE,
    REFUSED,     /* in the gateway's own words */
    TOO_MANY,    /* 429 */
    UNREACHABLE, /* not one byte left */
    LOST_BEFORE, /* it never knew, and nobody can tell */
    LOST_AFTER,  /* it did it, and nobody hears of it */
    FAILS,       /* 500, and nothing was done */
    FAILS_AFTER,
    CUT, /* half of the answer */
    WRONG_AMOUNT,
    WRONG_CURRENCY,
};
static const char *const trouble_words[] = { "", "refused", "429", "unreachable", "lost before",
    "lost after the deed", "500", "500 after the deed", "cut in two", "another amount",
    "another currency" };

static enum trouble draw_trouble(struct life *l)
{
    if (strikes(l, SIM_REFUSE, 40))
        return (enum trouble)(REFUSED + draw(&l->chaos, 3));
    if (strikes(l, SIM_LOST, 25))
        return (enum trouble)(LOST_BEFORE + draw(&l->chaos, 2));
    if (strikes(l, SIM_BROKEN, 40))
        return (enum trouble)(FAILS + draw(&l->chaos, 3));
    if (strikes(l, SIM_LIES, 80))
        return (enum trouble)(WRONG_AMOUNT + draw(&l->chaos, 2));
    return NO_TROUBLE;
}

static struct net_reply nothing(enum outcome outcome)
{
    return (struct net_reply) { .outcome = outcome, .why = S("the simulated line is broken") };
}

static struct net_reply answer(struct ctx *c, int status, const char *body)
{
    return (struct net_reply) {
        .outcome = OUTCOME_DONE, .status = status, .body = str_copy(c->arena, str_of_c(body))
    };
}

/* The gateway itself lies or refuses: in its own words, so it is asked to, for this one call.  An
 * answer that it keeps and repeats is no other one for that. */
static void ask_to(struct life *l, const struct net_request *in, enum trouble t, int times)
{
    struct json_value data;
    const char *word = t == REFUSED ? "refuse"
        : t == WRONG_AMOUNT         ? "wrong_amount"
        : t == WRONG_CURRENCY       ? "wrong_currency"
                                    : NULL;
    if (word != NULL)
        gateway_control(l, "/_sandbox/faults",
            str_fmt(&l->scratch,
                "{\"gateway\":\"%.*s\",\"call\":\"%.*s\",\"fault\":\"%s\",\"times\":%d}",
                SARG(in->gateway), SARG(in->call), word, times),
            &data);
}

static int page_add(struct life *l, const struct vendor *v, const struct opened *o)
{
    struct arena *a = &l->arena;
    int known = page_named(l, o->session); /* the same key brings the same page again */
    if (known >= 0)
        return known;
    must(l->pages < SESSIONS_MAX);
    struct paypage *p = &l->page[l->pages++];
    *p = (struct paypage) {
        .vendor = v->name,
        .id = str_copy(a, o->session),
        .attempt = str_copy(a, o->attempt),
        .currency = str_copy(a, o->currency),
        .success_url = str_copy(a, o->success_url),
        .order = order_named(l, o->order),
        .units = o->units,
    };
    return (int)l->pages - 1;
}

/* The session that a question names stands somewhere in its address or body. */
static void note_lie(struct life *l, const struct net_request *in)
{
    for (size_t i = 0; i < l->pages; i++)
        if (str_has(in->url, l->page[i].id) || str_has(in->body, l->page[i].id))
            l->page[i].lied = true;
}

static void pay_at_once(struct life *l, int page)
{
    struct json_value data;
    if (draw(&l->people, 25) != 0)
        return;
    if (gateway_control(l, "/_sandbox/pay",
            str_fmt(&l->scratch, "{\"session\":\"%.*s\"}", SARG(l->page[page].id)), &data)) {
        tell(l, l->page[page].order, "the buyer pays on %.*s before purser knows of it",
            SARG(l->page[page].id));
        gateways_run(l);
    }
}

static void make_worse(struct ctx *c, enum trouble t, struct net_reply *reply)
{
    if (t == LOST_AFTER)
        *reply = nothing(OUTCOME_UNKNOWN);
    if (t == FAILS_AFTER)
        *reply = answer(c, 500, "<html>oops</html>");
    if (t == CUT)
        reply->body.n /= 2;
}

/* What was answered is on its way, and the world goes on: who reads it later reads of before. */
static void overtake(struct life *l, const struct net_request *in)
{
    enum {
        ROUNDS = 40
    };
    int64_t before = 0, after = 0;
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    c.store = l->process.store;
    if (!strikes(l, SIM_SLEEP, 6) || l->process.dead)
        return;
    if (look_plans_moved(&c, &before) != E_OK)
        return;
    if (draw(&l->people, 2) == 0)
        subscriber_hurries(l, in->url);
    for (int i = 0; i < ROUNDS && !l->process.dead; i++)
        life_meanwhile(l);
    if (!l->process.dead && look_plans_moved(&c, &after) == E_OK && after > before)
        meet(l, SIM_MET_OVERTAKEN);
}

static enum err ask_gateway(struct life *l, struct ctx *c, const struct net_request *in,
    enum trouble t, struct net_reply *ret)
{
    const struct vendor *v = vendor_named(in->gateway);
    struct opened o = { .units = 0 };
    int page = -1;
    ask_to(l, in, t, 1);
    TRY(gateway_ask(l, in, ret));
    ret->body = str_copy(c->arena, ret->body);
    ask_to(l, in, t, 0);
    if (l->long_one)
        desk_watch(l, in->url);
    if (v != NULL && v->opened(&l->c, in, ret, &o)) {
        page = page_add(l, v, &o);
        l->page[page].lied = l->page[page].lied || t == WRONG_AMOUNT || t == WRONG_CURRENCY;
        tell(l, l->page[page].order, "%.*s opens %.*s for %.*s: %lld units of %.*s%s%s",
            SARG(v->name), SARG(o.session), SARG(o.attempt), (long long)o.units, SARG(o.currency),
            t == NO_TROUBLE ? "" : ", but: ", trouble_words[t]);
        pay_at_once(l, page);
    } else if (t == WRONG_AMOUNT || t == WRONG_CURRENCY) {
        note_lie(l, in);
    }
    if (l->long_one && str_has(in->url, S("/v1/subscriptions/")))
        overtake(l, in);
    make_worse(c, t, ret);
    if (page >= 0) {
        bool lost = t == LOST_AFTER || t == FAILS_AFTER || t == CUT;
        l->page[page].answer_lost = lost;
        if (lost)
            meet(l, SIM_MET_UNKNOWN_OUTCOME);
        life_meanwhile(l);
        l->page[page].recorded = true;
    }
    return E_OK;
}

static int order_of_attempt(const struct life *l, struct str attempt)
{
    for (size_t i = 0; i < l->pages; i++)
        if (str_eq(l->page[i].attempt, attempt))
            return l->page[i].order;
    return -3;
}

static bool lied_before(const struct life *l, struct str attempt)
{
    for (size_t i = 0; i < l->pages; i++)
        if (l->page[i].lied && str_eq(l->page[i].attempt, attempt))
            return true;
    return false;
}

static enum err to_gateway(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct process *p = (struct process *)(void *)((char *)net - offsetof(struct process, net));
    struct life *l = p->faults.self;
    enum trouble t = draw_trouble(l);
    /* A second lie that makes the first straight nobody could see through; a list has no amount. */
    if (t >= WRONG_AMOUNT && (in->attempt.n == 0 || lied_before(l, in->attempt)))
        t = NO_TROUBLE;
    l->sum.calls++;
    if (str_starts(c->actor, S("job:operation_resume")))
        meet(l, SIM_MET_RESUMED);
    trace(l, (uint64_t)t);
    l->depth++;
    check_call(l, in);
    life_meanwhile(l);
    enum err e = E_OK;
    if (t == UNREACHABLE)
        *ret = nothing(OUTCOME_NOT_SENT);
    else if (t == LOST_BEFORE)
        *ret = nothing(OUTCOME_UNKNOWN);
    else if (t == TOO_MANY)
        *ret = answer(c, 429, "{\"error\":{\"json\":{\"message\":\"Too many requests\"}}}");
    else if (t == FAILS)
        *ret = answer(c, 500, "<html>oops</html>");
    else
        e = ask_gateway(l, c, in, t, ret);
    tell(l, order_of_attempt(l, in->attempt), "purser asks %.*s: %.*s %.*s -> %.*s %d%s%s",
        SARG(in->gateway), SARG(in->call), SARG(in->attempt), SARG(outcome_text(ret->outcome)),
        ret->status, t == NO_TROUBLE ? "" : ", for it was ", trouble_words[t]);
    l->depth--;
    return e;
}

/* ---- webhooks */

static struct ask *hand_in(struct life *l, const struct parcel *p)
{
    struct buf h = BUF(&l->scratch);
    struct str path = p->url;
    for (int slashes = 0; slashes < 3 && path.n > 0; path = str_from(path, 1))
        slashes += path.p[0] == '/';
    for (size_t i = 0; i < p->headers; i++)
        buf_fmt(&h, "%.*s: %.*s\r\n", SARG(p->header[i].name), SARG(p->header[i].value));
    l->sum.webhooks++;
    return process_ask(l,
        &(struct request) {
            .method = "POST",
            .path = str_fmt(&l->scratch, "/%.*s", SARG(path)),
            .headers = buf_str(&h),
            .body = p->body,
        });
}

static bool is_early(const struct life *l, const struct parcel *p)
{
    for (size_t i = 0; i < l->pages; i++)
        if (str_eq(l->page[i].id, p->session))
            return !l->page[i].recorded && str_has(p->event, S("complete"));
    return false;
}

int wire_deliver(struct life *l, size_t parcel)
{
    struct parcel *p = &l->parcel[parcel];
    int page = page_named(l, p->session);
    bool twice = strikes(l, SIM_TWICE, 12);
    struct ask *a = hand_in(l, p);
    if (a == NULL)
        return 0;
    struct ask *copy = twice && !l->process.dead ? hand_in(l, p) : NULL;
    bool both_wait = copy != NULL && !a->answered && !copy->answered;
    if (both_wait && l->process.waiting_n > 1 && draw(&l->chaos, 2) == 0) {
        process_batch(l, copy->answered ? NULL : l->process.waiting[l->process.waiting_n - 1]);
        if (a->answered && copy->answered)
            meet(l, SIM_MET_BATCH_OF_COPIES);
    }
    process_finish(l, a);
    if (copy != NULL)
        process_finish(l, copy);
    int status = a->answered && !l->process.dead ? a->r.out.status : 0;
    tell(l, page >= 0 ? l->page[page].order : -3, "webhook %.*s of %.*s%s%s -> %d", SARG(p->event),
        SARG(p->session), p->genuine ? "" : " (forged)", twice ? " (twice at once)" : "", status);
    if (status >= 200 && status < 300) {
        if (is_early(l, p))
            meet(l, SIM_MET_EARLY_WEBHOOK);
        p->acked = true;
    }
    return status;
}

void wire_deliver_at(struct life *l, int64_t parcel)
{
    wire_deliver(l, (size_t)parcel);
}

/* Another amount than the one agreed, signed by the gateway all the same. */
static size_t lie_about(struct life *l, size_t parcel)
{
    struct net_request in = { .url = l->parcel[parcel].url };
    const struct vendor *v = vendor_of_url(in.url);
    int page = page_named(l, l->parcel[parcel].session);
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    c.config = l->config;
    if (v == NULL || page < 0 ||
        !v->forge(&c, FORGE_AMOUNT, l->parcel[parcel].body, &in.body, &in.headers[0]))
        return parcel;
    in.headers[1] = (struct net_header) { S("Content-Type"), S("application/json") };
    in.header_count = 2;
    l->page[page].lied = true;
    tell(l, l->page[page].order, "the gateway names another amount in its webhook");
    return parcel_add(l, &in);
}

enum fate {
    ARRIVES,
    VANISHES, /* nobody answers: it is sent again */
    UNHEARD,  /* it arrives, and the answer is lost */
    LATER,    /* the sender gives up, and it comes all the same */
    DROPPED,  /* somebody on the way says 200, and nobody ever sees it */
};

static enum fate draw_fate(struct life *l, struct parcel *p)
{
    if (p->dropped || strikes(l, SIM_DROP, 10))
        return DROPPED;
    if (strikes(l, SIM_LATE, 8))
        return draw(&l->chaos, 2) == 0 ? LATER : VANISHES;
    return strikes(l, SIM_TWICE, 12) ? UNHEARD : ARRIVES;
}

static int send_one(struct life *l, size_t parcel)
{
    struct parcel *p = &l->parcel[parcel];
    int page = page_named(l, p->session);
    enum fate fate = draw_fate(l, p);
    int64_t wait = draw(&l->chaos, draw(&l->chaos, 3) == 0 ? 3 * (int64_t)DAY : MINUTE);
    trace(l, (uint64_t)fate);
    switch (fate) {
    case ARRIVES:
        return wire_deliver(l, strikes(l, SIM_LIES, 120) ? lie_about(l, parcel) : parcel);
    case UNHEARD:
        wire_deliver(l, parcel);
        return 0;
    case LATER:
        life_at(l, l->now_ms + wait, wire_deliver_at, (int64_t)parcel);
        return 0;
    case VANISHES:
        return 0;
    case DROPPED:
        p->dropped = true;
        tell(l, page >= 0 ? l->page[page].order : -3, "webhook %.*s of %.*s is lost for good",
            SARG(p->event), SARG(p->session));
        return 200;
    }
    never("a webhook has five fates");
}

static enum err to_purser(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct life *l = (struct life *)(void *)((char *)net - offsetof(struct life, hook_net));
    must(c != NULL);
    const struct vendor *v = vendor_of_url(in->url);
    struct str session = S(""), event = S("");
    bool unwanted = v != NULL && v->wanted != NULL && v->about(&l->c, in->body, &session, &event) &&
        !v->wanted(event);
    int status = unwanted ? 200 : send_one(l, parcel_add(l, in));
    *ret = status == 0 ? nothing(OUTCOME_UNKNOWN)
                       : (struct net_reply) { .outcome = OUTCOME_DONE, .status = status };
    return E_OK;
}

/* ---- mails */

static enum err to_mail_server(
    struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret)
{
    struct process *p = (struct process *)(void *)((char *)net - offsetof(struct process, net));
    struct life *l = p->faults.self;
    must(c != NULL);
    *ret = (struct net_mail_reply) { .outcome = OUTCOME_DONE, .reached = true, .status = 250 };
    for (size_t i = 0; i < l->mails; i++)
        if (str_eq(l->mail[i].message_id, in->message_id)) {
            l->mail[i].times++;
            meet(l, SIM_MET_MAIL_AGAIN);
            return E_OK;
        }
    must(l->mails < MAILS_MAX);
    l->mail[l->mails++] = (struct letter) { str_copy(&l->arena, in->message_id),
        str_copy(&l->arena, in->to_address), 1 };
    return E_OK;
}

void wire_begin(struct life *l)
{
    l->process.net = (struct net) { .call = to_gateway, .mail = to_mail_server };
    l->hook_net = (struct net) { .call = to_purser };
}

/* ---- the truth */

/* What paid a further period is named by its payment: the page is the invoice, as the attempt has
 * it. */
static struct str bill_of_payment(const struct life *l, struct str reference)
{
    for (size_t i = 0; i < l->bills; i++)
        if (str_eq(l->bill[i].payment, reference))
            return l->bill[i].id;
    return reference;
}

static enum err bills_are_pages(struct life *l)
{
    struct look_attempt *a = arena_array(&l->scratch, struct look_attempt, SESSIONS_MAX);
    struct look_order *o = arena_array(&l->scratch, struct look_order, ORDERS_MAX);
    size_t n = 0, orders = 0;
    desk_read(l);
    TRY(look_attempts(&l->c, 0, a, SESSIONS_MAX, &n));
    TRY(look_orders(&l->c, o, ORDERS_MAX, &orders));
    for (size_t i = 0; i < n; i++) {
        struct opened in = {
            .session = a[i].session, .attempt = a[i].id, .currency = a[i].currency
        };
        bool known = !str_starts(in.session, S("in_")) || page_named(l, in.session) >= 0;
        for (size_t k = 0; k < orders && !known; k++)
            if (o[k].n == a[i].order_n) {
                in.order = o[k].id;
                l->page[page_add(l, &vendor_stripe, &in)].recorded = true;
            }
    }
    return E_OK;
}

enum err wire_read_truth(struct life *l)
{
    struct json_value data;
    struct ctx *c = &l->c;
    if (l->long_one)
        TRY(bills_are_pages(l));
    must(gateway_control(l, "/_sandbox/state", S(""), &data));
    for (struct json_iter it = json_iter(json_at(data, "captures")); json_next(&it);) {
        struct str id = S(""), state = S(""), currency = S("");
        json_to_str(c->arena, json_at(it.value, "reference"), &id);
        json_to_str(c->arena, json_at(it.value, "status"), &state);
        json_to_str(c->arena, json_at(it.value, "currency"), &currency);
        int page = page_named(l, l->long_one ? bill_of_payment(l, id) : id);
        if (page < 0)
            continue; /* of an invoice that nobody here knows: check_plan_end.c */
        struct paypage *p = &l->page[page];
        p->captured = true;
        p->state = str_copy(&l->arena, state);
        p->truth_currency = str_copy(&l->arena, currency);
        json_to_i64(json_at(it.value, "amount"), &p->truth_units);
        json_to_i64(json_at(it.value, "refunded"), &p->refunded_units);
        p->disputed = p->disputed || str_eq(state, S("disputed"));
    }
    return E_OK;
}
