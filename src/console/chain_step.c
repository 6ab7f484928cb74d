#include "console/chain_step.h"

#include "base/json.h"
#include "fact/fact.h"
#include "inbox/inbox.h"
#include "job/job.h"
#include "ledger/ledger.h"
#include "mail/mail.h"
#include "payment/call.h"

void chain_add(struct chain *k, struct chain_step step)
{
    if (k->n == CHAIN_STEPS)
        k->more = true;
    else
        k->step[k->n++] = step;
}

/* By time; what happened at once stays in the order in which it was written down, and a call comes
 * before what followed from it. */
static bool is_after(const struct chain_step *a, const struct chain_step *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms;
    if (a->seq == b->seq)
        return b->is_call && !a->is_call;
    return a->seq > 0 && b->seq > 0 && a->seq > b->seq;
}

void chain_sort(struct chain *k)
{
    for (size_t i = 1; i < k->n; i++) {
        struct chain_step s = k->step[i];
        size_t at = i;
        for (; at > 0 && is_after(&k->step[at - 1], &s); at--)
            k->step[at] = k->step[at - 1];
        k->step[at] = s;
    }
}

/* ---- facts */

static const struct {
    struct str kind, title;
    enum chain_kind group;
    enum chain_mood mood;
    enum chain_cause cause;
} known[] = {
    { S_INIT("ORDER_CREATED"), S_INIT("Order created"), CHAIN_ORDER, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("ORDER_COMPLETED"), S_INIT("Order completed"), CHAIN_ORDER, CHAIN_GOOD,
        CHAIN_AFTER_QUERY },
    { S_INIT("ORDER_FAILED"), S_INIT("Order failed"), CHAIN_ORDER, CHAIN_BAD, CHAIN_AFTER_QUERY },
    { S_INIT("ORDER_EXPIRED"), S_INIT("Order expired"), CHAIN_ORDER, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("ORDER_CANCELLED"), S_INIT("Order cancelled"), CHAIN_ORDER, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("ORDER_REFUNDED"), S_INIT("Order refunded"), CHAIN_MONEY, CHAIN_PLAIN,
        CHAIN_AFTER_QUERY },
    { S_INIT("ORDER_PARTIALLY_REFUNDED"), S_INIT("Order partly refunded"), CHAIN_MONEY, CHAIN_PLAIN,
        CHAIN_AFTER_QUERY },
    { S_INIT("REFUND_REQUESTED"), S_INIT("Refund asked for, and reserved"), CHAIN_PEOPLE,
        CHAIN_PLAIN, CHAIN_AFTER_NOTHING },
    { S_INIT("REFUND_APPROVED"), S_INIT("A second person agreed to a refund"), CHAIN_PEOPLE,
        CHAIN_PLAIN, CHAIN_AFTER_NOTHING },
    { S_INIT("REFUND_SUCCEEDED"), S_INIT("Refund sent"), CHAIN_MONEY, CHAIN_GOOD,
        CHAIN_AFTER_QUERY },
    { S_INIT("REFUND_FAILED"), S_INIT("Refund failed"), CHAIN_MONEY, CHAIN_BAD, CHAIN_AFTER_QUERY },
    { S_INIT("REFUND_REVERSED"), S_INIT("The money of a refund came back"), CHAIN_MONEY, CHAIN_ODD,
        CHAIN_AFTER_QUERY },
    { S_INIT("ORDER_DISPUTED"), S_INIT("Payment disputed"), CHAIN_MONEY, CHAIN_ODD,
        CHAIN_AFTER_QUERY },
    { S_INIT("DISPUTE_OPENED"), S_INIT("A bank argues about the payment"), CHAIN_MONEY, CHAIN_ODD,
        CHAIN_AFTER_QUERY },
    { S_INIT("DISPUTE_MOVED"), S_INIT("The dispute stands otherwise"), CHAIN_MONEY, CHAIN_PLAIN,
        CHAIN_AFTER_QUERY },
    { S_INIT("DISPUTE_WON"), S_INIT("Dispute won"), CHAIN_MONEY, CHAIN_GOOD, CHAIN_AFTER_QUERY },
    { S_INIT("DISPUTE_LOST"), S_INIT("Dispute lost"), CHAIN_MONEY, CHAIN_BAD, CHAIN_AFTER_QUERY },
    { S_INIT("DISPUTE_EVIDENCE_CHANGED"), S_INIT("What we say to the bank was written"),
        CHAIN_PEOPLE, CHAIN_PLAIN, CHAIN_AFTER_NOTHING },
    { S_INIT("DISPUTE_ANSWERED"), S_INIT("The gateway was told what we say"), CHAIN_GATEWAY,
        CHAIN_PLAIN, CHAIN_AFTER_NOTHING },
    { S_INIT("DISPUTE_REMINDED"), S_INIT("The owner was reminded of the deadline"), CHAIN_MAIL,
        CHAIN_WAITS, CHAIN_AFTER_NOTHING },
    { S_INIT("ORDER_REVIEW"), S_INIT("Put into review"), CHAIN_ORDER, CHAIN_ODD,
        CHAIN_AFTER_QUERY },
    { S_INIT("ORDER_REVIEW_RESOLVED"), S_INIT("Review decided"), CHAIN_PEOPLE, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("PAYMENT_RECEIVED"), S_INIT("Payment received"), CHAIN_MONEY, CHAIN_GOOD,
        CHAIN_AFTER_QUERY },
    { S_INIT("PAYMENT_UNEXPLAINED"), S_INIT("Money came that belongs to no order"), CHAIN_MONEY,
        CHAIN_ODD, CHAIN_AFTER_QUERY },
    { S_INIT("PAYMENT_RETURNED"), S_INIT("Money given back by hand"), CHAIN_MONEY, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("PAYMENT_DECLINED"), S_INIT("A card was declined"), CHAIN_GATEWAY, CHAIN_BAD,
        CHAIN_AFTER_NOTHING },
    { S_INIT("PAYMENT_FAILED"), S_INIT("A try to pay ended without money"), CHAIN_GATEWAY,
        CHAIN_BAD, CHAIN_AFTER_QUERY },
    { S_INIT("CHECKOUT_SESSION_CREATED"), S_INIT("Page to pay on opened"), CHAIN_GATEWAY,
        CHAIN_PLAIN, CHAIN_AFTER_OPEN },
    { S_INIT("CHECKOUT_SESSION_FAILED"), S_INIT("Page to pay on could not be opened"),
        CHAIN_GATEWAY, CHAIN_BAD, CHAIN_AFTER_OPEN },
    { S_INIT("RISK_RELEASED"), S_INIT("A person let it pass, whatever its risk"), CHAIN_PEOPLE,
        CHAIN_PLAIN, CHAIN_AFTER_NOTHING },
    { S_INIT("INVOICE_ISSUED"), S_INIT("Invoice issued"), CHAIN_MONEY, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
    { S_INIT("MAIL_RESENT"), S_INIT("Mail sent again"), CHAIN_PEOPLE, CHAIN_PLAIN,
        CHAIN_AFTER_NOTHING },
};

/* "Key created" of "KEY_CREATED": a kind without words of its own. */
static struct str plain_title(struct arena *a, struct str kind)
{
    struct str low = str_lower(a, kind);
    char *p = arena_alloc(a, low.n + 1);
    for (size_t i = 0; i < low.n; i++)
        p[i] = low.p[i] == '_' ? ' ' : i == 0 ? kind.p[0] : low.p[i];
    return (struct str) { p, low.n };
}

static struct chain_step step_of_kind(struct arena *a, struct str kind)
{
    struct chain_step step = { .kind = CHAIN_ORDER, .title = plain_title(a, kind) };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(known[i].kind, kind)) {
            step.title = known[i].title;
            step.kind = known[i].group;
            step.mood = known[i].mood;
            step.cause = known[i].cause;
        }
    if (str_has(kind, S("_WEBHOOK_"))) {
        step.kind = CHAIN_GATEWAY;
        step.mood = str_ends(kind, S("_FAILED")) ? CHAIN_BAD : CHAIN_PLAIN;
        step.cause = str_ends(kind, S("_RECEIVED")) ? CHAIN_AFTER_NOTHING : CHAIN_AFTER_QUERY;
        step.title = str_ends(kind, S("_RECEIVED")) ? S("Webhook received")
            : str_ends(kind, S("_PROCESSED"))       ? S("Webhook applied")
                                                    : S("Webhook could not be applied");
    }
    return step;
}

