#include "sandbox/flutterwave.h"

/* /v3/…: every answer is {"status":…,"message":…,"data":…}. */

/* ---- POST /v3/payments */

static struct str complaint(struct ctx *c, struct fw_opening *o)
{
    struct str currency = json_text(c->arena, o->request, "currency");
    o->tx_ref = json_text(c->arena, o->request, "tx_ref");
    o->total.cur = CUR_NGN;
    if (o->tx_ref.n == 0 || o->tx_ref.n > 100)
        return S("tx_ref is required");
    if (currency.n > 0 && !currency_parse(currency, &o->total.cur))
        return S("currency is invalid");
    if (!fw_amount(c->arena, o->request, "amount", o->total.cur, &o->total.minor))
        return S("amount is required");
    if (json_text(c->arena, o->request, "redirect_url").n == 0)
        return S("redirect_url is required");
    if (!str_has(json_text(c->arena, o->request, "customer.email"), S("@")))
        return S("customer.email is required");
    return S("");
}

static enum err create(struct req *r)
{
    struct ctx *c = r->c;
    struct fw_opening o = { .taken = false };
    if (!fw_admitted(r, &o.request))
        return E_OK;
    struct str wrong = complaint(c, &o);
    if (wrong.n > 0)
        return fw_refuse(r, 400, wrong);
    TRY(fw_open(c, &o));
    if (fw_faulty(r, o.fault))
        return E_OK;
    if (o.taken)
        return fw_refuse(r, 400, S("Duplicate transaction reference"));
    struct buf b = BUF(c->arena);
    struct json j = fw_begin(&b, S("Hosted Link"));
    json_open(&j, "data", '{');
    json_str(&j, "link", fw_link_text(c, o.token));
    json_close(&j, '}');
    json_close(&j, '}');
    fw_answer(r, 200, &b);
    return E_OK;
}

struct ending {
    struct str token;
    struct fw_link link;
    bool done;
    enum fault fault;
};

static enum err end_tx(struct ctx *c, void *arg)
{
    struct ending *k = arg;
    struct hosted s;
    bool found = false;
    TRY(fault_take(c, FW, "expire", &k->fault));
    if (fault_prevents(k->fault))
        return E_OK;
    TRY(fw_link_find(c, k->token, &found, &k->link));
    k->done = false;
    if (!found || k->link.ended)
        return E_OK;
    TRY(hosted_get(c, FW, k->link.tx_ref, &s));
    k->done = s.state == HOSTED_OPEN;
    return k->done ? fw_link_end(c, k->token) : E_OK;
}

static enum err disable(struct req *r)
{
    struct json_value body;
    struct ending k = { .done = false };
    if (!fw_admitted(r, &body))
        return E_OK;
    struct str link = json_text(r->c->arena, body, "link"), before = fw_link_text(r->c, S(""));
    k.token = str_starts(link, before) ? str_from(link, before.n) : S("");
    TRY(sandbox_tx(r->c, "flutterwave.disable", end_tx, &k));
    if (fw_faulty(r, k.fault))
        return E_OK;
    if (!k.done)
        return fw_refuse(r, 400, S("Payment link is not active"));
    struct buf b = BUF(r->c->arena);
    struct json j = fw_begin(&b, S("Payment link has been disabled successfully"));
    json_close(&j, '}');
    fw_answer(r, 200, &b);
    return E_OK;
}

/* ---- POST /v3/tokenized-charges */

struct charged {
    const struct fw_charging *of;
    struct buf out;
};

static enum err charged_tx(struct ctx *c, void *arg)
{
    struct charged *k = arg;
    k->out = BUF(c->arena);
    struct json j = fw_begin(&k->out, S("Charge successful"));
    TRY(fw_write_payment(c, &j, "data", &k->of->payment, FW_ANSWERED));
    json_close(&j, '}');
    return E_OK;
}

