#include "base/clock.h"
#include "base/command.h"
#include "base/crypto.h"
#include "base/json.h"
#include "console/chain.h"
#include "console/console.h"
#include "db/db.h"

static struct str short_time(struct arena *a, int64_t ms)
{
    struct str iso = time_iso(a, ms), day, rest;
    str_cut(iso, 'T', &day, &rest);
    return str_fmt(a, "%.*s %.*s", SARG(day), SARG(str_part(rest, 0, 8)));
}

/* ---- orders list */

struct orders {
    struct order_filter filter;
    struct buf *out;
    struct json *j; /* NULL: for people */
};

static enum err print_order(struct ctx *c, const struct order *o, void *arg)
{
    struct orders *k = arg;
    struct money total = { o->total_minor, o->currency };
    if (k->j != NULL) {
        json_open(k->j, NULL, '{');
        json_str(k->j, "orderId", order_id(c->arena, o));
        json_str(k->j, "orderNumber", order_number(c->arena, o));
        json_str(k->j, "status", order_status_text(o->status));
        json_money(k->j, "total", total);
        json_str_or_null(k->j, "email", o->email);
        json_time(k->j, "createdAt", o->created_ms);
        json_close(k->j, '}');
        return E_OK;
    }
    buf_fmt(k->out, "%.*s  %.*s  %-18.*s %14.*s  %.*s\n", SARG(order_number(c->arena, o)),
        SARG(short_time(c->arena, o->created_ms)), SARG(order_status_text(o->status)),
        SARG(money_text_code(c->arena, total)), SARG(o->email));
    return E_OK;
}

static enum err list_orders(struct ctx *c, void *arg)
{
    struct orders *k = arg;
    return order_list(c, &k->filter, print_order, k);
}

static enum err read_limit(struct ctx *c, const struct args *args, int64_t *ret)
{
    struct str limit;
    *ret = 20;
    if (args_flag(args, "limit", &limit) && (!str_to_i64(limit, ret) || *ret < 1 || *ret > 100))
        return fail(c, INVALID_REQUEST, "--limit is 1 to 100");
    return E_OK;
}

static enum err orders_list(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    struct orders k = { .filter = { .status = -1 }, .out = out, .j = args->json ? &j : NULL };
    struct str status, email;
    enum order_status s;
    TRY(read_limit(c, args, &k.filter.limit));
    if (args_flag(args, "status", &status)) {
        if (!order_status_parse(status, &s))
            return fail(c, INVALID_REQUEST, "there is no order status \"%.*s\"", SARG(status));
        k.filter.status = (int)s;
    }
    if (args_flag(args, "email", &email))
        k.filter.email = str_lower(c->arena, email);
    if (args->json)
        json_open(&j, NULL, '[');
    TRY(db_read(c, list_orders, &k));
    if (args->json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    } else if (out->n == 0) {
        buf_fmt(out, "no orders\n");
    }
    return E_OK;
}

/* ---- explain, orders show */

struct explaining {
    struct str id;
    struct buf *out;
    bool json;
};

