#include "fact/fact.h"
#include "sim/check.h"
#include "sim/vendor.h"

/* I7, I9, I11, I13, I14, I16: what was written down, promised and finished. */

enum { /* event.status, attempt.status, coupon_use.state, mail.state, as schema/ numbers them */
    ATTEMPT_IS_CREATED = 0,
    ATTEMPT_IS_OPEN = 1,
    ATTEMPT_IS_PROCESSING = 2,
    ATTEMPT_IS_UNKNOWN = 6,
    EVENT_IS_RECEIVED = 0,
    EVENT_IS_APPLIED = 1,
    EVENT_IS_RETRYING = 3,
    EVENT_IS_PARKED = 4,
    USE_IS_FREED = 2,
    MAIL_IS_SENT = 1
};
enum {
    KEPT_MS = 20 * DAY
};

static const struct look_event *event_of(const struct books *b, const struct parcel *p)
{
    struct str hash = { (const char *)p->hash.b, sizeof p->hash.b };
    for (size_t i = 0; i < b->events; i++)
        if (str_eq(b->event[i].hash, hash))
            return &b->event[i];
    /* It was read in the gateway's list before it came, and is spelled otherwise there. */
    struct sha256 id = sha256(p->id);
    struct str key = { (const char *)id.b, sizeof id.b };
    for (size_t i = 0; i < b->events && p->id.n > 0; i++)
        if (str_eq(b->event[i].key, key))
            return &b->event[i];
    return NULL;
}

void check_webhooks(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < l->parcels; i++) {
        const struct parcel *p = &l->parcel[i];
        const struct look_event *e = p->acked ? event_of(b, p) : NULL;
        int page = page_named(l, p->session), order = page >= 0 ? l->page[page].order : -1;
        if (!p->acked)
            continue;
        l->sum.checked[SIM_I7]++;
        if (e == NULL)
            violate(l, SIM_I7, order, "webhook %.*s of %.*s was answered 2xx, and is nowhere",
                SARG(p->event), SARG(p->session));
        else if (e->status == EVENT_IS_PARKED && e->alerts == 0)
            violate(l, SIM_I7, order, "webhook %.*s of %.*s is parked, and nobody is told",
                SARG(p->event), SARG(p->session));
    }
    /* Whom it speaks of nobody knows: that is for a person, not for the bin. */
    for (size_t i = 0; i < l->parcels; i++) {
        const struct parcel *p = &l->parcel[i];
        const struct look_event *e = p->acked ? event_of(b, p) : NULL;
        if (e != NULL && p->genuine && p->session.n > 0 && page_named(l, p->session) < 0 &&
            !str_eq(p->event, vendor_of_url(p->url)->announcement) && e->status != EVENT_IS_PARKED)
            violate(l, SIM_I7, -1, "webhook %.*s of the unknown %.*s has status %lld, and no alert",
                SARG(p->event), SARG(p->session), (long long)e->status);
    }
}

/* ---- codes */

static const struct bought *order_of_use(
    struct life *l, const struct books *b, const struct look_use *u)
{
    for (size_t i = 0; i < b->orders; i++)
        if (b->order[i].n == u->order_n)
            return &l->order[order_named(l, b->order[i].id)];
    never("a use without an order");
}

/* An order that is paid after its use was given back keeps its discount: that one may be beyond the
 * limit, or beside the counter, no other. */
void check_codes(struct life *l, const struct books *b)
{
    int64_t miscounted = 0;
    for (size_t i = 0; i < b->codes; i++) {
        const struct look_code *code = &b->code[i];
        int64_t uses = 0, late = 0;
        for (size_t k = 0; k < b->uses; k++) {
            const struct look_use *u = &b->use[k];
            if (u->coupon_n != code->n || u->counted == 0 || u->state == USE_IS_FREED)
                continue;
            uses++;
            late += order_of_use(l, b, u)->ended;
        }
        if (late > 0)
            meet(l, SIM_MET_COUPON_FREED);
        l->sum.checked[SIM_I9]++;
        if (code->max_uses > 0 && (code->used > code->max_uses || uses - late > code->max_uses))
            violate(l, SIM_I9, -1, "%.*s was used %lld times (%lld of them late), of %lld",
                SARG(code->code), (long long)uses, (long long)late, (long long)code->max_uses);
        else if (code->max_uses > 0 && (code->used > uses || code->used < uses - late))
            violate(l, SIM_I9, -1, "%.*s has %lld uses, and counts %lld", SARG(code->code),
                (long long)uses, (long long)code->used);
    }
    must(look_miscounted(&l->c, &miscounted) == E_OK);
    if (miscounted > 0)
        violate(l, SIM_I9, -1, "%lld buyers' uses are not counted right", (long long)miscounted);
}

/* ---- the chain */

static enum err verify(struct ctx *c, void *arg)
{
    int64_t n = 0;
    return fact_verify(c, arg, &n);
}

static void check_facts_of(struct life *l, const struct books *b, const struct account *k)
{
    int64_t received = facts_of(b, k->o->id, "PAYMENT_RECEIVED"),
            back = facts_of(b, k->o->id, "ORDER_REFUNDED"),
            more = facts_of(b, k->o->id, "PAYMENT_UNEXPLAINED"),
            completed = facts_of(b, k->o->id, "ORDER_COMPLETED");
    bool gone = k->sale != NULL && k->sale->refunded + k->sale->lost >= k->sale->amount;
    bool first_gone = gone && completed == 0; /* it went back before it was known to have come */
    l->sum.checked[SIM_I11]++;
    if (k->o->total > 0 && received != k->sales)
        violate(l, SIM_I11, k->order, "%d sales, and %lld facts PAYMENT_RECEIVED", k->sales,
            (long long)received);
    if (k->sale != NULL && k->sale->amount > 0 && back != gone)
        violate(l, SIM_I11, k->order, "%lld facts ORDER_REFUNDED", (long long)back);
    if (more < k->held)
        violate(l, SIM_I11, k->order, "%d payments are held, and %lld facts say so", k->held,
            (long long)more);
    if (k->sale != NULL && completed != 1 && !first_gone)
        violate(l, SIM_I11, k->order, "%lld facts ORDER_COMPLETED", (long long)completed);
    if (facts_of(b, k->o->id, "ORDER_CREATED") != 1)
        violate(l, SIM_I11, k->order, "%lld facts ORDER_CREATED",
            (long long)facts_of(b, k->o->id, "ORDER_CREATED"));
}

