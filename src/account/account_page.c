#include "access/access.h"
#include "account/account_page.h"
#include "catalog/catalog.h"
#include "web/page.h"

/* The frame of an account's pages, and their addresses. */

static const struct {
    struct str href;
    enum text words;
} tabs[ACCOUNT_TABS] = {
    [ACCOUNT_OVERVIEW] = { S_INIT("/account"), TEXT_TAB_OVERVIEW },
    [ACCOUNT_USAGE] = { S_INIT("/account/usage"), TEXT_TAB_USAGE },
    [ACCOUNT_ORDERS] = { S_INIT("/account/orders"), TEXT_TAB_ORDERS },
};

/* Does this business have credits at all? */
static enum err any_credits(struct ctx *c, bool *ret)
{
    const struct catalog *k = NULL;
    TRY(shelf_catalog(c, &k));
    *ret = false;
    for (size_t i = 0; k != NULL && i < k->product_count; i++)
        *ret = *ret || k->products[i].credits > 0 ||
            access_number(k->products[i].source, "credits.allowance", 0) > 0;
    return E_OK;
}

enum err account_open(struct req *r, enum account_tab tab, struct buf **ret)
{
    struct part_link link[ACCOUNT_TABS];
    size_t links = 0;
    bool credits = false;
    TRY(any_credits(r->c, &credits));
    struct buf *b = buyer_open(r,
        &(struct page_head) {
            .title = tab == ACCOUNT_OVERVIEW ? SAY(ACCOUNT) : text(tabs[tab].words),
            .here = S("/account") });
    html(b, "<h1>", SAY(ACCOUNT), "</h1>\n");
    for (size_t i = 0; i < ACCOUNT_TABS; i++)
        if (i != ACCOUNT_USAGE || credits || tab == ACCOUNT_USAGE)
            link[links++] = (struct part_link) { tabs[i].href, text(tabs[i].words) };
    part_tabs(b, SAY(ACCOUNT), link, links, tabs[tab].href);
    html(b, "\n");
    *ret = b;
    return E_OK;
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
    { "GET", "/account/orders", SHAPE_READ, NULL, orders_page, NULL, 0, ALLOW_USER, ROUTE_PAGE, 0,
        "What the signed-in customer has bought (after)." },
};
const struct routes account_pages = { table, ARRAY_LEN(table) };
