#include "account/account_page.h"
#include "base/csv.h"
#include "base/id.h"

/* /account/usage/csv: each change of the customer's credits as a file; all of them, one type
 * (?type=) or one month (?period=). */

enum {
    FILE_ROWS = 50000
};
struct file {
    struct csv csv;
    int64_t rows;
};

static enum err one(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct file *f = arg;
    struct csv *csv = &f->csv;
    if (f->rows++ == FILE_ROWS)
        return E_OK;
    csv_time(csv, k->created_ms);
    csv_str(csv, credit_change_text(k->change));
    csv_i64(csv, k->amount);
    csv_i64(csv, k->balance_after);
    csv_str(csv, k->operation);
    csv_i64(csv, k->quantity);
    csv_str(csv, k->description);
    csv_str(csv, k->reference);
    csv_str(csv, id_text(c->arena, S("crd"), k->id));
    csv_end(csv);
    return E_OK;
}

enum err account_usage_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("createdAt"), S_INIT("type"), S_INIT("amount"),
        S_INIT("balanceAfter"), S_INIT("operation"), S_INIT("quantity"), S_INIT("description"),
        S_INIT("reference"), S_INIT("id") };
    struct ctx *c = r->c;
    struct buf text = BUF(c->arena);
    struct file f = { .csv = { .b = &text } };
    struct credit_filter filter = { .limit = FILE_ROWS + 1 };
    const struct zone *zone = NULL;
    struct str type = S("");
    TRY(credit_type_asked(r, &type, &filter.change_or_minus_1));
    TRY(checkout_caller(c));
    filter.customer_n = c->customer_n > 0 ? c->customer_n : 0;
    TRY(credit_zone(c, filter.customer_n, &zone));
    TRY(credit_period_asked(r, zone, &filter));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        csv_str(&f.csv, columns[i]);
    csv_end(&f.csv);
    if (filter.customer_n > 0)
        TRY(credit_history(c, &filter, one, &f));
    if (f.rows > FILE_ROWS)
        return fail(c, INVALID_REQUEST,
            "that is more than %d changes, the most of one file: ask for "
            "a month",
            FILE_ROWS);
    answer_header(r, S("Content-Disposition"), S("attachment; filename=\"credits.csv\""));
    answer_text(r, 200, S("text/csv; charset=utf-8"), buf_str(&text));
    return E_OK;
}
