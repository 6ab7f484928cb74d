#include "base/clock.h"
#include "base/command.h"
#include "base/json.h"
#include "reconcile/reconcile.h"

enum {
    USUALLY_DAYS = 7
};

static void print_json(struct reconcile *k, struct buf *out)
{
    struct json j = JSON(out);
    struct str rest = buf_str(k->lines), one;
    json_open(&j, NULL, '{');
    json_i64(&j, "asked", k->asked);
    json_i64(&j, "agreed", k->agreed);
    json_i64(&j, "applied", k->healed);
    json_i64(&j, "reviews", k->reviews);
    json_i64(&j, "differ", k->differ);
    json_i64(&j, "notAnswered", k->unknown);
    json_bool(&j, "more", k->more);
    json_open(&j, "differences", '[');
    while (rest.n > 0) {
        str_cut(rest, '\n', &one, &rest);
        json_str(&j, NULL, one);
    }
    json_close(&j, ']');
    json_close(&j, '}');
    buf_char(out, '\n');
}

static enum err reconcile(struct ctx *c, struct args *args, struct buf *out)
{
    struct buf lines = BUF(c->arena);
    struct reconcile k = { .since_ms = c->now_ms - (int64_t)USUALLY_DAYS * 24 * 3600 * 1000,
        .lines = &lines };
    struct str since = { 0 };
    struct duration ago;
    if (args_flag(args, "since", &since)) {
        if (duration_parse(since, &ago) && ago.months == 0)
            k.since_ms = c->now_ms - ago.ms;
        else if (!time_parse_iso(since, &k.since_ms))
            return fail(c, INVALID_REQUEST, "--since is a day such as 2026-11-01, or 3d");
    }
    TRY(reconcile_run(c, &k));
    if (args->json) {
        print_json(&k, out);
        return E_OK;
    }
    buf_add(out, buf_str(&lines));
    buf_fmt(out,
        "%lld asked: %lld agree, %lld applied now, %lld in review, %lld differ, %lld without an "
        "answer\n",
        (long long)k.asked, (long long)k.agreed, (long long)k.healed, (long long)k.reviews,
        (long long)k.differ, (long long)k.unknown);
    if (k.more)
        buf_fmt(out, "there are more: run it again\n");
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "reconcile",
        .usage = "[--since T]",
        .flags = "since=",
        .about = "ask the gateways about every open and every recent payment",
        .more = "Lost webhooks are made up for; what contradicts goes to review.\n"
                "--since says how far back payments are compared: a day, or 3d (default 7d).\n",
        .where = COMMAND_WRITES,
        .run = reconcile,
    },
};
const struct commands reconcile_commands = { table, ARRAY_LEN(table) };
