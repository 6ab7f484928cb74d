#include "checkout/checkout_page.h"

#include "catalog/catalog.h"
#include "web/page.h"

/* /store and /p/{slug}.  The order so far travels in the address: nothing is stored for who only
 * looks. */

enum {
    NAV_MAX = 2
};

/* "Store", and the order so far when there is one. */
static struct buf *open_page(struct req *r, const struct checkout *k, struct page_head *head)
{
    struct arena *a = r->c->arena;
    struct part_link *nav = arena_array(a, struct part_link, NAV_MAX);
    int64_t count = basket_count(k);
    nav[0] = (struct part_link) { basket_url(a, "/store", k), SAY(STORE) };
    if (count > 0)
        nav[1] = (struct part_link) { basket_url(a, "/checkout/confirm", k),
            SAY_WITH(a, YOUR_ORDER_N, { "count", number_text(a, count) }) };
    head->nav = nav;
    head->nav_count = count > 0 ? 2 : 1;
    return page_open(r, head);
}

static const struct price *price_of(const struct catalog *k, const struct product *p)
{
    const struct price *price = catalog_price_of(p, k->currency);
    return price != NULL || p->price_count == 0 ? price : &p->prices[0];
}

static bool for_sale(struct ctx *c, const struct catalog *k, const struct product *p)
{
    const struct price *price = price_of(k, p);
    bool yes = price != NULL && order_for_sale(c, p, price) == E_OK;
    err_clear(c);
    return yes;
}

/* The store has goods and works; credits and plans have their own pages. */
static bool on_shelf(const struct product *p)
{
    return p->active && !p->is_plan && p->credits == 0;
}

static struct str product_url(struct arena *a, const struct product *p, const struct checkout *k)
{
    return basket_url(a, str_c(a, str_fmt(a, "/p/%.*s", SARG(url_encode(a, p->slug)))), k);
}

static void shelf(
    struct req *r, struct buf *b, const struct catalog *k, const struct checkout *had, bool sold)
{
    struct ctx *c = r->c;
    part_shelf_open(b);
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        const struct price *price = price_of(k, p);
        if (!on_shelf(p) || for_sale(c, k, p) != sold)
            continue;
        part_product(b,
            &(struct part_product) {
                .href = product_url(c->arena, p, had),
                .image = p->image_count > 0 ? p->images[0] : S(""),
                .name = p->name,
                .more = p->description,
                .badge = p->popular ? SAY(POPULAR) : S(""),
                .why = sold ? S("") : SAY(NOT_YET),
                .price = price != NULL ? price->amount : (struct money) { 0, CUR_NONE },
            });
    }
    part_shelf_close(b);
}

static size_t count(struct ctx *c, const struct catalog *k, bool sold)
{
    size_t n = 0;
    for (size_t i = 0; k != NULL && i < k->product_count; i++)
        n += on_shelf(&k->products[i]) && for_sale(c, k, &k->products[i]) == sold ? 1 : 0;
    return n;
}

static void write_store(struct req *r, const struct catalog *k, const struct checkout *had)
{
    struct buf *b = open_page(r, had,
        &(struct page_head) {
            .title = SAY(STORE), .here = basket_url(r->c->arena, "/store", had) });
    html(b, "<div class=\"intro\"><h1>", SAY(STORE_TITLE), "</h1><p class=\"lead\">",
        SAY(STORE_LEAD), "</p></div>\n");
    if (count(r->c, k, true) > 0)
        shelf(r, b, k, had, true);
    else
        part_empty(b,
            &(struct part_empty) {
                .icon = ICON_BOX, .title = SAY(STORE_EMPTY), .sentence = SAY(STORE_EMPTY_MORE) });
    if (count(r->c, k, false) > 0) {
        html(b, "\n<h2>", SAY(NOT_YET_TITLE), "</h2>\n");
        shelf(r, b, k, had, false);
    }
    page_close(r);
}

/* The catalogue in force, or NULL before there is one. */
static enum err look_up(struct ctx *c, const struct catalog **ret)
{
    enum err e = catalog_now(c, ret);
    if (e != E_NOT_FOUND)
        return e;
    err_clear(c);
    *ret = NULL;
    return E_OK;
}

static enum err store(struct req *r)
{
    struct checkout had = { .items = 0 };
    const struct catalog *k = NULL;
    bool added = false;
    TRY(basket_from_query(r, &had, &added));
    if (added) {
        answer_redirect(r, 303, basket_url(r->c->arena, "/store", &had));
        return E_OK;
    }
    TRY(look_up(r->c, &k));
    write_store(r, k, &had);
    return E_OK;
}

