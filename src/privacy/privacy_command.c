#include "base/clock.h"
#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "privacy/privacy.h"

/* Who is meant: a word, or --mail for a guest. */
struct named {
    struct str whom;
    bool guest;
};

static enum err read_named(struct ctx *c, const struct args *args, struct named *ret)
{
    struct named k = { .whom = S("") };
    k.guest = args_flag(args, "mail", &k.whom);
    if (k.guest && args->word_count > 0)
        return fail(c, INVALID_REQUEST, "say either a customer's ID or a guest's --mail");
    if (!k.guest)
        TRY(args_word(c, args, 0, "ID", &k.whom));
    *ret = k;
    return E_OK;
}

static enum err find_person(struct ctx *c, const struct named *k, struct somebody *ret)
{
    return k->guest ? person_guest(c, k->whom, ret) : person_find(c, k->whom, ret);
}

/* ---- export */

struct exporting {
    struct named named;
    struct str reason;
    struct somebody who;
    struct buf *out;
};

static enum err export_read(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    TRY(find_person(c, &x->named, &x->who));
    return privacy_export(c, &x->who, x->out);
}

static enum err export_tx(struct ctx *c, void *arg)
{
    const struct exporting *x = arg;
    return privacy_exported(c, &x->who, x->reason);
}

static enum err export(struct ctx *c, struct args *args, struct buf *out) {
    struct buf document = BUF(c->arena); struct exporting x = { .out = &document };
        TRY(read_named(c, args, &x.named)); TRY(db_read_whole(c, export_read, &x));
        TRY(db_tx(c, "customer export", export_tx, &x)); buf_add(out, buf_str(&document));
        return E_OK;
}

/* ---- erase */

struct erasing {
    struct named named;
    struct erasure_ask ask;
    struct erasure e;
    bool found;
    int64_t guest_orders; /* under the customer's mail */
    struct buf *out;      /* NULL: for programs */
    int64_t step, before;
};

static enum err look(struct ctx *c, void *arg)
{
    struct erasing *k = arg;
    struct somebody guest;
    TRY(erasure_find(c, k->named.whom, &k->found, &k->e));
    k->found = k->found && k->named.guest == (k->e.who.n == 0);
    if (k->found)
        return E_OK;
    TRY(find_person(c, &k->named, &k->ask.who));
    if (k->named.guest || k->ask.who.email.n == 0)
        return E_OK;
    enum err e = person_guest(c, k->ask.who.email, &guest);
    k->guest_orders = e == E_OK;
    if (e == E_NOT_FOUND)
        err_clear(c);
    return e == E_NOT_FOUND ? E_OK : e;
}

static enum err begin_tx(struct ctx *c, void *arg)
{
    struct erasing *k = arg;
    struct erasure e;
    TRY(erasure_begin(c, &k->ask, &e));
    k->e = e;
    return E_OK;
}

/* A line for each table that is done. */
static enum err tell(struct ctx *c, const struct erasure *e, void *arg)
{
    struct erasing *k = arg;
    struct erasure done = *e;
    if (k->out == NULL || e->step == k->step)
        return c->dead ? E_DEAD : E_OK;
    done.step = k->step;
    buf_fmt(k->out, "%2lld of %zu  %-20.*s %lld\n", (long long)k->step + 1, erasure_steps(),
        SARG(erasure_step_name(&done)), (long long)(e->changed - k->before));
    k->step = e->step;
    k->before = e->changed;
    return E_OK;
}

static void say_json(const struct erasing *k, struct buf *out)
{
    struct json j = JSON(out);
    json_open(&j, NULL, '{');
    json_i64(&j, "erasure", k->e.n);
    json_i64(&j, "rows", k->e.changed);
    json_time(&j, "askedAt", k->e.asked_ms);
    json_time(&j, "doneAt", k->e.done_ms);
    json_str_or_null(&j, "tracesIn", k->e.traces);
    json_bool(&j, "guestOrdersLeft", k->guest_orders > 0);
    json_close(&j, '}');
    buf_char(out, '\n');
}

static void say(struct ctx *c, const struct erasing *k, struct buf *out)
{
    buf_fmt(out, "erased, %lld rows; done %.*s\n", (long long)k->e.changed,
        SARG(time_words(c->arena, k->e.done_ms)));
    buf_add(out,
        S("Kept under no name, because tax law wants it: orders, payments, the ledger.\n"
          "Kept as they were issued, with the name they are made out to: invoices.\n"));
    if (k->e.traces.n > 0)
        buf_fmt(out, "Shreds may still lie in %.*s.\n", SARG(k->e.traces));
    if (k->guest_orders > 0)
        buf_fmt(out,
            "A guest has bought under the same mail, which nobody has proved to be the same "
            "person: purser customer erase --mail %.*s\n",
            SARG(k->ask.who.email));
    if (str_has(k->ask.who.external_id, S("@")))
        buf_add(out,
            S("The application's id for this customer is a mail: that id stays in sealed records.\n"));
    buf_add(
        out, S("Not here: backups made before, the gateways' own records, the application's.\n"));
}

static enum err erase(struct ctx *c, struct args *args, struct buf *out)
{
    struct erasing k = { .out = args->json ? NULL : out };
    TRY(read_named(c, args, &k.named));
    k.ask.force = args_flag(args, "force", NULL);
    k.ask.reason = S("");
    args_flag(args, "reason", &k.ask.reason);
    TRY(db_read(c, look, &k));
    if (!k.found)
        TRY(db_tx(c, "customer erase", begin_tx, &k));
    k.step = k.e.step;
    k.before = k.e.changed;
    if (k.found && k.e.done_ms == 0 && !args->json)
        buf_fmt(out, "begun %.*s, going on at step %lld of %zu\n",
            SARG(time_words(c->arena, k.e.asked_ms)), (long long)k.e.step + 1, erasure_steps());
    TRY(erasure_run(c, &k.e, tell, &k));
    if (args->json)
        say_json(&k, out);
    else
        say(c, &k, out);
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "customer export",
        .usage = "ID | --mail MAIL [--reason R]",
        .flags = "mail= reason=",
        .about = "everything that is kept about a person, as one JSON document",
        .more =
            "ID is the application's id, cus_… or the customer's mail. --mail is a guest: what was\n"
            "bought under a mail without an account. It is on record that it was written down.\n",
        .where = COMMAND_WRITES,
        .run = export,
    },
    {
        .name = "customer erase",
        .usage = "ID | --mail MAIL [--force] [--reason R]",
        .flags = "mail= force reason=",
        .about = "forget a person; what tax law wants kept stays under no name",
        .more =
            "Refused while an order may still be paid, is in review or disputed, while a webhook about\n"
            "one waits, and while credits that were bought are left or owed (--force gives them up).\n"
            "It goes on where it was when it is interrupted: by itself while a server runs, or with\n"
            "the same command.\n",
        .where = COMMAND_WRITES,
        .run = erase,
    },
};
const struct commands privacy_commands = { table, ARRAY_LEN(table) };