void check_chain(struct life *l, const struct books *b)
{
    struct buf out = BUF(&l->scratch);
    if (db_read_long(&l->c, verify, &out) != E_OK)
        violate(l, SIM_I11, -1, "the chain does not verify: %.*s", SARG(buf_str(&out)));
    err_clear(&l->c);
    for (size_t i = 0; i < b->orders; i++) {
        struct account k = account_of(l, b, &b->order[i]);
        check_facts_of(l, b, &k);
    }
    for (size_t i = 0; i < b->events; i++) {
        const struct look_event *e = &b->event[i];
        l->sum.checked[SIM_I11]++;
        if (e->received != 1 || (e->status == EVENT_IS_APPLIED && e->processed != 1))
            violate(l, SIM_I11, -1, "a webhook has %lld facts _RECEIVED and %lld _PROCESSED",
                (long long)e->received, (long long)e->processed);
    }
}

/* ---- mails */

static int64_t arrived(const struct life *l, struct str message_id)
{
    for (size_t i = 0; i < l->mails; i++)
        if (str_eq(l->mail[i].message_id, message_id))
            return l->mail[i].times;
    return 0;
}

void check_mails(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < b->orders; i++) {
        const struct look_order *o = &b->order[i];
        bool completed = facts_of(b, o->id, "ORDER_COMPLETED") > 0 && o->email.n > 0;
        int64_t queued = 0, came = 0;
        for (size_t k = 0; k < b->mails; k++) {
            if (!str_eq(b->mail[k].about, o->id) || !str_starts(b->mail[k].key, S("paid:")))
                continue;
            queued++;
            came += b->mail[k].state == MAIL_IS_SENT && arrived(l, b->mail[k].message_id) > 0;
        }
        l->sum.checked[SIM_I13]++;
        if (l->long_one && o->completed_ms < l->now_ms - KEPT_MS)
            continue; /* letters are forgotten, too */
        if (queued != completed || came != queued)
            violate(l, SIM_I13, order_named(l, o->id),
                "completed %d times, and %lld mails say so, of which %lld arrived", completed,
                (long long)queued, (long long)came);
    }
}

/* ---- promises */

void check_kept(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < l->wishes; i++) {
        const struct wish *w = &l->wish[i];
        bool found = false;
        if (!w->kept || w->order < 0)
            continue;
        l->sum.checked[SIM_I14]++;
        for (size_t k = 0; k < b->orders; k++)
            found = found || str_eq(b->order[k].id, l->order[w->order].id);
        if (!found)
            violate(
                l, SIM_I14, w->order, "%.*s was told of an order that is not there", SARG(w->key));
    }
}

/* ---- rest */

static bool is_open(const struct look_attempt *a)
{
    return a->status == ATTEMPT_IS_CREATED || a->status == ATTEMPT_IS_OPEN ||
        a->status == ATTEMPT_IS_PROCESSING || a->status == ATTEMPT_IS_UNKNOWN;
}

/* What waits for a person may wait as long as he likes, and stays as he left it.  A page whose
 * opening was never answered, of an order that was paid otherwise, stays unknown: there is nothing
 * to ask about, and nothing to wait for. */
static bool may_stay_open(struct life *l, const struct look_order *o, const struct look_attempt *a)
{
    return o->status == LOOK_REVIEW || l->order[order_named(l, o->id)].decided ||
        (is_paid(o->status) && a->session.n == 0);
}

void check_quiet(struct life *l, const struct books *b)
{
    const struct look_left *k = &b->left;
    l->sum.checked[SIM_I16]++;
    if (k->jobs + k->parked + k->operations + k->events + k->refunds + k->mails > 0)
        violate(l, SIM_I16, -1,
            "left: %lld operations, %lld jobs and %lld parked, %lld webhooks, %lld refunds, %lld mails; %.*s",
            (long long)k->operations, (long long)k->jobs, (long long)k->parked,
            (long long)k->events, (long long)k->refunds, (long long)k->mails, SARG(k->job));
    for (size_t i = 0; i < b->orders; i++) {
        const struct look_order *o = &b->order[i];
        if (o->status == LOOK_PENDING || o->status == LOOK_PROCESSING || o->status == LOOK_FAILED)
            violate(l, SIM_I16, order_named(l, o->id), "it still has status %lld",
                (long long)o->status);
        for (size_t n = 0; n < b->attempts; n++)
            if (b->attempt[n].order_n == o->n && is_open(&b->attempt[n]) &&
                !may_stay_open(l, o, &b->attempt[n]))
                violate(l, SIM_I16, order_named(l, o->id), "%.*s still has status %lld",
                    SARG(b->attempt[n].id), (long long)b->attempt[n].status);
    }
    for (size_t i = 0; i < l->wishes; i++)
        if (!l->wish[i].kept && !l->wish[i].given_up)
            violate(l, SIM_I16, l->wish[i].order, "%.*s was never answered", SARG(l->wish[i].key));
}
