#include "risk/fit_db.h"

#include "db/db.h"

enum err fit_db_newest(struct ctx *c, int64_t *ret_n)
{
    bool found = false;
    *ret_n = 0;
    return db_find(c, &found, "SELECT order_n FROM risk ORDER BY order_n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(ret_n)));
}

struct rows {
    struct fit_row row;
    enum err (*each)(struct ctx *c, const struct fit_row *row, void *arg);
    void *arg;
};

static enum err hand_row(struct ctx *c, void *arg)
{
    struct rows *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* A fraud: a person said so in a review, its bank does and was not proved wrong, or it was given
 * back in those words.  A gateway without reasons for disputes leaves the word empty. */
#define FRAUD                                                                                      \
    "CASE WHEN risk.verdict = 2 OR EXISTS (SELECT 1 FROM dispute WHERE dispute.order_n ="          \
    " purchase.n AND dispute.status IN (1, 2, 4) AND dispute.reason IN ('', 'fraudulent'))"        \
    " OR EXISTS (SELECT 1 FROM refund WHERE refund.order_n = purchase.n AND"                       \
    " REPLACE(LOWER(refund.reason), 'fraud', '') <> LOWER(refund.reason)) THEN 1 ELSE 0 END"
#define GOOD "CASE WHEN risk.verdict = 1 OR purchase.status IN (2, 6) THEN 1 ELSE 0 END"

enum err fit_db_rows(struct ctx *c, int64_t after_n, int64_t until_ms,
    enum err (*each)(struct ctx *c, const struct fit_row *row, void *arg), void *arg)
{
    struct rows k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT risk.order_n, risk.reasons, purchase.total_minor, purchase.currency, " FRAUD
        ", " GOOD " FROM risk JOIN purchase ON purchase.n = risk.order_n"
        " WHERE risk.order_n > $1 AND risk.at_ms < $2 AND purchase.total_minor > 0"
        " ORDER BY risk.order_n LIMIT $3",
        DB_IN(in_i64(after_n), in_i64(until_ms), in_i64(FIT_ROWS)),
        DB_OUT(out_i64(&k.row.order_n), out_str(&k.row.reasons), out_money(&k.row.total),
            out_bool(&k.row.fraud), out_bool(&k.row.good)),
        hand_row, &k);
}
