#include "account/account_page.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "renewal/change.h"
#include "web/page.h"

/* The frame of an account's pages, and their addresses. */

static const struct {
    struct str href;
    enum text words;
} tabs[ACCOUNT_TABS] = {
    [ACCOUNT_OVERVIEW] = { S_INIT("/account"), TEXT_TAB_OVERVIEW },
    [ACCOUNT_CREDITS] = { S_INIT("/account/credits"), TEXT_TAB_CREDITS },
    [ACCOUNT_USAGE] = { S_INIT("/account/usage"), TEXT_TAB_USAGE },
    [ACCOUNT_ORDERS] = { S_INIT("/account/orders"), TEXT_TAB_ORDERS },
    [ACCOUNT_PAYMENTS] = { S_INIT("/account/payments"), TEXT_TAB_PAYMENTS },
    [ACCOUNT_BILLING] = { S_INIT("/account/billing"), TEXT_TAB_BILLING },
    [ACCOUNT_PLAN] = { S_INIT("/account/plan"), TEXT_TAB_PLAN },
};

/* Does this business have such a thing at all? */
static enum err find_tabs(struct ctx *c, bool *ret)
{
    const struct catalog *k = NULL;
    TRY(shelf_catalog(c, &k));
    for (size_t i = 0; i < ACCOUNT_TABS; i++)
        ret[i] = i != ACCOUNT_CREDITS && i != ACCOUNT_USAGE && i != ACCOUNT_PLAN;
    for (size_t i = 0; k != NULL && i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        ret[ACCOUNT_USAGE] = ret[ACCOUNT_USAGE] || p->credits > 0 ||
            access_number(p->source, "credits.allowance", 0) > 0;
        ret[ACCOUNT_PLAN] = ret[ACCOUNT_PLAN] || (p->is_plan && p->price_count > 0);
    }
    ret[ACCOUNT_CREDITS] = ret[ACCOUNT_USAGE];
    return E_OK;
}

/* ---- plans */

static enum err take_plan(struct ctx *c, const struct subscription *s, void *arg)
{
    struct account_plans *k = arg;
    if (s->status != SUBSCRIPTION_CANCELED && k->n < ACCOUNT_PLANS_MAX)
        k->s[k->n++] = *s;
    return c->dead ? E_DEAD : E_OK;
}

enum err account_plans(struct ctx *c, struct account_plans *ret)
{
    struct subscription_filter mine = { .limit = 100 };
    ret->n = 0;
    TRY(checkout_caller(c));
    mine.customer_n = c->customer_n;
    return c->customer_n > 0 ? subscription_list(c, &mine, take_plan, ret) : E_OK;
}

struct str account_plan_name(struct ctx *c, struct str plan)
{
    const struct catalog *k = NULL;
    const struct product *p = NULL;
    if (shelf_catalog(c, &k) == E_OK && k != NULL)
        p = catalog_product(k, plan);
    return p == NULL ? plan : p->name;
}

/* ---- the frame */

enum err account_open(struct req *r, enum account_tab tab, struct buf **ret)
{
    return account_open_form(r, tab, false, ret);
}

enum err account_open_form(struct req *r, enum account_tab tab, bool errors, struct buf **ret)
{
    struct part_link link[ACCOUNT_TABS];
    size_t links = 0;
    bool there[ACCOUNT_TABS];
    TRY(find_tabs(r->c, there));
    struct buf *b = buyer_open(r,
        &(struct page_head) {
            .title = tab == ACCOUNT_OVERVIEW ? SAY(ACCOUNT) : text(tabs[tab].words),
            .here = S("/account"),
            .errors = errors });
    html(b, "<h1>", SAY(ACCOUNT), "</h1>\n");
    for (size_t i = 0; i < ACCOUNT_TABS; i++)
        if (there[i] || tab == i)
            link[links++] = (struct part_link) { tabs[i].href, text(tabs[i].words) };
    part_tabs(b, SAY(ACCOUNT), link, links, tabs[tab].href);
    html(b, "\n");
    *ret = b;
    return E_OK;
}

