#include "base/json.h"
#include "checkout/membership_page.h"
#include "web/page.h"

/* What /membership is asked for, and what its reader has begun: found by whose it is, not by the
 * tab in which it was. */

enum {
    STARTS = 20
};

/* ---- what there is */

static void add_currencies(struct membership *k, const struct product *p)
{
    for (size_t i = 0; i < p->price_count; i++) {
        size_t at = 0;
        while (at < k->currencies && k->currency[at] != p->prices[i].amount.cur)
            at++;
        if (p->prices[i].active && at == k->currencies && at < CURRENCIES_MAX)
            k->currency[k->currencies++] = p->prices[i].amount.cur;
    }
}

static void find_tiers(struct membership *k, struct str group)
{
    for (size_t i = 0; i < k->catalog->product_count; i++) {
        const struct product *p = &k->catalog->products[i];
        if (!p->is_plan || !p->active || p->price_count == 0 || !str_eq(p->group, group))
            continue;
        if (k->tiers < TIERS_MAX)
            k->tier[k->tiers++] = p;
        add_currencies(k, p);
    }
    k->group = group;
}

/* The group of that name, or one that is asked for, or the first there is. */
static void find_group(struct membership *k, struct str asked)
{
    find_tiers(k, asked.n > 0 ? asked : MEMBERSHIP);
    for (size_t i = 0; i < k->catalog->product_count && k->tiers == 0; i++)
        if (k->catalog->products[i].is_plan && k->catalog->products[i].price_count > 0)
            find_tiers(k, k->catalog->products[i].group);
}

static bool has_currency(const struct membership *k, enum currency cur)
{
    for (size_t i = 0; i < k->currencies; i++)
        if (k->currency[i] == cur)
            return true;
    return false;
}

static bool is_sold(const struct membership *k, const struct product *p)
{
    return plan_sold(p, INTERVAL_MONTH, k->cur) != NULL ||
        plan_sold(p, INTERVAL_YEAR, k->cur) != NULL;
}

static enum err read_choices(struct membership *k)
{
    struct req *r = k->r;
    struct str tier = S(""), every = S(""), currency = S(""), anew = S("");
    bool given = false;
    TRY(req_query(r, "tier", &given, &tier));
    TRY(req_query(r, "every", &given, &every));
    TRY(req_query(r, "currency", &given, &currency));
    TRY(req_query(r, "method", &given, &k->method));
    TRY(req_query(r, "country", &given, &k->country));
    TRY(req_query(r, "anew", &given, &anew));
    k->anew = str_eq(anew, S("yes"));
    if (!currency_parse(currency, &k->cur) || !has_currency(k, k->cur))
        k->cur = k->currencies == 0 || has_currency(k, k->catalog->currency) ? k->catalog->currency
                                                                             : k->currency[0];
    for (size_t i = 0; i < k->tiers; i++)
        if (str_eq(k->tier[i]->id, tier) && is_sold(k, k->tier[i]))
            k->plan = k->tier[i];
    k->every = str_eq(every, S("year")) ? INTERVAL_YEAR
        : str_eq(every, S("month"))     ? INTERVAL_MONTH
                                        : INTERVAL_NONE;
    if (k->plan != NULL && plan_sold(k->plan, k->every, k->cur) == NULL)
        k->every = INTERVAL_NONE;
    return E_OK;
}

/* ---- what the customer has begun */

static struct str group_of(struct arena *a, const struct shown *s)
{
    return s->order.kind == ORDER_START && s->lines == 1
        ? json_text(a, json_root(s->line[0].plan), "group")
        : S("");
}

static enum err find_start(struct membership *k)
{
    struct ctx *c = k->r->c;
    int64_t n[STARTS];
    size_t count = 0;
    TRY(order_open_starts(c, c->customer_n, n, STARTS, &count));
    for (size_t i = count; i > 0 && !k->begun; i--) {
        struct order o;
        TRY(order_by_n(c, n[i - 1], &o));
        TRY(shown_load(k->r, &o, &k->start));
        k->begun = str_eq(group_of(c->arena, &k->start), k->group);
    }
    return E_OK;
}

static enum err find_mine(struct membership *k)
{
    struct ctx *c = k->r->c;
    TRY(checkout_caller(c));
    if (c->customer_n <= 0)
        return E_OK;
    TRY(subscription_of(c, c->customer_n, k->group, &k->has, &k->mine));
    if (k->has)
        k->cur = k->mine.terms.amount.cur; /* a change stays in it */
    return k->has ? E_OK : find_start(k);
}

