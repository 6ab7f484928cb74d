#include "mail/mail.h"

#include "base/config.h"
#include "base/json.h"
#include "fact/fact.h"
#include "job/job.h"
#include "mail/mail_db.h"
#include "mail/mail_send.h"
#include "net/net.h"

enum {
    BODY_MAX = 256 * 1024
};

struct str mail_state_text(enum mail_state state)
{
    switch (state) {
    case MAIL_QUEUED:
        return S("queued");
    case MAIL_SENT:
        return S("sent");
    case MAIL_KEPT:
        return S("kept");
    case MAIL_REFUSED:
        return S("refused");
    case MAIL_PARKED:
        return S("parked");
    }
    never("a state without a name");
}

struct str mail_id(struct arena *a, const struct mail_row *row)
{
    return id_text(a, S("mail"), id_of_row(row->created_ms, row->n));
}

static struct str configured(const struct ctx *c, enum cfg id)
{
    return c->config != NULL && config_has(c->config, id) ? config_str(c->config, id) : S("");
}

bool mail_can_send(const struct ctx *c)
{
    return configured(c, CFG_SMTP_URL).n > 0 && configured(c, CFG_MAIL_FROM).n > 0;
}

struct net_mail mail_as_sent(const struct ctx *c, const struct mail_row *row)
{
    struct str from = configured(c, CFG_MAIL_FROM), support = configured(c, CFG_BRAND_SUPPORT);
    return (struct net_mail) {
        .server = configured(c, CFG_SMTP_URL),
        .from_address = from.n > 0 ? from : S("nobody@purser.invalid"),
        .from_name = configured(c, CFG_BRAND_NAME),
        .to_address = row->mail.to_address,
        .to_name = row->mail.to_name,
        .reply_to = mail_address_ok(support) ? support : S(""), /* it may be a page instead */
        .subject = row->mail.subject,
        .message_id = row->message_id,
        .text = row->mail.text,
        .html = row->mail.html,
        .at_ms = row->created_ms,
    };
}

/* Under the sender's domain, where receivers expect it. */
static struct str new_message_id(struct ctx *c)
{
    struct str from = configured(c, CFG_MAIL_FROM), local, domain;
    struct id id = id_new(c);
    if (!str_cut(from, '@', &local, &domain))
        domain = S("purser.invalid");
    return str_fmt(c->arena, "%.*s@%.*s", SARG(id_text(c->arena, S("mail"), id)), SARG(domain));
}

enum err mail_queue(struct ctx *c, const struct mail *mail)
{
    struct mail_row row = {
        .mail = *mail,
        .state = mail_can_send(c) ? MAIL_QUEUED : MAIL_KEPT,
        .created_ms = c->now_ms,
        .message_id = new_message_id(c),
    };
    struct net_mail sent = mail_as_sent(c, &row);
    if (net_mail_check(c, &sent) != E_OK) {
        row.state = MAIL_REFUSED;
        row.last_error = c->err.message;
        err_clear(c);
    }
    row.mail.to_address = str_clean(c->arena, mail->to_address, BODY_MAX);
    row.mail.to_name = str_clean(c->arena, mail->to_name, BODY_MAX);
    row.mail.subject = str_clean(c->arena, mail->subject, BODY_MAX);
    row.mail.text = str_clean(c->arena, mail->text, BODY_MAX);
    row.mail.html = str_clean(c->arena, mail->html, BODY_MAX);
    row.done_ms = row.state == MAIL_QUEUED ? 0 : c->now_ms;
    TRY(mail_insert(c, &row));
    return row.state == MAIL_QUEUED ? job_hurry(c, MAIL_SEND, S("")) : E_OK;
}

enum err mail_resend(struct ctx *c, struct id id)
{
    struct mail_row row;
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    TRY(mail_get(c, id, &row));
    if (!mail_can_send(c))
        return fail(c, CONFLICT,
            "there is no mail server: PURSER_SMTP_URL or PURSER_MAIL_FROM is "
            "not set");
    json_open(&j, NULL, '{');
    json_str(&j, "kind", row.mail.kind);
    json_str(&j, "about", row.mail.about);
    json_str(&j, "was", mail_state_text(row.state));
    json_close(&j, '}');
    row.state = MAIL_QUEUED;
    row.tries = 0;
    row.since_ms = row.due_ms = c->now_ms;
    row.done_ms = 0;
    row.message_id = new_message_id(c); /* else its reader's mailbox may think it has it */
    row.last_error = S("");
    TRY(mail_update(c, &row));
    TRY(job_hurry(c, MAIL_SEND, S("")));
    return fact_add(c,
        &(struct fact) {
            .kind = S("MAIL_RESENT"),
            .subject = mail_id(c->arena, &row),
            .customer_n = row.mail.customer_n,
            .data = buf_str(&data),
        },
        NULL);
}
