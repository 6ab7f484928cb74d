#include "privacy/privacy_db.h"

#include "db/db.h"

/* privacy.def as statements: each table's columns are selected by name, so that none is shown that
 * the list does not have. */

/* A customer's orders, or a guest's.  The second part begins with the mail: of all guests' orders
 * there are too many. */
#define ORDERS                                                                                     \
    "SELECT n FROM purchase WHERE customer_n = $1 AND customer_n > 0 UNION ALL"                    \
    " SELECT n FROM purchase WHERE email = $2 AND email <> '' AND customer_n < 1 AND n <= $3"
#define SCANNED "t.n > $1 AND t.n <= $2 AND t.customer_n = $3"

enum {
    COLUMNS_MAX = 64
};
struct privacy_reading {
    const struct privacy_table *table;
    const struct somebody *who;
    struct privacy_value value[COLUMNS_MAX];
    int64_t zero; /* the constant that ends each list of columns */
    struct db_out out[COLUMNS_MAX + 1];
    size_t outs;
    bool only_quoting;
    enum err (*each)(struct ctx *c, const struct privacy_value *value, void *arg);
    void *arg;
};

static enum err one(struct ctx *c, void *arg);

#define TABLE(table, as, order, by, where, ...)                                                    \
    TWO_WAYS(table, as, order, by, where, BY_NOTHING, "1 = 0", __VA_ARGS__)

/* The columns of each table. */
#define OUT(shape, column) { S_INIT(#column), SHAPE_##shape, false },
#define GONE(shape, column) { S_INIT(#column), SHAPE_##shape, true },
#define WIPED(column) { S_INIT(#column), SHAPE_NONE, true },
#define NOT(column) { S_INIT(#column), SHAPE_NONE, false },
#define TWO_WAYS(table, as, order, by, where, by2, where2, ...)                                    \
    static const struct privacy_column table##_columns[] = { __VA_ARGS__ };
#define NOBODY(table, why)
#include "privacy/privacy.def"
#undef OUT
#undef GONE
#undef WIPED
#undef NOT
#undef TWO_WAYS
#undef NOBODY

/* Its statements. */
#define OUT(shape, column) "t." #column ", "
#define GONE(shape, column) "t." #column ", "
#define WIPED(column)
#define NOT(column)
#define IN_ORDER(table, where, order, ...)                                                         \
    "SELECT " __VA_ARGS__ "0 FROM " #table " t WHERE " where " ORDER BY " order
#define OUTS(k) ((struct db_outs) { (k)->out, (k)->outs + 1 })
#define TWO_WAYS(table, as, order, by, where, by2, where2, ...)                                    \
    static enum err table##_one_way(                                                               \
        struct ctx *c, struct privacy_reading *k, const struct db_ins *in)                         \
    {                                                                                              \
        return db_each(c, IN_ORDER(table, where, order, __VA_ARGS__), *in, OUTS(k), one, k);       \
    }                                                                                              \
    static enum err table##_other_way(                                                             \
        struct ctx *c, struct privacy_reading *k, const struct db_ins *in)                         \
    {                                                                                              \
        return db_each(c, IN_ORDER(table, where2, order, __VA_ARGS__), *in, OUTS(k), one, k);      \
    }                                                                                              \
    static enum err table##_last(struct ctx *c, int64_t *ret_n)                                    \
    {                                                                                              \
        bool found = false;                                                                        \
        return db_find(c, &found, "SELECT n FROM " #table " ORDER BY n DESC LIMIT 1", DB_NO_IN,    \
            DB_OUT(out_i64(ret_n)));                                                               \
    }
#define NOBODY(table, why)
#include "privacy/privacy.def"
#undef TWO_WAYS
#undef NOBODY