/* What a program does with its key is nothing to a person. */
struct str account_why(struct arena *a, const struct errinfo *why)
{
    return why->code == CODE_GATEWAY_UNAVAILABLE ? SAY(CHANGE_AWAY)
                                                 : str_sentence(a, err_told(why));
}

void account_refusal(struct buf *b, struct str why)
{
    if (why.n == 0)
        return;
    part_note_open(b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT, .news = true });
    html(b, "<p role=\"alert\">", why, "</p>");
    part_note_close(b);
    html(b, "\n");
}

void account_close(struct req *r, struct buf *b)
{
    html(b, "\n");
    part_form_open(b, &(struct part_form) { .action = S("/logout"), .csrf = r->csrf });
    html(b, "<p>");
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = SAY(SIGN_OUT) });
    html(b, "</p>");
    part_form_close(b);
    page_close(r);
}

static const struct route table[] = {
    { "GET", "/account", SHAPE_READ, NULL, overview_page, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "What the signed-in customer has: plan, credits, the newest orders." },
    { "GET", "/account/usage", SHAPE_READ, NULL, usage_page, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "What the signed-in customer used (period), and each change of their credits (type)." },
    { "GET", "/account/usage/csv", SHAPE_READ, NULL, account_usage_csv, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_LONG, 0, "Each change of the customer's credits as a file." },
    { "GET", "/account/credits", SHAPE_READ, NULL, credits_page, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "The signed-in customer's credits, and packs of more." },
    { "GET", "/account/payments", SHAPE_READ, NULL, payments_page, NULL, 0, ALLOW_USER, ROUTE_PAGE,
        0, "What the signed-in customer has paid (after)." },
    { "GET", "/account/orders", SHAPE_READ, NULL, orders_page, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "What the signed-in customer has bought (after)." },
    { "GET", "/account/billing", SHAPE_READ, NULL, account_billing_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM, 0, "How the signed-in customer pays, and whom invoices name." },
    { "POST", "/account/billing", SHAPE_WRITE, NULL, account_billing_save, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM, 16 * 1024, "Name, address and tax number of further invoices." },
    { "POST", "/account/billing/forget", SHAPE_CALL, NULL, account_forget_method, NULL, 0,
        ALLOW_USER, ROUTE_PAGE | ROUTE_FORM, 1024,
        "A card that purser charges is forgotten: further periods are asked for by mail." },
    { "GET", "/account/invoices", SHAPE_READ, NULL, account_invoices_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE, 0, "The signed-in customer's invoices and credit notes (after)." },
    { "GET", "/account/invoices/{id}", SHAPE_READ, NULL, account_invoice_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE, 0, "One of them, as a page that prints well; its PDF says the same." },
    { "GET", "/account/plan", SHAPE_CALL, NULL, account_plan_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM, 0,
        "The customer's plans; ?to= &every=month|year &when=: what another one would cost." },
    { "POST", "/account/plan", SHAPE_CALL, account_plan_parse, account_plan_refused,
        &renewal_page_operation, sizeof(struct change), ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM | ROUTE_MONEY, 16 * 1024, "do=change, resume or stay." },
    { "GET", "/account/cancel", SHAPE_READ, NULL, account_cancel_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM, 0, "What ends when a plan is cancelled, and what stays." },
    { "POST", "/account/cancel", SHAPE_CALL, account_cancel_parse, account_cancel_refused,
        &renewal_page_operation, sizeof(struct change), ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM | ROUTE_MONEY, 16 * 1024,
        "do=cancel, or accept: the offer is taken instead." },
    { "POST", "/account/portal", SHAPE_CALL, NULL, account_portal_page, NULL, 0, ALLOW_USER,
        ROUTE_PAGE | ROUTE_FORM, 1024, "To the gateway's page on which cards are changed." },
};
const struct routes account_pages = { table, ARRAY_LEN(table) };
