#include "checkout/checkout_page.h"

#include "web/page.h"

/* /p/{slug}: one thing that is for sale. */

static struct str seller_name(struct arena *a, const struct product *p)
{
    return SAY_WITH(a, BY, { "seller", str_sentence(a, p->seller) });
}

static struct str path_of(struct arena *a, const struct product *p, const struct shelf_view *v)
{
    const struct shelf_view bare = { .had = v->had, .currency = v->currency, .home = v->home };
    struct str path = str_fmt(a, "/p/%.*s", SARG(url_encode(a, p->slug)));
    return shelf_url(a, str_c(a, path), &bare);
}

/* The amount on the button is that of the quantity: the script asks for it when that changes. */
static void buy_form(struct req *r, struct buf *b, const struct product *p,
    const struct price *price, const struct shelf_view *v, int64_t quantity)
{
    struct money total = price->amount;
    if (!money_mul(price->amount, quantity, &total))
        total = price->amount;
    html(b, "<form class=\"stack\" method=\"get\" action=\"/checkout/confirm\" data-ask=\"");
    html_url(b, path_of(r->c->arena, p, v));
    html(b, "\"><input type=\"hidden\" name=\"price\" value=\"", price->id, "\">");
    if (v->had.items > 0)
        html(b, "<input type=\"hidden\" name=\"items\" value=\"", basket_text(b->arena, &v->had),
            "\">");
    html(b, "<div class=\"field count\"><label for=\"quantity\">", SAY(QUANTITY),
        "</label><input class=\"input\" id=\"quantity\" name=\"quantity\" type=\"number\" "
        "inputmode=\"numeric\" min=\"1\" max=\"99\" value=\"",
        quantity, "\" required data-quote></div>");
    html(b, "<div class=\"stack tight\" id=\"buy\">");
    part_button(b,
        &(struct part_button) {
            .words = SAY_WITH(b->arena, BUY_FOR, { "total", money_text(b->arena, total) }),
            .pays = true,
        });
    html(b, "<button class=\"btn quiet wide\" formaction=\"/store\">", SAY(ADD),
        "</button></div></form>\n");
}

static void small_print(struct req *r, struct buf *b, const struct catalog *k)
{
    const struct site *site = site_of(r->c);
    html(b, "<p class=\"small muted\">", k->tax_inclusive ? SAY(TAX_WITHIN) : SAY(TAX_LATER));
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

/* For machines that read pages. */
static void microdata(struct buf *b, const struct price *price)
{
    struct money m = price->amount;
    html(b,
        "<div itemprop=\"offers\" itemscope itemtype=\"https://schema.org/Offer\">"
        "<meta itemprop=\"price\" content=\"",
        decimal_text(b->arena, m.minor, currency_digits(m.cur)),
        "\"><meta itemprop=\"priceCurrency\" content=\"", currency_code(m.cur), "\">");
    part_money_big(b, m);
    html(b, "</div>\n");
}

static void cannot_buy(struct buf *b, struct str badge, struct str sentence)
{
    html(b, "<p class=\"row\">");
    part_badge(b, TONE_REST, ICON_CLOCK, badge);
    html(b, "<span class=\"muted\">", sentence, "</span></p>");
}

static void ways(struct req *r, struct buf *b, const struct catalog *k, const struct product *p,
    const struct shelf_view *v, int64_t quantity)
{
    const struct price *price = shelf_price(p, v->currency);
    if (!shelf_sells(r->c, p, price)) {
        cannot_buy(b, SAY(NOT_YET), SAY(NOT_YET_MORE));
    } else if (v->had.items > 0 && price->amount.cur != v->currency) {
        part_note_open(b, &(struct part_note) { .tone = TONE_WAIT, .icon = ICON_ALERT });
        html(b, "<p>",
            SAY_WITH(b->arena, OTHER_CURRENCY, { "currency", currency_code(v->currency) }), "</p>");
        part_note_close(b);
    } else {
        buy_form(r, b, p, price, v, quantity);
        small_print(r, b, k);
    }
}

static void write_product(struct req *r, const struct catalog *k, const struct product *p,
    const struct shelf_view *v, int64_t quantity)
{
    const struct shelf_view bare = { .had = v->had, .currency = v->currency, .home = v->home };
    const struct price *price = shelf_price(p, v->currency);
    struct buf *b = shelf_open(r, v, &(struct page_head) { .title = p->name });
    html(b, "<p class=\"crumb\"><a href=\"");
    html_url(b, shelf_url(b->arena, "/store", &bare));
    html(b, "\">", SAY(BACK_TO_STORE),
        "</a></p>\n<div class=\"pair shown\" itemscope itemtype=\"https://schema.org/Product\">"
        "<div class=\"alone\">");
    part_media(b, p->image_count > 0 ? p->images[0] : S(""), p->name);
    html(b, "</div>\n<div class=\"stack stays\"><div class=\"intro\"><h1 itemprop=\"name\">",
        p->name, "</h1>");
    if (p->seller.n > 0)
        html(b, "<p class=\"muted\">", seller_name(b->arena, p), "</p>");
    html(b, "<p class=\"lead\" itemprop=\"description\">", p->description, "</p></div>\n");
    if (price != NULL)
        microdata(b, price);
    highlights(b, p);
    ways(r, b, k, p, v, quantity);
    html(b, "</div></div>");
    page_close(r);
}

static enum err product(struct req *r)
{
    struct shelf_view v;
    const struct catalog *k = NULL;
    const struct product *p = NULL;
    int64_t quantity = 1;
    bool added = false;
    TRY(shelf_view_read(r, &v, &added));
    TRY(req_query_i64(r, "quantity", 1, 99, &quantity));
    TRY(shelf_catalog(r->c, &k));
    if (k != NULL) {
        shelf_view_settle(k, &v);
        p = catalog_product(k, r->params[0]);
    }
    if (p == NULL || !shelf_has(p))
        return fail(r->c, NOT_FOUND, "%.*s", SARG(SAY(NO_PRODUCT)));
    write_product(r, k, p, &v, quantity);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/p/{slug}", SHAPE_READ, NULL, product, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "One thing that is for sale: ?quantity= &currency=; ?items= is the order so far." },
};
const struct routes product_pages = { table, ARRAY_LEN(table) };
