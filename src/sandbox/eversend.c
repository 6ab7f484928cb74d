#include "sandbox/eversend.h"

#include "base/config.h"

/* Asking a phone, and what becomes of it.  Nobody has published numbers to test with: how a number
 * ends says here what it does, and every other one waits for its owner. */

enum {
    SOON_MS = 3000,            /* what somebody takes who has the phone in the hand */
    WINDOW_MS = 5 * 60 * 1000, /* then a prompt that nobody answers is over */
    CODE_MS = 10 * 60 * 1000,
    CERTAIN_MS = 60 * 1000
};

const struct evs_habit evs_habits[] = {
    { S_INIT("000"), S_INIT("Pays"), S_INIT("successful"), S_INIT("") },
    { S_INIT("001"), S_INIT("Declines"), S_INIT("failed"), S_INIT("Payer declined") },
    { S_INIT("002"), S_INIT("Never answers"), S_INIT(""), S_INIT("") },
    { S_INIT(EVS_SILENT), S_INIT("Pays, and no webhook says so"), S_INIT("successful"),
        S_INIT("") },
    { S_INIT(EVS_LIES), S_INIT("Does not pay, and the webhook says it did"), S_INIT("failed"),
        S_INIT("Payer declined") },
    { S_INIT("005"), S_INIT("Has not enough money"), S_INIT("failed"),
        S_INIT("Insufficient balance") },
};
const size_t evs_habit_count = ARRAY_LEN(evs_habits);

#define EVS_STRANGER "006" /* of nobody who has mobile money */

const struct evs_habit *evs_habit_of(struct str phone)
{
    for (size_t i = 0; i < ARRAY_LEN(evs_habits); i++)
        if (str_ends(phone, evs_habits[i].ends))
            return &evs_habits[i];
    return NULL;
}

const struct evs_land evs_lands[] = {
    { S_INIT("UG"), S_INIT("UGX") },
    { S_INIT("KE"), S_INIT("KES") },
    { S_INIT("GH"), S_INIT("GHS") },
    { S_INIT("RW"), S_INIT("RWF") },
    { S_INIT("CM"), S_INIT("XAF") },
    { S_INIT("CI"), S_INIT("XOF") },
    { S_INIT("TZ"), S_INIT("TZS") },
};
const size_t evs_land_count = ARRAY_LEN(evs_lands);

