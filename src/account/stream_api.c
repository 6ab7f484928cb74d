#include "account/stream.h"

#include "base/clock.h"
#include "base/json.h"
#include "checkout/checkout.h"
#include "customer/customer.h"
#include "customer/whose.h"
#include "fact/fact.h"

enum {
    EVENTS = 100, /* in one run */
    NEWEST = 200  /* facts among which somebody who begins finds how things stand */
};

enum told {
    TOLD_NOTHING,
    TOLD_BALANCE,
    TOLD_ORDER,
    TOLD_SUBSCRIPTION,
    TOLD_COUNT
};

static enum told told_of(struct str kind)
{
    const struct fact_kind *k = fact_kind_find(kind);
    if (k == NULL || str_eq(kind, S("CREDITS_LOW")))
        return TOLD_NOTHING;
    if (str_starts(kind, S("CREDITS_")))
        return TOLD_BALANCE;
    if (str_starts(k->event, S("order.")))
        return TOLD_ORDER;
    return str_starts(k->event, S("subscription.")) ? TOLD_SUBSCRIPTION : TOLD_NOTHING;
}

/* ---- one event: only what its owner may know of the fact, in one line */

static void copy_text(struct json *j, struct arena *a, const struct fact_row *row, const char *name)
{
    struct str text = S("");
    if (json_to_str(a, json_at(json_root(row->data), name), &text))
        json_str(j, name, text);
}

static void copy_number(struct json *j, const struct fact_row *row, const char *name)
{
    int64_t number = 0;
    if (json_to_i64(json_at(json_root(row->data), name), &number))
        json_i64(j, name, number);
}

/* "used" of CREDITS_USED, "completed" of order.completed. */
static struct str last_word(struct arena *a, const struct fact_row *row)
{
    struct str head, word = fact_kind_find(row->kind)->event;
    if (word.n == 0)
        return str_lower(a, str_from(row->kind, S("CREDITS_").n));
    str_cut(word, '.', &head, &word);
    return word;
}

static struct str event_data(struct arena *a, const struct fact_row *row, enum told told)
{
    struct buf b = BUF(a);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_time(&j, "at", row->at_ms);
    if (told == TOLD_BALANCE) {
        json_str(&j, "change", last_word(a, row));
        copy_number(&j, row, "amount");
        copy_number(&j, row, "balance");
        copy_text(&j, a, row, "operation");
        copy_text(&j, a, row, "reference");
    } else {
        json_str(&j, told == TOLD_ORDER ? "orderId" : "subscriptionId", row->subject);
        json_str(&j, "change", last_word(a, row));
        json_i64(&j, "version", row->version);
    }
    json_close(&j, '}');
    return buf_str(&b);
}

static void tell(struct req *r, const struct fact_row *row, enum told told)
{
    static const struct str names[TOLD_COUNT] = {
        [TOLD_NOTHING] = S_INIT(""),
        [TOLD_BALANCE] = S_INIT("balance"),
        [TOLD_ORDER] = S_INIT("order"),
        [TOLD_SUBSCRIPTION] = S_INIT("subscription"),
    };
    answer_event(r, row->seq, names[told], event_data(r->c->arena, row, told));
}

/* ---- how things stand */

struct standing {
    struct fact_row newest[TOLD_COUNT]; /* seq 0: none */
};

static enum err take_newest(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct standing *s = arg;
    const enum told told = told_of(row->kind);
    if (told == TOLD_NOTHING || s->newest[told].seq > row->seq)
        return E_OK;
    s->newest[told] = *row;
    s->newest[told].kind = str_copy(c->arena, row->kind);
    s->newest[told].subject = str_copy(c->arena, row->subject);
    s->newest[told].data = str_copy(c->arena, row->data);
    return E_OK;
}

