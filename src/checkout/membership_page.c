#include "checkout/membership_page.h"
#include "web/page.h"

/* /membership: which one, how often, how, in steps of one question each.  Every choice stands in
 * the address, so that each step can be left, come back to, and sent to somebody; only the last one
 * is a form that posts, and is that of the confirm page. */

/* ---- how often */

static struct str saved_words(struct arena *a, struct money month, struct money year)
{
    struct money saved = { month.minor * 12 - year.minor, year.cur };
    struct str n = plan_months_free(a, month, year), sum = money_text(a, saved);
    if (saved.minor <= 0)
        return S("");
    return n.n > 0 ? SAY_WITH(a, MEMBER_SAVES_MONTHS, { "n", n }, { "sum", sum })
                   : SAY_WITH(a, MEMBER_SAVES, { "sum", sum });
}

/* What is saved stands in the line below: beside a large amount a phone has no room for it. */
static struct part_pick yearly(struct arena *a, const struct price *month, const struct price *year)
{
    struct money share = year->amount;
    struct str saved = month != NULL ? saved_words(a, month->amount, year->amount) : S("");
    struct str each = money_share(year->amount, 1, 12, &share)
        ? SAY_WITH(a, MEMBER_YEAR_MORE, { "price", money_text(a, share) })
        : S("");
    return (struct part_pick) {
        .value = S("year"),
        .words = str_fmt(a, "%.*s %.*s", SARG(SAY(YEARLY)), SARG(money_text(a, year->amount))),
        .more = saved.n > 0 ? str_fmt(a, "%.*s. %.*s", SARG(saved), SARG(each)) : each,
    };
}

static void write_cycles(struct buf *b, const struct membership *k)
{
    struct arena *a = b->arena;
    const struct price *month = plan_sold(k->plan, INTERVAL_MONTH, k->cur);
    const struct price *year = plan_sold(k->plan, INTERVAL_YEAR, k->cur);
    struct part_pick pick[2];
    size_t n = 0;
    if (month != NULL)
        pick[n++] = (struct part_pick) {
            .value = S("month"),
            .words =
                str_fmt(a, "%.*s %.*s", SARG(SAY(MONTHLY)), SARG(money_text(a, month->amount))),
            .more = SAY(MEMBER_MONTH_MORE),
        };
    if (year != NULL)
        pick[n++] = yearly(a, month, year);
    part_picks(b,
        &(struct part_picks) { .name = S("every"),
            .legend = SAY_WITH(a, MEMBER_CYCLE_LEGEND, { "plan", k->plan->name }),
            .chosen = pick[0].value,
            .pick = pick,
            .n = n });
}

static void write_perks(struct buf *b, const struct product *p)
{
    html(b, "<section class=\"card stays stack\"><h2>", p->name, "</h2>\n");
    part_ticks(b, p->highlights, p->highlight_count);
    html(b, "</section>");
}

static void write_cycle(const struct membership *k)
{
    struct buf *b = membership_open_step(k, SAY(MEMBER_CYCLE), MEMBERSHIP_CYCLE);
    html(b, "<h1>", SAY(MEMBER_CYCLE), "</h1>\n<div class=\"pair\">");
    write_perks(b, k->plan);
    html(b, "<form class=\"stack\" action=\"/membership\">",
        "<input type=\"hidden\" name=\"tier\" value=\"", k->plan->id, "\">");
    if (!str_eq(k->group, MEMBERSHIP))
        html(b, "<input type=\"hidden\" name=\"group\" value=\"", k->group, "\">");
    if (k->cur != k->catalog->currency)
        html(b, "<input type=\"hidden\" name=\"currency\" value=\"", currency_code(k->cur), "\">");
    html(b, "\n");
    write_cycles(b, k);
    html(b, "\n");
    part_button(b, &(struct part_button) { .words = SAY(MEMBER_CONTINUE), .pays = true });
    html(b, "</form></div>");
    page_close(k->r);
}

/* ---- how, and the button that pays */

/* After a refusal the other ways come first, and one of them is chosen; what cannot be chosen comes
 * last. */
static void others_first(struct confirm *f, struct str refused)
{
    struct confirm_way way[CONFIRM_METHODS];
    size_t n = 0;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < f->ways; i++) {
            const bool usable = f->way[i].offer.gateway != GATEWAY_NONE;
            const int at = !usable ? 2 : str_eq(f->way[i].method, refused) ? 1 : 0;
            if (at == round)
                way[n++] = f->way[i];
        }
    for (size_t i = 0; i < n; i++)
        f->way[i] = way[i];
    if (n > 0 && way[0].offer.gateway != GATEWAY_NONE)
        f->k.method = way[0].method;
}

