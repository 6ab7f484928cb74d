#include "privacy/privacy.h"

#include "base/clock.h"
#include "base/json.h"
#include "credit/credit.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "order/order.h"
#include "privacy/privacy_db.h"
#include "subscription/subscription.h"

enum {
    REASON_MAX = 500
};

/* ---- whom */

static struct somebody of_customer(const struct customer *k)
{
    return (struct somebody) { k->n, k->id, k->external_id, k->email, k->name, INT64_MAX };
}

enum err person_find(struct ctx *c, struct str whom, struct somebody *ret)
{
    struct customer k;
    struct str mail;
    bool found = false;
    TRY(customer_find(c, whom, &found, &k));
    if (!found && str_has(whom, S("@"))) {
        TRY(mail_address(c, whom, &mail));
        TRY(customer_by_email(c, mail, &found, &k));
    }
    if (!found)
        return fail(c, NOT_FOUND, "there is no customer %.*s", SARG(whom));
    *ret = of_customer(&k);
    return E_OK;
}

enum err person_guest(struct ctx *c, struct str mail, struct somebody *ret)
{
    struct somebody who = { .external_id = S(""), .name = S("") };
    int64_t orders = 0;
    TRY(mail_address(c, mail, &who.email));
    TRY(person_db_guest_orders(c, who.email, &orders));
    if (orders == 0)
        return fail(c, NOT_FOUND, "no guest has bought anything as %.*s", SARG(who.email));
    TRY(person_db_newest_order(c, &who.upto_n));
    *ret = who;
    return E_OK;
}

static bool is_of_a_mail(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
        ch == '.' || ch == '_' || ch == '+' || ch == '-' || ch == '@';
}

/* Not "ada@example.com" in "nevada@example.com", nor in "ada@example.computer". */
bool person_is_quoted(const struct somebody *who, struct str text)
{
    const struct str mail = who->email;
    if (mail.n == 0)
        return false;
    for (size_t i = 0; i + mail.n <= text.n; i++) {
        const size_t end = i + mail.n;
        if (!str_eq_nocase(str_part(text, i, mail.n), mail) ||
            (i > 0 && is_of_a_mail(text.p[i - 1])))
            continue;
        /* A dot ends a sentence more often than a mail goes on behind it. */
        const bool dot = end < text.n && text.p[end] == '.';
        const size_t next = dot ? end + 1 : end;
        if (next >= text.n || !is_of_a_mail(text.p[next]))
            return true;
    }
    return false;
}

/* ---- on record */

static struct str subject_of(struct ctx *c, const struct somebody *who)
{
    return who->n > 0 ? id_text(c->arena, S("cus"), who->id) : S("guest");
}

static enum err note(struct ctx *c, const char *kind, const struct somebody *who, struct str data)
{
    const struct fact fact = {
        .kind = str_of_c(kind),
        .subject = subject_of(c, who),
        .customer_n = who->n,
        .data = data,
    };
    return fact_add(c, &fact, NULL);
}

enum err privacy_reason(struct ctx *c, const struct somebody *who, struct str reason)
{
    if (reason.n > REASON_MAX)
        return fail(c, INVALID_REQUEST, "a reason has at most %d bytes", REASON_MAX);
    if (person_is_quoted(who, reason) || (who->name.n > 0 && str_has(reason, who->name)))
        return fail(c, INVALID_REQUEST,
            "the reason stays on record for good: say it without name and mail");
    return E_OK;
}

enum err privacy_exported(struct ctx *c, const struct somebody *who, struct str reason)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(privacy_reason(c, who, reason));
    json_open(&j, NULL, '{');
    if (reason.n > 0)
        json_str(&j, "reason", reason);
    json_close(&j, '}');
    return note(c, "CUSTOMER_EXPORTED", who, buf_str(&b));
}

/* What is kept, and why: for who asks later. */
static struct str data_of(struct ctx *c, const struct erasure *e, struct str reason)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_i64(&j, "erasure", e->n);
    json_i64(&j, "rows", e->changed);
    json_str(&j, "kept",
        S("orders, payments, ledger: amounts, dates and tax, under no name; invoices as issued, with "
          "the name and address that they are made out to"));
    json_str(&j, "why", S("tax law; GDPR Art. 17(3)(b)"));
    if (reason.n > 0)
        json_str(&j, "reason", reason);
    json_close(&j, '}');
    return buf_str(&b);
}

/* ---- beginning */

static enum err check_orders(struct ctx *c, const struct somebody *who)
{
    struct order o;
    int64_t n = 0, status = 0;
    TRY(person_db_open_order(c, who, &n, &status));
    if (n == 0)
        return E_OK;
    TRY(order_by_n(c, n, &o));
    const struct str number = order_number(c->arena, &o);
    if (o.status == ORDER_REVIEW)
        return fail(c, CONFLICT, "%.*s is in review: decide about it first", SARG(number));
    if (o.status == ORDER_DISPUTED)
        return fail(c, CONFLICT,
            "%.*s is disputed: what shows who bought it is needed until that is over",
            SARG(number));
    return fail(c, CONFLICT, "%.*s may still be paid: cancel it, or wait until its time is over",
        SARG(number));
}

