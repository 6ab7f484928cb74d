#include "customer/whose.h"

#include "customer/customer.h"

bool whose_is_user(const struct req *r)
{
    return str_eq(r->role, S("user"));
}

bool whose_sees_all(const struct req *r)
{
    static const struct str roles[] = { S_INIT("admin"), S_INIT("app"), S_INIT("readonly"),
        S_INIT("owner"), S_INIT("finance"), S_INIT("support"), S_INIT("viewer"),
        S_INIT("control") };
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (str_eq(r->role, roles[i]))
            return true;
    return false;
}

enum err whose_named(struct req *r, struct str customer_id)
{
    if (whose_is_user(r) && customer_id.n > 0 && !str_eq(customer_id, r->c->customer_id))
        return fail(r->c, NOT_FOUND, "there is no such customer");
    if (!whose_is_user(r) && customer_id.n == 0)
        return fail(r->c, INVALID_REQUEST, "customerId says whose");
    return whose_is_user(r) ? E_OK : customer_external_id(r->c, customer_id);
}

enum err whose_query(struct req *r, struct str *ret_customer_id)
{
    struct str asked = S("");
    bool given = false;
    TRY(req_query(r, "customerId", &given, &asked));
    TRY(whose_named(r, asked));
    *ret_customer_id = asked;
    return E_OK;
}

enum err whose_find(struct req *r, struct str customer_id, int64_t *ret_n)
{
    struct ctx *c = r->c;
    struct str id = whose_is_user(r) ? c->customer_id : customer_id;
    struct customer k;
    bool found = false;
    TRY(customer_find(c, id, &found, &k));
    if (!found && str_starts(id, S("cus_")))
        return fail(c, NOT_FOUND, "there is no such customer");
    *ret_n = found ? k.n : 0;
    return E_OK;
}

enum err whose_known(struct req *r, int64_t *ret_n)
{
    struct str customer_id = S("");
    int64_t n = 0;
    TRY(whose_query(r, &customer_id));
    TRY(whose_find(r, customer_id, &n));
    if (n == 0 && !whose_is_user(r))
        return fail(r->c, NOT_FOUND, "there is no such customer");
    *ret_n = n;
    return E_OK;
}

enum err whose_make(struct req *r, struct str customer_id, int64_t *ret_n)
{
    struct ctx *c = r->c;
    struct customer said = customer_of_token(c), k;
    int64_t n = 0;
    TRY(whose_find(r, customer_id, &n));
    if (!whose_is_user(r))
        said = (struct customer) { .external_id = customer_id };
    if (n == 0) {
        TRY(customer_ensure(c, &said, &k));
        n = k.n;
    }
    *ret_n = n;
    return E_OK;
}
