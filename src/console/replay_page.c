#include "console/console_page.h"

#include "base/clock.h"
#include "web/part.h"

/* /admin/webhooks/replay: a range of webhooks once more.  First what would follow, then the deed.
 */

struct ranging {
    struct req *r;
    struct console_range range;
    struct str from, to, status, gateway;
    struct str wrong;
    bool done; /* it was done, or only looked at */
};

static const struct part_option statuses[] = { { S_INIT("parked"), S_INIT("Failed") },
    { S_INIT("retrying"), S_INIT("Will retry") }, { S_INIT("received"), S_INIT("Received") },
    { S_INIT("applied"), S_INIT("Applied") }, { S_INIT("ignored"), S_INIT("Nothing to do") },
    { S_INIT(""), S_INIT("Any result") } };

static void hidden(struct buf *b, const char *name, struct str value)
{
    html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">");
}

static void hidden_filter(struct buf *b, const struct ranging *k)
{
    hidden(b, "from", k->from);
    hidden(b, "to", k->to);
    hidden(b, "status", k->status);
    hidden(b, "gateway", k->gateway);
}

/* How far it is: the next step goes on from there. */
static const char *const counters[] = { "after", "all", "changed", "same", "failed" };

static void counters_of(struct console_range *range, int64_t *ret[ARRAY_LEN(counters)])
{
    int64_t *const at[] = { &range->after_n, &range->all, &range->changed, &range->same,
        &range->failed };
    for (size_t i = 0; i < ARRAY_LEN(at); i++)
        ret[i] = at[i];
}

static void write_form(struct req *r, struct buf *b, const struct ranging *k)
{
    struct part_option gateways[GATEWAY_COUNT] = { { S(""), S("All gateways") } };
    for (size_t i = 1; i < GATEWAY_COUNT; i++)
        gateways[i] = (struct part_option) { gateway_name((enum gateway_id)i),
            console_gateway_title((enum gateway_id)i) };
    part_form_open(
        b, &(struct part_form) { .action = S("/admin/webhooks/replay"), .csrf = r->csrf });
    part_field(b,
        &(struct part_field) { .name = S("from"),
            .label = S("From"),
            .type = S("date"),
            .hint = S("The day begins at 00:00 UTC."),
            .value = k->from,
            .error = k->wrong,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("to"),
            .label = S("Until the end of"),
            .type = S("date"),
            .value = k->to,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("status"),
            .label = S("Result so far"),
            .type = S("select"),
            .value = k->status,
            .options = statuses,
            .option_count = ARRAY_LEN(statuses),
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("gateway"),
            .label = S("Gateway"),
            .type = S("select"),
            .value = k->gateway,
            .options = gateways,
            .option_count = GATEWAY_COUNT,
            .optional = true });
    html(b, "<p>");
    part_button(b,
        &(struct part_button) { .words = S("See what would change"),
            .busy = S("Trying each…"),
            .name = S("do"),
            .value = S("dry") });
    html(b, "</p>");
    part_form_close(b);
}

static void write_lines(struct buf *b, const struct ranging *k)
{
    if (k->range.lines == NULL || k->range.lines->n == 0)
        return;
    part_box(b,
        &(struct part_box) { .id = S("lines"),
            .label = S("Those that change something, or fail"),
            .text = buf_str(k->range.lines) });
}

static void count(struct buf *b, const char *label, int64_t n)
{
    html(b, "<div class=\"card tile\"><span class=\"small muted\">", label,
        "</span><span class=\"money big\">", number_text(b->arena, n), "</span></div>");
}

/* One step is done, and there are others: how far it is, and the button that goes on. */
static void write_step(struct req *r, struct buf *b, struct ranging *k)
{
    struct console_range *range = &k->range;
    int64_t *counter[ARRAY_LEN(counters)];
    const char *least = range->left < CONSOLE_RANGE ? "" : "at least ";
    html(b, "<p>", number_text(b->arena, range->all), " of ", least,
        number_text(b->arena, range->all + range->left),
        k->done ? S(" are replayed.") : S(" are tried."),
        " Nothing is lost when you leave: what is done stays done.</p>\n");
    part_form_open(
        b, &(struct part_form) { .action = S("/admin/webhooks/replay"), .csrf = r->csrf });
    hidden_filter(b, k);
    counters_of(range, counter);
    for (size_t i = 0; i < ARRAY_LEN(counters); i++)
        hidden(b, counters[i], str_fmt(b->arena, "%lld", (long long)*counter[i]));
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .words = str_fmt(b->arena, "Go on with the other %.*s",
                                    SARG(number_text(b->arena, range->left))),
            .busy = k->done ? S("Replaying…") : S("Trying each…"),
            .name = S("do"),
            .value = k->done ? S("replay") : S("dry") });
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_PLAIN, .words = S("Stop here"), .href = S("/admin/webhooks") });
    html(b, "</p>");
    part_form_close(b);
}

