#include "report/asked.h"

static enum err list(struct req *r)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    for (size_t i = 0; i < reports_n; i++) {
        json_open(&j, NULL, '{');
        json_str(&j, "name", reports[i]->name);
        json_str(&j, "title", reports[i]->title);
        json_str(&j, "about", reports[i]->about);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err one(struct req *r)
{
    struct report_words words = { .from = S("") };
    struct report_answer answer;
    const struct report *report = NULL;
    const struct report_sheet *sheet = NULL;
    struct str table = S("");
    TRY(report_asked(r, &words, &table));
    TRY(report_named(r->c, r->params[0], &report));
    TRY(report_make(r->c, report, &words, &answer));
    TRY(report_sheet_named(r->c, &answer, table, &sheet));
    if (req_accepts(r, S("text/csv"))) {
        report_give_csv(r, &answer, sheet);
        return E_OK;
    }
    struct json j = answer_json(r, 200);
    report_json(&j, "data", r->c->arena, &answer);
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { .method = "GET",
        .path = "/api/admin/reports",
        .shape = SHAPE_READ,
        .run = list,
        .allow = LOOKS,
        .about = "The reports that there are, each with what its figures mean." },
    { .method = "GET",
        .path = "/api/admin/reports/{name}",
        .shape = SHAPE_READ,
        .run = one,
        .allow = LOOKS,
        .flags = ROUTE_LONG,
        .about =
            "A report between two days (`from`, `to`), by `day`, `week` or `month`; as CSV one "
            "`table` of it." },
};
const struct routes report_routes = { table, ARRAY_LEN(table) };
