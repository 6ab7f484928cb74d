#include "base/clock.h"
#include "sandbox/eversend.h"

/* /eversend/v1/…: every answer is {"code":…,"data":…,"success":…}. */

static bool amount_of(struct arena *a, struct json_value v, enum currency cur, int64_t *ret_minor)
{
    struct json_value at = json_at(v, "amount");
    return at.kind == JSON_NUMBER &&
        decimal_parse(json_lexeme(at), currency_digits(cur), ret_minor) && *ret_minor > 0 &&
        a != NULL;
}

static const struct evs_land *land_of(struct str currency)
{
    for (size_t i = 0; i < evs_land_count; i++)
        if (str_eq(evs_lands[i].currency, currency))
            return &evs_lands[i];
    return NULL;
}

/* ---- POST /collections/fees */

static void write_fees(struct ctx *c, struct json *j, const struct evs_transaction *t)
{
    struct arena *a = c->arena;
    int64_t fee = evs_fee(t->amount_minor);
    json_open(j, "data", '{');
    json_str(j, "currency", t->currency);
    json_str(j, "min_load_amount", S("500.00"));
    json_str(j, "max_load_amount", S("4000000.00"));
    json_str(j, "max_limit", S("40000000.00"));
    json_str(j, "amount_available_to_load", S("39970000.00"));
    json_str(j, "charges", evs_decimal(a, t, fee));
    json_str(j, "total_to_pay", evs_decimal(a, t, t->amount_minor + fee));
    json_str(j, "amount", evs_decimal(a, t, t->amount_minor));
    json_str(j, "payment_method", S("16"));
    json_str(j, "new_balance", S("42000.00"));
    json_close(j, '}');
}

struct faulting {
    const char *call;
    enum fault fault;
};

static enum err fault_tx(struct ctx *c, void *arg)
{
    struct faulting *f = arg;
    return fault_take(c, EVS, f->call, &f->fault);
}

static enum err fees(struct req *r)
{
    struct ctx *c = r->c;
    struct json_value body;
    enum currency cur = CUR_NONE;
    struct evs_transaction t = { .n = 0 };
    struct faulting f = { "query", FAULT_NONE };
    bool ok = false;
    TRY(evs_admitted(r, &body, &ok));
    if (!ok)
        return E_OK;
    TRY(sandbox_tx(c, "eversend.fees", fault_tx, &f));
    if (evs_faulty(r, f.fault))
        return E_OK;
    t.currency = json_text(c->arena, body, "currency");
    if (land_of(t.currency) == NULL || !currency_parse(t.currency, &cur))
        return evs_refuse(r, 400, S("currency is not supported"));
    if (!amount_of(c->arena, body, cur, &t.amount_minor))
        return evs_refuse(r, 400, S("amount must be a positive number"));
    struct buf b = BUF(c->arena);
    struct json j = evs_begin(&b);
    write_fees(c, &j, &t);
    evs_end(r, &j, &b);
    return E_OK;
}

/* ---- POST /collections/otp */

static enum err otp(struct req *r)
{
    struct ctx *c = r->c;
    struct json_value body;
    bool ok = false;
    TRY(evs_admitted(r, &body, &ok));
    if (!ok)
        return E_OK;
    struct evs_code k = { .phone = json_text(c->arena, body, "phone") };
    if (!evs_is_phone(k.phone))
        return evs_refuse(r, 400, S("phone must be in international format"));
    TRY(evs_send_code(c, &k));
    if (evs_faulty(r, k.fault))
        return E_OK;
    struct buf b = BUF(c->arena);
    struct json j = evs_begin(&b);
    json_open(&j, "data", '{');
    json_str(&j, "pinId", k.pin_id);
    json_close(&j, '}');
    evs_end(r, &j, &b);
    return E_OK;
}

/* ---- POST /collections/momo */

static bool is_reference(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')))
            return false;
    }
    return s.n <= 64;
}

static struct str complaint(struct ctx *c, struct evs_collect *k)
{
    struct evs_transaction *t = &k->t;
    enum currency cur = CUR_NONE;
    const struct evs_land *land = land_of(t->currency);
    if (!evs_is_phone(t->phone))
        return S("phone must be in international format");
    if (land == NULL || !str_eq(land->country, t->country) || !currency_parse(t->currency, &cur))
        return S("country and currency do not go together");
    if (!amount_of(c->arena, k->request, cur, &t->amount_minor))
        return S("amount must be a positive number");
    if (!is_reference(t->ref))
        return S("transactionRef must be alphanumeric");
    bool back = json_text(c->arena, k->request, "redirect_url").n > 0 ||
        json_text(c->arena, k->request, "redirectUrl").n > 0;
    return str_eq(t->country, S("GH")) && !back ? S("redirect_url is required") : S("");
}

