#include "console/chain.h"

#include "base/clock.h"
#include "base/json.h"
#include "console/chain_step.h"
#include "customer/customer.h"
#include "dispute/dispute.h"
#include "fact/fact.h"
#include "inbox/inbox.h"
#include "job/job.h"

static const struct str kinds[] = {
    [CHAIN_ORDER] = S_INIT("order"),
    [CHAIN_MONEY] = S_INIT("money"),
    [CHAIN_GATEWAY] = S_INIT("gateway"),
    [CHAIN_MAIL] = S_INIT("mail"),
    [CHAIN_PEOPLE] = S_INIT("people"),
    [CHAIN_WORK] = S_INIT("work"),
};
_Static_assert(ARRAY_LEN(kinds) == CHAIN_KIND_COUNT, "every kind has a name");

struct str chain_kind_text(enum chain_kind kind)
{
    must(kind < CHAIN_KIND_COUNT);
    return kinds[kind];
}

/* ---- an order's */

enum {
    DISPUTES = 20
};

static enum err add_dispute(struct ctx *c, const struct dispute *d, void *arg)
{
    return chain_add_facts(c, arg, dispute_id(c->arena, d));
}

static enum err order_chain(struct ctx *c, const struct order *o, struct chain *k)
{
    k->has_order = true;
    k->order = *o;
    k->about = order_number(c->arena, o);
    k->state = str_fmt(c->arena, "%.*s, %.*s, %.*s%s%.*s", SARG(order_status_text(o->status)),
        SARG(money_text_code(c->arena, (struct money) { o->total_minor, o->currency })),
        SARG(o->email.n > 0 ? o->email : S("no mail address")), o->reason.n > 0 ? ": " : "",
        SARG(o->reason));
    TRY(attempts_of(c, o->n, &k->attempt, &k->attempts));
    TRY(risk_of(c, o->n, &k->has_risk, &k->risk));
    TRY(chain_add_facts(c, k, order_id(c->arena, o)));
    TRY(dispute_list(c,
        &(struct dispute_filter) { .status = -1, .order_n = o->n, .limit = DISPUTES }, add_dispute,
        k));
    TRY(chain_add_events(c, k, o->n));
    TRY(chain_add_asks(c, k));
    TRY(chain_add_mails(c, k, order_id(c->arena, o)));
    return chain_add_jobs(c, k, o);
}

static enum err by_order(struct ctx *c, int64_t n, struct chain *k)
{
    struct order o;
    TRY(order_by_n(c, n, &o));
    return order_chain(c, &o, k);
}

/* ---- of other things, which mostly lead to an order's */

static enum err by_dispute(struct ctx *c, struct id id, struct chain *k)
{
    struct dispute d;
    TRY(dispute_get(c, id, &d));
    return by_order(c, d.order_n, k);
}

static enum err by_event(struct ctx *c, struct id id, struct chain *k)
{
    struct event e;
    TRY(event_get(c, id, &e));
    if (e.order_n > 0)
        return by_order(c, e.order_n, k);
    k->about = event_id(c->arena, &e);
    k->state =
        str_fmt(c->arena, "%.*s from %.*s, %.*s%s%.*s", SARG(e.name), SARG(gateway_name(e.gateway)),
            SARG(event_status_text(e.status)), e.outcome.n > 0 ? ": " : "", SARG(e.outcome));
    return chain_add_facts(c, k, k->about);
}

/* "paid:ord_…" and "ord_…" name the order itself; payment_poll names its attempt's row. */
static enum err by_job(struct ctx *c, struct id id, struct chain *k)
{
    struct job job;
    struct str head, tail;
    struct attempt a;
    int64_t n = 0;
    TRY(job_get(c, id, &job));
    k->about = job_id(c->arena, &job);
    k->state = str_fmt(c->arena, "%.*s %.*s, %s after %lld tries%s%.*s", SARG(job.kind),
        SARG(job.subject), job.state == JOB_PARKED ? "set aside" : "waiting", (long long)job.tries,
        job.last_error.n > 0 ? ": " : "", SARG(job.last_error));
    str_cut(job.subject, ':', &head, &tail);
    struct str subject = tail.n > 0 ? tail : head;
    if (str_starts(subject, S("ord_")))
        return chain_of(c, subject, k);
    if (str_eq(job.kind, PAYMENT_POLL) && str_to_i64(subject, &n)) {
        TRY(attempt_by_n(c, n, &a));
        return by_order(c, a.order_n, k);
    }
    return chain_add_facts(c, k, k->about);
}

