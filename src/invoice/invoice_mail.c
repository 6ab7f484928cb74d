#include "base/clock.h"
#include "base/config.h"
#include "credit/credit.h"
#include "invoice/invoice.h"
#include "mail/mail.h"
#include "mail/mail_part.h"
#include "payment/back.h"

/* The mails that go with an order: paid and refunded, to the buyer.  A job, so that nothing is
 * drawn and no invoice is numbered while a payment is being settled; queued once under the job's
 * subject. */

struct letter {
    struct str subject; /* the job's */
    struct order order;
    struct order_line *line;
    size_t lines;
    struct attempt paid; /* n 0: nothing was paid */
    struct refund back;  /* a refund's mail: which one */
    struct invoice *invoice;
    size_t invoices;
};

static struct money total_of(const struct order *o)
{
    return (struct money) { o->total_minor, o->currency };
}

static enum err order_url(struct ctx *c, const struct order *o, struct str *ret)
{
    struct str path;
    TRY(order_path(c, o, ORDER_PLACE_ITSELF, &path));
    *ret = config_site_url(c, path);
    return E_OK;
}

static void write_lines(struct mail_draft *d, const struct letter *l)
{
    struct ctx *c = d->c;
    const struct order *o = &l->order;
    mail_lines_open(d);
    for (size_t i = 0; i < l->lines; i++) {
        struct str label = l->line[i].quantity == 1
            ? l->line[i].name
            : str_fmt(
                  c->arena, "%.*s × %lld", SARG(l->line[i].name), (long long)l->line[i].quantity);
        mail_line(d, label, (struct money) { l->line[i].amount_minor, o->currency });
    }
    if (o->discount_minor > 0)
        mail_line(d, str_fmt(c->arena, "Discount (%.*s)", SARG(o->coupon)),
            (struct money) { -o->discount_minor, o->currency });
    if (o->tax_minor > 0)
        mail_line(d,
            str_fmt(c->arena, "%.*s%s", SARG(order_tax_words(c->arena, o)),
                o->tax_inclusive ? ", included" : ""),
            (struct money) { o->tax_minor, o->currency });
    mail_total(d, S("Total"), total_of(o));
    mail_lines_close(d);
}

/* The paper that goes with this mail: of a refund its own, else the newest of the kind. */
static enum err write_invoice(struct mail_draft *d, const struct letter *l, enum invoice_kind kind)
{
    struct ctx *c = d->c;
    const struct invoice *found = NULL;
    struct str token;
    for (size_t i = 0; i < l->invoices; i++)
        if (l->invoice[i].kind == kind &&
            (kind == INVOICE_SALE || l->back.n == 0 || l->invoice[i].refund_n == l->back.n))
            found = &l->invoice[i];
    if (found == NULL)
        return E_OK;
    TRY(order_token(c, &l->order, &token));
    mail_link(d,
        str_fmt(c->arena, "%.*s %.*s (PDF)", SARG(invoice_kind_words(kind)),
            SARG(invoice_number(c->arena, found))),
        config_site_url(c,
            str_fmt(c->arena, "/api/invoices/%.*s.pdf?t=%.*s", SARG(invoice_id(c->arena, found)),
                SARG(token))));
    return E_OK;
}

static enum err queue_letter(const struct letter *l, struct mail_draft *d, struct str subject)
{
    const struct mail mail = {
        .kind = S("order"),
        .about = order_id(d->c->arena, &l->order),
        .customer_n = l->order.customer_n,
        .key = l->subject,
        .to_address = l->order.email,
        .to_name = l->order.name,
        .subject = subject,
        .text = buf_str(&d->text),
        .html = buf_str(&d->html),
    };
    return mail_queue(d->c, &mail);
}

/* What a bank, and whoever helps, asks for; and what came of it. */
static enum err write_paid_facts(struct mail_draft *d, const struct letter *l)
{
    struct ctx *c = d->c;
    const struct order *o = &l->order;
    struct credit_account account;
    mail_lines_open(d);
    if (o->credits > 0) {
        TRY(credit_look(c, o->customer_n, &account));
        mail_fact(d, S("Credits added"), number_text(c->arena, o->credits));
        mail_fact(d, S("Credits you have"), number_text(c->arena, account.balance));
    }
    mail_fact(d, S("Order"), order_number(c->arena, o));
    if (l->paid.n > 0)
        mail_reference(d, S("Transaction"), id_text(c->arena, S("pay"), l->paid.id));
    mail_lines_close(d);
    return E_OK;
}

