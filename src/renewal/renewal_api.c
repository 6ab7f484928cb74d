#include "base/clock.h"
#include "base/json.h"
#include "base/origin.h"
#include "customer/whose.h"
#include "renewal/change.h"
#include "web/web.h"

/* /api/subscription/… and /api/portal/create: for the application, with a key, and for its users,
 * who are their own customer and nobody else. */

enum {
    TEXT_MAX = 1000
};

/* ---- what is asked for */

static enum err read_when(struct ctx *c, struct str when, struct change *k)
{
    k->when = str_eq(when, S("now"))    ? WHEN_NOW
        : str_eq(when, S("period_end")) ? WHEN_AT_END
                                        : WHEN_UNSAID;
    return when.n == 0 || k->when != WHEN_UNSAID
        ? E_OK
        : fail(c, INVALID_REQUEST, "when is now or period_end");
}

static enum err read_at(struct ctx *c, struct str at, struct change *k)
{
    return at.n == 0 || time_parse_iso(at, &k->at_ms)
        ? E_OK
        : fail(c, INVALID_REQUEST, "at is the moment that the preview said");
}

static enum err parse_change(struct req *r)
{
    struct ctx *c = r->c;
    struct change *k = r->in;
    struct str when = S(""), at = S("");
    k->deed = SUBSCRIPTION_CHANGE;
    const struct json_field fields[] = { j_str_opt("customerId", &k->customer_id, 128),
        j_str_opt("group", &k->group, 64), j_str_opt("plan", &k->plan, 64),
        j_str_opt("interval", &k->interval, 8), j_str_opt("when", &when, 16),
        j_str_opt("at", &at, 40), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, k->customer_id));
    if (k->plan.n == 0 && k->interval.n == 0)
        return fail(c, INVALID_REQUEST, "plan or interval says what to change to");
    TRY(read_when(c, when, k));
    return read_at(c, at, k);
}

static enum err parse_cancel(struct req *r)
{
    struct ctx *c = r->c;
    struct change *k = r->in;
    struct str when = S("");
    k->deed = SUBSCRIPTION_CANCEL;
    const struct json_field fields[] = { j_str_opt("customerId", &k->customer_id, 128),
        j_str_opt("group", &k->group, 64), j_str_opt("when", &when, 16),
        j_str_opt("reason", &k->reason, 64), j_str_opt("feedback", &k->feedback, TEXT_MAX),
        j_str_opt("accept", &k->accept, 64), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, k->customer_id));
    if (!str_is_text(k->reason) || !str_is_text(k->feedback))
        return fail(c, INVALID_REQUEST, "reason and feedback are text that can be shown");
    return read_when(c, when, k);
}

static enum err parse_resume(struct req *r)
{
    struct change *k = r->in;
    bool planned = false;
    const struct json_field fields[] = { j_str_opt("customerId", &k->customer_id, 128),
        j_str_opt("group", &k->group, 64), j_bool_opt("pendingChange", &planned), j_end };
    TRY(json_read(r->c, r->body, fields));
    k->deed = planned ? SUBSCRIPTION_UNSCHEDULE : SUBSCRIPTION_RESUME;
    return whose_named(r, k->customer_id);
}

/* ---- looking */

