#include "refund/refund_go.h"

#include "alert/alert.h"
#include "db/db.h"
#include "job/job.h"
#include "switch/switch.h"

/* From reserved to certain.  The refund's own id is the gateway's key, so that whoever sends it
 * once more sends the same one; what may be there already is looked for there first. */

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_MS = 24 * HOUR_MS,
    KEY_MS = 23 * HOUR_MS, /* so long a gateway remembers what it answered under a key */
    ARRIVES_MS = HOUR_MS   /* without keys: what is not there by then never was */
};

static bool is_reserved(const struct refund *r)
{
    return r->status == REFUND_PENDING || r->status == REFUND_UNKNOWN;
}

enum err refund_go_load(struct ctx *c, int64_t refund_n, bool perhaps_sent, struct refunding *k)
{
    bool off = false;
    struct refund seen;
    TRY(refund_by_n(c, refund_n, &seen));
    TRY(order_lock(c, seen.order_n, &k->o));
    TRY(refund_by_n(c, refund_n, &k->r));
    TRY(attempt_by_n(c, k->r.attempt_n, &k->a));
    TRY(switch_is_off(c, SWITCH_REFUNDS, &off));
    bool sent = k->r.sent_ms > 0;
    k->looks = perhaps_sent && sent;
    bool waits = k->r.approval || ((off || k->a.argued) && !sent);
    k->ready = !is_reserved(&k->r) || k->r.kind == REFUND_BY_HAND || waits;
    if (k->ready || sent)
        return E_OK;
    k->r.sent_ms = c->now_ms; /* from here on it may be there */
    return back_note(c, &k->r, k->r.status);
}

/* ---- calling */

static struct gateway_give give_of(struct ctx *c, const struct refunding *k)
{
    return (struct gateway_give) {
        .key = refund_id(c->arena, &k->r),
        .attempt = attempt_id(c->arena, &k->a),
        .order = order_id(c->arena, &k->o),
        .session_id = k->a.session_id,
        .payment = k->a.payment,
        .amount = k->r.amount,
    };
}

/* Is it there?  Until that is answered nothing is sent. */
static enum err look_for(struct ctx *c, struct refunding *k, const struct gateway *g,
    const struct gateway_give *give, bool *ret_known)
{
    struct gateway_backs list;
    TRY(g->given_back(c, give, &list));
    k->call[k->calls++] = call_of(&k->a, CALL_GIVEN, list.outcome, &list.reply);
    k->given = (struct gateway_given) {
        .outcome = list.outcome == OUTCOME_DONE ? OUTCOME_DONE : OUTCOME_UNKNOWN,
        .refusal = list.refusal,
        .reply = list.reply,
    };
    *ret_known = true;
    if (list.outcome != OUTCOME_DONE)
        return E_OK;
    for (size_t i = 0; i < list.count; i++)
        if (str_eq(list.back[i].mark, give->key)) {
            k->given.back = list.back[i];
            return E_OK;
        }
    bool keys = (g->can & GATEWAY_CAN_KEYS) != 0;
    const int64_t age_ms = c->now_ms - k->r.sent_ms;
    if (age_ms >= (keys ? KEY_MS : ARRIVES_MS)) {
        k->given.outcome = OUTCOME_DECLINED;
        k->given.refusal = str_fmt(c->arena, "it never arrived at %.*s", SARG(g->title));
        return E_OK;
    }
    *ret_known = keys ? false : true;
    k->given.outcome = OUTCOME_UNKNOWN;
    k->given.refusal = str_fmt(c->arena, "%.*s does not show it yet", SARG(g->title));
    return E_OK;
}

struct glance {
    int64_t n;
    bool reserved;
};

static enum err glance(struct ctx *c, void *arg)
{
    struct glance *k = arg;
    struct refund now;
    TRY(refund_by_n(c, k->n, &now));
    k->reserved = is_reserved(&now);
    return E_OK;
}

