#include "sandbox/stripe_money.h"

/* The balance: a transaction for each movement, and the rows that the control routes show. */

/* 2.9 % and 30: the tariff is in nobody's API. */
int64_t st_fee(int64_t amount)
{
    return (amount * 29 + 500) / 1000 + 30;
}

enum err st_move(struct st *s, const struct movement *m, struct thing *ret)
{
    enum {
        SETTLED_S = 2 * 24 * 60 * 60
    };
    *ret = st_new(s, "balance_transaction");
    struct tree *t = ret->body;
    tree_set_i64(s->a, t, "amount", m->amount);
    tree_set_i64(s->a, t, "fee", m->fee);
    tree_set_i64(s->a, t, "net", m->amount - m->fee);
    tree_set_i64(s->a, t, "available_on", st_now(s) + SETTLED_S);
    tree_set_str(s->a, t, "currency", m->currency);
    tree_set_str(s->a, t, "source", m->source);
    tree_set_str(s->a, t, "type", str_of_c(m->type));
    tree_set_str(s->a, t, "reporting_category", str_of_c(m->category));
    if (m->fee != 0) {
        struct tree *fee = tree_of(s->a, JSON_OBJECT);
        tree_set_i64(s->a, fee, "amount", m->fee);
        tree_set_null(s->a, fee, "application");
        tree_set_str(s->a, fee, "currency", m->currency);
        tree_set_str(s->a, fee, "description", S("Stripe processing fees"));
        tree_set_str(s->a, fee, "type", S("stripe_fee"));
        tree_push(tree_at(t, "fee_details"), fee);
    }
    return st_add(s, ret);
}

/* What was not available yet is, once its time has come. */
static void ripen(struct st *s, struct tree *t)
{
    if (tree_i64(t, "available_on") <= st_now(s))
        tree_set_str(s->a, t, "status", S("available"));
}

enum err v1_balance_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "balance_transaction", &t));
    ripen(s, t.body);
    s->answer = t.body;
    return E_OK;
}

enum err v1_balance_list(struct st *s)
{
    static const struct filter filters[] = { { "type", NULL }, { "source", NULL },
        { "currency", NULL } };
    TRY(st_list(
        s, &(struct listing) { .kind = "balance_transaction", filters, ARRAY_LEN(filters) }));
    tree_each (t, tree_at(s->answer, "data"))
        ripen(s, t);
    return E_OK;
}

/* Adds a movement to the sum of its currency, ripe or not. */
static enum err add_movement(struct st *s, struct thing *t, void *arg)
{
    struct tree *balance = arg;
    struct str currency = tree_str(t->body, "currency");
    ripen(s, t->body);
    bool ripe = str_eq(tree_str(t->body, "status"), S("available"));
    struct tree *list = tree_at(balance, ripe ? "available" : "pending"), *sum = NULL;
    tree_each (one, list)
        if (str_eq(tree_str(one, "currency"), currency))
            sum = one;
    if (sum == NULL) {
        sum = tree_of(s->a, JSON_OBJECT);
        tree_set_i64(s->a, sum, "amount", 0);
        tree_set_str(s->a, sum, "currency", currency);
        tree_push(list, sum);
    }
    tree_set_i64(s->a, sum, "amount", tree_i64(sum, "amount") + tree_i64(t->body, "net"));
    return E_OK;
}

enum err v1_balance(struct st *s)
{
    struct tree *t = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, t, "object", S("balance"));
    tree_set(s->a, t, "available", tree_of(s->a, JSON_ARRAY));
    tree_set_bool(s->a, t, "livemode", false);
    tree_set(s->a, t, "pending", tree_of(s->a, JSON_ARRAY));
    TRY(st_each(s, "balance_transaction", S(""), S(""), add_movement, t));
    s->answer = t;
    return E_OK;
}

/* ---- rows of struct hosted */

enum err st_hosted(struct st *s, struct str name, int64_t amount, struct str currency)
{
    struct hosted h = {
        .gateway = S("stripe"),
        .id = name,
        .amount_minor = amount,
        .currency = str_upper(s->a, currency),
        .created_ms = s->c->now_ms,
        .request = S("{}"),
        .own = S("{}"),
    };
    return hosted_add(s->c, &h);
}

enum err st_captured(struct st *s, struct str name, int64_t amount, struct str currency)
{
    struct hosted h;
    bool found = false;
    TRY(hosted_find(s->c, name, &found, &h));
    if (!found) {
        TRY(st_hosted(s, name, amount, currency));
        TRY(hosted_find(s->c, name, &found, &h));
    }
    h.state = HOSTED_PAID;
    h.captured = true;
    return hosted_save(s->c, &h);
}

enum err st_hosted_becomes(struct st *s, struct str name, enum hosted_state state, int64_t refunded)
{
    struct hosted h;
    bool found = false;
    TRY(hosted_find(s->c, name, &found, &h));
    if (!found)
        return E_OK;
    h.state = state;
    h.refunded_minor = refunded;
    return hosted_save(s->c, &h);
}