static enum err momo(struct req *r)
{
    struct ctx *c = r->c;
    struct evs_collect k = { .fault = FAULT_NONE };
    bool ok = false;
    TRY(evs_admitted(r, &k.request, &ok));
    if (!ok)
        return E_OK;
    struct json_value customer = json_at(k.request, "customer");
    k.t = (struct evs_transaction) {
        .ref = json_text(c->arena, k.request, "transactionRef"),
        .currency = json_text(c->arena, k.request, "currency"),
        .country = json_text(c->arena, k.request, "country"),
        .phone = json_text(c->arena, k.request, "phone"),
        .customer = customer.kind == JSON_ABSENT ? S("null") : customer.raw,
    };
    struct str wrong = complaint(c, &k);
    if (wrong.n > 0)
        return evs_refuse(r, 400, wrong);
    TRY(evs_collect(c, &k));
    if (evs_faulty(r, k.fault))
        return E_OK;
    if (k.why.n > 0)
        return evs_refuse(r, 400, k.why);
    struct buf b = BUF(c->arena);
    struct json j = evs_begin(&b);
    evs_write_accepted(&j, c->arena, &k.t);
    evs_end(r, &j, &b);
    return E_OK;
}

/* ---- asking */

struct asking {
    struct evs_filter filter;
    int64_t page;
    enum fault fault;
    struct buf out;
    bool found;
};

/* What lies, lies in the answer only. */
static void lie(enum fault fault, struct evs_transaction *t)
{
    if (fault == FAULT_WRONG_AMOUNT)
        t->amount_minor += 1;
    if (fault == FAULT_WRONG_CURRENCY)
        t->currency = str_eq(t->currency, S("UGX")) ? S("RWF") : S("UGX");
}

static enum err write_list(
    struct ctx *c, struct json *j, struct evs_transaction *t, size_t n, enum fault fault)
{
    json_open(j, "transactions", '[');
    for (size_t i = 0; i < n; i++) {
        lie(fault, &t[i]);
        TRY(evs_write(c, j, NULL, &t[i]));
    }
    json_close(j, ']');
    return E_OK;
}

static enum err one_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct evs_transaction t;
    k->out = BUF(c->arena);
    TRY(fault_take(c, EVS, "query", &k->fault));
    TRY(evs_by_id(c, k->filter.id, &k->found, &t));
    if (!k->found)
        return E_OK;
    struct json j = evs_begin(&k->out);
    json_open(&j, "data", '{');
    TRY(write_list(c, &j, &t, 1, k->fault));
    json_close(&j, '}');
    json_bool(&j, "success", true);
    json_close(&j, '}');
    return E_OK;
}

static enum err list_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct evs_transaction *t = arena_array(c->arena, struct evs_transaction, EVS_LIST_MAX);
    size_t n = 0;
    k->out = BUF(c->arena);
    k->found = true;
    TRY(fault_take(c, EVS, "query", &k->fault));
    TRY(evs_list(c, &k->filter, t, &n));
    struct json j = evs_begin(&k->out);
    json_open(&j, "data", '{');
    json_str(&j, "total_payouts", S("0"));
    json_str(&j, "total_collections", S("0"));
    json_str(&j, "balance", S("1000.00"));
    TRY(write_list(c, &j, t, n, k->fault));
    json_i64(&j, "total", k->filter.skip + (int64_t)n);
    json_i64(&j, "limit", k->filter.limit);
    json_i64(&j, "page", k->page);
    json_close(&j, '}');
    json_bool(&j, "success", true);
    json_close(&j, '}');
    return E_OK;
}

static enum err answer_asked(
    struct req *r, struct asking *k, enum err (*body)(struct ctx *c, void *arg))
{
    TRY(sandbox_tx(r->c, "eversend.query", body, k));
    if (evs_faulty(r, k->fault))
        return E_OK;
    if (!k->found)
        return evs_refuse(r, 404, S("Transaction not found"));
    evs_answer_json(r, 200, &k->out);
    return E_OK;
}