/* ---- one product */

static struct str seller_name(struct arena *a, const struct product *p)
{
    return SAY_WITH(a, BY, { "seller", sentence_case(a, p->seller) });
}

static void buy_form(struct req *r, struct buf *b, const struct price *price,
    const struct catalog *k, const struct checkout *had)
{
    const struct site *site = site_of(r->c);
    html(b,
        "<form class=\"stack\" method=\"get\" action=\"/checkout/confirm\">"
        "<input type=\"hidden\" name=\"price\" value=\"",
        price->id, "\">");
    if (had->items > 0)
        html(
            b, "<input type=\"hidden\" name=\"items\" value=\"", basket_text(b->arena, had), "\">");
    html(b, "<div class=\"field count\"><label for=\"quantity\">", SAY(QUANTITY),
        "</label><input class=\"input\" id=\"quantity\" name=\"quantity\" type=\"number\" "
        "inputmode=\"numeric\" min=\"1\" max=\"99\" value=\"1\" required></div>");
    html(b, "<div class=\"stack tight\">");
    part_button(b, &(struct part_button) { .words = SAY(BUY_NOW), .pays = true });
    html(b, "<button class=\"btn quiet wide\" formaction=\"/store\">", SAY(ADD),
        "</button></div></form>\n<p class=\"small muted\">",
        k->tax_inclusive ? SAY(TAX_WITHIN) : SAY(TAX_LATER));
    if (site->refunds.n > 0) {
        html(b, " <a href=\"");
        html_url(b, site->refunds);
        html(b, "\">", SAY(REFUNDS), "</a>");
    }
    html(b, "</p>");
}

static void highlights(struct buf *b, const struct product *p)
{
    if (p->highlight_count == 0)
        return;
    html(b, "<ul class=\"ticks\">");
    for (size_t i = 0; i < p->highlight_count; i++) {
        html(b, "<li>");
        part_icon(b, ICON_CHECK);
        html(b, "<span>", p->highlights[i], "</span></li>");
    }
    html(b, "</ul>\n");
}

static void write_product(
    struct req *r, const struct catalog *k, const struct product *p, const struct checkout *had)
{
    struct ctx *c = r->c;
    const struct price *price = price_of(k, p);
    struct buf *b = open_page(r, had, &(struct page_head) { .title = p->name });
    html(b, "<p class=\"crumb\"><a href=\"");
    html_url(b, basket_url(b->arena, "/store", had));
    html(b, "\">", SAY(BACK_TO_STORE), "</a></p>\n<div class=\"pair shown\">");
    html(b, "<div class=\"alone\">");
    part_media(b, p->image_count > 0 ? p->images[0] : S(""), p->name);
    html(b, "</div>\n<div class=\"stack\"><div class=\"intro\"><h1>", p->name, "</h1>");
    if (p->seller.n > 0)
        html(b, "<p class=\"muted\">", seller_name(b->arena, p), "</p>");
    html(b, "<p class=\"lead\">", p->description, "</p></div>\n");
    if (price != NULL)
        part_money_big(b, price->amount);
    highlights(b, p);
    if (price != NULL && for_sale(c, k, p)) {
        buy_form(r, b, price, k, had);
    } else {
        html(b, "<p class=\"row\">");
        part_badge(b, TONE_REST, ICON_CLOCK, SAY(NOT_YET));
        html(b, "<span class=\"muted\">", SAY(NOT_YET_MORE), "</span></p>");
    }
    html(b, "</div></div>");
    page_close(r);
}

static enum err product(struct req *r)
{
    struct checkout had = { .items = 0 };
    const struct catalog *k = NULL;
    const struct product *p = NULL;
    bool added = false;
    TRY(basket_from_query(r, &had, &added));
    TRY(look_up(r->c, &k));
    if (k != NULL)
        p = catalog_product(k, r->params[0]);
    if (p == NULL || !on_shelf(p))
        return fail(r->c, NOT_FOUND, "%.*s", SARG(SAY(NO_PRODUCT)));
    write_product(r, k, p, &had);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/store", SHAPE_READ, NULL, store, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "What is for sale; ?items= is the order so far." },
    { "GET", "/p/{slug}", SHAPE_READ, NULL, product, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "One thing that is for sale." },
};
const struct routes store_pages = { table, ARRAY_LEN(table) };