static void tell_standing(struct req *r, const struct standing *s)
{
    for (int64_t after = 0;;) {
        enum told next = TOLD_NOTHING;
        for (enum told k = TOLD_BALANCE; k < TOLD_COUNT; k++)
            if (s->newest[k].seq > after &&
                (next == TOLD_NOTHING || s->newest[k].seq < s->newest[next].seq))
                next = k;
        if (next == TOLD_NOTHING)
            return;
        after = s->newest[next].seq;
        tell(r, &s->newest[next], next);
    }
}

/* ---- what came since */

struct since {
    struct req *r;
    int64_t seen, last_seq;
};

static enum err take_next(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct since *s = arg;
    const enum told told = told_of(row->kind);
    s->seen++;
    s->last_seq = row->seq;
    if (told != TOLD_NOTHING)
        tell(s->r, row, told);
    return c->dead ? E_DEAD : E_OK;
}

/* Whose stream it is: an order's, or a customer's. */
struct whose {
    struct order order; /* n 0: a customer's */
    int64_t customer_n; /* 0: of somebody of whom nothing is known yet */
};

static enum err each_fact(struct req *r, const struct whose *w, struct fact_filter filter,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg)
{
    if (w->order.n > 0) {
        filter.subject = order_id(r->c->arena, &w->order);
        return fact_list(r->c, &filter, each, arg);
    }
    return w->customer_n > 0 ? fact_list_of(r->c, w->customer_n, &filter, each, arg) : E_OK;
}

static enum err whose_stream(struct req *r, struct whose *ret)
{
    struct ctx *c = r->c;
    struct whose w = { .customer_n = 0 };
    struct str order = S("");
    bool given = false;
    TRY(req_query(r, "order", &given, &order));
    if (given) {
        TRY(checkout_order(r, order, &w.order));
    } else {
        if (str_eq(r->role, S("none")) || str_eq(r->role, S("guest")))
            return fail(c, UNAUTHENTICATED,
                "a stream is somebody's: sign in, or name an order and its link's token");
        TRY(whose_known(r, &w.customer_n));
    }
    *ret = w;
    return E_OK;
}

static enum err begin(struct req *r, const struct whose *w, int64_t head)
{
    struct standing *s = arena_new(r->c->arena, struct standing);
    const struct fact_filter newest = { .newest_first = true, .limit = NEWEST };
    TRY(each_fact(r, w, newest, take_newest, s));
    tell_standing(r, s);
    answer_stream_at(r, head);
    return E_OK;
}

/* From here on there is nothing that this stream has not looked at. */
static enum err go_on(struct req *r, const struct whose *w, int64_t after)
{
    const struct fact_filter next = { .after_seq = after, .limit = EVENTS };
    struct since s = { .r = r, .last_seq = after };
    TRY(each_fact(r, w, next, take_next, &s));
    r->wait.more = s.seen == EVENTS;
    answer_stream_at(r, s.last_seq);
    return E_OK;
}

static enum err stream(struct req *r)
{
    struct ctx *c = r->c;
    struct whose w;
    int64_t head = 0;
    TRY(whose_stream(r, &w));
    TRY(fact_head_seq(c, &head));
    const int64_t after = answer_stream(r);
    /* Proxies that gather answers would gather this one for ever. */
    answer_header(r, S("X-Accel-Buffering"), S("no"));
    /* A database that was restored may be behind what somebody has heard: they begin again. */
    if (after > head)
        answer_stream_at(r, 0);
    if (after == 0 || after > head)
        TRY(begin(r, &w, head));
    else
        TRY(go_on(r, &w, after));
    req_park(r,
        w.order.n > 0          ? fact_topic(c->arena, order_id(c->arena, &w.order))
            : w.customer_n > 0 ? fact_topic_of_customer(c->arena, w.customer_n)
                               : customer_topic(c->arena, c->customer_id));
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/stream",
        .shape = SHAPE_WAIT,
        .run = stream,
        .allow = ALLOW_ANYONE,
        .about = "Server-sent events `balance`, `order`, `subscription` of the caller, or with "
                 "`order` of one order; `Last-Event-ID` goes on.",
    },
};
const struct routes stream_routes = { table, ARRAY_LEN(table) };
