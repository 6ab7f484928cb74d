#include "coupon/coupon.h"

#include "base/clock.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "coupon/coupon_db.h"
#include "db/db.h"

static struct str folded(struct arena *a, struct str code)
{
    return str_upper(a, str_trim(code));
}

struct str coupon_buyer(struct arena *a, int64_t customer_n, struct str email)
{
    if (customer_n > 0)
        return str_fmt(a, "cus:%lld", (long long)customer_n);
    return email.n > 0 ? str_fmt(a, "mail:%.*s", SARG(email)) : S("");
}

/* ---- may it be used for this? */

static bool applies(struct arena *a, const struct coupon *k, struct str product)
{
    struct json_value list = json_root(k->applies_to);
    struct str id;
    bool any = false;
    for (struct json_iter it = json_iter(list); json_next(&it);) {
        any = true;
        if (json_to_str(a, it.value, &id) && str_eq(id, product))
            return true;
    }
    return !any;
}

static int64_t amount_it_applies_to(
    struct arena *a, const struct coupon *k, const struct coupon_ask *ask)
{
    int64_t sum = 0;
    for (size_t i = 0; i < ask->lines; i++)
        if (applies(a, k, ask->line[i].product))
            sum += ask->line[i].amount_minor; /* bounded: an order's total is */
    return sum;
}

static enum err check_time(struct ctx *c, const struct coupon *k)
{
    if (k->expires_ms > 0 && c->now_ms >= k->expires_ms) {
        struct civil t = civil_of_ms(k->expires_ms);
        static const char *const months[] = { "January", "February", "March", "April", "May",
            "June", "July", "August", "September", "October", "November", "December" };
        return fail(c, COUPON_EXPIRED, "this code ended on %d %s %lld", t.day, months[t.month - 1],
            (long long)t.year);
    }
    if (k->starts_ms > c->now_ms)
        return fail(c, INVALID_COUPON, "this code cannot be used yet");
    return E_OK;
}

static enum err check_basket(struct ctx *c, const struct coupon *k, const struct coupon_ask *ask)
{
    int64_t subtotal = 0;
    for (size_t i = 0; i < ask->lines; i++)
        subtotal += ask->line[i].amount_minor;
    if (k->amount.cur != CUR_NONE && k->amount.cur != ask->currency)
        return fail(c, INVALID_COUPON, "this code is for orders in %.*s",
            SARG(currency_code(k->amount.cur)));
    if (subtotal < k->min_subtotal_minor) {
        struct money need = { k->min_subtotal_minor, ask->currency },
                     have = { subtotal, ask->currency };
        return fail(c, INVALID_COUPON, "this code needs an order of %.*s; yours is %.*s",
            SARG(money_text(c->arena, need)), SARG(money_text(c->arena, have)));
    }
    if (amount_it_applies_to(c->arena, k, ask) == 0)
        return fail(c, INVALID_COUPON, "this code is not for anything in your order");
    return E_OK;
}

static enum err used_up(struct ctx *c)
{
    return fail(c, COUPON_EXHAUSTED, "this code has been used up");
}

static enum err used_by_buyer(struct ctx *c)
{
    return fail(c, COUPON_EXHAUSTED, "you have already used this code");
}

enum err coupon_find(struct ctx *c, const struct coupon_ask *ask, struct coupon *ret)
{
    struct str code = folded(c->arena, ask->code);
    struct coupon k = { .n = 0 };
    bool found = false;
    int64_t used = 0;
    if (code.n > 0 && code.n <= 64 && str_is_visible(code))
        TRY(coupon_db_by_code(c, code, &found, &k));
    if (!found || !k.active) /* unknown and paused codes answer alike */
        return fail(
            c, INVALID_COUPON, "there is no code %.*s", (int)(code.n <= 64 ? code.n : 0), code.p);
    TRY(check_time(c, &k));
    TRY(check_basket(c, &k, ask));
    if (k.max_uses > 0 && k.used >= k.max_uses)
        return used_up(c);
    if (k.per_customer > 0 && ask->buyer.n > 0) {
        TRY(coupon_db_uses_of(c, k.n, ask->buyer, &used));
        if (used >= k.per_customer)
            return used_by_buyer(c);
    }
    *ret = k;
    return E_OK;
}

