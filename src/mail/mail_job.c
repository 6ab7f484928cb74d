#include "mail/mail.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "base/config.h"
#include "db/db.h"
#include "job/job.h"
#include "mail/alert_mail.h"
#include "mail/mail_db.h"
#include "mail/mail_send.h"
#include "switch/switch.h"

/* One job sends all mails, one after the other, so that a mail server that hangs holds one job
 * runner at most, and money the other. */

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_MS = 24 * HOUR_MS,
    RUN_MS = 20 * SECOND_MS, /* then other jobs have their turn */
    ERROR_MAX = 300
};
#define KEPT_MS (90 * INT64_C(24) * HOUR_MS)

struct sending {
    bool off, found;
    struct mail_row row;
    struct net_mail_reply reply;
};

static enum err find_due(struct ctx *c, void *arg)
{
    struct sending *s = arg;
    TRY(switch_is_off(c, SWITCH_MAILS, &s->off));
    return s->off ? E_OK : mail_find_due(c, &s->found, &s->row);
}

/* A minute, doubling up to an hour: a mailbox that is full or a server that wants to see us twice.
 */
static int64_t pause_ms(int64_t tries)
{
    int64_t pause = MINUTE_MS;
    while (tries-- > 1 && pause < HOUR_MS)
        pause *= 2;
    return pause < HOUR_MS ? pause : HOUR_MS;
}

static enum err raise(struct ctx *c, enum alert_kind kind, const struct mail_row *r)
{
    return alert_raise(c, kind, S("mail"),
        str_fmt(c->arena, "The mail %.*s (%.*s) %s: %.*s", SARG(mail_id(c->arena, r)),
            SARG(r->mail.kind),
            kind == ALERT_MAIL_REFUSED ? "was refused for good" : "was tried for a day",
            SARG(r->last_error)));
}

static void put_off(struct ctx *c, struct mail_row *r)
{
    if (c->now_ms - r->since_ms < DAY_MS) {
        r->due_ms = c->now_ms + pause_ms(r->tries);
        return;
    }
    r->state = MAIL_PARKED;
    r->done_ms = c->now_ms;
}

static enum err record(struct ctx *c, void *arg)
{
    const struct sending *s = arg;
    struct mail_row r = s->row;
    r.last_error = str_clean(c->arena, s->reply.why, ERROR_MAX);
    r.tries += s->reply.reached;
    switch (s->reply.outcome) {
    case OUTCOME_DONE:
        r.state = MAIL_SENT;
        r.done_ms = c->now_ms;
        break;
    case OUTCOME_DECLINED:
        r.state = MAIL_REFUSED;
        r.done_ms = c->now_ms;
        break;
    case OUTCOME_NOT_SENT:
    case OUTCOME_UNKNOWN:
        if (s->reply.reached)
            put_off(c, &r);
        break;
    case OUTCOME_PENDING:
        never("a mail that somebody has to act on");
    }
    TRY(mail_update(c, &r));
    if (r.state == MAIL_REFUSED || r.state == MAIL_PARKED)
        return raise(c, r.state == MAIL_REFUSED ? ALERT_MAIL_REFUSED : ALERT_MAIL_PARKED, &r);
    return E_OK;
}

/* A mail that cannot be sent as it is, although it could when it was queued: refused, not failed,
 * or it would stand in front of all others for ever. */
static enum err try_to_send(struct ctx *c, struct sending *s)
{
    struct net_mail sent = mail_as_sent(c, &s->row);
    enum err e = net_mail_send(c, &sent, &s->reply);
    if (e != E_INVALID)
        return e;
    s->reply = (struct net_mail_reply) { .outcome = OUTCOME_DECLINED, .why = c->err.message };
    err_clear(c);
    return E_OK;
}

/* The oldest that is due.  A server that is away says nothing about the mail: it stays as it is,
 * and the job fails, is tried again later, and raises an alert after an hour. */
static enum err send_one(struct ctx *c, bool *ret_sent)
{
    struct sending s = { .found = false };
    TRY(db_read(c, find_due, &s));
    if (s.found) {
        TRY(try_to_send(c, &s));
        TRY(db_tx_job(c, "mail.record", record, &s));
    }
    *ret_sent = s.found;
    if (s.found && !s.reply.reached && s.reply.outcome != OUTCOME_DECLINED)
        return fail(
            c, GATEWAY_UNAVAILABLE, "the mail server takes no mails: %.*s", SARG(s.reply.why));
    return E_OK;
}

static enum err go_on(struct ctx *c, void *arg)
{
    (void)arg;
    return job_hurry(c, MAIL_SEND, S(""));
}

struct run {
    int64_t until_ms;
    bool sent; /* the last one: perhaps there is another */
};

static enum err send_next(struct ctx *c, void *arg, bool *ret_more)
{
    struct run *k = arg;
    TRY(send_one(c, &k->sent));
    *ret_more = k->sent && clock_mono_ms() < k->until_ms;
    return E_OK;
}

enum err mail_send_job(struct ctx *c, struct str subject)
{
    struct run k = { .until_ms = clock_mono_ms() + RUN_MS };
    (void)subject;
    if (mail_can_send(c))
        TRY(ctx_pieces(c, INT64_MAX, send_next, &k));
    return k.sent ? db_tx_job(c, "mail.go_on", go_on, NULL) : E_OK;
}

/* ---- what is kept no longer */

static enum err forget(struct ctx *c, void *arg)
{
    return mail_delete_done(c, c->now_ms - KEPT_MS, arg);
}

enum err mail_forget_job(struct ctx *c, struct str subject)
{
    (void)subject;
    bool more = true;
    for (int i = 0; more && i < 1000; i++)
        TRY(db_tx_job(c, "mail.forget", forget, &more));
    return E_OK;
}

/* ---- what alerts ask for */

static enum err queue_alert(struct ctx *c, void *arg)
{
    struct str subject = *(const struct str *)arg;
    struct alert a;
    int64_t n = 0;
    if (!str_to_i64(subject, &n))
        return fail(c, INTERNAL, "'%.*s' is not an alert's number", SARG(subject));
    TRY(alert_find(c, n, &a));
    if (c->config == NULL || !config_has(c->config, CFG_OWNER_MAIL))
        return E_OK;
    struct mail mail = mail_of_alert(c, &a);
    mail.to_address = config_str(c->config, CFG_OWNER_MAIL);
    return mail_queue(c, &mail);
}

enum err mail_alert_job(struct ctx *c, struct str subject)
{
    return db_tx_job(c, "mail.alert", queue_alert, &subject);
}