static enum err transaction(struct req *r)
{
    struct asking k = { .filter = { .id = r->params[0] } };
    bool ok = false;
    TRY(evs_admitted(r, NULL, &ok));
    return ok ? answer_asked(r, &k, one_tx) : E_OK;
}

static enum err day(struct req *r, const char *name, int64_t plus_ms, int64_t *inout_ms)
{
    struct str text = S("");
    bool given = false;
    int64_t ms = 0;
    TRY(req_query(r, name, &given, &text));
    if (given && text.n == S("2026-11-20").n && time_parse_iso(text, &ms))
        *inout_ms = ms + plus_ms;
    return E_OK;
}

/* Whether search looks at references is written nowhere.  Here it looks at its own ids only: nobody
 * should build on more. */
static enum err transactions(struct req *r)
{
    enum {
        DAY_MS = 24 * 3600 * 1000,
        USUAL = 10
    };
    struct asking k = { .page = 1, .filter = { .limit = USUAL } };
    struct str type = S("");
    bool ok = false, given = false;
    TRY(evs_admitted(r, NULL, &ok));
    if (!ok)
        return E_OK;
    TRY(req_query_i64(r, "page", 1, 1000000, &k.page));
    TRY(req_query_i64(r, "limit", 1, EVS_LIST_MAX, &k.filter.limit));
    TRY(req_query(r, "search", &given, &k.filter.id));
    TRY(req_query(r, "currency", &given, &k.filter.currency));
    TRY(req_query(r, "status", &given, &k.filter.status));
    TRY(req_query(r, "type", &given, &type));
    TRY(day(r, "from", 0, &k.filter.from_ms));
    TRY(day(r, "to", DAY_MS, &k.filter.to_ms));
    k.filter.skip = (k.page - 1) * k.filter.limit;
    if (type.n > 0 && !str_eq(type, S("collection")))
        k.filter.id = S("none"); /* only collections are simulated */
    return answer_asked(r, &k, list_tx);
}

/* ---- addresses */

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, "Eversend: " about      \
    }
static const struct route table[] = {
    ROW("GET", "/eversend/v1/auth/token", evs_token, "lets in."),
    ROW("POST", "/eversend/v1/collections/fees", fees, "what it takes on top."),
    ROW("POST", "/eversend/v1/collections/otp", otp, "sends a code to a phone."),
    ROW("POST", "/eversend/v1/collections/momo", momo, "asks a phone to pay."),
    ROW("GET", "/eversend/v1/transactions", transactions, "transactions, newest first."),
    ROW("GET", "/eversend/v1/transactions/{id}", transaction, "one of them."),
    ROW("GET", "/eversend/phone", evs_page_open, "the way to a phone."),
    ROW("GET", "/eversend/phone/{number}", evs_page, "a phone: its messages and prompts."),
    ROW("POST", "/eversend/phone/{number}", evs_page_act, "what its owner does."),
};
const struct routes eversend_routes = { table, ARRAY_LEN(table) };

/* The vendor's own client doubles slashes. */
static struct str collapsed(struct arena *a, struct str path)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] != '/' || b.n == 0 || b.p[b.n - 1] != '/')
            buf_char(&b, path.p[i]);
    return buf_str(&b);
}

static const struct route *route_of(struct req *r, struct str path)
{
    struct str one = S("/eversend/v1/transactions/");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct str is = str_of_c(table[i].path);
        if (!str_eq(str_of_c(table[i].method), r->method))
            continue;
        if (str_eq(is, path))
            return &table[i];
        if (str_starts(path, one) && path.n > one.n && str_starts(is, one)) {
            r->params[0] = str_from(path, one.n);
            return &table[i];
        }
    }
    return NULL;
}

bool evs_stray(struct req *r)
{
    struct str path = collapsed(r->c->arena, r->path);
    if (!str_starts(path, S("/eversend/")))
        return false;
    const struct route *route = str_eq(path, r->path) ? NULL : route_of(r, path);
    if (route != NULL) {
        enum err e = route->run(r);
        if (e != E_OK)
            answer_error(r, e);
        return true;
    }
    evs_refuse(r, 404,
        str_fmt(r->c->arena,
            "Cannot %.*s %.*s. The simulated Eversend has no such route; docs/sandbox.md lists what "
            "it has.",
            SARG(r->method), SARG(str_clean(r->c->arena, r->path, 200))));
    return true;
}
