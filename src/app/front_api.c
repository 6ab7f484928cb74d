#include "app/app.h"
#include "app/front_page.h"
#include "catalog/catalog.h"
#include "checkout/checkout_page.h"
#include "sandbox/sandbox_card.h"

/* The page at /, and the sandbox's sheet of parts. */

static bool there(const char *path)
{
    for (size_t l = 0; l < app_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++)
            if (str_eq(str_of_c(app_routes[l]->route[i].path), str_of_c(path)))
                return true;
    return false;
}

/* The sandbox's preset key is no secret: it is printed in the manual.  Another one is. */
static struct str printable_key(const struct ctx *c)
{
    struct secret key;
    for (size_t i = 0; i < config_sandbox_preset_count; i++) {
        struct str preset = str_of_c(config_sandbox_presets[i].value);
        if (str_eq(str_of_c(config_sandbox_presets[i].name), S("PURSER_SECRET_KEY")) &&
            config_secret(c->config, CFG_SECRET_KEY, 0, &key) &&
            bytes_equal_secret(key.bytes_, preset))
            return preset;
    }
    return S("");
}

static void take_goods(const struct catalog *k, struct front *ret)
{
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        const bool member = p->is_plan && str_eq(p->group, MEMBERSHIP);
        if (!p->active)
            continue;
        ret->goods = ret->goods || shelf_has(p);
        ret->memberships = ret->memberships || (member && p->price_count > 0);
        ret->plans = ret->plans || (p->is_plan && !member) || p->credits > 0;
    }
}

static enum err find_shop(struct ctx *c, struct front *ret)
{
    const struct catalog *k = NULL;
    enum err e = catalog_now(c, &k);
    if (e != E_OK && e != E_NOT_FOUND)
        return e;
    err_clear(c);
    ret->shop = e == E_OK;
    if (ret->shop)
        take_goods(k, ret);
    return E_OK;
}

static void take_cards(struct ctx *c, struct front *front)
{
    front->card = sandbox_cards(c->arena, &front->card_count);
    front->tools = config_str(c->config, CFG_MONEYMOTION_API_URL);
}

static enum err front(struct req *r)
{
    const struct site *site = site_of(r->c);
    struct front front = { .origin = site->origin, .now_ms = r->c->now_ms, .there = there };
    TRY(find_shop(r->c, &front));
    if (site->sandbox) {
        front.key = printable_key(r->c);
        take_cards(r->c, &front);
    }
    front_write(r, &front);
    return E_OK;
}

static enum err parts(struct req *r)
{
    front_write_parts(r);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/", SHAPE_READ, NULL, front, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0, "What is here." },
};
const struct routes front_routes = { table, ARRAY_LEN(table) };

static const struct route sandbox_table[] = {
    { "GET", "/_sandbox/parts", SHAPE_READ, NULL, parts, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "Sandbox: every part of the design in every state." },
};
const struct routes parts_routes = { sandbox_table, ARRAY_LEN(sandbox_table) };
