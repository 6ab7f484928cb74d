#include "base/csv.h"

#include "base/clock.h"

static void begin_cell(struct csv *csv)
{
    if (csv->in_row)
        buf_char(csv->b, ',');
    csv->in_row = true;
}

static bool is_formula(struct str s)
{
    return s.n > 0 &&
        (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@' || s.p[0] == '\t' ||
            s.p[0] == '\r' || s.p[0] == '\n' || s.p[0] == '\0');
}

static bool needs_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == ',' || s.p[i] == ';' || (unsigned char)s.p[i] < ' ')
            return true;
    return s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

void csv_str(struct csv *csv, struct str s)
{
    bool quoted = needs_quotes(s);
    begin_cell(csv);
    if (quoted)
        buf_char(csv->b, '"');
    if (is_formula(s))
        buf_char(csv->b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(csv->b, '"');
        buf_char(csv->b, s.p[i]);
    }
    if (quoted)
        buf_char(csv->b, '"');
}

void csv_i64(struct csv *csv, int64_t v)
{
    begin_cell(csv);
    buf_i64(csv->b, v);
}

void csv_money(struct csv *csv, struct money m)
{
    begin_cell(csv);
    if (m.cur != CUR_NONE)
        buf_add(csv->b, decimal_text(csv->b->arena, m.minor, currency_digits(m.cur)));
}

void csv_time(struct csv *csv, int64_t ms)
{
    begin_cell(csv);
    if (ms > 0)
        buf_add(csv->b, time_iso(csv->b->arena, ms));
}

void csv_end(struct csv *csv)
{
    buf_add(csv->b, S("\r\n"));
    csv->in_row = false;
}