static enum err charge(struct req *r)
{
    struct ctx *c = r->c;
    struct fw_opening asked = { .taken = false };
    struct fw_charging k = { .fault = FAULT_NONE };
    if (!fw_admitted(r, &asked.request))
        return E_OK;
    struct str currency = json_text(c->arena, asked.request, "currency");
    k.request = (struct json_value) { JSON_OBJECT, S("{}") };
    k.tx_ref = json_text(c->arena, asked.request, "tx_ref");
    k.token = json_text(c->arena, asked.request, "token");
    k.mail = json_text(c->arena, asked.request, "email");
    bool named = k.tx_ref.n > 0 && k.tx_ref.n <= 100 && k.token.n > 0 && k.mail.n > 0 &&
        json_text(c->arena, asked.request, "narration").n > 0 &&
        json_text(c->arena, asked.request, "country").n == 2;
    if (!named || !currency_parse(currency, &k.total.cur) ||
        !fw_amount(c->arena, asked.request, "amount", k.total.cur, &k.total.minor))
        return fw_refuse(r, 400,
            S("token, currency, country, amount, email, narration and tx_ref are required"));
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "customer", '{');
    json_str(&j, "email", k.mail);
    json_str(&j, "name",
        str_fmt(c->arena, "%.*s %.*s", SARG(json_text(c->arena, asked.request, "first_name")),
            SARG(json_text(c->arena, asked.request, "last_name"))));
    json_close(&j, '}');
    json_close(&j, '}');
    k.request.raw = buf_str(&b);
    if (fw_charge(c, &k) != E_OK) {
        if (c->err.code != CODE_CONFLICT)
            return code_info(c->err.code)->kind;
        struct str why = c->err.message;
        err_clear(c);
        return fw_refuse(r, 400, why);
    }
    if (fw_faulty(r, k.fault))
        return E_OK;
    struct charged shown = { .of = &k };
    TRY(sandbox_tx(c, "flutterwave.charged", charged_tx, &shown));
    fw_answer(r, 200, &shown.out);
    return E_OK;
}

/* ---- asking */

struct asking {
    struct req *r;
    struct str ref, status;
    int64_t number;
    enum fault fault;
    struct buf out;
    bool found;
};

/* What lies, lies in the answer only. */
static void lie(enum fault fault, struct fw_payment *p)
{
    if (fault == FAULT_WRONG_AMOUNT)
        p->amount_minor += 1;
    if (fault == FAULT_WRONG_CURRENCY)
        p->currency = str_eq(p->currency, S("USD")) ? S("EUR") : S("USD");
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct fw_payment p;
    k->out = BUF(c->arena);
    TRY(fault_take(c, FW, "query", &k->fault));
    if (k->ref.n > 0)
        TRY(fw_payment_first(c, k->ref, &k->found, &p));
    else
        TRY(fw_payment_get(c, k->number - FW_PAYMENT_BASE, &k->found, &p));
    if (!k->found)
        return E_OK;
    lie(k->fault, &p);
    struct json j = fw_begin(&k->out, S("Transaction fetched successfully"));
    TRY(fw_write_payment(c, &j, "data", &p, FW_ANSWERED));
    json_close(&j, '}');
    return E_OK;
}

static enum err answer_asked(
    struct req *r, struct asking *k, enum err (*body)(struct ctx *c, void *arg))
{
    TRY(sandbox_tx(r->c, "flutterwave.query", body, k));
    if (fw_faulty(r, k->fault))
        return E_OK;
    if (!k->found)
        return fw_refuse(r, 404, S("No transaction was found for this id"));
    fw_answer(r, 200, &k->out);
    return E_OK;
}

static enum err verify(struct req *r)
{
    struct asking k = { .number = 0 };
    if (!fw_admitted(r, NULL))
        return E_OK;
    if (!str_to_i64(r->params[0], &k.number))
        k.number = 0;
    return answer_asked(r, &k, verify_tx);
}

static enum err verify_by_reference(struct req *r)
{
    struct asking k = { .number = 0 };
    bool given = false;
    if (!fw_admitted(r, NULL))
        return E_OK;
    TRY(req_query(r, "tx_ref", &given, &k.ref));
    if (!given || k.ref.n == 0)
        return fw_refuse(r, 400, S("tx_ref is required"));
    return answer_asked(r, &k, verify_tx);
}

static void write_pages(struct json *j, size_t n)
{
    json_open(j, "meta", '{');
    json_open(j, "page_info", '{');
    json_i64(j, "total", (int64_t)n);
    json_i64(j, "current_page", 1);
    json_i64(j, "total_pages", 1);
    json_close(j, '}');
    json_close(j, '}');
}