static enum err by_fact(struct ctx *c, struct id id, struct chain *k)
{
    struct fact_row row;
    struct id of;
    TRY(fact_get(c, id, &row));
    if (id_parse(S("ord"), row.subject, &of) || id_parse(S("evt"), row.subject, &of))
        return chain_of(c, row.subject, k);
    k->about = row.subject;
    k->state = str_fmt(c->arena, "a fact of %.*s", SARG(time_iso(c->arena, row.at_ms)));
    return chain_add_facts(c, k, row.subject);
}

static enum err take_order(struct ctx *c, const struct order *o, void *arg)
{
    chain_add(arg,
        (struct chain_step) {
            .at_ms = o->created_ms,
            .kind = CHAIN_ORDER,
            .title = order_number(c->arena, o),
            .more = str_fmt(c->arena, "%.*s, %.*s", SARG(order_status_text(o->status)),
                SARG(money_text_code(c->arena, (struct money) { o->total_minor, o->currency }))),
            .id = order_id(c->arena, o),
        });
    return E_OK;
}

static enum err by_customer(struct ctx *c, struct str id, struct chain *k)
{
    struct customer who;
    bool found = false;
    TRY(customer_find(c, id, &found, &who));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such customer");
    struct order_filter f = { .customer_n = who.n, .status = -1, .limit = 100 };
    k->about = id;
    k->state = who.email.n > 0 ? who.email : S("no mail address");
    TRY(chain_add_facts(c, k, id));
    return order_list(c, &f, take_order, k);
}

static enum err find(struct ctx *c, struct str id, struct chain *k)
{
    struct id at;
    struct attempt a;
    struct order o;
    if (str_starts(id, S("ord_")) || str_starts(id, S("ORD-"))) {
        TRY(order_get(c, id, &o));
        return order_chain(c, &o, k);
    }
    if (id_parse(S("att"), id, &at) || id_parse(S("pay"), id, &at)) {
        TRY(attempt_get(c, at, &a));
        return by_order(c, a.order_n, k);
    }
    if (id_parse(S("dsp"), id, &at))
        return by_dispute(c, at, k);
    if (id_parse(S("evt"), id, &at))
        return by_event(c, at, k);
    if (id_parse(S("job"), id, &at))
        return by_job(c, at, k);
    if (id_parse(S("aud"), id, &at))
        return by_fact(c, at, k);
    if (str_starts(id, S("cus_")))
        return by_customer(c, id, k);
    return fail(c, NOT_FOUND,
        "\"%.*s\" is no order number, and no id of an order, attempt, payment, dispute, webhook, "
        "job, customer or fact",
        SARG(str_part(id, 0, 80)));
}

enum err chain_of(struct ctx *c, struct str id, struct chain *ret)
{
    struct chain k = { .about = id, .step = arena_array(c->arena, struct chain_step, CHAIN_STEPS) };
    TRY(find(c, id, &k));
    chain_sort(&k);
    *ret = k;
    return E_OK;
}

/* ---- as text */

static struct str when(struct arena *a, int64_t ms)
{
    struct str iso = time_iso(a, ms), day, rest;
    str_cut(iso, 'T', &day, &rest);
    return str_fmt(a, "%.*s %.*s", SARG(day), SARG(str_part(rest, 0, rest.n - 1)));
}

void chain_text(struct buf *out, const struct chain *k)
{
    buf_fmt(out, "%.*s\n%.*s\n", SARG(k->about), SARG(k->state));
    if (k->has_risk)
        buf_fmt(out, "risk %lld of 100, %.*s%s: %.*s\n", (long long)k->risk.score,
            SARG(risk_action_words(k->risk.action)),
            k->risk.released_ms > 0 ? ", and let pass by a person" : "",
            SARG(risk_reasons(out->arena, &k->risk)));
    buf_fmt(out, "\n");
    for (size_t i = 0; i < k->n; i++) {
        const struct chain_step *s = &k->step[i];
        buf_fmt(out, "%.*s  %-8.*s %.*s\n", SARG(when(out->arena, s->at_ms)),
            SARG(chain_kind_text(s->kind)), SARG(s->title));
        const struct str below[] = { s->more, s->books, s->id };
        for (size_t m = 0; m < ARRAY_LEN(below); m++)
            if (below[m].n > 0)
                buf_fmt(out, "%34s%.*s\n", "", SARG(below[m]));
    }
    if (k->n == 0)
        buf_fmt(out, "nothing is recorded about it\n");
    if (k->more)
        buf_fmt(out, "… there is more than %d lines\n", CHAIN_STEPS);
}