enum err coupon_discount(
    struct ctx *c, const struct coupon *k, const struct coupon_ask *ask, int64_t *ret_minor)
{
    int64_t base = amount_it_applies_to(c->arena, k, ask);
    struct money whole = { base, ask->currency }, off = k->amount;
    int64_t *weight = arena_array(c->arena, int64_t, ask->lines);
    if (k->bps > 0 && !money_bps(whole, k->bps, &off))
        return fail(c, INVALID_REQUEST, "the order's total is too large");
    if (off.minor > base)
        off.minor = base;
    off.cur = ask->currency;
    for (size_t i = 0; i < ask->lines; i++)
        weight[i] = applies(c->arena, k, ask->line[i].product) ? ask->line[i].amount_minor : 0;
    if (!money_split(off, weight, ask->lines, ret_minor))
        return fail(c, INVALID_REQUEST, "the order's total is too large");
    return E_OK;
}

/* ---- holding, using, freeing */

enum err coupon_hold(struct ctx *c, const struct coupon *k, struct str buyer, int64_t order_n)
{
    bool ok = true;
    struct coupon_use_row use = {
        .coupon_n = k->n,
        .buyer = k->per_customer > 0 ? buyer : S(""),
        .counted = k->max_uses > 0,
    };
    if (k->per_customer > 0 && buyer.n == 0)
        return fail(c, INVALID_COUPON, "this code is counted for each buyer: give your email");
    if (use.counted)
        TRY(coupon_db_count(c, k->n, &ok));
    if (!ok)
        return used_up(c);
    if (use.buyer.n > 0)
        TRY(coupon_db_count_buyer(c, k->n, buyer, k->per_customer, &ok));
    if (!ok)
        return used_by_buyer(c);
    return coupon_db_use_insert(c, order_n, &use);
}

/* Money came for an order whose use was given back: it takes one again.  When another order has had
 * the last one since, what was agreed holds all the same, the counter stays at its limit, and the
 * use is one that it does not count. */
static enum err use_after_all(struct ctx *c, int64_t order_n)
{
    bool moved = false, counted = false;
    struct coupon_use_row row = { .coupon_n = 0 };
    TRY(coupon_db_use_move(c, order_n, USE_FREED, USE_USED, &moved, &row));
    if (!moved)
        return E_OK;
    if (row.counted)
        TRY(coupon_db_count(c, row.coupon_n, &counted));
    if (row.counted && !counted)
        TRY(coupon_db_use_beyond(c, order_n));
    return row.buyer.n == 0
        ? E_OK
        : coupon_db_count_buyer(c, row.coupon_n, row.buyer, INT64_MAX, &counted);
}

enum err coupon_use(struct ctx *c, int64_t order_n)
{
    bool moved = false;
    struct coupon_use_row row = { .coupon_n = 0 };
    TRY(coupon_db_use_move(c, order_n, USE_HELD, USE_USED, &moved, &row));
    return moved ? E_OK : use_after_all(c, order_n);
}

enum err coupon_free(struct ctx *c, int64_t order_n)
{
    bool moved = false;
    struct coupon_use_row row = { .coupon_n = 0 };
    TRY(coupon_db_use_move(c, order_n, USE_HELD, USE_FREED, &moved, &row));
    if (!moved)
        return E_OK;
    if (row.counted)
        TRY(coupon_db_uncount(c, row.coupon_n));
    if (row.buyer.n > 0)
        TRY(coupon_db_uncount_buyer(c, row.coupon_n, row.buyer));
    return E_OK;
}

/* ---- do the counters say what the uses say? */

enum {
    CHUNK = 500
};
struct checking {
    struct buf *out;
    int64_t found, last_n;
    bool more;
};

/* A buyer may be a mail: what is found names the code alone. */
static enum err check_count(struct ctx *c, const struct coupon_count *n, void *arg)
{
    struct checking *k = arg;
    if (n->counted != n->uses && ++k->found)
        buf_fmt(k->out, "%.*s: %s counted %lld times, and used %lld times\n", SARG(n->code),
            n->of_buyer ? "a buyer of it is" : "it is", (long long)n->counted, (long long)n->uses);
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_coupon(struct ctx *c, const struct coupon_count *n, void *arg)
{
    struct checking *k = arg;
    k->last_n = n->n;
    k->more = true;
    TRY(check_count(c, n, k));
    return coupon_db_buyer_counts(c, n, check_count, k);
}

static enum err check_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(coupon_db_counts(c, k->last_n, CHUNK, check_coupon, k));
    *ret_more = k->more;
    return E_OK;
}