bool evs_is_phone(struct str s)
{
    if (s.n < 10 || s.n > 16 || s.p[0] != '+')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* ---- a code */

static enum err code_tx(struct ctx *c, void *arg)
{
    struct evs_code *k = arg;
    const struct evs_pin p = {
        .pin_id = k->pin_id, .phone = k->phone, .until_ms = c->now_ms + CODE_MS
    };
    TRY(fault_take(c, EVS, "code", &k->fault));
    return fault_prevents(k->fault) ? E_OK : evs_pin_add(c, &p);
}

enum err evs_send_code(struct ctx *c, struct evs_code *in)
{
    unsigned char raw[17];
    random_bytes(c, raw, sizeof raw);
    in->pin_id = str_fmt(c->arena, "VE%.*s",
        SARG(hex_text(c->arena, (struct str) { (const char *)raw, sizeof raw })));
    return sandbox_tx(c, "eversend.code", code_tx, in);
}

/* Empty: it holds, and is used up. */
static enum err check_code(struct ctx *c, struct evs_collect *k, struct str *ret_why)
{
    struct evs_pin p;
    bool found = false;
    struct str pin = json_text(c->arena, k->request, "otp.pin");
    struct str pin_id = json_text(c->arena, k->request, "otp.pinId");
    *ret_why = S("");
    if (pin.n == 0 && pin_id.n == 0) {
        if (str_eq(config_str(c->config, CFG_EVERSEND_OTP), S("required")))
            *ret_why = S("otp is required");
        return E_OK;
    }
    TRY(evs_pin_find(c, pin_id, &found, &p));
    bool usable =
        found && str_eq(p.phone, k->t.phone) && p.until_ms > c->now_ms && p.wrong < EVS_WRONG_MAX;
    *ret_why = !usable ? S("OTP expired") : str_eq(pin, S(EVS_CODE)) ? S("") : S("Invalid OTP");
    if (!usable)
        return E_OK;
    p.wrong += ret_why->n > 0;
    p.until_ms = ret_why->n > 0 ? p.until_ms : c->now_ms;
    return evs_pin_save(c, &p);
}

/* ---- asking */

static struct str other_currency(struct str cur)
{
    return str_eq(cur, S("UGX")) ? S("RWF") : S("UGX");
}

/* By what the number does, or when nobody has done anything. */
static void will_turn(const struct ctx *c, struct evs_transaction *t)
{
    const struct evs_habit *h = evs_habit_of(t->phone);
    bool never = h != NULL && h->status.n == 0;
    t->turn_ms = never ? 0 : c->now_ms + (h != NULL ? SOON_MS : WINDOW_MS);
    t->turn = h != NULL ? h->status : S("failed");
}

static enum err add(struct ctx *c, struct evs_collect *k)
{
    struct evs_transaction *t = &k->t;
    t->status = S("pending");
    t->created_ms = t->updated_ms = c->now_ms;
    if (t->ref.n == 0)
        t->ref = t->id;
    if (k->fault == FAULT_WRONG_AMOUNT)
        t->amount_minor += 1;
    if (k->fault == FAULT_WRONG_CURRENCY)
        t->currency = other_currency(t->currency);
    struct hosted s = { .gateway = EVS,
        .id = t->ref,
        .amount_minor = t->amount_minor,
        .currency = t->currency,
        .created_ms = c->now_ms,
        .request = S("{}"),
        .own = S("{}") };
    TRY(hosted_add(c, &s));
    will_turn(c, t);
    return evs_add(c, t);
}

static enum err collect_tx(struct ctx *c, void *arg)
{
    struct evs_collect *k = arg;
    struct hosted other;
    bool taken = false;
    k->why = S("");
    TRY(fault_take(c, EVS, "create", &k->fault));
    if (fault_prevents(k->fault))
        return E_OK;
    if (k->t.ref.n > 0)
        TRY(hosted_find(c, k->t.ref, &taken, &other));
    if (taken) {
        k->why = S("transactionRef already exists");
        return E_OK;
    }
    TRY(check_code(c, k, &k->why));
    if (k->why.n == 0 && str_ends(k->t.phone, S(EVS_STRANGER)))
        k->why = S("Phone number is not registered for mobile money");
    return k->why.n > 0 ? E_OK : add(c, k);
}

enum err evs_collect(struct ctx *c, struct evs_collect *in)
{
    in->t.id = str_fmt(c->arena, "BE1%lld%09lld", (long long)(c->now_ms / 1000),
        (long long)random_below(c, 1000000000));
    TRY(sandbox_tx(c, "eversend.collect", collect_tx, in));
    sandbox_wake(c->sandbox);
    return E_OK;
}

/* ---- what its owner does */

enum err evs_answer(struct ctx *c, struct evs_transaction *t, struct str status, struct str reason)
{
    struct hosted s;
    if (!str_eq(t->status, S("pending")))
        return fail(
            c, CONFLICT, "this prompt is %.*s: nobody can answer it any more", SARG(t->status));
    t->status = status;
    t->reason = reason;
    t->updated_ms = c->now_ms;
    t->turn_ms = 0;
    TRY(evs_save(c, t));
    TRY(hosted_get(c, EVS, t->ref, &s));
    bool paid = str_eq(status, S("successful"));
    s.method = S("mobile_money");
    return hosted_happens(c, &s, paid ? HAPPENED_PAID : HAPPENED_EXPIRED, 0);
}

static enum err later(struct ctx *c, struct evs_transaction *t, const char *turn)
{
    t->turn_ms = c->now_ms + CERTAIN_MS;
    t->turn = str_of_c(turn);
    return evs_save(c, t);
}

static enum err act(struct ctx *c, struct evs_transaction *t, enum act act)
{
    switch (act) {
    case ACT_CARD:
    case ACT_SUCCESS:
        return evs_answer(c, t, S("successful"), S(""));
    case ACT_DECLINE:
    case ACT_CANCEL:
        return evs_answer(c, t, S("failed"), S("Payer declined"));
    case ACT_EXPIRE:
        return evs_answer(c, t, S("failed"), S("Payer did not respond in time"));
    case ACT_ASYNC_SUCCESS:
        return later(c, t, "successful");
    case ACT_ASYNC_FAILURE:
        return later(c, t, "failed");
    case ACT_CRYPTO:
        return fail(c, INVALID_REQUEST, "Eversend takes no crypto");
    case ACT_COUNT:
        break;
    }
    never("an act that is none");
}

/* ---- the house */

static enum err of_session(
    struct ctx *c, struct str id, struct hosted *s, struct evs_transaction *t)
{
    bool found = false;
    TRY(hosted_get(c, EVS, id, s));
    TRY(evs_by_ref(c, id, &found, t));
    must(found);
    return E_OK;
}

static enum err pay(struct ctx *c, struct str id, const struct paying *in, struct dealt *ret)
{
    struct hosted s;
    struct evs_transaction t;
    TRY(of_session(c, id, &s, &t));
    if (!str_eq(t.status, S("pending")))
        return fail(
            c, CONFLICT, "this prompt is %.*s: nobody can answer it any more", SARG(t.status));
    TRY(act(c, &t, in->act));
    TRY(hosted_get(c, EVS, id, &s));
    *ret = dealt_of(&s);
    ret->declined = str_eq(t.status, S("failed"));
    ret->why = t.reason;
    return E_OK;
}

/* What goes back is marked, and nobody is told. */
static enum err emit(
    struct ctx *c, struct str id, enum happening happening, int64_t amount, struct dealt *ret)
{
    struct hosted s;
    struct evs_transaction t;
    TRY(of_session(c, id, &s, &t));
    if (happening != HAPPENED_REFUNDED)
        return fail(c, INVALID_REQUEST,
            "Eversend marks a whole collection as refunded, and knows nothing else of this kind");
    TRY(hosted_happens(c, &s, happening, amount));
    t.refunded = true;
    t.updated_ms = c->now_ms;
    TRY(evs_save(c, &t));
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
        struct evs_transaction t;
        bool due = false;
        TRY(evs_due(c, &due, &t));
        if (!due)
            return E_OK;
        const struct evs_habit *h = evs_habit_of(t.phone);
        bool paid = str_eq(t.turn, S("successful"));
        TRY(evs_answer(c, &t, t.turn,
            paid            ? S("")
                : h != NULL ? h->reason
                            : S("Payer did not respond in time")));
        ++*ret_n;
    }
    return E_OK;
}

static enum err tells(struct ctx *c, const struct hosted *s, enum happening h, struct told *ret)
{
    struct evs_transaction t;
    bool found = false;
    *ret = (struct told) { .body = S("") };
    if (h != HAPPENED_PAID && h != HAPPENED_EXPIRED)
        return E_OK;
    TRY(evs_by_ref(c, s->id, &found, &t));
    must(found);
    return evs_tell(c, &t);
}

static bool owns(struct str id)
{
    (void)id;
    return false; /* its ids are the merchant's, of any form: they are found as sessions */
}

static const struct holdings holdings = {
    .owns = owns,
    .pay = pay,
    .emit = emit,
    .next_due = evs_next_due,
    .turn = turn,
    .reset = evs_empty,
};

const struct site eversend_site = {
    .name = S_INIT("Simulated phone"),
    .color = S_INIT(SIMULATED_COLOR),
    .sandbox = true,
};

const struct simulator simulator_eversend = {
    .name = S_INIT("eversend"),
    .title = S_INIT("Eversend"),
    .routes = &eversend_routes,
    .site = &eversend_site,
    .webhook_path = S_INIT("/api/webhooks/eversend"),
    .tells = tells,
    .stray = evs_stray,
    .holds = &holdings,
};
