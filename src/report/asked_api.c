#include "base/zone.h"
#include "report/asked.h"

enum err report_asked(struct req *r, struct report_words *ret, struct str *ret_table)
{
    bool given = false;
    *ret = (struct report_words) { .from = S("") };
    TRY(req_query(r, "from", &given, &ret->from));
    TRY(req_query(r, "to", &given, &ret->to));
    TRY(req_query(r, "by", &given, &ret->by));
    return req_query(r, "table", &given, ret_table);
}

void report_give_csv(
    struct req *r, const struct report_answer *answer, const struct report_sheet *sheet)
{
    struct arena *a = r->c->arena;
    struct buf text = BUF(a);
    report_csv(&text, sheet);
    answer_header(r, S("Content-Disposition"),
        str_fmt(a, "attachment; filename=\"%.*s-%.*s-%.*s-%.*s.csv\"", SARG(answer->report->name),
            SARG(sheet->table->name), SARG(date_text(a, answer->ask.from_ms / REPORT_DAY_MS)),
            SARG(date_text(a, answer->ask.to_ms / REPORT_DAY_MS - 1))));
    answer_text(r, 200, S("text/csv; charset=utf-8"), buf_str(&text));
}