static void chain_json(struct buf *out, const struct chain *k)
{
    struct json j = JSON(out);
    json_open(&j, NULL, '{');
    json_str(&j, "about", k->about);
    json_str(&j, "state", k->state);
    json_open(&j, "steps", '[');
    for (size_t i = 0; i < k->n; i++) {
        json_open(&j, NULL, '{');
        json_time(&j, "at", k->step[i].at_ms);
        json_str(&j, "kind", chain_kind_text(k->step[i].kind));
        json_str(&j, "title", k->step[i].title);
        json_str_or_null(&j, "more", k->step[i].more);
        json_str_or_null(&j, "books", k->step[i].books);
        json_str_or_null(&j, "id", k->step[i].id);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    buf_char(out, '\n');
}

static enum err explain_tx(struct ctx *c, void *arg)
{
    struct explaining *k = arg;
    struct chain chain;
    TRY(chain_of(c, k->id, &chain));
    if (k->json)
        chain_json(k->out, &chain);
    else
        chain_text(k->out, &chain);
    return E_OK;
}

static enum err explain(struct ctx *c, struct args *args, struct buf *out)
{
    struct explaining k = { .out = out, .json = args->json };
    TRY(args_word(c, args, 0, "ID", &k.id));
    return db_read(c, explain_tx, &k);
}

/* ---- webhooks list, show */

static enum err read_time(struct ctx *c, const struct args *args, const char *name, int64_t *ret)
{
    struct str text;
    struct duration ago;
    *ret = 0;
    if (!args_flag(args, name, &text))
        return E_OK;
    if (duration_parse(text, &ago) && ago.months == 0)
        *ret = c->now_ms - ago.ms;
    else if (!time_parse_iso(text, ret))
        return fail(c, INVALID_REQUEST,
            "--%s is a time such as 2026-11-20T02:00:00Z, or 3d for three days ago", name);
    return E_OK;
}

static enum err read_filter(struct ctx *c, const struct args *args, struct event_filter *ret)
{
    struct str text;
    enum event_status status;
    *ret = (struct event_filter) { .status = -1, .limit = 20 };
    TRY(read_time(c, args, "from", &ret->from_ms));
    TRY(read_time(c, args, "to", &ret->to_ms));
    if (args_flag(args, "status", &text)) {
        if (!event_status_parse(text, &status))
            return fail(
                c, INVALID_REQUEST, "--status is received, applied, ignored, retrying or parked");
        ret->status = (int)status;
    }
    if (args_flag(args, "gateway", &text)) {
        ret->gateway = gateway_by_name(text);
        if (ret->gateway == GATEWAY_NONE)
            return fail(c, INVALID_REQUEST, "there is no gateway \"%.*s\"", SARG(text));
    }
    return E_OK;
}

static enum err print_event(struct ctx *c, const struct event *e, void *arg)
{
    struct buf *out = arg;
    buf_fmt(out, "%.*s  %.*s  %-9.*s %-24.*s %.*s\n", SARG(event_id(c->arena, e)),
        SARG(short_time(c->arena, e->received_ms)), SARG(event_status_text(e->status)),
        SARG(e->name), SARG(e->outcome));
    return E_OK;
}

struct events {
    struct event_filter filter;
    struct buf *out;
    struct id id;
};

static enum err list_events(struct ctx *c, void *arg)
{
    struct events *k = arg;
    return event_list(c, &k->filter, print_event, k->out);
}

static enum err webhooks_list(struct ctx *c, struct args *args, struct buf *out)
{
    struct events k = { .out = out };
    TRY(read_filter(c, args, &k.filter));
    TRY(read_limit(c, args, &k.filter.limit));
    TRY(db_read(c, list_events, &k));
    if (out->n == 0)
        buf_fmt(out, "no webhooks\n");
    return E_OK;
}

static enum err event_id_word(struct ctx *c, const struct args *args, struct id *ret)
{
    struct str text;
    TRY(args_word(c, args, 0, "ID", &text));
    if (!id_parse(S("evt"), text, ret))
        return fail(c, INVALID_REQUEST, "\"%.*s\" is no webhook's id: evt_…", SARG(text));
    return E_OK;
}

static enum err show_event(struct ctx *c, void *arg)
{
    struct events *k = arg;
    struct event e;
    TRY(event_get(c, k->id, &e));
    TRY(print_event(c, &e, k->out));
    buf_fmt(k->out, "%lld %s, %lld %s, sha256 %.*s\n\n%.*s\n\n", (long long)e.deliveries,
        e.deliveries == 1 ? "delivery" : "deliveries", (long long)e.tries,
        e.tries == 1 ? "try" : "tries", SARG(hex_text(c->arena, e.body_hash)), SARG(e.headers));
    if (e.body.n == 0)
        buf_fmt(k->out, "the body was deleted after its time; its hash remains\n");
    else
        buf_fmt(k->out, "%.*s\n", SARG(str_clean(c->arena, e.body, e.body.n)));
    return E_OK;
}

static enum err webhooks_show(struct ctx *c, struct args *args, struct buf *out)
{
    struct events k = { .out = out };
    TRY(event_id_word(c, args, &k.id));
    return db_read(c, show_event, &k);
}

/* ---- webhooks replay */

static enum err replay_range(struct ctx *c, struct args *args, bool dry, struct buf *out)
{
    struct console_range range = { .dry = dry, .lines = out };
    TRY(read_filter(c, args, &range.filter));
    if (range.filter.from_ms == 0 && range.filter.to_ms == 0 && range.filter.status < 0)
        return fail(c, INVALID_REQUEST, "say which: an ID, or --from, --to, --status");
    TRY(console_replay_range(c, &range));
    buf_fmt(out, "%lld %s: %lld %s, %lld %s nothing, %lld could not be applied\n",
        (long long)range.all, range.all == 1 ? "webhook" : "webhooks", (long long)range.changed,
        dry ? "would change something" : "changed something", (long long)range.same,
        dry ? "would change" : "changed", (long long)range.failed);
    return E_OK;
}

static enum err webhooks_replay(struct ctx *c, struct args *args, struct buf *out)
{
    struct str none, words = S("");
    struct id id;
    bool dry = args_flag(args, "dry-run", &none), changes = false;
    if (args->word_count == 0)
        return replay_range(c, args, dry, out);
    TRY(event_id_word(c, args, &id));
    TRY(console_replay(c, id, dry, &words, &changes));
    buf_fmt(out, "%s%.*s\n", dry ? (changes ? "would be " : "nothing would change: ") : "",
        SARG(words));
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "orders list",
        .usage = "[--status S] [--email MAIL] [--limit N]",
        .flags = "status= email= limit=",
        .about = "orders, newest first",
        .where = COMMAND_READS,
        .run = orders_list,
    },
    {
        .name = "orders show",
        .usage = "NUMBER",
        .flags = "",
        .about = "one order's whole story",
        .where = COMMAND_READS,
        .run = explain,
    },
    {
        .name = "explain",
        .usage = "ID",
        .flags = "",
        .about = "what happened, and what stands behind it",
        .more =
            "ID is an order's number, or the id of an order, attempt, payment, dispute, webhook,\n"
            "job, customer or fact.\n",
        .where = COMMAND_READS,
        .run = explain,
    },
    {
        .name = "webhooks list",
        .usage = "[--from T] [--to T] [--status S] [--gateway G] [--limit N]",
        .flags = "from= to= status= gateway= limit=",
        .about = "webhooks, newest first",
        .where = COMMAND_READS,
        .run = webhooks_list,
    },
    {
        .name = "webhooks show",
        .usage = "ID",
        .flags = "",
        .about = "one webhook as it came",
        .where = COMMAND_READS,
        .run = webhooks_show,
    },
    {
        .name = "webhooks replay",
        .usage = "ID | [--from T] [--to T] [--status S] [--gateway G] [--dry-run]",
        .flags = "from= to= status= gateway= dry-run",
        .about = "apply webhooks once more, or say what would differ",
        .where = COMMAND_WRITES,
        .run = webhooks_replay,
    },
};
const struct commands console_commands = { table, ARRAY_LEN(table) };
