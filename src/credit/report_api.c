#include "base/json.h"
#include "credit/report.h"

static enum err credits(struct req *r)
{
    struct credit_report *report = arena_new(r->c->arena, struct credit_report);
    struct str from = S(""), to = S("");
    bool given = false;
    TRY(req_query(r, "from", &given, &from));
    TRY(req_query(r, "to", &given, &to));
    TRY(credit_report(r->c, from, to, report));
    struct json j = answer_json(r, 200);
    credit_report_json(&j, "data", r->c->arena, report);
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/admin/reports/credits",
        .shape = SHAPE_READ,
        .run = credits,
        .allow = ALLOW_ADMIN | ALLOW_VIEWER,
        .flags = ROUTE_LONG,
        .about = "What credits did between two days (`from`, `to`): by day, operation, weekday.",
    },
};
const struct routes credit_report_routes = { table, ARRAY_LEN(table) };