static void write_method(const struct membership *k, const struct confirm *f)
{
    struct part_field wrong[CONFIRM_FIELDS];
    struct req *r = k->r;
    confirm_wrong(f, wrong);
    struct buf *b = membership_open_step(k, SAY(MEMBER_METHOD), MEMBERSHIP_METHOD);
    r->out.status = f->status;
    part_summary(b, wrong, CONFIRM_FIELDS);
    html(b, "<h1>", SAY(MEMBER_METHOD), "</h1>\n");
    confirm_note(b, f);
    html(b, "<div class=\"pair\">");
    confirm_order(r, b, f);
    confirm_form(r, b, f, S("/membership"));
    html(b, "</div>");
    page_close(r);
}

static enum err ask_method(struct membership *k)
{
    struct req *r = k->r;
    struct confirm f = { .status = 200, .key = confirm_key(r->c) };
    bool failed = k->begun && k->start.order.status == ORDER_FAILED;
    f.k = (struct checkout) {
        .item[0] = { .price = plan_sold(k->plan, k->every, k->cur)->id, .quantity = 1 },
        .items = 1,
        .method = k->method,
        .country = k->country,
        .seen_minor = -1,
    };
    TRY(confirm_fill(r, &f));
    if (failed) {
        f.note_bad = true;
        f.note = shown_sentence(r->c->arena, &k->start);
        if (k->method.n == 0 && k->start.last != NULL)
            others_first(&f, k->start.last->method);
    }
    write_method(k, &f);
    return E_OK;
}

/* ---- the routes */

static void write_none(struct req *r)
{
    struct buf *b =
        buyer_open(r, &(struct page_head) { .title = SAY(MEMBERSHIP), .here = S("/membership") });
    html(b, "<h1>", SAY(MEMBERSHIP), "</h1>\n");
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_BOX, .title = SAY(MEMBER_NONE), .sentence = SAY(MEMBER_NONE_MORE) });
    page_close(r);
}

static enum err look(struct req *r)
{
    struct membership *k = arena_new(r->c->arena, struct membership);
    TRY(membership_read(r, k));
    if (k->tiers == 0)
        write_none(r);
    else if (k->has)
        membership_write_member(k);
    else if (k->begun && k->start.order.status == ORDER_PROCESSING)
        membership_write_under_way(k);
    else if (k->plan == NULL)
        membership_write_choice(k);
    else if (k->every == INTERVAL_NONE)
        write_cycle(k);
    else
        return ask_method(k);
    return E_OK;
}

/* The form came back: the same step, with why, and everything kept. */
static void write_again(struct req *r, struct confirm *f)
{
    struct membership *k = arena_new(r->c->arena, struct membership);
    const struct product *plan = NULL;
    const struct price *price = NULL;
    *k = (struct membership) { .r = r };
    if (f->lines == 1 && shelf_catalog(r->c, &k->catalog) == E_OK && k->catalog != NULL)
        price = catalog_price(k->catalog, f->line[0].price, &plan);
    if (price == NULL || !plan->is_plan) {
        confirm_write(r, f);
        return;
    }
    k->plan = plan;
    k->group = plan->group;
    k->every = price->interval;
    k->cur = price->amount.cur;
    if (f->note_bad && f->ways > 1)
        others_first(f, f->k.method);
    write_method(k, f);
}

static enum err pay(struct req *r)
{
    return confirm_answer(r, write_again);
}

static const struct route table[] = {
    { "GET", "/membership", SHAPE_READ, NULL, look, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE | ROUTE_FORM,
        0, "Becoming a member in steps: ?tier= &every=month|year &method= &currency= &country=." },
    {
        .method = "POST",
        .path = "/membership",
        .shape = SHAPE_CALL,
        .parse = confirm_parse,
        .run = pay,
        .operation = &checkout_page_operation,
        .in_size = sizeof(struct checkout),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_FORM | ROUTE_MONEY,
        .body_max = 64 * 1024,
        .about = "Its last step's form: do=pay leads to the gateway's page.",
    },
};
const struct routes membership_pages = { table, ARRAY_LEN(table) };
