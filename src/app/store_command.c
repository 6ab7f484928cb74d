#include "app/app.h"
#include "coupon/coupon.h"
#include "credit/credit.h"
#include "dispute/dispute.h"
#include "fact/fact.h"
#include "grant/grant_verify.h"
#include "invoice/invoice.h"
#include "ledger/ledger.h"
#include "operation/operation.h"
#include "payment/back.h"
#include "payment/payment_verify.h"
#include "subscription/subscription.h"

/* Commands about the database itself. */

static enum err migrate(struct ctx *c, struct args *args, struct buf *out)
{
    struct schema_state state;
    TRY(schema_read(c, &state));
    if (args_flag(args, "status", NULL)) {
        buf_fmt(out, "schema %d of %d%s\n", state.have, state.want,
            state.newer                   ? ": newer than this program"
                : state.have < state.want ? ": purser migrate brings it up to date"
                                          : ": up to date");
        return E_OK;
    }
    return schema_migrate(c, out);
}

static enum err backup(struct ctx *c, struct args *args, struct buf *out)
{
    struct str path;
    TRY(args_word(c, args, 0, "FILE", &path));
    return store_backup(c, path, out);
}

static enum err restore(struct ctx *c, struct args *args, struct buf *out)
{
    struct str path;
    TRY(args_word(c, args, 0, "FILE", &path));
    TRY(store_restore(c, path, out));
    /* A copy of a PostgreSQL holds facts that its job had not sealed yet; on SQLite nobody would.
     */
    return fact_seal_all(c);
}

/* ---- verify */

#define PLAIN(name, verify_)                                                                       \
    static enum err name(struct ctx *c, struct buf *out, int64_t *ret_n)                           \
    {                                                                                              \
        (void)ret_n;                                                                               \
        return verify_(c, out);                                                                    \
    }
PLAIN(operations, operation_verify)
PLAIN(coupons, coupon_verify)
PLAIN(credits, credit_verify)
PLAIN(payments, payment_verify)
PLAIN(refunds, back_verify)
PLAIN(disputes, dispute_verify)
PLAIN(subscriptions, subscription_verify)
PLAIN(plans, grant_verify)

/* What is held against what, and what is said of it where that holds and where it does not. */
static const struct part {
    const char *name, *holds, *fails;
    enum err (*verify)(struct ctx *c, struct buf *out, int64_t *ret_n);
    bool counts;
} parts[] = {
    { "ledger", "adds up", "DOES NOT ADD UP", ledger_verify, false },
    { "operations", "go on", "DO NOT GO ON", operations, false },
    { "coupons", "add up", "DO NOT ADD UP", coupons, false },
    { "credits", "add up", "DO NOT ADD UP", credits, false },
    { "payments", "add up", "DO NOT ADD UP", payments, false },
    { "subscriptions", "add up", "DO NOT ADD UP", subscriptions, false },
    { "plans", "are what was paid for", "ARE NOT WHAT WAS PAID FOR", plans, false },
    { "refunds", "add up", "DO NOT ADD UP", refunds, false },
    { "disputes", "add up", "DO NOT ADD UP", disputes, false },
    { "invoices", "add up", "DO NOT ADD UP", invoice_verify, true },
    { "facts, chain", "whole", "BROKEN", fact_verify, true },
};

struct findings {
    struct buf *out;
    bool any;
};

enum err store_verify_rows(struct ctx *c, struct buf *out, bool *ret_any)
{
    struct buf said = BUF(c->arena);
    *ret_any = false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct part *p = &parts[i];
        int64_t n = 0;
        enum err e = p->verify(c, out, &n);
        if (e != E_OK && e != E_CONFLICT)
            return e;
        err_clear(c);
        *ret_any = *ret_any || e == E_CONFLICT;
        buf_fmt(&said, "%s", i > 0 ? "; " : "");
        if (p->counts)
            buf_fmt(&said, "%lld ", (long long)n);
        buf_fmt(&said, "%s %s", p->name, e == E_OK ? p->holds : p->fails);
    }
    buf_fmt(out, "%.*s\n", SARG(buf_str(&said)));
    return E_OK;
}

static enum err verify_rows(struct ctx *c, void *arg)
{
    struct findings *f = arg;
    return store_verify_rows(c, f->out, &f->any);
}

enum err store_verify(struct ctx *c, struct buf *out)
{
    struct findings f = { out, false };
    enum err check = store_check(c, out);
    if (check != E_OK && check != E_CONFLICT)
        return check;
    TRY(db_read_whole(c, verify_rows, &f));
    if (check == E_CONFLICT || f.any)
        return fail(c, CONFLICT, "something is wrong; the lines above say what");
    return E_OK;
}

static enum err verify(struct ctx *c, struct args *args, struct buf *out)
{
    (void)args;
    TRY(store_verify(c, out));
    buf_add(out, S("everything holds\n"));
    return E_OK;
}

static const struct command table[] = {
    { "migrate", "[--status]", "status", "bring the database to this program's schema",
        "Each step is one transaction; a step that was interrupted is done again. A server that runs on the database must be stopped first.",
        COMMAND_ALONE, 0, migrate },
    { "backup", "FILE", "", "a copy of everything as a SQLite file, while the server runs",
        "Written beside FILE, checked, then renamed. The same format from SQLite and from PostgreSQL.",
        COMMAND_READS, COMMAND_FILE, backup },
    { "restore", "FILE", "", "a backup into an empty database, of either engine",
        "This is also the way from SQLite to PostgreSQL and back: backup, then restore with --database.",
        COMMAND_ALONE, COMMAND_FILE, restore },
    { "verify", "", "", "check pages, foreign keys, ledger, invoices and audit chain", NULL,
        COMMAND_READS, 0, verify },
};
const struct commands store_commands = { table, ARRAY_LEN(table) };