static void say(struct buf *b, const char *before, struct str words)
{
    if (words.n > 0)
        buf_fmt(b, "%s%s%.*s", b->n > 0 ? ", " : "", before, SARG(words));
}

/* What a fact's data says, in the order in which a reader asks. */
static struct str fact_words(struct ctx *c, const struct fact_row *row)
{
    static const struct {
        const char *path, *before;
    } said[] = { { "number", "" }, { "refersTo", "refers to " }, { "outcome", "" },
        { "confirmedBy", "confirmed by " }, { "choice", "decision: " }, { "reason", "because " },
        { "why", "" }, { "reference", "session " }, { "attemptId", "" }, { "event", "" } };
    struct buf b = BUF(c->arena);
    struct json_value data = json_root(row->data);
    int64_t minor = 0;
    struct str code, text;
    enum currency cur;
    static const char *const sums[] = { "amount", "total" };
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        struct json_value sum = json_at(data, sums[i]);
        if (json_to_i64(json_at(sum, "amount"), &minor) &&
            json_to_str(c->arena, json_at(sum, "currency"), &code) && currency_parse(code, &cur))
            say(&b, "", money_text_code(c->arena, (struct money) { minor, cur }));
    }
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        if (json_to_str(c->arena, json_at(data, said[i].path), &text))
            say(&b, said[i].before, text);
    if (str_starts(row->actor, S("admin:")) || str_starts(row->actor, S("key:")))
        say(&b, "by ", row->actor);
    return buf_str(&b);
}