enum err coupon_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { .out = out };
    TRY(ctx_pieces(c, INT64_MAX, check_chunk, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "coupons are not counted right");
}

/* ---- from the catalogue's file */

static int64_t number(struct json_value v, const char *name)
{
    int64_t n = 0;
    json_to_i64(json_at(v, name), &n);
    return n;
}

static int64_t moment(struct ctx *c, struct json_value v, const char *name)
{
    struct str text;
    int64_t ms = 0;
    if (json_to_str(c->arena, json_at(v, name), &text))
        time_parse_iso(text, &ms);
    return ms;
}

static struct coupon read_coupon(struct ctx *c, struct json_value v)
{
    struct coupon k = {
        .id = id_new(c),
        .bps = (int32_t)number(v, "basisPoints"),
        .amount = { number(v, "amount"), CUR_NONE },
        .max_uses = number(v, "maxUses"),
        .per_customer = number(v, "perCustomer"),
        .starts_ms = moment(c, v, "starts"),
        .expires_ms = moment(c, v, "expires"),
        .min_subtotal_minor = number(v, "minSubtotal"),
        .applies_to = json_at(v, "appliesTo").raw,
        .duration = json_is(json_at(v, "duration"), "forever") ? COUPON_FOREVER
            : json_is(json_at(v, "duration"), "months")        ? COUPON_MONTHS
                                                               : COUPON_ONCE,
        .months = number(v, "months"),
        .from_file = true,
    };
    struct str cur = S("");
    json_to_str(c->arena, json_at(v, "code"), &k.code);
    if (json_to_str(c->arena, json_at(v, "currency"), &cur))
        currency_parse(cur, &k.amount.cur);
    json_to_bool(json_at(v, "active"), &k.active);
    return k;
}

/* A hundred in a transaction, each of which reads the catalogue anew: when it changes in between,
 * its own job comes after this one. */
enum {
    PIECE = 100
};
struct piece {
    size_t at, next; /* how many of the file's are done; after this piece */
    int64_t after_n; /* of those that are in force */
    size_t rows;
};
struct left {
    const struct catalog *catalog;
    struct coupon row;
    int64_t last_n;
    size_t rows;
};

static struct json_iter coupons_in(const struct catalog *k)
{
    return json_iter(json_at(json_root(k->text), "coupons"));
}

static enum err pause_if_gone(struct ctx *c, void *arg)
{
    struct left *l = arg;
    l->last_n = l->row.n;
    l->rows++;
    for (struct json_iter it = coupons_in(l->catalog); json_next(&it);) {
        struct str code = S("");
        json_to_str(c->arena, json_at(it.value, "code"), &code);
        if (str_eq_nocase(str_trim(code), str_trim(l->row.code)))
            return E_OK;
    }
    return coupon_db_pause(c, l->row.n);
}

static enum err pause_tx(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    struct left l = { .last_n = p->after_n };
    TRY(catalog_now(c, &l.catalog));
    TRY(coupon_db_each_of_file(c, p->after_n, PIECE, pause_if_gone, &l.row, &l));
    p->after_n = l.last_n;
    p->rows = l.rows;
    return E_OK;
}

static enum err put_tx(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    const struct catalog *catalog = NULL;
    size_t i = 0;
    TRY(catalog_now(c, &catalog));
    for (struct json_iter it = coupons_in(catalog); i < p->at + PIECE && json_next(&it); i++) {
        if (i < p->at)
            continue;
        struct coupon k = read_coupon(c, it.value);
        TRY(coupon_db_put(c, &k, folded(c->arena, k.code)));
    }
    p->next = i;
    return E_OK;
}

enum err coupons_from_catalog(struct ctx *c, struct str subject)
{
    struct piece p = { .rows = PIECE };
    (void)subject;
    while (p.rows == PIECE)
        TRY(db_tx_job(c, "coupons that are gone", pause_tx, &p));
    do {
        p.at = p.next;
        TRY(db_tx_job(c, "coupons from catalog", put_tx, &p));
    } while (p.next == p.at + PIECE);
    return E_OK;
}
