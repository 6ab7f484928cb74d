#include "customer/billing.h"

#include "base/json.h"
#include "customer/billing_db.h"
#include "db/db.h"
#include "fact/fact.h"

/* The customer's address is lines without a meaning: the first one here, the others after it. */
static void known(struct ctx *c, const struct customer *k, struct billing *ret)
{
    struct buf rest = BUF(c->arena);
    *ret = (struct billing) {
        .name = k->name,
        .line1 = S(""),
        .city = S(""),
        .postcode = S(""),
        .country = k->country,
        .tax_id = k->tax_id,
    };
    struct json_iter it = json_iter(json_root(k->address.n > 0 ? k->address : S("[]")));
    while (json_next(&it)) {
        struct str line = S("");
        if (!json_to_str(c->arena, it.value, &line) || line.n == 0)
            continue;
        if (ret->line1.n == 0)
            ret->line1 = line;
        else
            buf_fmt(&rest, "%s%.*s", rest.n > 0 ? ", " : "", SARG(line));
    }
    ret->line2 = buf_str(&rest);
}

enum err billing_of(struct ctx *c, const struct customer *k, struct billing *ret)
{
    bool found = false;
    TRY(billing_db_find(c, k->n, &found, ret));
    if (!found)
        known(c, k, ret);
    return E_OK;
}

enum err billing_check(struct ctx *c, struct billing *said)
{
    const struct {
        const char *name;
        struct str *value;
        size_t max;
    } fields[] = { { "name", &said->name, BILLING_NAME }, { "line1", &said->line1, BILLING_LINE },
        { "line2", &said->line2, BILLING_LINE }, { "city", &said->city, BILLING_CITY },
        { "postcode", &said->postcode, BILLING_POSTCODE },
        { "taxId", &said->tax_id, BILLING_TAX_ID } };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        *fields[i].value = str_trim(*fields[i].value);
        if (fields[i].value->n > fields[i].max)
            return fail(
                c, INVALID_REQUEST, "%s has at most %zu bytes", fields[i].name, fields[i].max);
        if (!str_is_text(*fields[i].value) || str_has(*fields[i].value, S("\n")))
            return fail(
                c, INVALID_REQUEST, "%s has characters that cannot be shown", fields[i].name);
    }
    return country_code(c, str_trim(said->country), &said->country);
}

static bool same(const struct billing *a, const struct billing *b)
{
    return str_eq(a->name, b->name) && str_eq(a->line1, b->line1) && str_eq(a->line2, b->line2) &&
        str_eq(a->city, b->city) && str_eq(a->postcode, b->postcode) &&
        str_eq(a->country, b->country) && str_eq(a->tax_id, b->tax_id);
}

enum err billing_set(
    struct ctx *c, const struct customer *k, const struct billing *said, struct billing *ret)
{
    struct billing now = { .version = 0 }, next = *said;
    bool found = false;
    TRY(db_alone(c, str_fmt(c->arena, "billing %lld", (long long)k->n)));
    TRY(billing_db_find(c, k->n, &found, &now));
    next.version = now.version;
    if (found && same(&now, said)) {
        *ret = next;
        return E_OK;
    }
    if (said->version != BILLING_UNSEEN && said->version != now.version)
        return fail(c, CONFLICT, "the address was changed meanwhile: look at it again");
    if (found)
        TRY(billing_db_update(c, k->n, &next));
    else
        TRY(billing_db_insert(c, k->n, &next));
    next.version++;
    *ret = next;
    const struct fact fact = {
        .kind = S("BILLING_CHANGED"),
        .subject = id_text(c->arena, S("cus"), k->id),
        .customer_n = k->n,
        .version = next.version,
    };
    return fact_add(c, &fact, NULL);
}

size_t billing_lines(struct arena *a, const struct billing *b, struct str ret[BILLING_LINES])
{
    const struct str all[] = { b->line1, b->line2,
        str_trim(str_fmt(a, "%.*s %.*s", SARG(b->postcode), SARG(b->city))),
        country_name(b->country) };
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].n > 0)
            ret[n++] = all[i];
    return n;
}
