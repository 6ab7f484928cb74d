#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "refund/refund.h"

/* `purser refund`: for whoever may open the machine. */

static enum err read_minor(struct ctx *c, const struct args *args, const char *name, int64_t *inout)
{
    struct str text;
    if (!args_flag(args, name, &text))
        return E_OK;
    if (!str_to_i64(text, inout) || *inout < 0 || *inout > MONEY_ORDER_MAX)
        return fail(c, INVALID_REQUEST, "--%s is minor units: 1250 is $12.50", name);
    return E_OK;
}

static enum err check_reason(struct ctx *c, const struct args *args, struct refunding *in)
{
    args_flag(args, "reason", &in->reason);
    in->by_hand = args_flag(args, "by-hand", &in->reference);
    in->reason = str_trim(in->reason);
    in->reference = str_trim(in->reference);
    if (in->reason.n == 0 || in->reason.n > REFUND_TEXT_MAX || !str_is_text(in->reason))
        return fail(c, INVALID_REQUEST, "--reason is needed, 1 to %d characters", REFUND_TEXT_MAX);
    if (in->by_hand && (in->reference.n == 0 || in->reference.n > REFUND_TEXT_MAX))
        return fail(c, INVALID_REQUEST, "--by-hand says how it went back: a transfer's number");
    return E_OK;
}

static enum err read_refund(struct ctx *c, void *arg)
{
    struct refunding *k = arg;
    TRY(refund_get(c, id_text(c->arena, S("ref"), k->r.id), &k->r));
    TRY(attempt_by_n(c, k->r.attempt_n, &k->a));
    return order_by_n(c, k->r.order_n, &k->o);
}

static enum err print(struct ctx *c, const struct args *args, struct refunding *k, struct buf *out)
{
    TRY(db_read(c, read_refund, k));
    const struct refund *r = &k->r;
    if (args->json) {
        struct json j = JSON(out);
        json_open(&j, NULL, '{');
        refund_json(&j, c->arena, r);
        json_str(&j, "orderNumber", order_number(c->arena, &k->o));
        json_close(&j, '}');
        buf_char(out, '\n');
    } else {
        buf_fmt(out, "%.*s: %.*s of %.*s %.*s%.*s%s%.*s\n", SARG(refund_id(c->arena, r)),
            SARG(money_text_code(c->arena, r->amount)), SARG(order_number(c->arena, &k->o)),
            SARG(refund_status_text(r->status)),
            SARG(r->approval ? S(", waits for a second person") : S("")), r->why.n > 0 ? ": " : "",
            SARG(r->why));
    }
    return r->status == REFUND_FAILED
        ? fail(c, GATEWAY_REJECTED, "the refund failed; its amount is free again")
        : E_OK;
}

static enum err refund(struct ctx *c, struct args *args, struct buf *out)
{
    struct refunding in = { .already_minor = -1 };
    TRY(args_word(c, args, 0, "ORDER", &in.order));
    if (str_starts(in.order, S("pay_")))
        in.payment = in.order;
    TRY(check_reason(c, args, &in));
    TRY(read_minor(c, args, "amount", &in.amount_minor));
    TRY(read_minor(c, args, "already", &in.already_minor));
    in.id = id_new(c);
    const struct id id = in.id;
    TRY(refund_run(c, &in));
    in.r.id = id;
    return print(c, args, &in, out);
}

static enum err approve(struct ctx *c, struct args *args, struct buf *out)
{
    struct refunding in = { .already_minor = -1 };
    struct id id;
    TRY(args_word(c, args, 0, "REFUND", &in.approves));
    if (!id_parse(S("ref"), in.approves, &id))
        return fail(c, INVALID_REQUEST, "\"%.*s\" is no refund's id: ref_…", SARG(in.approves));
    in.id = id_new(c);
    TRY(refund_run(c, &in));
    in.r.id = id;
    return print(c, args, &in, out);
}

static const struct command table[] = {
    {
        .name = "refund",
        .usage = "ORDER|PAYMENT [--amount MINOR] [--already MINOR] [--by-hand HOW] --reason R",
        .flags = "amount= already= by-hand= reason=",
        .about = "give money back, whole or in part",
        .more =
            "ORDER is its number or id; PAYMENT, pay_…, is one of several of an order, also one that\n"
            "came on top and waits for its review: that goes back whole.\n"
            "Without --amount all that is left goes back. --already is what you believe was\n"
            "given back before: if that is not so any more, nothing is done. --by-hand records\n"
            "what you gave back yourself where the gateway has no call for it.\n",
        .where = COMMAND_WRITES,
        .run = refund,
    },
    {
        .name = "refund approve",
        .usage = "REFUND",
        .flags = "",
        .about = "agree to a refund that somebody else asked for",
        .where = COMMAND_WRITES,
        .run = approve,
    },
};
const struct commands refund_commands = { table, ARRAY_LEN(table) };
