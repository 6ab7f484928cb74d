#include "base/json.h"
#include "checkout/checkout_page.h"
#include "subscription/subscription.h"
#include "web/page.h"

/* /pricing: the plans of a group beside each other, and credits that are bought once.  Nothing is
 * sold here: each button leads to a page that says the exact amount first. */

enum {
    PLANS_MAX = 8,
    GROUPS_MAX = 4
};

struct pricing {
    const struct catalog *catalog; /* NULL: none yet */
    struct str group;
    enum interval every;
    const struct product *plan[PLANS_MAX];
    size_t plans, packs;
    struct str groups[GROUPS_MAX];
    size_t group_count;
    bool yearly; /* some plan has a price by the year */
    bool signed_in;
    bool has; /* a plan that is paid for */
    struct subscription has_one;
};

/* ---- what there is */

/* The chosen way to pay, or the other where there is no such price. */
static const struct price *price_of(const struct pricing *k, const struct product *p)
{
    const struct price *price = plan_sold(p, k->every, k->catalog->currency);
    if (price == NULL)
        price = plan_sold(
            p, k->every == INTERVAL_YEAR ? INTERVAL_MONTH : INTERVAL_YEAR, k->catalog->currency);
    return price;
}

static void add_group(struct pricing *k, struct str group)
{
    for (size_t i = 0; i < k->group_count; i++)
        if (str_eq(k->groups[i], group))
            return;
    if (k->group_count < GROUPS_MAX)
        k->groups[k->group_count++] = group;
}

static void find_things(struct pricing *k, struct str asked)
{
    for (size_t i = 0; i < k->catalog->product_count; i++)
        if (k->catalog->products[i].is_plan && k->catalog->products[i].active)
            add_group(k, k->catalog->products[i].group);
    k->group = k->group_count > 0 ? k->groups[0] : S("");
    for (size_t i = 0; i < k->group_count; i++)
        if (str_eq(k->groups[i], asked))
            k->group = k->groups[i];
    for (size_t i = 0; i < k->catalog->product_count; i++) {
        const struct product *p = &k->catalog->products[i];
        if (!p->active)
            continue;
        if (p->is_plan && str_eq(p->group, k->group) && k->plans < PLANS_MAX)
            k->plan[k->plans++] = p;
    }
    const struct product *pack[PACKS_MAX];
    k->packs = packs_find(k->catalog, pack, PACKS_MAX);
    for (size_t i = 0; i < k->plans; i++)
        k->yearly = k->yearly || plan_sold(k->plan[i], INTERVAL_YEAR, k->catalog->currency) != NULL;
}

static enum err find_mine(struct ctx *c, struct pricing *k)
{
    k->signed_in = c->customer_id.n > 0;
    TRY(checkout_caller(c));
    if (c->customer_n <= 0 || k->group.n == 0)
        return E_OK;
    return subscription_of(c, c->customer_n, k->group, &k->has, &k->has_one);
}

/* ---- words about prices */

/* The same of every plan, or nothing is claimed of all. */
static struct str saving(struct arena *a, const struct pricing *k)
{
    struct str all = S("");
    for (size_t i = 0; i < k->plans; i++) {
        const struct price *month = plan_sold(k->plan[i], INTERVAL_MONTH, k->catalog->currency);
        const struct price *year = plan_sold(k->plan[i], INTERVAL_YEAR, k->catalog->currency);
        if (month == NULL || year == NULL)
            continue;
        struct str n = plan_months_free(a, month->amount, year->amount);
        if (n.n == 0 || (all.n > 0 && !str_eq(all, n)))
            return S("");
        all = n;
    }
    return all.n > 0 ? SAY_WITH(a, YEARLY_FREE, { "n", all }) : S("");
}

/* ---- one plan */

static struct str trial_words(struct arena *a, const struct product *p)
{
    int64_t days = 0;
    json_to_i64(json_at(json_root(p->source), "trialDays"), &days);
    return days > 0 ? SAY_WITH(a, TRIAL_DAYS, { "n", number_text(a, days) }) : S("");
}

