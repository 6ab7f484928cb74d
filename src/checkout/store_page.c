#include "checkout/checkout_page.h"

#include "web/page.h"

/* /store: what is for sale, searched and sorted by links.  The order so far travels in the address:
 * nothing is stored for who only looks. */

enum {
    NAV_MAX = 4,
    SHELF_MAX = 24,
    CURRENCIES_MAX = 12
};

/* Plans, or credits that are bought once: what /pricing shows. */
static bool sells_plans(struct ctx *c)
{
    const struct catalog *k = NULL;
    if (shelf_catalog(c, &k) != E_OK || k == NULL)
        return false;
    for (size_t i = 0; i < k->product_count; i++)
        if (k->products[i].active && (k->products[i].is_plan || k->products[i].credits > 0))
            return true;
    return false;
}

struct buf *shelf_open(struct req *r, const struct shelf_view *v, struct page_head *head)
{
    struct arena *a = r->c->arena;
    struct part_link *nav = arena_array(a, struct part_link, NAV_MAX);
    size_t n = 0;
    int64_t count = basket_count(&v->had);
    const struct shelf_view bare = { .had = v->had, .currency = v->currency, .home = v->home };
    nav[n++] = (struct part_link) { shelf_url(a, "/store", &bare), SAY(STORE) };
    if (sells_plans(r->c))
        nav[n++] = (struct part_link) { S("/pricing"), SAY(PRICING) };
    if (r->c->customer_id.n > 0)
        nav[n++] = (struct part_link) { S("/account"), SAY(ACCOUNT) };
    if (count > 0)
        nav[n++] = (struct part_link) { basket_url(a, "/checkout/confirm", &v->had),
            SAY_WITH(a, YOUR_ORDER_N, { "count", number_text(a, count) }) };
    if (str_eq(head->here, S("/store")))
        head->here = nav[0].href;
    head->nav = nav;
    head->nav_count = n;
    return page_open(r, head);
}

struct buf *buyer_open(struct req *r, struct page_head *head)
{
    const struct shelf_view bare = { .kind = SHELF_ALL };
    return shelf_open(r, &bare, head);
}

enum err shelf_catalog(struct ctx *c, const struct catalog **ret)
{
    enum err e = catalog_now(c, ret);
    if (e != E_NOT_FOUND)
        return e;
    err_clear(c);
    *ret = NULL;
    return E_OK;
}

bool shelf_has(const struct product *p)
{
    return p->active && !p->is_plan && p->credits == 0;
}

const struct price *shelf_price(const struct product *p, enum currency currency)
{
    const struct price *price = catalog_price_of(p, currency);
    for (size_t i = 0; i < p->price_count && price == NULL; i++)
        if (p->prices[i].active)
            price = &p->prices[i];
    return price;
}

bool shelf_sells(struct ctx *c, const struct product *p, const struct price *price)
{
    bool yes = price != NULL && order_for_sale(c, p, price) == E_OK;
    err_clear(c);
    return yes;
}

/* ---- which products, in which order */

struct shelf {
    const struct product **product;
    size_t sold, abroad, n; /* first those in this currency, then in others, then not yet */
};

enum group {
    SOLD,
    ABROAD,
    NOT_YET,
    GROUPS
};

static enum group group_of(struct ctx *c, const struct product *p, const struct shelf_view *v)
{
    const struct price *price = shelf_price(p, v->currency);
    if (!shelf_sells(c, p, price))
        return NOT_YET;
    return price->amount.cur == v->currency ? SOLD : ABROAD;
}

static bool has_word(struct ctx *c, const struct product *p, struct str q)
{
    struct str needle = str_lower(c->arena, q);
    const struct str in[] = { p->name, p->description, p->seller, p->id };
    for (size_t i = 0; i < ARRAY_LEN(in); i++)
        if (str_has(str_lower(c->arena, in[i]), needle))
            return true;
    for (size_t i = 0; i < p->highlight_count; i++)
        if (str_has(str_lower(c->arena, p->highlights[i]), needle))
            return true;
    return false;
}

static bool fits(struct ctx *c, const struct product *p, const struct shelf_view *v)
{
    bool is_work = p->seller.n > 0;
    if (!shelf_has(p) || (v->kind == SHELF_GOODS && is_work) ||
        (v->kind == SHELF_WORKS && !is_work))
        return false;
    return v->q.n == 0 || has_word(c, p, v->q);
}

static bool stands_before(
    const struct product *a, const struct product *b, const struct shelf_view *v)
{
    int64_t x = shelf_price(a, v->currency)->amount.minor,
            y = shelf_price(b, v->currency)->amount.minor;
    return v->order == SHELF_CHEAPEST ? x < y : v->order == SHELF_DEAREST && x > y;
}

/* A shelf is short, and equal prices stay as they are listed. */
static void sort(struct shelf *s, const struct shelf_view *v)
{
    for (size_t i = 1; i < s->sold; i++)
        for (size_t j = i; j > 0 && stands_before(s->product[j], s->product[j - 1], v); j--) {
            const struct product *other = s->product[j];
            s->product[j] = s->product[j - 1];
            s->product[j - 1] = other;
        }
}