static void write_deed(struct req *r, struct buf *b, const struct ranging *k)
{
    part_form_open(
        b, &(struct part_form) { .action = S("/admin/webhooks/replay"), .csrf = r->csrf });
    hidden_filter(b, k);
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) {
            .words = str_fmt(b->arena, "Replay %.*s %s", SARG(number_text(b->arena, k->range.all)),
                k->range.all == 1 ? "webhook" : "webhooks"),
            .busy = S("Replaying…"),
            .name = S("do"),
            .value = S("replay") });
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_PLAIN, .words = S("Leave them"), .href = S("/admin/webhooks") });
    html(b, "</p>");
    part_form_close(b);
}

static void write_result(struct req *r, struct buf *b, struct ranging *k)
{
    const struct console_range *range = &k->range;
    html(b, "<section class=\"stack\" aria-labelledby=\"result\"><h2 id=\"result\">",
        k->done ? S("What changed") : S("What would change"), "</h2><div class=\"tiles\">");
    count(b, "Webhooks", range->all);
    count(b, k->done ? "Changed something" : "Would change something", range->changed);
    count(b, k->done ? "Changed nothing" : "Would change nothing", range->same);
    count(b, "Cannot be applied", range->failed);
    html(b, "</div>");
    write_lines(b, k);
    if (range->left > 0)
        write_step(r, b, k);
    else if (!k->done && range->all > 0)
        write_deed(r, b, k);
    html(b, "</section>\n");
}

static enum err write_page(struct ctx *c, void *arg)
{
    struct ranging *k = arg;
    struct req *r = k->r;
    struct buf *b = NULL;
    (void)c;
    const struct part_field field = { .name = S("from"), .error = k->wrong };
    TRY(console_open(r,
        &(struct console_head) {
            .title = S("Replay webhooks"), .here = S("/admin/webhooks"), .errors = k->wrong.n > 0 },
        &b));
    console_crumb(b, S("/admin/webhooks"), S("Webhooks"));
    part_summary(b, &field, 1);
    html(b,
        "<h1>Replay webhooks</h1>\n<p class=\"lead\">Each goes through today’s code once more, oldest first. What was applied before changes nothing.</p>\n");
    if (k->range.lines != NULL)
        write_result(r, b, k);
    else
        write_form(r, b, k);
    console_close(r);
    return E_OK;
}

static enum err form(struct req *r)
{
    struct ranging k = { .r = r, .status = S("parked") };
    return write_page(r->c, &k);
}

static enum err read_day(struct ranging *k, struct str text, int64_t plus, int64_t *ret)
{
    if (text.n == 0)
        return E_OK;
    if (!time_parse_iso(text, ret))
        k->wrong = S("Enter days like 2026-11-20");
    else
        *ret += plus;
    return E_OK;
}

/* They come back from our own form; whoever writes others into it sees others. */
static enum err read_counters(struct req *r, struct console_range *range)
{
    int64_t *counter[ARRAY_LEN(counters)];
    struct str text;
    counters_of(range, counter);
    for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
        TRY(console_field(r, counters[i], &text));
        if (text.n > 0 && (!str_to_i64(text, counter[i]) || *counter[i] < 0))
            return fail(r->c, INVALID_REQUEST, "begin this replay once more");
    }
    return E_OK;
}

static enum err replay(struct req *r)
{
    enum {
        DAY_MS = 24 * 3600 * 1000,
        STEP_MS = 8000 /* an answer is due within thirty seconds, and one call may take ten */
    };
    struct ranging k = { .r = r };
    struct str what;
    enum event_status status;
    struct buf lines = BUF(r->c->arena);
    TRY(console_field(r, "from", &k.from));
    TRY(console_field(r, "to", &k.to));
    TRY(console_field(r, "status", &k.status));
    TRY(console_field(r, "do", &what));
    TRY(console_field(r, "gateway", &k.gateway));
    TRY(read_counters(r, &k.range));
    k.range.until_mono_ms = clock_mono_ms() + STEP_MS;
    k.range.filter = (struct event_filter) { .status = -1 };
    k.range.filter.gateway = gateway_by_name(k.gateway);
    TRY(read_day(&k, k.from, 0, &k.range.filter.from_ms));
    TRY(read_day(&k, k.to, DAY_MS - 1, &k.range.filter.to_ms));
    if (event_status_parse(k.status, &status))
        k.range.filter.status = (int)status;
    k.done = str_eq(what, S("replay"));
    k.range.dry = !k.done;
    if (k.wrong.n == 0) {
        k.range.lines = &lines;
        TRY(console_replay_range(r->c, &k.range));
    }
    return console_read(r->c, write_page, &k);
}

static const struct route table[] = {
    { "GET", "/admin/webhooks/replay", SHAPE_READ, NULL, form, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: which webhooks to replay." },
    { "POST", "/admin/webhooks/replay", SHAPE_CALL, NULL, replay, NULL, 0,
        ALLOW_ADMIN | ALLOW_SUPPORT, ROUTE_PAGE, 0,
        "The console: what a range of replays would do, or their doing." },
};
const struct routes console_replay_routes = { table, ARRAY_LEN(table) };