static struct str leg_text(struct arena *a, const struct ledger_leg *leg)
{
    struct str name = ledger_account_name(leg->account);
    if (leg->account == LEDGER_GATEWAY)
        name = str_fmt(a, "GATEWAY %.*s", SARG(gateway_name((enum gateway_id)leg->owner)));
    if (leg->cur == CUR_NONE)
        return str_fmt(a, "%.*s %+lld credits", SARG(name), (long long)leg->amount);
    return str_fmt(a, "%.*s %s%.*s", SARG(name), leg->amount > 0 ? "+" : "",
        SARG(money_text_code(a, (struct money) { leg->amount, leg->cur })));
}

static enum err books_of(struct ctx *c, const struct fact_row *row, struct str *ret)
{
    struct ledger_leg leg[LEDGER_LEGS];
    struct buf b = BUF(c->arena);
    size_t n = 0;
    *ret = S("");
    if (row->ledger.n == 0)
        return E_OK;
    TRY(ledger_of_fact(c, row->n, leg, &n));
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%.*s", i > 0 ? " · " : "", SARG(leg_text(c->arena, &leg[i])));
    *ret = buf_str(&b);
    return E_OK;
}

static enum err take_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct chain_step step = step_of_kind(c->arena, row->kind);
    step.at_ms = row->at_ms;
    step.seq = row->seq;
    step.more = fact_words(c, row);
    if (str_starts(row->subject, S("evt_")))
        step.id = row->subject;
    TRY(books_of(c, row, &step.books));
    chain_add(arg, step);
    return E_OK;
}

enum err chain_add_facts(struct ctx *c, struct chain *k, struct str subject)
{
    struct fact_filter f = { .subject = subject, .limit = 200 };
    return fact_list(c, &f, take_fact, k);
}

/* ---- webhooks */

static enum err take_event(struct ctx *c, const struct event *e, void *arg)
{
    if (e->deliveries > 1)
        chain_add(arg,
            (struct chain_step) {
                .at_ms = e->received_ms,
                .kind = CHAIN_GATEWAY,
                .title = S("The same webhook came again"),
                .more =
                    str_fmt(c->arena, "%lld deliveries, applied once", (long long)e->deliveries),
                .id = event_id(c->arena, e),
            });
    return chain_add_facts(c, arg, event_id(c->arena, e));
}

enum err chain_add_events(struct ctx *c, struct chain *k, int64_t order_n)
{
    struct event_filter f = { .status = -1, .order_n = order_n, .limit = 100 };
    return event_list(c, &f, take_event, k);
}

struct calls {
    struct chain *k;
    const struct attempt *attempt;
    size_t n;
};

/* The first fact that was written down with it: 0, there is none. */
static int64_t followed_by(const struct chain *k, const struct call *call)
{
    enum chain_cause cause = call->what == CALL_OPEN ? CHAIN_AFTER_OPEN : CHAIN_AFTER_QUERY;
    int64_t first = 0;
    for (size_t i = 0; i < k->n; i++) {
        const struct chain_step *s = &k->step[i];
        bool follows = s->seq > 0 && s->at_ms == call->at_ms && s->cause == cause;
        if (follows && (first == 0 || s->seq < first))
            first = s->seq;
    }
    return first;
}