static struct part_button way_to(
    struct req *r, const struct pricing *k, const struct product *p, const struct price *price)
{
    struct arena *a = r->c->arena;
    const struct checkout one = { .item[0] = { .price = price->id, .quantity = 1 }, .items = 1 };
    struct part_button way = { .kind = p->popular ? BUTTON_FILLED : BUTTON_QUIET };
    if (!k->has) {
        way.words = SAY_WITH(a, CHOOSE_PLAN, { "plan", p->name });
        way.href = basket_url(a, "/checkout/confirm", &one);
    } else if (k->has_one.status == SUBSCRIPTION_PAST_DUE) {
        way.words = SAY(PAY_OPEN);
        way.href = S("/account/billing");
    } else {
        way = plan_way(a, p, price, &k->has_one);
        way.kind = p->popular ? BUTTON_FILLED : BUTTON_QUIET;
    }
    return way;
}

static void my_plan(
    struct arena *a, const struct pricing *k, const struct product *p, struct part_plan *card)
{
    bool ends = k->has && k->has_one.cancel_at_ms > 0;
    card->mine = SAY(YOUR_PLAN);
    card->button = (struct part_button) {
        .words = ends ? SAY_WITH(a, KEEP_PLAN, { "plan", p->name }) : SAY(MANAGE),
        .kind = BUTTON_PLAIN,
        .href = S("/account"),
    };
}

static void free_plan(const struct pricing *k, struct part_plan *card)
{
    card->price = SAY(PLAN_FREE);
    card->more = SAY(NO_CARD);
    if (!k->signed_in)
        card->button = (struct part_button) {
            .words = SAY(START_FREE),
            .kind = BUTTON_QUIET,
            .href = S("/login?next=%2Faccount"),
        };
}

static void write_plan(
    struct req *r, struct buf *b, const struct pricing *k, const struct product *p)
{
    struct arena *a = r->c->arena;
    const struct price *price = price_of(k, p);
    bool mine = k->has ? str_eq(k->has_one.terms.plan, p->id) : k->signed_in && p->price_count == 0;
    struct part_plan card = { .name = p->name,
        .flag = p->popular ? SAY(POPULAR) : S(""),
        .tick = p->highlights,
        .ticks = p->highlight_count };
    if (p->price_count == 0) {
        free_plan(k, &card);
    } else if (price == NULL) {
        card.why = SAY(NOT_FOR_SALE);
    } else {
        struct str trial = trial_words(a, p), other = plan_other_way(a, p, price);
        card.price = money_text(a, price->amount);
        card.per = price->interval == INTERVAL_YEAR ? SAY(A_YEAR) : SAY(A_MONTH);
        card.more = trial.n > 0 && other.n > 0 ? str_fmt(a, "%.*s. %.*s", SARG(trial), SARG(other))
            : trial.n > 0                      ? trial
                                               : other;
        if (shelf_sells(r->c, p, price))
            card.button = way_to(r, k, p, price);
        else
            card.why = SAY(NOT_FOR_SALE);
    }
    if (mine)
        my_plan(a, k, p, &card);
    part_plan(b, &card);
}

/* ---- packs */

static void packs(struct req *r, struct buf *b, const struct pricing *k)
{
    if (k->packs == 0)
        return;
    if (k->plans > 0)
        html(b, "<h2 id=\"credits\">", SAY(PACKS), "</h2>\n");
    packs_write(r->c, b, k->catalog, k->plans == 0);
}

/* ---- the page */

static struct str url_of(
    struct arena *a, const struct pricing *k, struct str group, enum interval every)
{
    struct str path = every == INTERVAL_YEAR ? S("/pricing?every=year") : S("/pricing?every=month");
    if (str_eq(group, k->groups[0]))
        return path;
    return str_fmt(a, "%.*s&group=%.*s", SARG(path), SARG(url_encode(a, group)));
}