/* ---- addresses */

struct str membership_url(
    struct arena *a, const struct membership *k, const struct product *plan, enum interval every)
{
    struct buf b = BUF(a);
    const char *sign = "?";
    buf_add(&b, S("/membership"));
    if (k->group.n > 0 && !str_eq(k->group, MEMBERSHIP)) {
        buf_fmt(&b, "?group=%.*s", SARG(url_encode(a, k->group)));
        sign = "&";
    }
    if (plan != NULL) {
        buf_fmt(&b, "%stier=%.*s", sign, SARG(url_encode(a, plan->id)));
        sign = "&";
    }
    if (every != INTERVAL_NONE)
        buf_fmt(&b, "&every=%s", every == INTERVAL_YEAR ? "year" : "month");
    if (k->cur != k->catalog->currency)
        buf_fmt(&b, "%scurrency=%.*s", sign, SARG(currency_code(k->cur)));
    return buf_str(&b);
}

struct str membership_url_of(struct arena *a, const struct shown *s)
{
    struct json_value plan = json_root(s->line[0].plan);
    int64_t months = 0;
    json_to_i64(json_at(plan, "months"), &months);
    return str_fmt(a, "/membership?tier=%.*s&every=%s&currency=%.*s",
        SARG(url_encode(a, json_text(a, plan, "plan"))), months == 12 ? "year" : "month",
        SARG(currency_code(s->order.currency)));
}

/* ---- steps */

static void write_steps(struct buf *b, enum membership_step here, struct str all, struct str plan)
{
    const struct part_link step[MEMBERSHIP_STEPS] = {
        [MEMBERSHIP_CYCLE] = { here == MEMBERSHIP_METHOD ? plan : all, SAY(STEP_CYCLE) },
        [MEMBERSHIP_METHOD] = { S(""), SAY(STEP_METHOD) },
        [MEMBERSHIP_PAY] = { S(""), SAY(STEP_PAY) },
        [MEMBERSHIP_DONE] = { S(""), SAY(STEP_DONE) },
    };
    struct str n = number_text(b->arena, (int64_t)here + 1),
               of = number_text(b->arena, MEMBERSHIP_STEPS);
    part_steps(b,
        &(struct part_steps) { .label = SAY(MEMBER_STEPS),
            .now = SAY_WITH(b->arena, MEMBER_STEP, { "n", n }, { "all", of }),
            .step = step,
            .n = MEMBERSHIP_STEPS,
            .here = here });
    html(b, "\n");
}

void membership_steps(struct buf *b, enum membership_step here)
{
    write_steps(b, here, S(""), S(""));
}

struct str membership_name(struct arena *a, const struct shown *s)
{
    return str_eq(group_of(a, s), MEMBERSHIP) ? s->line[0].name : S("");
}

void membership_progress(struct buf *b, const struct shown *s, enum membership_step here)
{
    if (membership_name(b->arena, s).n > 0)
        membership_steps(b, here);
}

struct buf *membership_open_step(
    const struct membership *k, struct str title, enum membership_step here)
{
    struct arena *a = k->r->c->arena;
    struct buf *b = page_open(k->r, &(struct page_head) { .title = title });
    bool first = here == MEMBERSHIP_CYCLE;
    struct str all = membership_url(a, k, NULL, INTERVAL_NONE),
               plan = membership_url(a, k, k->plan, INTERVAL_NONE);
    html(b, "<p class=\"crumb\"><a href=\"");
    html_url(b, first ? all : plan);
    html(b, "\">", first ? SAY(MEMBER_BACK_ALL) : SAY(MEMBER_BACK_CYCLE), "</a></p>\n");
    write_steps(b, here, all, plan);
    return b;
}

enum err membership_read(struct req *r, struct membership *k)
{
    struct str group = S("");
    bool given = false;
    *k = (struct membership) { .r = r };
    TRY(req_query(r, "group", &given, &group));
    TRY(shelf_catalog(r->c, &k->catalog));
    if (k->catalog != NULL)
        find_group(k, group);
    if (k->tiers == 0)
        return E_OK;
    TRY(read_choices(k));
    return find_mine(k);
}
