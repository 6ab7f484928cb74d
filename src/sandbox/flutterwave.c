#include "sandbox/flutterwave.h"

#include "base/config.h"
#include "base/url.h"

/* Paying on Flutterwave's page, and what becomes of it.  A card that is refused leaves the page
 * open: the next try has another number under the same tx_ref. */

enum {
    CERTAIN_MS = 60 * 1000 /* what a phone or a bank takes, when it takes its time */
};

bool fw_key_ok(const struct req *r)
{
    struct secret key;
    struct str given = str_trim(req_header(r, S("Authorization")));
    return str_starts(given, S("Bearer ")) &&
        config_secret(r->c->config, CFG_FLUTTERWAVE_SECRET_KEY, 0, &key) &&
        secret_is(key, str_from(given, S("Bearer ").n));
}

struct str fw_text(struct arena *a, const struct hosted *s, const char *path)
{
    return json_text(a, json_root(s->request), path);
}

struct money fw_money(const struct hosted *s)
{
    struct money m = { s->amount_minor, CUR_NONE };
    must(currency_parse(s->currency, &m.cur));
    return m;
}

static struct str other_currency(struct str cur)
{
    return str_eq(cur, S("USD")) ? S("EUR") : S("USD");
}

/* ---- opening */

static enum err open_tx(struct ctx *c, void *arg)
{
    struct fw_opening *o = arg;
    struct hosted found,
        s = { .gateway = FW,
            .id = o->tx_ref,
            .amount_minor = o->total.minor,
            .currency = currency_code(o->total.cur),
            .created_ms = c->now_ms,
            .request = o->request.raw,
            .own = S("{}") };
    TRY(fault_take(c, FW, "create", &o->fault));
    if (fault_prevents(o->fault))
        return E_OK;
    TRY(hosted_find(c, o->tx_ref, &o->taken, &found));
    if (o->taken)
        return E_OK;
    if (o->fault == FAULT_WRONG_AMOUNT)
        s.amount_minor += 1;
    if (o->fault == FAULT_WRONG_CURRENCY)
        s.currency = other_currency(s.currency);
    TRY(hosted_add(c, &s));
    return fw_link_add(c, o->token, o->tx_ref);
}

static struct str link_new(struct ctx *c)
{
    struct buf b = BUF(c->arena);
    struct str uuid = uuid_new(c);
    buf_add(&b, S("flwlnk-"));
    for (size_t i = 0; i < uuid.n; i++)
        if (uuid.p[i] != '-')
            buf_char(&b, uuid.p[i]);
    return buf_str(&b);
}

enum err fw_open(struct ctx *c, struct fw_opening *o)
{
    o->token = link_new(c);
    TRY(sandbox_tx(c, "flutterwave.open", open_tx, o));
    sandbox_wake(c->sandbox);
    return E_OK;
}

/* ---- by what */

bool fw_offers(struct arena *a, const struct hosted *s, const char *method)
{
    static const struct {
        const char *method, *begins;
    } options[] = {
        { "card", "card" },
        { "card", "applepay" },
        { "card", "googlepay" },
        { "mobile_money", "mobilemoney" },
        { "mobile_money", "mpesa" },
        { "bank", "banktransfer" },
        { "bank", "account" },
        { "bank", "ussd" },
    };
    struct str list = fw_text(a, s, "payment_options"), option;
    if (list.n == 0)
        return true;
    for (bool more = true; more;) {
        more = str_cut(list, ',', &option, &list);
        for (size_t i = 0; i < ARRAY_LEN(options); i++)
            if (str_eq(str_of_c(options[i].method), str_of_c(method)) &&
                str_starts(str_trim(option), str_of_c(options[i].begins)))
                return true;
    }
    return false;
}

static struct str mobile_type(struct str currency)
{
    static const struct {
        struct str currency, type;
    } types[] = {
        { S_INIT("GHS"), S_INIT("mobilemoneygh") },
        { S_INIT("KES"), S_INIT("mpesa") },
        { S_INIT("RWF"), S_INIT("mobilemoneyrw") },
        { S_INIT("TZS"), S_INIT("mobilemoneytz") },
        { S_INIT("UGX"), S_INIT("mobilemoneyug") },
        { S_INIT("ZMW"), S_INIT("mobilemoneyzm") },
        { S_INIT("MWK"), S_INIT("mobilemoneymw") },
        { S_INIT("XAF"), S_INIT("mobilemoneyfranco") },
        { S_INIT("XOF"), S_INIT("mobilemoneyfranco") },
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_eq(types[i].currency, currency))
            return types[i].type;
    return S("");
}

