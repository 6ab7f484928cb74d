#include "credit/credit.h"

#include "credit/credit_db.h"
#include "db/db.h"

/* What time does to credits: lots end, reservations that nobody settled are released. */

enum {
    MANY = 50
};

struct round {
    int64_t customer_n[MANY];
    struct id held[MANY];
    size_t lots, holds;
};

static enum err find_lots(struct ctx *c, void *arg)
{
    struct round *k = arg;
    return credit_db_ended(c, k->customer_n, MANY, &k->lots);
}

/* Opening an account is what expires its lots. */
static enum err expire_tx(struct ctx *c, void *arg)
{
    struct credit_account account;
    return credit_open(c, *(const int64_t *)arg, &account);
}

static enum err find_holds(struct ctx *c, void *arg)
{
    struct round *k = arg;
    return credit_db_ended_holds(c, k->held, k->customer_n, MANY, &k->holds);
}

struct held {
    struct id id;
    int64_t customer_n;
};

/* One that was settled since it was found is nobody's to release. */
static enum err release_tx(struct ctx *c, void *arg)
{
    const struct held *held = arg;
    struct credit_done done;
    enum err e = credit_release(c, held->customer_n, held->id, &done);
    if (e != E_CONFLICT)
        return e;
    err_clear(c);
    return E_OK;
}

enum err credit_end_job(struct ctx *c, struct str subject)
{
    struct round k = { .lots = 0 };
    (void)subject;
    do {
        TRY(db_read(c, find_holds, &k));
        for (size_t i = 0; i < k.holds; i++) {
            struct held held = { k.held[i], k.customer_n[i] };
            TRY(db_tx_job(c, "credit.release", release_tx, &held));
        }
    } while (k.holds == MANY);
    do {
        TRY(db_read(c, find_lots, &k));
        for (size_t i = 0; i < k.lots; i++)
            TRY(db_tx_job(c, "credit.expire", expire_tx, &k.customer_n[i]));
    } while (k.lots == MANY);
    return E_OK;
}

enum err credit_open_job(struct ctx *c, struct str customer_n)
{
    int64_t n = 0;
    must(str_to_i64(customer_n, &n));
    return db_tx_job(c, "credit.open", expire_tx, &n);
}