static enum err list_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct fw_payment p[FW_PAYMENTS_MAX];
    size_t n = 0;
    k->out = BUF(c->arena);
    k->found = true;
    TRY(fault_take(c, FW, "query", &k->fault));
    TRY(fw_payments(c, k->ref, k->status, p, &n));
    struct json j = fw_begin(&k->out, S("Transactions fetched"));
    write_pages(&j, n);
    json_open(&j, "data", '[');
    for (size_t i = 0; i < n; i++) {
        lie(k->fault, &p[i]);
        TRY(fw_write_payment(c, &j, NULL, &p[i], FW_LISTED));
    }
    json_close(&j, ']');
    json_close(&j, '}');
    return E_OK;
}

static enum err list(struct req *r)
{
    struct asking k = { .ref = S(""), .status = S("") };
    bool given = false;
    if (!fw_admitted(r, NULL))
        return E_OK;
    TRY(req_query(r, "tx_ref", &given, &k.ref));
    TRY(req_query(r, "status", &given, &k.status));
    return answer_asked(r, &k, list_tx);
}

/* ---- refunds */

struct refunding {
    struct json_value body;
    int64_t number;
    enum fault fault;
    struct str why;
    struct buf out;
};

static enum err refund_tx(struct ctx *c, void *arg)
{
    struct refunding *k = arg;
    struct fw_payment p;
    struct hosted s;
    bool found = false;
    k->out = BUF(c->arena);
    k->why = S("");
    TRY(fault_take(c, FW, "refund", &k->fault));
    if (fault_prevents(k->fault))
        return E_OK;
    TRY(fw_payment_get(c, k->number - FW_PAYMENT_BASE, &found, &p));
    if (!found || !str_eq(p.status, S("successful"))) {
        k->why = S("No transaction was found for this id");
        return E_OK;
    }
    TRY(hosted_get(c, FW, p.tx_ref, &s));
    struct fw_refund f = { .payment_n = p.n,
        .comments = str_part(json_text(c->arena, k->body, "comments"), 0, 200) };
    bool given = json_at(k->body, "amount").kind != JSON_ABSENT;
    if (given && !fw_amount(c->arena, k->body, "amount", fw_money(&s).cur, &f.amount_minor)) {
        k->why = S("amount is invalid");
        return E_OK;
    }
    if (f.amount_minor > s.amount_minor - s.refunded_minor || s.state == HOSTED_REFUNDED) {
        k->why = S("Refund amount is more than what is left of the transaction");
        return E_OK;
    }
    TRY(fw_give_back(c, &s, &f));
    f.comments = S(""); /* the answer to who made it does not repeat them */
    struct json j = fw_begin(&k->out, S("Transaction refund initiated"));
    fw_write_refund(c, &j, "data", &f, &p);
    json_close(&j, '}');
    return E_OK;
}

static enum err refund(struct req *r)
{
    struct refunding k = { .number = 0 };
    if (!fw_admitted(r, &k.body))
        return E_OK;
    if (!str_to_i64(r->params[0], &k.number))
        k.number = 0;
    TRY(sandbox_tx(r->c, "flutterwave.refund", refund_tx, &k));
    sandbox_wake(r->c->sandbox);
    if (fw_faulty(r, k.fault))
        return E_OK;
    if (k.why.n > 0)
        return fw_refuse(r, 400, k.why);
    fw_answer(r, 200, &k.out);
    return E_OK;
}

static enum err refunds_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct fw_payment p;
    struct fw_refund f[FW_PAYMENTS_MAX];
    size_t n = 0;
    k->out = BUF(c->arena);
    TRY(fault_take(c, FW, "query", &k->fault));
    TRY(fw_payment_get(c, k->number - FW_PAYMENT_BASE, &k->found, &p));
    if (!k->found)
        return E_OK;
    TRY(fw_refunds(c, p.n, f, &n));
    struct json j = fw_begin(&k->out, S("Refunds fetched"));
    write_pages(&j, n);
    json_open(&j, "data", '[');
    for (size_t i = 0; i < n; i++)
        fw_write_refund(c, &j, NULL, &f[i], &p);
    json_close(&j, ']');
    json_close(&j, '}');
    return E_OK;
}

