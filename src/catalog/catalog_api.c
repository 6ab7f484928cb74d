#include "catalog/catalog.h"
#include "web/web.h"

/* GET /api/catalog: what is for sale, for everybody. */

static void texts(struct json *j, const char *name, const struct str *list, size_t n)
{
    json_open(j, name, '[');
    for (size_t i = 0; i < n; i++)
        json_str(j, NULL, list[i]);
    json_close(j, ']');
}

void price_json(struct json *j, const char *name, const struct price *p)
{
    json_open(j, name, '{');
    json_str(j, "id", p->id);
    json_i64(j, "amount", p->amount.minor);
    json_str(j, "currency", currency_code(p->amount.cur));
    if (p->interval != INTERVAL_NONE)
        json_str(j, "interval", p->interval == INTERVAL_MONTH ? S("month") : S("year"));
    json_close(j, '}');
}

static void product_json(struct json *j, const struct product *p)
{
    json_open(j, NULL, '{');
    json_str(j, "id", p->id);
    if (p->is_plan)
        json_str(j, "group", p->group);
    else
        json_str(j, "slug", p->slug);
    json_str(j, "name", p->name);
    json_str(j, "description", p->description);
    json_bool(j, "popular", p->popular);
    texts(j, "images", p->images, p->image_count);
    texts(j, "highlights", p->highlights, p->highlight_count);
    if (p->credits > 0) {
        json_open(j, "grants", '{');
        json_i64(j, "credits", p->credits);
        json_close(j, '}');
    }
    static const char *const kept[] = { "credits", "features", "limits", "trialDays" };
    for (size_t i = 0; p->is_plan && i < ARRAY_LEN(kept); i++)
        json_raw(j, kept[i], json_at(json_root(p->source), kept[i]).raw);
    json_open(j, "prices", '[');
    for (size_t i = 0; i < p->price_count; i++)
        if (p->prices[i].active)
            price_json(j, NULL, &p->prices[i]);
    json_close(j, ']');
    json_close(j, '}');
}

static void products_json(struct json *j, const char *name, const struct catalog *k, bool plans)
{
    json_open(j, name, '[');
    for (size_t i = 0; i < k->product_count; i++)
        if (k->products[i].active && k->products[i].is_plan == plans)
            product_json(j, &k->products[i]);
    json_close(j, ']');
}

/* What credits are bought in; a hundred of them cost something that cents can say. */
static void pack_json(struct json *j, const struct product *p, const struct price *price)
{
    struct money hundred;
    json_open(j, NULL, '{');
    json_str(j, "id", p->id);
    json_str(j, "name", p->name);
    json_str(j, "description", p->description);
    json_bool(j, "popular", p->popular);
    json_i64(j, "credits", p->credits);
    price_json(j, "price", price);
    if (money_share(price->amount, 100, p->credits, &hundred))
        json_money(j, "perHundred", hundred);
    json_close(j, '}');
}

static void packs_json(struct json *j, const struct catalog *k)
{
    json_open(j, "packs", '[');
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        const struct price *price = catalog_price_of(p, k->currency);
        if (p->active && !p->is_plan && p->credits > 0 && price != NULL)
            pack_json(j, p, price);
    }
    json_close(j, ']');
}

static enum err show(struct req *r)
{
    const struct catalog *k = NULL;
    TRY(catalog_now(r->c, &k));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "currency", currency_code(k->currency));
    json_str(&j, "business", k->business_name);
    products_json(&j, "products", k, false);
    products_json(&j, "plans", k, true);
    packs_json(&j, k);
    json_raw(&j, "operations", json_at(json_root(k->text), "operations").raw);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/api/catalog", SHAPE_READ, NULL, show, NULL, 0, ALLOW_ANYONE, 0, 0,
        "What is for sale: products, plans, packs of credits, prices." },
};
const struct routes catalog_routes = { table, ARRAY_LEN(table) };