static enum err take_call(struct ctx *c, const struct call *call, void *arg)
{
    struct calls *calls = arg;
    const struct gateway *g = gateway_by_id(call->gateway);
    struct str words = call_words(c->arena, call), route = calls->attempt->route;
    if (call->what == CALL_OPEN && route.n > 0)
        words = str_fmt(c->arena, "%.*s; %.*s", SARG(words), SARG(route));
    calls->n++;
    chain_add(calls->k,
        (struct chain_step) {
            .at_ms = call->at_ms,
            .seq = followed_by(calls->k, call),
            .is_call = true,
            .kind = CHAIN_GATEWAY,
            .mood = call->outcome == OUTCOME_UNKNOWN ? CHAIN_WAITS : CHAIN_PLAIN,
            .title = str_fmt(c->arena, "%.*s was asked %.*s", SARG(g == NULL ? S("?") : g->title),
                SARG(call_purpose(call->what))),
            .more = words,
            .id = attempt_id(c->arena, calls->attempt),
        });
    return E_OK;
}

/* Each call; where these are forgotten, what the attempt still knows of them. */
enum err chain_add_asks(struct ctx *c, struct chain *k)
{
    for (size_t i = 0; i < k->attempts; i++) {
        const struct attempt *a = &k->attempt[i];
        const struct gateway *g = gateway_by_id(a->gateway);
        struct calls calls = { .k = k, .attempt = a };
        TRY(call_list(c, a->n, take_call, &calls));
        if (a->asks == 0 || g == NULL || calls.n > 0)
            continue;
        chain_add(k,
            (struct chain_step) {
                .at_ms = a->asked_ms,
                .kind = CHAIN_GATEWAY,
                .title = str_fmt(c->arena, "%.*s was asked", SARG(g->title)),
                .more = str_fmt(c->arena, "%lld %s in all; the attempt is %.*s", (long long)a->asks,
                    a->asks == 1 ? "time" : "times", SARG(attempt_status_text(a->status))),
                .id = attempt_id(c->arena, a),
            });
    }
    return E_OK;
}

/* ---- mails and jobs */

static enum err take_mail(struct ctx *c, const struct mail_row *m, void *arg)
{
    bool bad = m->state == MAIL_REFUSED || m->state == MAIL_PARKED;
    chain_add(arg,
        (struct chain_step) {
            .at_ms = m->created_ms,
            .kind = CHAIN_MAIL,
            .mood = bad                   ? CHAIN_BAD
                : m->state == MAIL_QUEUED ? CHAIN_WAITS
                                          : CHAIN_PLAIN,
            .title = str_fmt(c->arena, "Mail “%.*s”", SARG(m->mail.subject)),
            .more = str_fmt(c->arena, "%.*s, to %.*s%s%.*s", SARG(mail_state_text(m->state)),
                SARG(m->mail.to_address), m->last_error.n > 0 ? ": " : "", SARG(m->last_error)),
            .id = mail_id(c->arena, m),
        });
    return E_OK;
}

enum err chain_add_mails(struct ctx *c, struct chain *k, struct str about)
{
    struct mail_filter f = { .state_or_minus_1 = -1, .about = about, .limit = 50 };
    return mail_list(c, &f, take_mail, k);
}

struct jobs {
    struct chain *k;
    struct str kind; /* only these; empty: all */
};

static enum err take_job(struct ctx *c, const struct job *job, void *arg)
{
    const struct jobs *j = arg;
    if (j->kind.n > 0 && !str_eq(j->kind, job->kind))
        return E_OK;
    chain_add(j->k,
        (struct chain_step) {
            .at_ms = job->due_ms,
            .kind = CHAIN_WORK,
            .mood = job->state == JOB_PARKED ? CHAIN_BAD : CHAIN_WAITS,
            .title = str_eq(job->kind, PAYMENT_POLL)
                ? S("The gateway will be asked")
                : str_fmt(c->arena, "To do: %.*s", SARG(plain_title(c->arena, job->kind))),
            .more = job->last_error.n > 0 ? str_fmt(c->arena, "%s after %lld tries: %.*s",
                                                job->state == JOB_PARKED ? "set aside" : "waiting",
                                                (long long)job->tries, SARG(job->last_error))
                                          : S(""),
            .id = job_id(c->arena, job),
        });
    return E_OK;
}

enum err chain_add_jobs(struct ctx *c, struct chain *k, const struct order *o)
{
    static const char *const about[] = { "paid", "refunded", "disputed" };
    struct jobs any = { k, S("") }, polls = { k, PAYMENT_POLL };
    struct str id = order_id(c->arena, o);
    for (size_t i = 0; i < ARRAY_LEN(about); i++)
        TRY(job_of_subject(c, str_fmt(c->arena, "%s:%.*s", about[i], SARG(id)), take_job, &any));
    for (size_t i = 0; i < k->attempts; i++)
        TRY(job_of_subject(
            c, str_fmt(c->arena, "%lld", (long long)k->attempt[i].n), take_job, &polls));
    return E_OK;
}
