#include "ledger/ledger_db.h"

#include "db/db.h"

#define ROWS_2                                                                                     \
    "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"                            \
    " VALUES ($1, $2, $3, $4, $5, $6), ($7, $8, $9, $10, $11, $12)"
#define ROWS_3 ROWS_2 ", ($13, $14, $15, $16, $17, $18)"
#define ROWS_4 ROWS_3 ", ($19, $20, $21, $22, $23, $24)"
#define ROWS_5 ROWS_4 ", ($25, $26, $27, $28, $29, $30)"
#define ROWS_6 ROWS_5 ", ($31, $32, $33, $34, $35, $36)"
#define ROWS_7 ROWS_6 ", ($37, $38, $39, $40, $41, $42)"
#define ROWS_8 ROWS_7 ", ($43, $44, $45, $46, $47, $48)"

/* One text for each number of rows: statements are literals, and none is built at run time. */
enum err ledger_insert(struct ctx *c, const struct ledger_entry *e, size_t n)
{
    enum {
        COLUMNS = 6
    };
    struct db_in in[LEDGER_LEGS * COLUMNS];
    struct db_ins ins = { in, n * COLUMNS };
    must(n <= LEDGER_LEGS);
    for (size_t i = 0; i < n; i++) {
        struct db_in *row = in + i * COLUMNS;
        row[0] = in_i64(e[i].n);
        row[1] = in_i64(e[i].account);
        row[2] = in_i64(e[i].owner);
        row[3] = in_str(e[i].unit);
        row[4] = in_i64(e[i].amount);
        row[5] = in_i64(e[i].at_ms);
    }
    switch (n) {
    case 2:
        return db_exec(c, 2, ROWS_2, ins);
    case 3:
        return db_exec(c, 3, ROWS_3, ins);
    case 4:
        return db_exec(c, 4, ROWS_4, ins);
    case 5:
        return db_exec(c, 5, ROWS_5, ins);
    case 6:
        return db_exec(c, 6, ROWS_6, ins);
    case 7:
        return db_exec(c, 7, ROWS_7, ins);
    case 8:
        return db_exec(c, 8, ROWS_8, ins);
    default:
        never("a transaction has two to eight legs");
    }
}

struct entries {
    struct ledger_entry entry;
    enum err (*each)(struct ctx *c, const struct ledger_entry *entry, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct entries *entries = arg;
    return entries->each(c, &entries->entry, entries->arg);
}

enum err ledger_each(struct ctx *c, int64_t from, int64_t to, int64_t limit,
    enum err (*each)(struct ctx *c, const struct ledger_entry *entry, void *arg), void *arg)
{
    struct entries entries = { .each = each, .arg = arg };
    struct ledger_entry *e = &entries.entry;
    return db_each(c,
        "SELECT n, account, owner, unit, amount, at_ms FROM ledger_entry"
        " WHERE n >= $1 AND n < $2 ORDER BY n LIMIT $3",
        DB_IN(in_i64(from), in_i64(to), in_i64(limit)),
        DB_OUT(out_i64(&e->n), out_i64(&e->account), out_i64(&e->owner), out_str(&e->unit),
            out_i64(&e->amount), out_i64(&e->at_ms)),
        hand_over, &entries);
}
