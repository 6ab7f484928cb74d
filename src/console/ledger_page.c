#include "console/period_page.h"
#include "console/sheet_page.h"
#include "ledger/ledger_hour.h"
#include "web/part.h"

/* /admin/ledger: what stands in each account, and what came and went in a period. */

enum {
    ACCOUNTS = 200
};
struct account {
    int64_t account, owner;
    struct str unit;
    int64_t came, went, balance;
};
struct accounts {
    struct account of[ACCOUNTS];
    size_t n;
    bool more, behind;
    bool total; /* what is being added: all time, or the period */
};

static bool same(const struct account *a, const struct ledger_sum *sum)
{
    return a->account == sum->account && a->owner == sum->owner && str_eq(a->unit, sum->unit);
}

static enum err take(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct accounts *k = arg;
    size_t i = 0;
    while (i < k->n && !same(&k->of[i], sum))
        i++;
    if (i == ACCOUNTS) {
        k->more = true;
        return E_OK;
    }
    if (i == k->n)
        k->of[k->n++] = (struct account) { sum->account, sum->owner, sum->unit, 0, 0, 0 };
    if (k->total) {
        k->of[i].balance += sum->came + sum->went;
    } else {
        k->of[i].came += sum->came;
        k->of[i].went += sum->went;
    }
    return c->dead ? E_DEAD : E_OK;
}

/* "Gateway MoneyMotion", "Sales", "Seller 7". */
static struct str account_words(struct arena *a, int64_t account, int64_t owner)
{
    struct str name = ledger_account_name((enum ledger_account)account);
    struct str words = str_fmt(
        a, "%.*s%.*s", SARG(str_part(name, 0, 1)), SARG(str_lower(a, str_from(name, name.n > 0))));
    if (account == LEDGER_GATEWAY)
        return str_fmt(
            a, "%.*s %.*s", SARG(words), SARG(console_gateway_title((enum gateway_id)owner)));
    return owner == 0 ? words : str_fmt(a, "%.*s %lld", SARG(words), (long long)owner);
}

static void amount(struct buf *b, struct str unit, int64_t minor)
{
    enum currency cur;
    if (currency_parse(unit, &cur))
        part_money(b, (struct money) { minor, cur });
    else
        html(b, number_text(b->arena, minor));
}

static void write_unit(struct buf *b, const struct accounts *k, struct str unit)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Account"), .any = true },
        { .label = S_INIT("Stands at"), .number = true, .whole = true },
        { .label = S_INIT("Came"), .number = true, .whole = true, .labelled = true },
        { .label = S_INIT("Went"), .number = true, .whole = true, .labelled = true },
    };
    int64_t sum = 0;
    html(b, "<section class=\"stack\"><h2>", unit, "</h2>");
    struct part_rows rows = part_rows_open(
        b, str_fmt(b->arena, "Accounts in %.*s", SARG(unit)), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < k->n; i++) {
        const struct account *a = &k->of[i];
        if (!str_eq(a->unit, unit))
            continue;
        sum += a->balance;
        part_row(&rows);
        part_cell(&rows);
        html(b, account_words(b->arena, a->account, a->owner));
        part_cell(&rows);
        amount(b, unit, a->balance);
        part_cell(&rows);
        amount(b, unit, a->came);
        part_cell(&rows);
        amount(b, unit, a->went);
    }
    part_rows_close(&rows);
    html(b, "<p class=\"row\">");
    part_badge(b, sum == 0 ? TONE_OK : TONE_BAD, sum == 0 ? ICON_CHECK : ICON_ALERT,
        sum == 0 ? S("Sums to zero") : S("Does not sum to zero"));
    html(b, "</p></section>\n");
}

/* Each unit once, in the order in which it is met. */
static void write_units(struct buf *b, const struct accounts *k)
{
    for (size_t i = 0; i < k->n; i++) {
        size_t first = 0;
        while (!str_eq(k->of[first].unit, k->of[i].unit))
            first++;
        if (first == i)
            write_unit(b, k, k->of[i].unit);
    }
    if (k->more)
        html(b,
            "<p class=\"muted\">There are more accounts than can be shown here: the file has "
            "them all.</p>\n");
}

static enum err read_accounts(
    struct ctx *c, const struct console_period *period, struct accounts *k)
{
    int64_t to =
        period->to_ms > 0 ? period->to_ms / LEDGER_HOUR_MS : c->now_ms / LEDGER_HOUR_MS + 1;
    k->total = true;
    TRY(ledger_totals(c, take, k, &k->behind));
    k->total = false;
    return ledger_hours(c, period->from_ms / LEDGER_HOUR_MS, to, take, k, &k->behind);
}

static enum err ledger(struct req *r)
{
    struct console_period period;
    struct buf *b = NULL;
    struct accounts *k = arena_new(r->c->arena, struct accounts);
    TRY(console_period(r, &period));
    TRY(read_accounts(r->c, &period, k));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Ledger"), .here = S("/admin/ledger") }, &b));
    html(b, "<div class=\"row apart\"><h1>Ledger</h1>");
    console_csv_link(b, S("/admin/csv/ledger"), console_period_query(b->arena, &period));
    html(b,
        "</div>\n<p class=\"muted\">What each account stands at now, and what came and went in "
        "the period. Sales and tax are negative: that is where the money came from. "
        "<code>purser verify</code> adds all of it up.</p>\n");
    html(b, "<div class=\"stack tight\">\n");
    console_period_part(b, &period, S("/admin/ledger"), S(""));
    html(b, "</div>\n");
    if (k->n == 0)
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = S("Nothing was booked yet"),
                .sentence = S("The first payment opens the books."),
                .href = S("/admin/orders"),
                .action = S("See the orders") });
    if (k->behind)
        html(b,
            "<p class=\"muted\">Still adding up: the newest entries are not in these figures "
            "yet.</p>\n");
    write_units(b, k);
    console_close(r);
    return E_OK;
}

/* ---- every entry, as a file */

static enum err csv_row(struct ctx *c, const struct ledger_line *l, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    enum currency cur;
    sheet_row(sheet, l->n);
    csv_i64(csv, l->n);
    csv_time(csv, l->at_ms);
    csv_str(csv, ledger_account_name((enum ledger_account)l->account));
    csv_str(csv, account_words(c->arena, l->account, l->owner));
    csv_str(csv, l->unit);
    if (currency_parse(l->unit, &cur))
        csv_money(csv, (struct money) { l->amount, cur });
    else
        csv_i64(csv, l->amount);
    csv_str(csv, l->kind);
    csv_str(csv, l->subject);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    const struct console_period *period = sheet->filter;
    struct ledger_span span = { period->from_ms, period->to_ms, sheet->after, SHEET_PIECE };
    return ledger_lines(c, &span, csv_row, sheet);
}

static enum err ledger_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("entry"), S_INIT("at"), S_INIT("account"),
        S_INIT("of"), S_INIT("unit"), S_INIT("amount"), S_INIT("fact"), S_INIT("subject") };
    struct console_period period;
    TRY(console_period(r, &period));
    return console_sheet(
        r, &(struct sheet_kind) { S("ledger"), columns, ARRAY_LEN(columns), csv_piece }, &period);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/admin/ledger", SHAPE_READ, NULL, ledger, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what stands in each account." },
    { "GET", "/admin/csv/ledger", SHAPE_CALL, NULL, ledger_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: ledger entries as a file." },
};
const struct routes console_ledger_routes = { table, ARRAY_LEN(table) };