static struct shelf find(struct ctx *c, const struct catalog *k, const struct shelf_view *v)
{
    struct shelf s = { .product = arena_array(c->arena, const struct product *, k->product_count) };
    size_t end[GROUPS];
    for (enum group g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < k->product_count; i++)
            if (fits(c, &k->products[i], v) && group_of(c, &k->products[i], v) == g)
                s.product[s.n++] = &k->products[i];
        end[g] = s.n;
    }
    s.sold = end[SOLD];
    s.abroad = end[ABROAD];
    sort(&s, v);
    return s;
}

/* ---- what is written */

static void product(
    struct req *r, struct buf *b, const struct product *p, const struct shelf_view *v)
{
    struct arena *a = r->c->arena;
    const struct shelf_view bare = { .had = v->had, .currency = v->currency, .home = v->home };
    const struct price *price = shelf_price(p, v->currency);
    struct str path = str_fmt(a, "/p/%.*s", SARG(url_encode(a, p->slug)));
    bool later = group_of(r->c, p, v) == NOT_YET;
    part_product(b,
        &(struct part_product) {
            .href = shelf_url(a, str_c(a, path), &bare),
            .image = p->image_count > 0 ? p->images[0] : S(""),
            .name = p->name,
            .more = p->description,
            .badge = p->popular ? SAY(POPULAR) : S(""),
            .why = later ? SAY(NOT_YET) : S(""),
            .price = price != NULL ? price->amount : (struct money) { 0, CUR_NONE },
        });
}

static void some(struct req *r, struct buf *b, const struct shelf *s, size_t from, size_t to,
    const struct shelf_view *v)
{
    part_shelf_open(b);
    for (size_t i = from; i < to; i++)
        product(r, b, s->product[i], v);
    part_shelf_close(b);
    html(b, "\n");
}

static void more_pages(
    struct buf *b, const struct shelf *s, size_t from, size_t to, const struct shelf_view *v)
{
    struct shelf_view older = *v, newest = *v;
    newest.after = S("");
    older.after = to > from ? s->product[to - 1]->id : S("");
    part_pages(b,
        &(struct part_pages) { .shown = (int64_t)(to - from),
            .older = to < s->sold ? shelf_url(b->arena, "/store", &older) : S(""),
            .newest = from > 0 ? shelf_url(b->arena, "/store", &newest) : S("") });
}

/* The shelf from behind v->after on; what is not sold here or now stands on its last page. */
static void shelf(struct req *r, struct buf *b, const struct shelf *s, const struct shelf_view *v)
{
    size_t from = 0;
    for (size_t i = 0; i < s->sold; i++)
        if (str_eq(s->product[i]->id, v->after))
            from = i + 1;
    size_t to = s->sold - from > SHELF_MAX ? from + SHELF_MAX : s->sold;
    if (to > from)
        some(r, b, s, from, to, v);
    if (to < s->sold || from > 0)
        more_pages(b, s, from, to, v);
    if (to == s->sold && s->abroad > s->sold) {
        html(b, "\n<h2>", SAY(OTHER_CURRENCIES), "</h2>\n");
        some(r, b, s, s->sold, s->abroad, v);
    }
    if (to == s->sold && s->n > s->abroad) {
        html(b, "\n<h2>", SAY(NOT_YET_TITLE), "</h2>\n");
        some(r, b, s, s->abroad, s->n, v);
    }
}

static void nothing(struct buf *b, const struct shelf_view *v)
{
    const struct shelf_view all = { .had = v->had, .currency = v->currency, .home = v->home };
    bool searched = v->q.n > 0;
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_SEARCH,
            .title = searched ? SAY_WITH(b->arena, NO_HITS, { "q", v->q }) : SAY(NONE_OF_KIND),
            .sentence = SAY(NO_HITS_MORE),
            .href = shelf_url(b->arena, "/store", &all),
            .action = searched ? SAY(CLEAR_SEARCH) : SAY(SHOW_ALL),
        });
}

/* ---- ways to narrow it */