static void choices(struct buf *b, const struct pricing *k)
{
    struct arena *a = b->arena;
    struct part_link group[GROUPS_MAX];
    size_t here = 0;
    for (size_t i = 0; i < k->group_count; i++) {
        group[i] = (struct part_link) { url_of(a, k, k->groups[i], k->every),
            camel_words(a, k->groups[i]) };
        if (str_eq(k->groups[i], k->group))
            here = i;
    }
    if (k->group_count > 1)
        part_segment(b, SAY(PLAN_GROUP), group, k->group_count, here);
    if (!k->yearly)
        return;
    const struct part_link every[] = { { url_of(a, k, k->group, INTERVAL_MONTH), SAY(MONTHLY) },
        { url_of(a, k, k->group, INTERVAL_YEAR), SAY(YEARLY) } };
    html(b, "<div class=\"row\">");
    part_segment(b, SAY(EVERY), every, ARRAY_LEN(every), k->every == INTERVAL_YEAR);
    if (saving(a, k).n > 0)
        part_badge(b, TONE_OK, ICON_CHECK, saving(a, k));
    html(b, "</div>\n");
}

static struct str lead(struct arena *a, const struct pricing *k)
{
    if (k->plans == 0)
        return SAY(PRICING_LEAD_PACKS);
    for (size_t i = 0; i < k->plans && !k->signed_in; i++) {
        int64_t n = 0;
        struct json_value credits = json_at(json_root(k->plan[i]->source), "credits");
        if (k->plan[i]->price_count == 0 && json_is(json_at(credits, "every"), "once") &&
            json_to_i64(json_at(credits, "allowance"), &n) && n > 0)
            return SAY_WITH(a, PRICING_LEAD_FREE, { "credits", number_text(a, n) });
    }
    return SAY(PRICING_LEAD);
}

static void questions(struct req *r, struct buf *b, const struct pricing *k)
{
    html(b, "<h2>", SAY(QUESTIONS), "</h2>\n<div class=\"answers\">");
    if (k->plans > 0) {
        part_question(b, SAY(ASK_CHARGED), SAY(SAY_CHARGED));
        part_question(b, SAY(ASK_CHANGE), SAY(SAY_CHANGE));
    }
    if (plans_have_credits(k->plan, k->plans) || k->packs > 0)
        part_question(b, SAY(ASK_CREDITS), SAY(SAY_CREDITS));
    if (k->plans > 0)
        part_question(b, SAY(ASK_CANCEL), SAY(SAY_CANCEL));
    part_question(
        b, SAY(ASK_TAX), k->catalog->tax_inclusive ? SAY(SAY_TAX_WITHIN) : SAY(SAY_TAX_LATER));
    part_question(b, SAY(ASK_CARD), SAY_WITH(b->arena, SAY_CARD, { "shop", site_of(r->c)->name }));
    html(b, "</div>");
}

static void write_all(struct req *r, const struct pricing *k)
{
    struct buf *b =
        buyer_open(r, &(struct page_head) { .title = SAY(PRICING), .here = S("/pricing") });
    if (k->catalog == NULL || k->plans + k->packs == 0) {
        html(b, "<h1>", SAY(PRICING), "</h1>\n");
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = SAY(PRICING_EMPTY),
                .sentence = SAY(PRICING_EMPTY_MORE) });
        page_close(r);
        return;
    }
    html(b, "<div class=\"intro\"><h1>",
        k->plans > 0 ? SAY(PRICING_TITLE) : SAY(PRICING_PACKS_ONLY), "</h1><p class=\"lead\">",
        lead(b->arena, k), "</p></div>\n");
    if (k->plans > 0) {
        choices(b, k);
        part_plans_open(b);
        for (size_t i = 0; i < k->plans; i++)
            write_plan(r, b, k, k->plan[i]);
        part_plans_close(b);
        html(b, "\n");
        plans_compare(b, k->plan, k->plans);
    }
    packs(r, b, k);
    questions(r, b, k);
    page_close(r);
}

static enum err pricing(struct req *r)
{
    struct pricing k = { .every = INTERVAL_MONTH };
    struct str every = S(""), group = S("");
    bool given = false;
    TRY(req_query(r, "every", &given, &every));
    TRY(req_query(r, "group", &given, &group));
    if (str_eq(every, S("year")))
        k.every = INTERVAL_YEAR;
    TRY(shelf_catalog(r->c, &k.catalog));
    if (k.catalog != NULL) {
        find_things(&k, group);
        TRY(find_mine(r->c, &k));
    }
    write_all(r, &k);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/pricing", SHAPE_READ, NULL, pricing, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "Plans and credits: ?every=month|year &group=" },
};
const struct routes pricing_pages = { table, ARRAY_LEN(table) };