/* The way that was chosen, or the first that the page offers. */
static enum err choose(
    struct ctx *c, const struct hosted *s, const struct fw_try *in, const char **ret)
{
    static const char *const ways[] = { "card", "mobile_money", "bank" };
    struct str wanted = in->by.n > 0 ? in->by
        : in->paying.phone.n > 0     ? S("mobile_money")
        : in->paying.card.n > 0      ? S("card")
                                     : S("");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        bool able = i != 1 || mobile_type(s->currency).n > 0;
        if (able && (wanted.n == 0 || str_eq(wanted, str_of_c(ways[i]))) &&
            fw_offers(c->arena, s, ways[i])) {
            *ret = ways[i];
            return E_OK;
        }
    }
    return fail(c, INVALID_REQUEST, "this page does not offer %.*s",
        SARG(wanted.n > 0 ? wanted : S("anything that pays in this currency")));
}

static enum err by_card(
    struct ctx *c, const struct fw_try *in, struct fw_payment *p, struct str *ret_why)
{
    struct str number = card_digits(c->arena, in->paying.card);
    bool declines = in->paying.act == ACT_DECLINE;
    if (number.n == 0)
        number = declines ? S("5258585922666506") : fw_cards[0].number;
    const struct fw_card *card = fw_card_find(number);
    if (card == NULL)
        return fail(c, INVALID_REQUEST,
            "only Flutterwave's test cards pay here, such as 5531 8866 5214 2950; never type a real "
            "one");
    p->type = S("card");
    p->card = card->number;
    p->response = card->refusal.n > 0 ? card->refusal : S("Approved by Financial Institution");
    *ret_why = card->refusal;
    return E_OK;
}

/* ---- trying */

static struct str flw_ref(struct ctx *c)
{
    unsigned char raw[16];
    random_bytes(c, raw, sizeof raw);
    return str_fmt(c->arena, "FLW-MOCK-%.*s",
        SARG(hex_text(c->arena, (struct str) { (const char *)raw, sizeof raw })));
}

/* Also while an earlier try waits to be certain: then both may take the money. */
static enum err may_pay(struct ctx *c, const struct hosted *s)
{
    struct fw_link link;
    if (s->state != HOSTED_OPEN)
        return fail(c, CONFLICT, "this session is %.*s: nobody can pay it any more",
            SARG(hosted_state_text(s->state)));
    TRY(fw_link_of(c, s->id, &link));
    return link.ended ? fail(c, CONFLICT, "this link was disabled: nobody can pay by it any more")
                      : E_OK;
}

/* The session as its payment left it: what control routes and totals show. */
static enum err capture(struct ctx *c, struct hosted *s, const struct fw_payment *p)
{
    const struct fw_card *card = fw_card_find(p->card);
    s->method = p->type;
    s->brand = card != NULL ? card->brand : S("");
    s->last4 = card != NULL ? str_from(p->card, p->card.n - 4) : S("");
    return hosted_happens(c, s, HAPPENED_PAID, 0);
}

static enum err attempt(
    struct ctx *c, struct hosted *s, const struct fw_try *in, struct paid *ret, int64_t *ret_id)
{
    enum act act = in->paying.act;
    const char *by = NULL;
    struct str why = S("");
    TRY(choose(c, s, in, &by));
    struct fw_payment p = { .tx_ref = s->id,
        .flw_ref = flw_ref(c),
        .amount_minor = s->amount_minor,
        .currency = s->currency,
        .response = S("Successful"),
        .phone = in->paying.phone,
        .created_ms = c->now_ms };
    if (str_eq(str_of_c(by), S("card")))
        TRY(by_card(c, in, &p, &why));
    else
        p.type = str_eq(str_of_c(by), S("bank")) ? S("bank_transfer") : mobile_type(s->currency);
    if (act == ACT_DECLINE && why.n == 0)
        why = S("Transaction declined by the customer");
    bool later = act == ACT_ASYNC_SUCCESS || act == ACT_ASYNC_FAILURE;
    p.status = why.n > 0 ? S("failed") : later ? S("pending") : S("successful");
    p.response = why.n > 0 ? why : p.response;
    p.turn_ms = later && why.n == 0 ? c->now_ms + CERTAIN_MS : 0;
    p.turn = act == ACT_ASYNC_FAILURE ? S("failed") : S("successful");
    TRY(fw_payment_add(c, &p));
    *ret_id = FW_PAYMENT_BASE + p.n;
    if (str_eq(p.status, S("successful"))) {
        ret->happened = HAPPENED_PAID;
        return capture(c, s, &p);
    }
    *ret = (struct paid) { .declined = why.n > 0, .why = why, .happened = HAPPENED_OPENED };
    return fw_tell_payment(c, s, &p);
}