#define TWO_WAYS(table, as_, order, by, where, by2, where2, ...)                                   \
    {                                                                                              \
        .name = S_INIT(#table),                                                                    \
        .as = S_INIT(as_),                                                                         \
        .nobody = S_INIT(""),                                                                      \
        .column = table##_columns,                                                                 \
        .columns = ARRAY_LEN(table##_columns),                                                     \
        .rows = { { by, table##_one_way }, { by2, table##_other_way } },                           \
        .last = table##_last,                                                                      \
    },
#define NOBODY(table, why) { .name = S_INIT(#table), .nobody = S_INIT(why) },
const struct privacy_table privacy_tables[] = {
#include "privacy/privacy.def"
};
const size_t privacy_table_count = ARRAY_LEN(privacy_tables);

/* ---- reading rows */

static struct db_out out_of(enum privacy_shape shape, struct privacy_value *v)
{
    switch (shape) {
    case SHAPE_TEXT:
    case SHAPE_JSON:
        return out_str(&v->text);
    case SHAPE_MAYBE:
    case SHAPE_CLIENT:
        return out_str_null(&v->text);
    case SHAPE_BODY:
    case SHAPE_BYTES:
        return out_bytes(&v->text);
    case SHAPE_FLAG:
        return out_bool(&v->flag);
    case SHAPE_CUS:
    case SHAPE_ORD:
    case SHAPE_ATT:
    case SHAPE_EVT:
    case SHAPE_CRD:
    case SHAPE_RES:
    case SHAPE_SUB:
    case SHAPE_REF:
    case SHAPE_INV:
    case SHAPE_DSP:
        return out_id(&v->id);
    case SHAPE_MAYBE_NUMBER:
        return out_i64_null(&v->number);
    case SHAPE_NONE:
    case SHAPE_NUMBER:
    case SHAPE_TIME:
    case SHAPE_ORDER_STATUS:
    case SHAPE_ATTEMPT_STATUS:
    case SHAPE_EVENT_STATUS:
    case SHAPE_GATEWAY:
    case SHAPE_MAIL_STATE:
    case SHAPE_CREDIT_KIND:
    case SHAPE_CREDIT_CHANGE:
    case SHAPE_SUBSCRIPTION_STATUS:
    case SHAPE_REFUND_STATUS:
        return out_i64(&v->number);
    }
    never("a value of the document has one of these shapes");
}

/* NULL leaves a target as it is. */
static void begin_row(struct privacy_reading *k)
{
    for (size_t i = 0; i < k->outs; i++)
        k->value[i] = (struct privacy_value) { .number = INT64_MIN };
}

static void bind(struct privacy_reading *k)
{
    for (size_t i = 0; i < k->table->columns; i++)
        if (k->table->column[i].shape != SHAPE_NONE) {
            must(k->outs < COLUMNS_MAX);
            k->out[k->outs] = out_of(k->table->column[i].shape, &k->value[k->outs]);
            k->outs++;
        }
    k->out[k->outs] = out_i64(&k->zero);
    begin_row(k);
}

static bool quotes(const struct privacy_reading *k)
{
    for (size_t i = 0; i < k->outs; i++)
        if (person_is_quoted(k->who, k->value[i].text))
            return true;
    return false;
}

static enum err one(struct ctx *c, void *arg)
{
    struct privacy_reading *k = arg;
    enum err e = !k->only_quoting || quotes(k) ? k->each(c, k->value, k->arg) : E_OK;
    begin_row(k);
    return e;
}

/* In memory of its own: what is read is many times what is written down. */
static enum err ask(
    struct ctx *c, struct privacy_reading *k, const struct privacy_rows *rows, struct db_ins in)
{
    struct arena arena = { 0 };
    struct ctx own = ctx_sibling(c, &arena);
    own.db = c->db;
    enum err e = rows->read(&own, k, &in);
    ctx_keep_error(c, &own);
    arena_free(&arena);
    return e;
}

/* Where no index leads, so many rows a statement. */
static enum err scan(struct ctx *c, struct privacy_reading *k, const struct privacy_rows *rows)
{
    const bool all = rows->by == BY_MENTION;
    const int64_t window = all ? PRIVACY_BODIES : PRIVACY_WINDOW;
    int64_t last = 0;
    TRY(k->table->last(c, &last));
    for (int64_t n = 0; n < last; n += window) {
        const struct db_in in[] = { in_i64(n), in_i64(n + window), in_i64(k->who->n) };
        TRY(ask(c, k, rows, (struct db_ins) { in, all ? 2 : 3 }));
    }
    return E_OK;
}

static enum err by_order(struct ctx *c, struct privacy_reading *k, const struct privacy_rows *rows)
{
    struct person_order order[ERASURE_ROWS];
    size_t n = 0;
    int64_t after_n = 0;
    do {
        TRY(person_db_orders(c, k->who, after_n, order, ARRAY_LEN(order), &n));
        for (size_t i = 0; i < n; i++) {
            TRY(ask(c, k, rows, DB_IN(in_str(id_text(c->arena, S("ord"), order[i].id)))));
            after_n = order[i].n;
        }
    } while (n == ARRAY_LEN(order));
    return E_OK;
}

static enum err some_rows(struct ctx *c, struct privacy_reading *k, const struct privacy_rows *rows)
{
    const struct somebody *who = k->who;
    k->only_quoting = false;
    switch (rows->by) {
    case BY_NOTHING:
        return E_OK;
    case BY_CUSTOMER:
        return who->n == 0 ? E_OK : ask(c, k, rows, DB_IN(in_i64(who->n)));
    case BY_ORDERS:
        return ask(c, k, rows,
            DB_IN(in_i64(who->n), in_str(who->n == 0 ? who->email : S("")), in_i64(who->upto_n)));
    case BY_ORDER_ID:
        return by_order(c, k, rows);
    case BY_NAME:
        return who->n == 0 ? E_OK : ask(c, k, rows, DB_IN(in_str(who->external_id)));
    case BY_SCAN:
        return who->n == 0 ? E_OK : scan(c, k, rows);
    case BY_MENTION:
        k->only_quoting = true;
        return scan(c, k, rows);
    }
    never("rows are found in one of seven ways");
}

enum err privacy_each(struct ctx *c, const struct privacy_table *table, const struct somebody *who,
    enum err (*each)(struct ctx *c, const struct privacy_value *value, void *arg), void *arg)
{
    struct privacy_reading *k = arena_new(c->arena, struct privacy_reading);
    *k = (struct privacy_reading) { .table = table, .who = who, .each = each, .arg = arg };
    bind(k);
    for (size_t i = 0; i < ARRAY_LEN(table->rows) && table->nobody.n == 0; i++)
        TRY(some_rows(c, k, &table->rows[i]));
    return E_OK;
}
