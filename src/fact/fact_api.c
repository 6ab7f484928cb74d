#include "fact/fact.h"

#include "web/web.h"

/* Two views of the same facts: the audit trail for those who run the business, the feed of events
 * for the application. */

/* ---- GET /api/admin/audit */

/* "order" of "ord_…". */
static struct str entity_type(struct str subject)
{
    static const struct {
        struct str prefix, type;
    } types[] = {
        { S_INIT("cus"), S_INIT("customer") },
        { S_INIT("ord"), S_INIT("order") },
        { S_INIT("att"), S_INIT("attempt") },
        { S_INIT("pay"), S_INIT("payment") },
        { S_INIT("ref"), S_INIT("refund") },
        { S_INIT("dsp"), S_INIT("dispute") },
        { S_INIT("sub"), S_INIT("subscription") },
        { S_INIT("grt"), S_INIT("grant") },
        { S_INIT("res"), S_INIT("reservation") },
        { S_INIT("ent"), S_INIT("entitlement") },
        { S_INIT("sel"), S_INIT("seller") },
        { S_INIT("evt"), S_INIT("webhook") },
        { S_INIT("msg"), S_INIT("message") },
        { S_INIT("inv"), S_INIT("invoice") },
        { S_INIT("cpn"), S_INIT("coupon") },
        { S_INIT("alr"), S_INIT("alert") },
        { S_INIT("adm"), S_INIT("admin") },
    };
    struct str prefix, rest;
    str_cut(subject, '_', &prefix, &rest);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_eq(types[i].prefix, prefix))
            return types[i].type;
    return prefix;
}

static void write_known(
    struct json *j, struct arena *a, const char *name, const struct fact_row *row, const char *path)
{
    struct str text = { 0 };
    if (json_to_str(a, json_at(json_root(row->data), path), &text))
        json_str(j, name, text);
}

static void write_record(struct json *j, struct ctx *c, const struct fact_row *row)
{
    json_open(j, NULL, '{');
    json_str(j, "id", fact_id(c->arena, row));
    json_time(j, "at", row->at_ms);
    json_str(j, "actor", row->actor);
    json_str(j, "action", row->kind);
    write_known(j, c->arena, "customerId", row, "customerId");
    if (str_starts(row->subject, S("ord_")))
        json_str(j, "orderId", row->subject);
    else
        write_known(j, c->arena, "orderId", row, "orderId");
    json_str(j, "entityType", entity_type(row->subject));
    json_str(j, "entityId", row->subject);
    json_raw(j, "metadata", row->data);
    json_str_or_null(j, "ipAddress", row->address);
    json_str_or_null(j, "userAgent", row->user_agent);
    json_close(j, '}');
}

struct listing {
    struct json *j;
    int64_t limit, shown, last_seq;
    bool more;
};

static enum err list_record(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct listing *l = arg;
    l->more = l->shown == l->limit;
    if (l->more)
        return E_OK;
    l->shown++;
    l->last_seq = row->seq;
    write_record(l->j, c, row);
    return E_OK;
}

static enum err audit(struct req *r)
{
    struct fact_filter filter = { .newest_first = true };
    struct page page;
    bool given = false;
    TRY(req_page(r, &page));
    TRY(req_query(r, "subject", &given, &filter.subject));
    TRY(req_query(r, "actor", &given, &filter.actor));
    TRY(req_query(r, "action", &given, &filter.kind));
    if (given && fact_kind_find(filter.kind) == NULL)
        return fail(r->c, INVALID_REQUEST,
            "there is no action %.*s; `purser audit actions` prints them all", SARG(filter.kind));
    filter.after_seq = page.after_n;
    filter.limit = page.limit + 1;
    struct json j = answer_json(r, 200);
    struct listing l = { .j = &j, .limit = page.limit };
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    TRY(fact_list(r->c, &filter, list_record, &l));
    json_close(&j, ']');
    json_bool(&j, "hasMore", l.more);
    json_str_or_null(&j, "next", l.more ? page_cursor(r->c->arena, l.last_seq) : S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- GET /api/events */

static enum err list_event(struct ctx *c, const struct fact_row *row, void *arg)
{
    fact_event_json(arg, c->arena, NULL, row);
    return E_OK;
}

/* next is given also at the end: there the reader comes back when he wants to know more. */
static enum err events(struct req *r)
{
    struct page page;
    int64_t seq = 0;
    bool more = false;
    TRY(req_page(r, &page));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    TRY(fact_feed(r->c, page.after_n, page.limit, list_event, &j, &seq, &more));
    json_close(&j, ']');
    json_bool(&j, "hasMore", more);
    json_str_or_null(&j, "next", seq > 0 ? page_cursor(r->c->arena, seq) : S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/api/admin/audit",
        .shape = SHAPE_READ,
        .run = audit,
        .allow = ALLOW_ADMIN | ALLOW_SUPPORT,
        .about = "What happened and who did it, newest first; `subject`, `action`, `actor`.",
    },
    {
        .method = "GET",
        .path = "/api/events",
        .shape = SHAPE_READ,
        .run = events,
        .allow = ALLOW_APP,
        .about = "What happened, for the application, oldest first; come back with `next`.",
    },
};
const struct routes fact_routes = { table, ARRAY_LEN(table) };
