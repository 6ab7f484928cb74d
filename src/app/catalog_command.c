#include "app/app.h"
#include "catalog/catalog.h"
#include "db/db.h"
#include "subscription/subscription.h"

/* catalog check | diff | apply FILE.  Here, because who is touched by a change of a plan is known
 * to features that the catalogue does not know. */

static enum err read_file(struct ctx *c, const struct args *args, struct str *ret)
{
    struct str path;
    TRY(args_word(c, args, 0, "FILE", &path));
    return catalog_read_file(c, path, ret);
}

static enum err check(struct ctx *c, struct args *args, struct buf *out)
{
    const struct zone *zone = NULL;
    struct str text;
    struct catalog k;
    TRY(read_file(c, args, &text));
    TRY(catalog_parse(c, c->arena, text, &k));
    TRY(catalog_check_zone(c, &k, &zone));
    buf_add(out, k.text);
    buf_char(out, '\n');
    return E_OK;
}

struct now {
    const struct catalog *catalog;
    struct catalog_live *live;
};

static enum err now_tx(struct ctx *c, void *arg)
{
    struct now *now = arg;
    const struct catalog *k = NULL;
    TRY(catalog_now(c, &k));
    now->live = arena_array(c->arena, struct catalog_live, k->product_count);
    for (size_t i = 0; i < k->product_count; i++) {
        now->live[i].product = k->products[i].id;
        if (k->products[i].is_plan)
            TRY(subscription_count(c, k->products[i].id, &now->live[i].n));
    }
    now->catalog = k;
    return E_OK;
}

static enum err diff(struct ctx *c, struct args *args, struct buf *out)
{
    struct str text;
    struct catalog then, nothing;
    struct now now = { .catalog = NULL };
    int64_t lines = 0;
    TRY(read_file(c, args, &text));
    TRY(catalog_parse(c, c->arena, text, &then));
    enum err e = db_read(c, now_tx, &now);
    if (e == E_NOT_FOUND) {
        TRY(catalog_parse(c, c->arena, S("{}"), &nothing));
        now.catalog = &nothing;
    } else {
        TRY(e);
    }
    catalog_diff(c->arena, now.catalog, now.live, &then, out, &lines);
    if (lines == 0)
        buf_add(out, S("nothing would change\n"));
    return E_OK;
}

struct apply {
    struct str text;
    bool changed;
};

static enum err apply_tx(struct ctx *c, void *arg)
{
    struct apply *a = arg;
    return catalog_apply(c, a->text, &a->changed);
}

static enum err apply(struct ctx *c, struct args *args, struct buf *out)
{
    struct apply a = { .changed = false };
    TRY(read_file(c, args, &a.text));
    TRY(diff(c, args, out));
    TRY(db_tx(c, "catalog apply", apply_tx, &a));
    buf_add(out, a.changed ? S("applied\n") : S("it is in force already\n"));
    return E_OK;
}

static const struct command table[] = {
    { "catalog check", "FILE", "", "read a catalogue, and print it with every default", NULL,
        COMMAND_BARE, COMMAND_FILE, check },
    { "catalog diff", "FILE", "", "what applying a catalogue would change", NULL, COMMAND_READS,
        COMMAND_FILE, diff },
    { "catalog apply", "FILE", "", "make a catalogue the one in force",
        "Orders that exist keep their prices; subscriptions keep their terms.", COMMAND_WRITES,
        COMMAND_FILE, apply },
};
const struct commands catalog_commands = { table, ARRAY_LEN(table) };
