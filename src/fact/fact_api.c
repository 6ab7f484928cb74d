#include "fact/fact.h"

#include "web/list.h"

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

static enum err list_record(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, row->seq))
        return E_OK;
    write_record(&l->j, c, row);
    return E_OK;
}

static enum err audit(struct req *r)
{
    struct fact_filter filter = { .newest_first = true };
    struct list l = { 0 };
    bool given = false;
    TRY(req_page(r, &l.page));
    TRY(req_query(r, "subject", &given, &filter.subject));
    TRY(req_query(r, "actor", &given, &filter.actor));
    TRY(req_query(r, "action", &given, &filter.kind));
    if (given && fact_kind_find(filter.kind) == NULL)
        return fail(r->c, INVALID_REQUEST,
            "there is no action %.*s; `purser audit actions` prints them all", SARG(filter.kind));
    filter.after_seq = l.page.after_n;
    filter.limit = list_want(&l);
    list_open(r, &l);
    TRY(fact_list(r->c, &filter, list_record, &l));
    list_close(r, &l);
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
    struct list l = { 0 };
    int64_t seq = 0;
    TRY(req_page(r, &l.page));
    list_open(r, &l);
    TRY(fact_feed(r->c, l.page.after_n, l.page.limit, list_event, &l.j, &seq, &l.more));
    list_close_at(r, &l, seq);
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
