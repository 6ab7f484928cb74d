#include "base/clock.h"
#include "dispute/dispute.h"
#include "mail/mail.h"
#include "mail/mail_part.h"

/* What the owner is mailed about a dispute: that it began, and that the time to answer ends. */

struct letter {
    struct str subject; /* the job's: each mail is queued once under it */
    struct dispute dispute;
    struct order order;
    bool reminder;
};

static void write_facts(struct mail_draft *d, const struct letter *l)
{
    struct ctx *c = d->c;
    const struct dispute *k = &l->dispute;
    mail_lines_open(d);
    mail_fact(d, S("Order"), order_number(c->arena, &l->order));
    mail_fact(d, S("Argued about"), money_text_code(c->arena, k->amount));
    if (k->withdrawn_minor > 0)
        mail_fact(d, S("Taken so far"),
            money_text_code(c->arena, (struct money) { k->withdrawn_minor, k->amount.cur }));
    if (k->fee.minor > 0)
        mail_fact(d, S("Fee"), money_text_code(c->arena, k->fee));
    mail_fact(d, S("Reason"), dispute_reason_words(c->arena, k));
    if (k->due_ms > 0)
        mail_fact(d, S("Answer before"), time_words(c->arena, k->due_ms));
    mail_lines_close(d);
}

static struct str subject_of(struct ctx *c, const struct letter *l)
{
    struct str number = order_number(c->arena, &l->order);
    if (l->reminder)
        return str_fmt(c->arena, "Answer the dispute about order %.*s before %.*s", SARG(number),
            SARG(time_day(c->arena, l->dispute.due_ms)));
    return str_fmt(c->arena, "Order %.*s is disputed", SARG(number));
}

static enum err queue(struct ctx *c, const struct letter *l, struct str owner)
{
    const struct dispute *k = &l->dispute;
    struct str sum = money_text(c->arena, k->amount);
    bool asks = k->status == DISPUTE_WARNING;
    struct mail_draft d = mail_open(c,
        l->reminder ? str_fmt(c->arena, "Nobody has answered the dispute about %.*s.", SARG(sum))
                    : str_fmt(c->arena, "The payment of %.*s is disputed.", SARG(sum)),
        l->reminder ? S("Without an answer in time it is lost.")
                    : S("Answer it before its deadline."));
    mail_paragraph(&d,
        asks ? S("The buyer's bank asks about the payment. Nothing was taken yet.")
             : S("The buyer's bank asks for the money back. Collect what shows that the order was "
                 "delivered, and answer."));
    write_facts(&d, l);
    mail_button(&d, S("Open the dispute"),
        config_site_url(
            c, str_fmt(c->arena, "/admin/disputes/%.*s", SARG(dispute_id(c->arena, k)))));
    mail_close(&d, S("You get this because you own this shop."));
    const struct mail mail = {
        .kind = S("order"),
        .about = order_id(c->arena, &l->order),
        .customer_n = l->order.customer_n,
        .key = l->subject,
        .to_address = owner,
        .to_name = S(""),
        .subject = subject_of(c, l),
        .text = buf_str(&d.text),
        .html = buf_str(&d.html),
    };
    return mail_queue(c, &mail);
}

enum err dispute_letter(struct ctx *c, struct str subject)
{
    struct letter l = { .subject = subject };
    struct str kind, name, due, owner = config_str(c->config, CFG_OWNER_MAIL);
    struct id id;
    str_cut(subject, ':', &kind, &name);
    str_cut(name, ':', &name, &due);
    l.reminder = str_eq(kind, S("reminder"));
    if (!id_parse(S("dsp"), name, &id))
        return fail(c, STORE_CORRUPT, "a job mails about the dispute \"%.*s\"", SARG(subject));
    if (owner.n == 0)
        return E_OK; /* the alert stands in the console all the same */
    TRY(dispute_get(c, id, &l.dispute));
    TRY(order_by_n(c, l.dispute.order_n, &l.order));
    return queue(c, &l, owner);
}