static enum err check_webhooks(struct ctx *c, const struct somebody *who)
{
    struct id event;
    bool found = false;
    TRY(person_db_open_event(c, who, &found, &event));
    if (!found)
        return E_OK;
    return fail(c, CONFLICT, "the webhook %.*s about an order was not applied: replay it first",
        SARG(id_text(c->arena, S("evt"), event)));
}

struct bought {
    int64_t unused;
};

static enum err add_bought(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    struct bought *k = arg;
    k->unused += lot->kind == CREDIT_PURCHASE ? lot->unused : 0;
    return c->dead ? E_DEAD : E_OK;
}

/* What nobody paid for ends with the account; what somebody paid for is not lost by accident. */
static enum err check_credits(struct ctx *c, const struct erasure_ask *ask)
{
    struct credit_account account;
    struct bought bought = { 0 };
    if (ask->who.n == 0)
        return E_OK;
    TRY(credit_open(c, ask->who.n, &account));
    TRY(credit_lots(c, ask->who.n, add_bought, &bought));
    if (account.reserved > 0)
        return fail(c, CONFLICT,
            "%lld credits are held for work under way: settle or release it first",
            (long long)account.reserved);
    if (bought.unused > 0 && !ask->force)
        return fail(c, CONFLICT,
            "%lld credits that were bought are left and would be lost; --force says so",
            (long long)bought.unused);
    if (account.debt > 0 && !ask->force)
        return fail(c, CONFLICT, "%lld credits are owed and would be given up; --force says so",
            (long long)account.debt);
    return credit_forfeit(c, ask->who.n);
}

static enum err check_subscription(struct ctx *c, const struct subscription *s, void *arg)
{
    const struct erasure_ask *ask = arg;
    if (s->status != SUBSCRIPTION_CANCELED)
        return fail(c, CONFLICT, "the subscription %.*s (%.*s) goes on: cancel it first",
            SARG(subscription_id(c->arena, s)), SARG(s->terms.plan));
    if (s->period_end_ms > c->now_ms && !ask->force)
        return fail(c, CONFLICT,
            "the plan %.*s is paid until %.*s and would be lost; --force says so",
            SARG(s->terms.plan), SARG(time_words(c->arena, s->period_end_ms)));
    return E_OK;
}

static enum err check_subscriptions(struct ctx *c, const struct erasure_ask *ask)
{
    const struct subscription_filter all = { .customer_n = ask->who.n, .limit = 1000 };
    if (ask->who.n == 0)
        return E_OK;
    return subscription_list(c, &all, check_subscription, (void *)(uintptr_t)ask);
}

static enum err find_before(
    struct ctx *c, const struct somebody *who, bool *ret_found, struct erasure *ret)
{
    if (who->n > 0)
        return erasure_db_of_customer(c, who->n, ret_found, ret);
    return erasure_db_of_guest(c, who->email, ret_found, ret);
}

enum err erasure_begin(struct ctx *c, const struct erasure_ask *ask, struct erasure *ret)
{
    struct erasure e = { .who = ask->who, .version = 1, .asked_ms = c->now_ms };
    bool found = false;
    TRY(db_alone(c, str_fmt(c->arena, "customer %.*s", SARG(ask->who.external_id))));
    TRY(find_before(c, &ask->who, &found, &e));
    if (found) {
        *ret = e;
        return E_OK;
    }
    TRY(privacy_reason(c, &ask->who, ask->reason));
    TRY(check_orders(c, &ask->who));
    TRY(check_webhooks(c, &ask->who));
    TRY(check_subscriptions(c, ask));
    TRY(check_credits(c, ask));
    TRY(erasure_db_insert(c, &e));
    /* From here on nobody reaches the row by the application's id: who comes again is new. */
    if (e.who.n > 0)
        TRY(customer_forget(c, e.who.n));
    TRY(note(c, "CUSTOMER_ERASURE_BEGUN", &e.who, data_of(c, &e, ask->reason)));
    TRY(job_add(c, PRIVACY_ERASE, str_fmt(c->arena, "%lld", (long long)e.n), c->now_ms + 60000));
    *ret = e;
    return E_OK;
}

enum err erasure_find(struct ctx *c, struct str whom, bool *ret_found, struct erasure *ret)
{
    struct customer k;
    struct str mail;
    bool found = false;
    TRY(customer_find(c, whom, &found, &k));
    if (found)
        return erasure_db_of_customer(c, k.n, ret_found, ret);
    TRY(erasure_db_of_external(c, whom, ret_found, ret));
    if (*ret_found || !str_has(whom, S("@")))
        return E_OK;
    TRY(mail_address(c, whom, &mail));
    return erasure_db_of_guest(c, mail, ret_found, ret);
}

/* ---- step by step */

size_t erasure_steps(void)
{
    return erasure_kind_count;
}

struct str erasure_step_name(const struct erasure *e)
{
    return (size_t)e->step < erasure_kind_count ? erasure_kinds[e->step].name : S("the end");
}

struct stepping {
    struct erasure e;
    struct erasure_found found;
    const struct erasure_kind *kind;
};