enum err fw_pay(
    struct ctx *c, struct hosted *s, const struct fw_try *in, struct paid *ret, int64_t *ret_id)
{
    *ret = (struct paid) { .happened = HAPPENED_OPENED };
    *ret_id = 0;
    TRY(may_pay(c, s));
    s->payer = in->paying.payer;
    switch (in->paying.act) {
    case ACT_CARD:
    case ACT_SUCCESS:
    case ACT_DECLINE:
    case ACT_ASYNC_SUCCESS:
    case ACT_ASYNC_FAILURE:
        return attempt(c, s, in, ret, ret_id);
    case ACT_CANCEL:
        ret->happened = HAPPENED_CANCELLED;
        return E_OK;
    case ACT_EXPIRE:
        ret->happened = HAPPENED_EXPIRED;
        return hosted_happens(c, s, HAPPENED_EXPIRED, 0);
    case ACT_CRYPTO:
        return fail(c, INVALID_REQUEST, "Flutterwave takes no crypto");
    case ACT_COUNT:
        break;
    }
    never("an act that is none");
}

/* ---- without a page */

static const struct fw_card *card_of_token(struct arena *a, struct str token, struct str mail)
{
    for (size_t i = 0; i < fw_card_count; i++)
        if (str_eq(fw_token(a, fw_cards[i].number, mail), token))
            return &fw_cards[i];
    return NULL;
}

static enum err charge_tx(struct ctx *c, void *arg)
{
    struct fw_charging *k = arg;
    const struct fw_card *card = card_of_token(c->arena, k->token, k->mail);
    struct hosted found,
        s = { .gateway = FW,
            .id = k->tx_ref,
            .amount_minor = k->total.minor,
            .currency = currency_code(k->total.cur),
            .created_ms = c->now_ms,
            .request = k->request.raw,
            .own = S("{}") };
    bool taken = false;
    TRY(fault_take(c, FW, "charge", &k->fault));
    if (fault_prevents(k->fault))
        return E_OK;
    TRY(hosted_find(c, k->tx_ref, &taken, &found));
    if (taken || card == NULL)
        return fail(c, CONFLICT, taken ? "Duplicate transaction reference" : "Invalid token");
    TRY(hosted_add(c, &s));
    TRY(fw_link_add(c, link_new(c), k->tx_ref));
    k->payment = (struct fw_payment) { .tx_ref = s.id,
        .flw_ref = flw_ref(c),
        .status = S("successful"),
        .amount_minor = s.amount_minor,
        .currency = s.currency,
        .type = S("card"),
        .response = S("APPROVED"),
        .card = card->number,
        .created_ms = c->now_ms };
    TRY(fw_payment_add(c, &k->payment));
    return capture(c, &s, &k->payment);
}

enum err fw_charge(struct ctx *c, struct fw_charging *in)
{
    TRY(sandbox_tx(c, "flutterwave.charge", charge_tx, in));
    sandbox_wake(c->sandbox);
    return E_OK;
}

/* ---- back to the shop: its address with three more parameters, whatever it had */

struct str fw_return(struct arena *a, const struct hosted *s, struct str status, int64_t id)
{
    struct buf b = BUF(a);
    struct str url = fw_text(a, s, "redirect_url");
    if (url.n == 0)
        return url;
    buf_fmt(&b, "%.*s%sstatus=%.*s&tx_ref=%.*s", SARG(url), str_has(url, S("?")) ? "&" : "?",
        SARG(status), SARG(url_encode(a, s->id)));
    if (id > 0)
        buf_fmt(&b, "&transaction_id=%lld", (long long)id);
    return buf_str(&b);
}

struct str fw_return_after(struct arena *a, const struct hosted *s, const struct fw_try *in,
    const struct paid *paid, int64_t id)
{
    if (in->paying.act == ACT_CANCEL)
        return fw_return(a, s, S("cancelled"), 0);
    if (paid->declined || in->paying.act == ACT_EXPIRE)
        return S("");
    bool later = in->paying.act == ACT_ASYNC_SUCCESS || in->paying.act == ACT_ASYNC_FAILURE;
    return fw_return(a, s, later ? S("completed") : S("successful"), id);
}

/* ---- giving back */

static enum err paid_of(struct ctx *c, const struct hosted *s, struct fw_payment *ret)
{
    struct fw_payment p[FW_PAYMENTS_MAX];
    size_t n = 0;
    TRY(fw_payments(c, s->id, S("successful"), p, &n));
    if (n == 0)
        return fail(c, CONFLICT, "nobody has paid here");
    *ret = p[0];
    return E_OK;
}