/* Whoever slept since it was loaded may find that another run was refused meanwhile: then its money
 * is free again, and perhaps promised to somebody else. */
static enum err look_once_more(struct ctx *c, struct refunding *k, bool *ret_over)
{
    struct glance now = { .n = k->r.n };
    TRY(db_read(c, glance, &now));
    *ret_over = !now.reserved;
    if (*ret_over)
        k->given = (struct gateway_given) { .outcome = OUTCOME_NOT_SENT };
    return E_OK;
}

enum err refund_go_call(struct ctx *c, struct refunding *k)
{
    const struct gateway *g = gateway_by_id(k->a.gateway);
    bool known = false;
    if (k->ready)
        return E_OK;
    must(g != NULL && g->give_back != NULL && g->given_back != NULL);
    const struct gateway_give give = give_of(c, k);
    k->calls = 0;
    if (k->looks)
        TRY(look_for(c, k, g, &give, &known));
    if (!known)
        TRY(look_once_more(c, k, &known));
    if (known)
        return E_OK;
    TRY(g->give_back(c, &give, &k->given));
    k->call[k->calls++] = call_of(&k->a, CALL_GIVE, k->given.outcome, &k->given.reply);
    return E_OK;
}

/* ---- recording */

enum err refund_go_later(struct ctx *c, const struct refund *r)
{
    const int64_t age_ms = c->now_ms - r->created_ms;
    const int64_t wait_ms = r->sent_ms == 0 && c->net == NULL ? 0
        : age_ms < MINUTE_MS                                  ? 5 * SECOND_MS
        : age_ms < HOUR_MS                                    ? MINUTE_MS
        : age_ms < DAY_MS                                     ? 15 * MINUTE_MS
                                                              : 6 * HOUR_MS;
    return job_add(c, REFUND_SEND, str_fmt(c->arena, "%lld", (long long)r->n), c->now_ms + wait_ms);
}

/* After a day without a word a person is told; it is asked about all the same. */
static enum err still_open(struct ctx *c, struct refunding *k)
{
    bool late = c->now_ms - k->r.created_ms >= DAY_MS;
    if (late && k->r.status == REFUND_PENDING)
        TRY(alert_raise(c, ALERT_REFUND, order_id(c->arena, &k->o),
            str_fmt(c->arena, "nobody learned what became of a refund of %.*s",
                SARG(money_text_code(c->arena, k->r.amount)))));
    k->r.why = k->given.refusal;
    TRY(back_note(c, &k->r, late ? REFUND_UNKNOWN : REFUND_PENDING));
    return refund_go_later(c, &k->r);
}

static enum err accepted(struct ctx *c, struct refunding *k)
{
    struct gateway_back back = k->given.back;
    const struct refund from = { .confirmed_by = k->looks ? S("query") : S("answer") };
    back.mark = refund_id(c->arena, &k->r);
    TRY(back_told(c, &k->o, &k->a, &back, &from));
    TRY(refund_by_n(c, k->r.n, &k->r));
    return is_reserved(&k->r) ? refund_go_later(c, &k->r) : E_OK;
}

enum err refund_go_record(struct ctx *c, struct refunding *k)
{
    TRY(order_lock(c, k->r.order_n, &k->o));
    TRY(refund_by_n(c, k->r.n, &k->r));
    TRY(attempt_by_n(c, k->r.attempt_n, &k->a));
    for (size_t i = 0; i < k->calls; i++)
        TRY(call_note(c, &k->call[i]));
    if (!is_reserved(&k->r)) /* a webhook, or another run, was faster */
        return E_OK;
    switch (k->given.outcome) {
    case OUTCOME_DONE:
        return accepted(c, k);
    case OUTCOME_DECLINED:
        return back_fails(c, &k->o, &k->a, &k->r, k->given.refusal);
    case OUTCOME_PENDING:
    case OUTCOME_NOT_SENT:
    case OUTCOME_UNKNOWN:
        return still_open(c, k);
    }
    never("a call has five outcomes");
}