static enum err queue_paid(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str sum = money_text(c->arena, total_of(o)), number = order_number(c->arena, o), url;
    struct str when = time_words(c->arena, o->completed_ms), statement;
    TRY(order_url(c, o, &url));
    struct mail_draft d = mail_open(c, str_fmt(c->arena, "Thank you. You paid %.*s.", SARG(sum)),
        str_fmt(c->arena, "%.*s paid. Order %.*s.", SARG(sum), SARG(number)));
    statement = config_str(c->config, CFG_BRAND_STATEMENT);
    mail_note(&d,
        str_fmt(c->arena, "On %.*s with %.*s.%s%.*s%s", SARG(when),
            SARG(attempt_method_words(c->arena, &l->paid)),
            statement.n > 0 ? " Your statement will say " : "", SARG(statement),
            statement.n > 0 ? "." : ""));
    write_lines(&d, l);
    TRY(write_paid_facts(&d, l));
    TRY(write_invoice(&d, l, INVOICE_SALE));
    mail_button(&d, S("See your order"), url);
    mail_close(&d, S("You get this because you bought something."));
    return queue_letter(l, &d, str_fmt(c->arena, "Your order %.*s is paid", SARG(number)));
}

/* ---- of a plan that goes on */

/* " with Visa ending 4242", where something was to pay. */
static struct str with_words(struct ctx *c, const struct letter *l)
{
    return l->order.total_minor == 0
        ? S("")
        : str_fmt(c->arena, " with %.*s", SARG(attempt_method_words(c->arena, &l->paid)));
}

/* What it costs from then on is said again where it began. */
static enum err queue_begun(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str plan = l->line[0].name, sum = money_text(c->arena, total_of(o));
    struct mail_draft d = mail_open(c, str_fmt(c->arena, "%.*s is active.", SARG(plan)),
        str_fmt(c->arena, "%.*s: %.*s.", SARG(plan), SARG(l->line[0].description)));
    mail_paragraph(&d,
        o->total_minor > 0
            ? str_fmt(c->arena, "You paid %.*s%.*s.", SARG(sum), SARG(with_words(c, l)))
            : S("Nothing is paid today."));
    write_lines(&d, l);
    mail_lines_open(&d);
    mail_fact(&d, S("What it costs"), l->line[0].description);
    if (o->period_end_ms > 0)
        mail_fact(&d, S("Next payment"), time_day(c->arena, o->period_end_ms));
    mail_fact(&d, S("Order"), order_number(c->arena, o));
    mail_lines_close(&d);
    TRY(write_invoice(&d, l, INVOICE_SALE));
    mail_button(&d, S("See or cancel your plan"), config_site_url(c, S("/account")));
    mail_close(&d, S("You get this because you have a plan here."));
    return queue_letter(l, &d, str_fmt(c->arena, "%.*s is active", SARG(plan)));
}

static enum err queue_renewed(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str plan = l->line[0].name, sum = money_text(c->arena, total_of(o)), of_month, month;
    str_cut(time_day(c->arena, o->period_start_ms), ' ', &of_month, &month);
    struct mail_draft d = mail_open(c,
        str_fmt(c->arena, "We renewed %.*s for %.*s%.*s.", SARG(plan), SARG(sum),
            SARG(with_words(c, l))),
        str_fmt(c->arena, "%.*s goes on until %.*s.", SARG(plan),
            SARG(time_day(c->arena, o->period_end_ms))));
    write_lines(&d, l);
    mail_lines_open(&d);
    mail_fact(&d, S("Period"),
        str_fmt(c->arena, "%.*s to %.*s", SARG(time_day(c->arena, o->period_start_ms)),
            SARG(time_day(c->arena, o->period_end_ms))));
    mail_fact(&d, S("Next payment"), time_day(c->arena, o->period_end_ms));
    mail_fact(&d, S("Order"), order_number(c->arena, o));
    mail_lines_close(&d);
    TRY(write_invoice(&d, l, INVOICE_SALE));
    mail_button(&d, S("See or cancel your plan"), config_site_url(c, S("/account")));
    mail_close(&d, S("You get this because you have a plan here."));
    return queue_letter(l, &d, str_fmt(c->arena, "Receipt: %.*s, %.*s", SARG(plan), SARG(month)));
}

static enum err queue_changed(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str plan = l->line[0].name, sum = money_text(c->arena, total_of(o));
    struct mail_draft d =
        mail_open(c, str_fmt(c->arena, "You now have %.*s.", SARG(plan)), l->line[0].description);
    mail_paragraph(&d,
        o->total_minor > 0
            ? str_fmt(c->arena, "%.*s. You paid %.*s%.*s.", SARG(l->line[0].description), SARG(sum),
                  SARG(with_words(c, l)))
            : str_fmt(c->arena, "%.*s. Nothing was to pay for it.", SARG(l->line[0].description)));
    if (o->total_minor > 0)
        write_lines(&d, l);
    TRY(write_invoice(&d, l, INVOICE_SALE));
    mail_button(&d, S("See your plan"), config_site_url(c, S("/account")));
    mail_close(&d, S("You get this because you have a plan here."));
    return queue_letter(l, &d, str_fmt(c->arena, "Your plan is now %.*s", SARG(plan)));
}