static void search(struct buf *b, const struct shelf_view *v)
{
    html(b, "<form class=\"find\" role=\"search\" action=\"/store\">");
    shelf_hidden(b, v);
    html(b, "<label class=\"vh\" for=\"q\">", SAY(SEARCH_STORE),
        "</label><input class=\"input\" id=\"q\" name=\"q\" type=\"search\" maxlength=\"80\" "
        "placeholder=\"",
        SAY(SEARCH_STORE), "\" value=\"", v->q, "\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET, .icon = ICON_SEARCH, .words = SAY(SEARCH) });
    html(b, "</form>");
}

static void choice(
    struct buf *b, struct str label, const struct part_link *link, size_t n, size_t here)
{
    html(b, "<div class=\"stack tight\"><p class=\"small muted\" aria-hidden=\"true\">", label,
        "</p>");
    part_segment(b, label, link, n, here);
    html(b, "</div>");
}

static bool has_both_kinds(const struct catalog *k)
{
    bool goods = false, works = false;
    for (size_t i = 0; i < k->product_count; i++) {
        goods = goods || (shelf_has(&k->products[i]) && k->products[i].seller.n == 0);
        works = works || (shelf_has(&k->products[i]) && k->products[i].seller.n > 0);
    }
    return goods && works;
}

static const enum text kind_words[] = { TEXT_KIND_ALL, TEXT_KIND_GOODS, TEXT_KIND_WORKS };
static const enum text order_words[] = { TEXT_AS_LISTED, TEXT_CHEAPEST, TEXT_DEAREST };

static void kinds(struct buf *b, const struct shelf_view *v)
{
    struct part_link link[ARRAY_LEN(kind_words)];
    for (size_t i = 0; i < ARRAY_LEN(link); i++) {
        struct shelf_view then = *v;
        then.kind = (enum shelf_kind)i;
        then.after = S("");
        link[i] = (struct part_link) { shelf_url(b->arena, "/store", &then), text(kind_words[i]) };
    }
    choice(b, SAY(KIND), link, ARRAY_LEN(link), v->kind);
}

static void sortings(struct buf *b, const struct shelf_view *v)
{
    struct part_link link[ARRAY_LEN(order_words)];
    for (size_t i = 0; i < ARRAY_LEN(link); i++) {
        struct shelf_view then = *v;
        then.order = (enum shelf_order)i;
        then.after = S("");
        link[i] = (struct part_link) { shelf_url(b->arena, "/store", &then), text(order_words[i]) };
    }
    choice(b, SAY(SORTED), link, ARRAY_LEN(link), v->order);
}

/* Those in which something on the shelf has a price, and the whole order so far too. */
static void currencies(struct buf *b, const struct catalog *k, const struct shelf_view *v)
{
    struct part_link link[CURRENCIES_MAX];
    size_t n = 0, here = 0;
    for (enum currency cur = CUR_NONE + 1; cur < CUR_COUNT && n < CURRENCIES_MAX; cur++) {
        struct shelf_view then = *v;
        bool any = false;
        for (size_t i = 0; i < k->product_count && !any; i++)
            any = shelf_has(&k->products[i]) && catalog_price_of(&k->products[i], cur) != NULL;
        if (!any || !shelf_basket_in(k, cur, &then.had))
            continue;
        then.currency = cur;
        then.after = S("");
        if (cur == v->currency)
            here = n;
        link[n++] = (struct part_link) { shelf_url(b->arena, "/store", &then), currency_code(cur) };
    }
    if (n > 1)
        choice(b, SAY(CURRENCY), link, n, here);
}

static void write_choices(struct buf *b, const struct catalog *k, const struct shelf_view *v)
{
    if (has_both_kinds(k))
        kinds(b, v);
    sortings(b, v);
    currencies(b, k, v);
}

/* Closed, and says what is chosen: goods come first. */
static void filters(struct buf *b, const struct catalog *k, const struct shelf_view *v)
{
    html(b, "<details class=\"filters\"><summary>",
        SAY_WITH(b->arena, FILTERS, { "kind", text(kind_words[v->kind]) },
            { "order", str_lower(b->arena, text(order_words[v->order])) },
            { "currency", currency_code(v->currency) }),
        "</summary><div class=\"row\">");
    write_choices(b, k, v);
    html(b, "</div></details>");
}

static void write_store(struct req *r, const struct catalog *k, const struct shelf_view *v)
{
    struct buf *b =
        shelf_open(r, v, &(struct page_head) { .title = SAY(STORE), .here = S("/store") });
    html(b, "<div class=\"intro\"><h1>", SAY(STORE_TITLE), "</h1><p class=\"lead\">",
        SAY(STORE_LEAD), "</p></div>\n");
    const struct shelf_view all = { .had = v->had, .currency = v->currency, .home = v->home };
    if (k == NULL || find(r->c, k, &all).n == 0) {
        part_empty(b,
            &(struct part_empty) {
                .icon = ICON_BOX, .title = SAY(STORE_EMPTY), .sentence = SAY(STORE_EMPTY_MORE) });
        page_close(r);
        return;
    }
    struct shelf found = find(r->c, k, v);
    html(b, "<div class=\"stack tight\">");
    search(b, v);
    filters(b, k, v);
    html(b, "</div>\n");
    if (found.n == 0)
        nothing(b, v);
    else
        shelf(r, b, &found, v);
    page_close(r);
}

static enum err store(struct req *r)
{
    struct shelf_view v;
    const struct catalog *k = NULL;
    bool added = false;
    TRY(shelf_view_read(r, &v, &added));
    TRY(shelf_catalog(r->c, &k));
    if (k != NULL)
        shelf_view_settle(k, &v);
    if (added)
        answer_redirect(r, 303, shelf_url(r->c->arena, "/store", &v));
    else
        write_store(r, k, &v);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/store", SHAPE_READ, NULL, store, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "What is for sale: ?q= &kind=goods|works &order=cheapest|dearest &currency= &after=; "
        "?items= is the order so far." },
};
const struct routes store_pages = { table, ARRAY_LEN(table) };