static enum err refunds(struct req *r)
{
    struct asking k = { .number = 0 };
    if (!fw_admitted(r, NULL))
        return E_OK;
    TRY(req_query_i64(r, "id", 1, INT64_MAX, &k.number));
    return answer_asked(r, &k, refunds_tx);
}

static enum err one_refund_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct fw_payment p;
    struct fw_refund f;
    bool found = false;
    k->out = BUF(c->arena);
    TRY(fault_take(c, FW, "query", &k->fault));
    TRY(fw_refund_get(c, k->number - FW_REFUND_BASE, &k->found, &f));
    if (!k->found)
        return E_OK;
    TRY(fw_payment_get(c, f.payment_n, &found, &p));
    must(found);
    struct json j = fw_begin(&k->out, S("Refund fetched"));
    fw_write_refund(c, &j, "data", &f, &p);
    json_close(&j, '}');
    return E_OK;
}

static enum err one_refund(struct req *r)
{
    struct asking k = { .number = 0 };
    if (!fw_admitted(r, NULL))
        return E_OK;
    if (!str_to_i64(r->params[0], &k.number))
        k.number = 0;
    return answer_asked(r, &k, one_refund_tx);
}

/* ---- POST /v3/transactions/{id}/resend-hook */

static enum err resend_tx(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct fw_payment p;
    struct hosted s;
    k->out = BUF(c->arena);
    TRY(fw_payment_get(c, k->number - FW_PAYMENT_BASE, &k->found, &p));
    if (!k->found)
        return E_OK;
    TRY(hosted_get(c, FW, p.tx_ref, &s));
    TRY(fw_tell_payment(c, &s, &p));
    struct json j = fw_begin(&k->out, S("hook sent successfully"));
    json_str(&j, "data", S("hook sent"));
    json_close(&j, '}');
    return E_OK;
}

static enum err resend(struct req *r)
{
    struct asking k = { .number = 0 };
    if (!fw_admitted(r, NULL))
        return E_OK;
    if (!str_to_i64(r->params[0], &k.number))
        k.number = 0;
    TRY(answer_asked(r, &k, resend_tx));
    sandbox_wake(r->c->sandbox);
    return E_OK;
}

bool fw_stray(struct req *r)
{
    if (!str_starts(r->path, S("/v3/")) && !str_starts(r->path, S("//v3/")))
        return false;
    fw_refuse(r, 404,
        str_fmt(r->c->arena,
            "Cannot %.*s %.*s. The simulated Flutterwave has no such route; docs/sandbox.md lists "
            "what it has.",
            SARG(r->method), SARG(str_clean(r->c->arena, r->path, 200))));
    return true;
}

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, "Flutterwave: " about   \
    }
static const struct route table[] = {
    ROW("POST", "/v3/payments", create, "opens a page."),
    ROW("POST", "/v3/payments/link/disable", disable, "ends a page."),
    ROW("POST", "/v3/tokenized-charges", charge, "charges a card again."),
    ROW("GET", "/v3/transactions", list, "payments, newest first."),
    ROW("GET", "//v3/transactions", list, "the same, as the vendor's own client asks for it."),
    ROW("GET", "/v3/transactions/verify_by_reference", verify_by_reference,
        "the payment of a tx_ref."),
    ROW("GET", "/v3/transactions/{id}/verify", verify, "a payment by its number."),
    ROW("POST", "/v3/transactions/{id}/refund", refund, "gives back."),
    ROW("POST", "/v3/transactions/{id}/resend-hook", resend, "tells of a payment again."),
    ROW("GET", "/v3/refunds", refunds, "what went back of a payment."),
    ROW("GET", "/v3/refunds/{id}", one_refund, "a refund by its number."),
    ROW("GET", "/v3/hosted/pay/{token}", fw_page, "where the buyer pays."),
    ROW("POST", "/v3/hosted/pay/{token}", fw_page_act, "what the buyer chose."),
};
const struct routes flutterwave_routes = { table, ARRAY_LEN(table) };