static enum err queue_bought(struct ctx *c, const struct letter *l)
{
    switch (l->order.kind) {
    case ORDER_ONCE:
        return queue_paid(c, l);
    case ORDER_START:
        return queue_begun(c, l);
    case ORDER_RENEWAL:
        return queue_renewed(c, l);
    case ORDER_CHANGE:
        return queue_changed(c, l);
    }
    never("an order has four kinds");
}

/* It was on its way for days, and did not arrive: nobody sits before a page that could say so. */
static enum err queue_failed(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str sum = money_text(c->arena, total_of(o)), number = order_number(c->arena, o), url;
    TRY(order_url(c, o, &url));
    struct mail_draft d =
        mail_open(c, str_fmt(c->arena, "Your payment of %.*s did not go through.", SARG(sum)),
            str_fmt(c->arena, "Nothing was charged. Order %.*s.", SARG(number)));
    mail_paragraph(&d,
        S("Your bank did not send the money, and nothing was charged. You can pay another way."));
    write_lines(&d, l);
    mail_button(&d, S("Try again"), url);
    mail_close(&d, S("You get this because you ordered something."));
    return queue_letter(
        l, &d, str_fmt(c->arena, "Your payment of %.*s did not go through", SARG(sum)));
}

/* Of a payment that bought nothing: of the order there is nothing to say. */
static void write_what_went(struct ctx *c, struct mail_draft *d, const struct letter *l)
{
    if (!l->paid.extra) {
        write_lines(d, l);
        return;
    }
    mail_paragraph(d,
        l->order.completed_ms > 0
            ? str_fmt(c->arena, "Your order %.*s was paid already; this payment came on top of it.",
                  SARG(order_number(c->arena, &l->order)))
            : str_fmt(c->arena, "It could not be used for your order %.*s.",
                  SARG(order_number(c->arena, &l->order))));
}

static enum err queue_refunded(struct ctx *c, const struct letter *l)
{
    const struct order *o = &l->order;
    struct str sum = money_text(c->arena, l->back.amount), url;
    TRY(order_url(c, o, &url));
    struct mail_draft d = mail_open(c,
        str_fmt(c->arena, "We sent %.*s of %.*s back to %.*s.", SARG(sum),
            SARG(money_text(c->arena, l->paid.amount)),
            SARG(attempt_method_words(c->arena, &l->paid))),
        str_fmt(c->arena, "%.*s is on its way back. Order %.*s.", SARG(sum),
            SARG(order_number(c->arena, o))));
    mail_note(&d, S("Banks need up to 10 days to show it."));
    if (l->paid.refunded_minor > l->back.amount.minor)
        mail_paragraph(&d,
            str_fmt(c->arena, "With what went back before that is %.*s.",
                SARG(money_text(
                    c->arena, (struct money) { l->paid.refunded_minor, l->paid.amount.cur }))));
    write_what_went(c, &d, l);
    TRY(write_invoice(&d, l, INVOICE_CREDIT));
    mail_button(&d, S("See your order"), url);
    mail_close(&d, S("You get this because you bought something."));
    return queue_letter(l, &d, str_fmt(c->arena, "%.*s is on its way back to you", SARG(sum)));
}

/* "paid:ord_…", "refunded:ref_…". */
static enum err find(struct ctx *c, struct letter *l, struct str kind, struct str id)
{
    struct attempt *k = NULL;
    size_t n = 0;
    if (str_eq(kind, S("refunded")) && str_starts(id, S("ref_"))) {
        TRY(refund_get(c, id, &l->back));
        TRY(order_by_n(c, l->back.order_n, &l->order));
    } else {
        TRY(order_get(c, id, &l->order));
    }
    TRY(order_lines(c, &l->order, &l->line, &l->lines));
    TRY(attempts_of(c, l->order.n, &k, &n));
    if (attempt_paid(k, n) != NULL)
        l->paid = *attempt_paid(k, n);
    if (l->back.n > 0)
        TRY(attempt_by_n(c, l->back.attempt_n, &l->paid));
    else /* it was added before each refund had a mail of its own */
        l->back.amount = (struct money) { l->order.refunded_minor, l->order.currency };
    return E_OK;
}

enum err order_letter(struct ctx *c, struct str subject)
{
    struct letter letter = { .subject = subject }, *l = &letter;
    struct str kind, id;
    str_cut(l->subject, ':', &kind, &id);
    TRY(find(c, l, kind, id));
    if (l->order.completed_ms > 0)
        TRY(invoice_issue(c, l->order.n, true));
    TRY(invoices_of(c, l->order.n, &l->invoice, &l->invoices));
    if (l->order.email.n == 0)
        return E_OK;
    if (str_eq(kind, S("failed"))) /* unless it was paid in another way meanwhile */
        return l->order.completed_ms > 0 ? E_OK : queue_failed(c, l);
    return str_eq(kind, S("refunded")) ? queue_refunded(c, l) : queue_bought(c, l);
}