static enum err look(struct ctx *c, void *arg)
{
    struct stepping *s = arg;
    s->found = (struct erasure_found) { .over = true };
    if (s->kind->of_customers && s->e.who.n == 0)
        return E_OK;
    return s->kind->find(c, &s->e, &s->found);
}

static enum err forget(struct ctx *c, void *arg)
{
    const struct stepping *s = arg;
    struct erasure e = s->e;
    for (size_t i = 0; i < s->found.count; i++)
        TRY(s->kind->forget(c, &e, s->found.n[i]));
    e.changed += (int64_t)s->found.count;
    e.step += s->found.over;
    e.at_n = s->found.over ? 0 : s->found.next_n;
    return erasure_db_move(c, &e);
}

/* Whom it was about is not known any more; then what the store still has of it is swept away, and
 * only then it is done: a process that dies between them sweeps again. */
static enum err blank(struct ctx *c, void *arg)
{
    struct erasure e = *(const struct erasure *)arg;
    e.who.external_id = e.who.email = S("");
    e.step++;
    return erasure_db_move(c, &e);
}

static enum err finish(struct ctx *c, void *arg)
{
    struct erasure e = *(const struct erasure *)arg;
    struct customer k;
    e.done_ms = c->now_ms;
    TRY(erasure_db_move(c, &e));
    if (e.who.n > 0) {
        TRY(customer_by_n(c, e.who.n, &k));
        e.who.id = k.id;
    }
    TRY(job_drop(c, PRIVACY_ERASE, str_fmt(c->arena, "%lld", (long long)e.n)));
    return note(c, "CUSTOMER_ERASED", &e.who, data_of(c, &e, S("")));
}

static enum err sweep(struct ctx *c, struct erasure *e)
{
    enum store_swept swept;
    TRY(store_sweep(c, &swept));
    switch (swept) {
    case STORE_SWEPT:
        e->traces = S("");
        return E_OK;
    case STORE_SWEPT_LATER:
        e->traces = S("the write-ahead log, which a reader holds; it is cut when that has ended");
        return E_OK;
    case STORE_SWEPT_LARGE:
        e->traces = S("free places in the pages of the database file, which is too large to be "
                      "written anew while it serves: docs/operate.md");
        return E_OK;
    case STORE_SWEPT_ELSEWHERE:
        e->traces = S("PostgreSQL's own files, until it vacuums and recycles its log");
        return E_OK;
    }
    never("a store is swept in four ways");
}

static enum err last_steps(struct ctx *c, struct erasure *e)
{
    if ((size_t)e->step == erasure_kind_count)
        return db_tx_job(c, "privacy.blank", blank, e);
    TRY(sweep(c, e));
    return db_tx_job(c, "privacy.finish", finish, e);
}

struct reading {
    int64_t n;
    struct erasure *e;
};

static enum err read_again(struct ctx *c, void *arg)
{
    struct reading *r = arg;
    return erasure_db_by_n(c, r->n, r->e);
}

enum err erasure_step(struct ctx *c, struct erasure *e)
{
    struct stepping *s = arena_new(c->arena, struct stepping);
    struct erasure now = { .n = 0 };
    struct reading r = { e->n, &now };
    must(e->done_ms == 0);
    if ((size_t)e->step < erasure_kind_count) {
        *s = (struct stepping) { .e = *e, .kind = &erasure_kinds[e->step] };
        TRY(db_read_whole(c, look, s));
        TRY(db_tx_job(c, "privacy.forget", forget, s));
    } else {
        TRY(last_steps(c, e));
    }
    TRY(db_read(c, read_again, &r));
    now.traces = e->traces;
    now.who.id = e->who.id;
    *e = now;
    return E_OK;
}

/* The job, or the command in another window, may do the same: one of them moves it on, and the
 * other follows. */
static enum err step_or_follow(struct ctx *c, struct erasure *e)
{
    struct erasure now;
    struct reading r = { e->n, &now };
    enum err err = erasure_step(c, e);
    if (err != E_CONFLICT)
        return err;
    const struct errinfo why = c->err;
    TRY(db_read(c, read_again, &r));
    if (now.version == e->version) {
        c->err = why;
        return err;
    }
    *e = now;
    return E_OK;
}

/* What a step read lies in that step's memory. */
static void keep_whom(struct ctx *c, struct erasure *e)
{
    e->who.external_id = str_copy(c->arena, e->who.external_id);
    e->who.email = str_copy(c->arena, e->who.email);
}

enum err erasure_run(struct ctx *c, struct erasure *e,
    enum err (*each)(struct ctx *c, const struct erasure *e, void *arg), void *arg)
{
    while (e->done_ms == 0) {
        struct arena arena = { 0 };
        struct ctx own = ctx_sibling(c, &arena);
        own.actor = c->actor;
        enum err err = each != NULL ? each(c, e, arg) : E_OK;
        if (err == E_OK)
            err = step_or_follow(&own, e);
        ctx_keep_error(c, &own);
        keep_whom(c, e);
        arena_free(&arena);
        TRY(err);
    }
    return E_OK;
}