static enum err status(struct req *r)
{
    struct ctx *c = r->c;
    struct change k = { .group = S("") };
    struct subscription s;
    bool given = false;
    int64_t n = 0;
    TRY(req_query(r, "group", &given, &k.group));
    TRY(whose_known(r, &n));
    struct json j = answer_json(r, 200);
    enum err e = n > 0 ? change_find_of(c, &k, n, &s) : E_NOT_FOUND;
    if (e != E_OK && e != E_NOT_FOUND)
        return e;
    err_clear(c);
    json_open(&j, "data", '{');
    TRY(change_status_json(c, &j, n, e == E_OK ? &s : NULL));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static void sums(const struct change_preview *p, struct json *j)
{
    const struct cost *k = &p->change->cost;
    struct money now = { k->sum.total_minor, k->sum.amount.cur };
    struct money credit = { 0, now.cur };
    json_money(j, "dueNow", p->asks ? p->there.now : now);
    json_money(j, "credit", p->asks ? p->there.credit : credit);
    json_money(j, "next", p->asks ? p->there.next : k->next);
    json_time(j, "nextAt", p->asks ? p->there.next_ms : k->next_ms);
}

static void preview_json(struct ctx *c, const struct change_preview *p, struct json *j)
{
    const struct cost *k = &p->change->cost;
    json_str(j, "plan", k->to.plan);
    json_str(j, "interval", k->to.months == 12 ? S("year") : S("month"));
    json_str(j, "priceId", k->to.price);
    json_str(j, "when", k->at_end ? S("period_end") : S("now"));
    json_str(j, "at", time_iso(c->arena, p->ask.at_ms));
    sums(p, j);
    json_i64(j, "creditsNow", k->credits_now);
    json_i64(j, "creditsEnd", k->credits_end);
    json_i64(j, "creditsOwed", k->credits_owed);
    json_i64(j, "creditsEach", k->credits_each);
}

/* Changes nothing, there or here. */
static enum err preview(struct req *r)
{
    struct change_preview p = { .change = r->in };
    TRY(change_preview(r->c, &p));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    preview_json(r->c, &p, &j);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- the gateway's own page for payers */

static enum err parse_portal(struct req *r)
{
    struct change_portal *p = r->in;
    const struct json_field fields[] = { j_str_opt("customerId", &p->change.customer_id, 128),
        j_str_opt("group", &p->change.group, 64), j_str_opt("returnUrl", &p->return_url, 2000),
        j_end };
    TRY(json_read(r->c, r->body, fields));
    TRY(whose_named(r, p->change.customer_id));
    return p->return_url.n > 0 ? origin_allowed(r->c, "returnUrl", p->return_url) : E_OK;
}

/* As the guides name things. */
static enum err parse_guide(struct req *r)
{
    struct change_portal *p = r->in;
    const struct json_field fields[] = { j_str_opt("userId", &p->change.customer_id, 128),
        j_str_opt("customerId", &p->change.customer_id, 128),
        j_str_opt("returnUrl", &p->return_url, 2000), j_end };
    TRY(json_read(r->c, r->body, fields));
    TRY(whose_named(r, p->change.customer_id));
    return p->return_url.n > 0 ? origin_allowed(r->c, "returnUrl", p->return_url) : E_OK;
}

static enum err create_portal(struct req *r)
{
    struct str url = S("");
    TRY(change_portal(r->c, r->in, &url));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "url", url);
    json_close(&j, '}');
    if (r->route->parse == parse_guide)
        json_str(&j, "url", url);
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    MAY_LOOK = ALLOW_READONLY | ALLOW_USER,
    MAY_DO = ALLOW_APP | ALLOW_USER
};
static const struct route table[] = {
    { "GET", "/api/subscription/status", SHAPE_READ, NULL, status, NULL, 0, MAY_LOOK, 0, 0,
        "The customer's plan, how it stands and until when; ?group=." },
    { "POST", "/api/subscription/preview", SHAPE_CALL, parse_change, preview, NULL,
        sizeof(struct change), MAY_DO, 0, 0, "What another plan costs, now or later." },
    { "POST", "/api/subscription/change", SHAPE_CALL, parse_change, NULL, &renewal_operation,
        sizeof(struct change), MAY_DO, ROUTE_MONEY, 0,
        "Another plan: when=now, or with the next period." },
    { "POST", "/api/subscription/cancel", SHAPE_CALL, parse_cancel, NULL, &renewal_operation,
        sizeof(struct change), MAY_DO, ROUTE_MONEY, 0,
        "End a plan with its period, or at once; answers with an offer, where there is one." },
    { "POST", "/api/subscription/resume", SHAPE_CALL, parse_resume, NULL, &renewal_operation,
        sizeof(struct change), MAY_DO, ROUTE_MONEY, 0,
        "Go on after all; with pendingChange, stay with the plan that is." },
    { "POST", "/api/portal/create", SHAPE_CALL, parse_portal, create_portal, NULL,
        sizeof(struct change_portal), MAY_DO, 0, 0,
        "A page on which the customer mends how they pay." },
    { "POST", "/api/stripe/create-portal-session", SHAPE_CALL, parse_guide, create_portal, NULL,
        sizeof(struct change_portal), MAY_DO, 0, 0, "The same, as the guides write it." },
};
const struct routes renewal_routes = { table, ARRAY_LEN(table) };