enum err fw_give_back(struct ctx *c, struct hosted *s, struct fw_refund *f)
{
    int64_t left = s->amount_minor - s->refunded_minor;
    f->amount_minor = f->amount_minor > 0 ? f->amount_minor : left;
    f->created_ms = c->now_ms;
    if (!s->captured || f->amount_minor > left || left == 0)
        return fail(c, CONFLICT, "%lld of %lld are left to be given back",
            (long long)(s->captured ? left : 0), (long long)s->amount_minor);
    TRY(fw_refund_add(c, f));
    return hosted_happens(c, s, HAPPENED_PARTLY_REFUNDED, f->amount_minor);
}

/* ---- the house */

static enum err tells(struct ctx *c, const struct hosted *s, enum happening h, struct told *ret)
{
    struct fw_payment p;
    struct fw_refund f[FW_PAYMENTS_MAX];
    size_t n = 0;
    *ret = (struct told) { .body = S("") };
    if (h == HAPPENED_DISPUTED || h == HAPPENED_DISPUTE_WON || h == HAPPENED_DISPUTE_LOST)
        return fail(c, INVALID_REQUEST,
            "Flutterwave tells of no dispute; its list of chargebacks is not simulated");
    if (h == HAPPENED_PAID) {
        TRY(paid_of(c, s, &p));
        return fw_tell_payment(c, s, &p);
    }
    if (h != HAPPENED_PARTLY_REFUNDED)
        return E_OK;
    TRY(paid_of(c, s, &p));
    TRY(fw_refunds(c, p.n, f, &n));
    must(n > 0);
    return fw_tell_refund(c, s, &p, &f[0]);
}

static bool owns(struct str id)
{
    (void)id;
    return false; /* its ids are the merchant's, of any form: they are found as sessions */
}

static enum err pay(struct ctx *c, struct str id, const struct paying *in, struct dealt *ret)
{
    struct hosted s;
    struct paid paid;
    struct fw_try how = { .paying = *in };
    int64_t number = 0;
    TRY(hosted_get(c, FW, id, &s));
    TRY(fw_pay(c, &s, &how, &paid, &number));
    *ret = dealt_of(&s);
    ret->declined = paid.declined;
    ret->why = paid.why;
    ret->redirect = fw_return_after(c->arena, &s, &how, &paid, number);
    return E_OK;
}

static enum err emit(
    struct ctx *c, struct str id, enum happening happening, int64_t amount, struct dealt *ret)
{
    struct hosted s;
    struct fw_payment p;
    TRY(hosted_get(c, FW, id, &s));
    if (happening == HAPPENED_REFUNDED || happening == HAPPENED_PARTLY_REFUNDED) {
        if (happening == HAPPENED_PARTLY_REFUNDED && amount <= 0)
            return fail(c, INVALID_REQUEST, "amount is what is given back, in minor units above 0");
        TRY(paid_of(c, &s, &p));
        struct fw_refund f = { .payment_n = p.n,
            .amount_minor = happening == HAPPENED_REFUNDED ? 0 : amount,
            .comments = S("made in the dashboard") };
        TRY(fw_give_back(c, &s, &f));
    } else {
        TRY(hosted_happens(c, &s, happening, amount));
    }
    *ret = dealt_of(&s);
    return E_OK;
}

static enum err turn(struct ctx *c, int64_t *ret_n)
{
    enum {
        AT_ONCE = 100
    };
    *ret_n = 0;
    while (*ret_n < AT_ONCE) {
        struct hosted s;
        struct fw_payment p;
        bool due = false;
        TRY(fw_payment_due(c, &due, &p));
        if (!due)
            return E_OK;
        bool pays = str_eq(p.turn, S("successful"));
        p.status = p.turn;
        p.response = pays ? S("Successful") : S("Transaction timed out");
        p.turn_ms = 0;
        TRY(fw_payment_save(c, &p));
        TRY(hosted_get(c, FW, p.tx_ref, &s));
        bool first = pays && s.state == HOSTED_OPEN;
        TRY(first ? capture(c, &s, &p) : fw_tell_payment(c, &s, &p));
        ++*ret_n;
    }
    return E_OK;
}

static const struct holdings holdings = {
    .owns = owns,
    .pay = pay,
    .emit = emit,
    .next_due = fw_next_due,
    .turn = turn,
    .reset = fw_empty,
};

const struct site flutterwave_site = {
    .name = S_INIT("Simulated Flutterwave"),
    .color = S_INIT(SIMULATED_COLOR),
    .sandbox = true,
};

const struct simulator simulator_flutterwave = {
    .name = S_INIT("flutterwave"),
    .title = S_INIT("Flutterwave"),
    .routes = &flutterwave_routes,
    .site = &flutterwave_site,
    .webhook_path = S_INIT("/api/webhooks/flutterwave"),
    .tells = tells,
    .stray = fw_stray,
    .holds = &holdings,
};
