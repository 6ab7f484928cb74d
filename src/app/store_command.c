#include "app/app.h"
#include "credit/credit.h"
#include "dispute/dispute.h"
#include "fact/fact.h"
#include "invoice/invoice.h"
#include "ledger/ledger.h"
#include "payment/back.h"
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

struct findings {
    struct buf *out;
    int64_t found;
};

static enum err verify_rows(struct ctx *c, void *arg)
{
    struct findings *f = arg;
    int64_t checked = 0, entries = 0, invoices = 0;
    enum err ledger = ledger_verify(c, f->out, &entries);
    if (ledger != E_OK && ledger != E_CONFLICT)
        return ledger;
    enum err chain = fact_verify(c, f->out, &checked);
    if (chain != E_OK && chain != E_CONFLICT)
        return chain;
    enum err credits = credit_verify(c, f->out);
    if (credits != E_OK && credits != E_CONFLICT)
        return credits;
    enum err refunds = back_verify(c, f->out);
    if (refunds != E_OK && refunds != E_CONFLICT)
        return refunds;
    enum err bills = invoice_verify(c, f->out, &invoices);
    if (bills != E_OK && bills != E_CONFLICT)
        return bills;
    enum err disputes = dispute_verify(c, f->out);
    if (disputes != E_OK && disputes != E_CONFLICT)
        return disputes;
    enum err plans = subscription_verify(c, f->out);
    if (plans != E_OK && plans != E_CONFLICT)
        return plans;
    f->found += (plans == E_CONFLICT) + (ledger == E_CONFLICT) + (chain == E_CONFLICT) +
        (credits == E_CONFLICT) + (refunds == E_CONFLICT) + (bills == E_CONFLICT) +
        (disputes == E_CONFLICT);
    buf_fmt(f->out,
        "ledger %s; credits %s; subscriptions %s; refunds %s; disputes %s; %lld invoices %s; %lld facts, chain %s\n",
        ledger == E_OK ? "adds up" : "DOES NOT ADD UP",
        credits == E_OK ? "add up" : "DO NOT ADD UP", plans == E_OK ? "add up" : "DO NOT ADD UP",
        refunds == E_OK ? "add up" : "DO NOT ADD UP", disputes == E_OK ? "add up" : "DO NOT ADD UP",
        (long long)invoices, bills == E_OK ? "add up" : "DO NOT ADD UP", (long long)checked,
        chain == E_OK ? "whole" : "BROKEN");
    return E_OK;
}

enum err store_verify(struct ctx *c, struct buf *out)
{
    struct findings f = { out, 0 };
    enum err check = store_check(c, out);
    if (check != E_OK && check != E_CONFLICT)
        return check;
    TRY(db_read_whole(c, verify_rows, &f));
    if (check == E_CONFLICT || f.found > 0)
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
