#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "risk/fit.h"

/* purser risk fit: proposes weights, and says what they would have changed. */

enum {
    OLD_DAYS = 30 /* a bank may still argue about what is younger */
};
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct fitting {
    int64_t until_ms;
    struct catalog_risk now;
    enum currency currency;
    struct fit_report report;
};

static enum err fit_body(struct ctx *c, void *arg)
{
    struct fitting *k = arg;
    const struct catalog *catalog = NULL;
    struct fit_history history;
    TRY(catalog_now(c, &catalog));
    k->now = catalog->risk;
    k->currency = catalog->currency;
    TRY(fit_read(c, k->until_ms, &history));
    return fit_judge(c, &k->now, &history, &k->report);
}

static void fragment_json(struct json *j, const char *name, const struct fit_report *r)
{
    json_open(j, name, '{');
    json_open(j, "weights", '{');
    for (size_t i = 0; i < RISK_FEATURES; i++)
        json_i64(j, str_c(j->b->arena, risk_feature_text((enum risk_feature)i)), r->weight[i]);
    json_close(j, '}');
    json_i64(j, "review", r->review);
    json_i64(j, "refuse", r->refuse);
    json_close(j, '}');
}

/* ---- for programs */

static void steps_json(struct json *j, const char *name, const struct fitting *k,
    const struct fit_step step[FIT_STEPS])
{
    json_open(j, name, '[');
    for (size_t i = 0; i < FIT_STEPS; i++) {
        json_open(j, NULL, '{');
        json_i64(j, "threshold", step[i].threshold);
        json_i64(j, "orders", step[i].frauds + step[i].goods);
        json_i64(j, "frauds", step[i].frauds);
        json_i64(j, "good", step[i].goods);
        json_money(j, "fraudAmount", (struct money) { step[i].minor, k->currency });
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void say_json(const struct fitting *k, struct buf *out)
{
    const struct fit_report *r = &k->report;
    struct json j = JSON(out);
    json_open(&j, NULL, '{');
    json_i64(&j, "frauds", r->frauds);
    json_i64(&j, "good", r->goods);
    json_open(&j, "heldOut", '{');
    json_i64(&j, "frauds", r->held_frauds);
    json_i64(&j, "good", r->held_goods);
    json_i64(&j, "aucNowPerMille", r->auc_now);
    json_i64(&j, "aucFittedPerMille", r->auc_then);
    steps_json(&j, "now", k, r->now);
    steps_json(&j, "fitted", k, r->then);
    json_close(&j, '}');
    fragment_json(&j, "risk", r);
    json_close(&j, '}');
    buf_char(out, '\n');
}

/* ---- for people */

static void say_weights(const struct fitting *k, struct buf *out)
{
    const struct fit_report *r = &k->report;
    buf_fmt(out, "\n%-16s %8s %8s\n", "weight", "now", "fitted");
    for (size_t i = 0; i < RISK_FEATURES; i++)
        buf_fmt(out, "%-16.*s %8lld %8lld%s\n", SARG(risk_feature_text((enum risk_feature)i)),
            (long long)k->now.weight[i], (long long)r->weight[i],
            i == RISK_BASE || r->varied[i] ? "" : "  never varied: left as it is");
}

static void say_steps(const struct fitting *k, struct buf *out)
{
    const struct fit_report *r = &k->report;
    buf_fmt(out, "\n%9s   %-26s   %s\n%9s   %8s %8s %8s   %8s %8s %8s\n", "",
        "with the weights now", "with those fitted", "score", "orders", "frauds", "good", "orders",
        "frauds", "good");
    for (size_t i = 0; i < FIT_STEPS; i++) {
        const struct fit_step *now = &r->now[i], *then = &r->then[i];
        buf_fmt(out, "%6lld up   %8lld %8lld %8lld   %8lld %8lld %8lld\n",
            (long long)now->threshold, (long long)now->frauds + (long long)now->goods,
            (long long)now->frauds, (long long)now->goods,
            (long long)then->frauds + (long long)then->goods, (long long)then->frauds,
            (long long)then->goods);
    }
}

static void say_threshold(
    struct arena *a, const struct fitting *k, const char *what, int64_t threshold, struct buf *out)
{
    const struct fit_report *r = &k->report;
    if (threshold == 0) {
        buf_fmt(out, "No order would have been %s: no threshold hits frauds and spares the good.\n",
            what);
        return;
    }
    for (size_t i = 0; i < FIT_STEPS; i++)
        if (r->then[i].threshold == threshold)
            buf_fmt(out,
                "From %lld on %lld orders would have been %s: %lld of %lld frauds (%.*s of %.*s) "
                "and %lld of %lld good ones.\n",
                (long long)threshold, (long long)r->then[i].frauds + (long long)r->then[i].goods,
                what, (long long)r->then[i].frauds, (long long)r->held_frauds,
                SARG(money_text_code(a, (struct money) { r->then[i].minor, k->currency })),
                SARG(money_text_code(a, (struct money) { r->held_minor, k->currency })),
                (long long)r->then[i].goods, (long long)r->held_goods);
}

static void say(struct arena *a, const struct fitting *k, struct buf *out)
{
    const struct fit_report *r = &k->report;
    struct json j = JSON(out);
    buf_fmt(out,
        "Learned from the older of %lld frauds and %lld good orders, judged on the newest: %lld and "
        "%lld.\nOf a fraud and a good order the weights now give the fraud more points %lld times in "
        "a thousand, those fitted %lld times.\n",
        (long long)r->frauds, (long long)r->goods, (long long)r->held_frauds,
        (long long)r->held_goods, (long long)r->auc_now, (long long)r->auc_then);
    say_weights(k, out);
    say_steps(k, out);
    buf_char(out, '\n');
    say_threshold(a, k, "refused or looked at", r->review, out);
    say_threshold(a, k, "refused", r->refuse, out);
    buf_fmt(out, "\nNothing was changed. For the catalogue:\n\n\"risk\": ");
    fragment_json(&j, NULL, r);
    buf_char(out, '\n');
}

static enum err fit(struct ctx *c, struct args *args, struct buf *out)
{
    struct fitting *k = arena_new(c->arena, struct fitting);
    struct str text = S("");
    int64_t days = OLD_DAYS;
    if (args_flag(args, "days", &text) && (!str_to_i64(text, &days) || days < 0 || days > 3650))
        return fail(c, INVALID_REQUEST, "--days is a whole number from 0 to 3650");
    k->until_ms = c->now_ms - days * DAY_MS + 1;
    TRY(db_read_whole(c, fit_body, k));
    if (args->json)
        say_json(k, out);
    else
        say(c->arena, k, out);
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "risk fit",
        .usage = "[--days N]",
        .flags = "days=",
        .about = "propose weights of the risk from this instance's own history",
        .more =
            "Reads which orders turned out to be frauds (disputes, refunds whose reason says fraud,\n"
            "reviews of held payments that were given back) and which were good, learns weights from\n"
            "the older 70 %, and says what they would have done with the newer 30 %. Orders younger\n"
            "than N days (30) are left out: a bank may still argue. Changes nothing.\n",
        .where = COMMAND_READS,
        .run = fit,
    },
};
const struct commands risk_commands = { table, ARRAY_LEN(table) };
