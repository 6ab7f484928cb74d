#include "payment/prompt.h"

#include "base/fault.h"
#include "base/rate.h"

#include "db/db.h"
#include "job/job.h"
#include "payment/call.h"
#include "payment/prompt_db.h"
#include "switch/switch.h"

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS
};

static const struct gateway_phone *phone_of(const struct attempt *a)
{
    const struct gateway *g = gateway_by_id(a->gateway);
    return g != NULL ? g->phone : NULL;
}

bool attempt_by_phone(const struct attempt *a)
{
    return phone_of(a) != NULL;
}

enum err prompt_page_url(
    struct ctx *c, const struct order *o, const struct attempt *a, struct str *ret)
{
    struct str token;
    *ret = S("");
    if (!attempt_by_phone(a))
        return E_OK;
    TRY(order_token(c, o, &token));
    *ret = config_site_url(
        c, str_fmt(c->arena, "/pay/%.*s?t=%.*s", SARG(attempt_id(c->arena, a)), SARG(token)));
    return E_OK;
}

enum err prompt_of(struct ctx *c, int64_t attempt_n, struct prompt *ret)
{
    return prompt_db_of(c, attempt_n, ret);
}

int64_t prompt_question_ms(const struct ctx *c, const struct attempt *a)
{
    static const struct {
        int64_t every_ms, until_ms;
    } paces[] = { { 5 * SECOND_MS, MINUTE_MS }, { 30 * SECOND_MS, 11 * MINUTE_MS } };
    int64_t age = c->now_ms - a->prompted_ms;
    for (size_t i = 0; i < ARRAY_LEN(paces); i++)
        if (age < paces[i].until_ms)
            return a->prompted_ms + (age / paces[i].every_ms + 1) * paces[i].every_ms;
    return 0;
}

/* ---- a number */

static bool is_noise(char ch)
{
    return ch == ' ' || ch == '-' || ch == '.' || ch == '(' || ch == ')' || ch == '\t';
}

bool prompt_phone(
    struct arena *a, const struct gateway_land *land, struct str typed, struct str *ret)
{
    struct buf b = BUF(a);
    size_t local = (size_t)land->digits;
    for (size_t i = 0; i < typed.n; i++)
        if (!is_noise(typed.p[i]))
            buf_char(&b, typed.p[i]);
    struct str s = buf_str(&b);
    bool whole = str_starts(s, S("+")) || str_starts(s, S("00"));
    if (whole)
        s = str_from(s, s.p[0] == '+' ? 1 : 2);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    if ((whole || s.n == land->dial.n + local) && str_starts(s, land->dial))
        s = str_from(s, land->dial.n);
    else if (whole)
        return false;
    if (s.n == local + 1 && s.p[0] == '0') /* as it is dialled at home */
        s = str_from(s, 1);
    if (s.n != local)
        return false;
    *ret = str_fmt(a, "+%.*s%.*s", SARG(land->dial), SARG(s));
    return true;
}

/* ---- each step: what is stored, the call, what it brought */

struct step {
    int64_t n;
    struct attempt a;
    struct order o;
    struct prompt p;
    bool ready;   /* there is something to do */
    bool limited; /* other orders had too many codes sent to this number */
    const struct prompt_number *number;
    struct str code, counted; /* counted: the number that may be asked without a code */
    /* what the calls brought */
    struct gateway_fee fee;
    struct gateway_code sent;
    struct gateway_prompted asked;
};

/* Under the order's lock.  ready: it waits for its buyer, and no phone may have been asked yet. */
static enum err load(struct ctx *c, struct step *k)
{
    TRY(attempt_by_n(c, k->n, &k->a));
    TRY(order_lock(c, k->a.order_n, &k->o));
    TRY(attempt_by_n(c, k->n, &k->a));
    TRY(prompt_db_of(c, k->n, &k->p));
    k->ready = phone_of(&k->a) != NULL && k->a.status == ATTEMPT_OPEN &&
        k->o.status == ORDER_PENDING && k->a.expires_ms > c->now_ms &&
        (k->p.state == PROMPT_NUMBER || k->p.state == PROMPT_CODE) && k->a.prompted_ms == 0;
    return E_OK;
}

static enum err put(struct ctx *c, struct step *k)
{
    db_touch(c, order_topic(c->arena, &k->o));
    return prompt_db_put(c, &k->p);
}

static enum err stop(struct ctx *c, struct step *k, enum prompt_trouble trouble)
{
    k->ready = false;
    k->p.trouble = trouble;
    k->p.words = S("");
    return put(c, k);
}

static bool needs_code(const struct ctx *c, const struct step *k)
{
    return phone_of(&k->a)->codes(c->config);
}

/* ---- a number: a code is sent to it */

/* Each is counted before it leaves, so that nobody can be sent many. */
static void count_code(const struct ctx *c, struct step *k, enum prompt_trouble *ret)
{
    struct prompt *p = &k->p;
    *ret = TROUBLE_NONE;
    if (c->now_ms - p->codes_ms >= PROMPT_CODES_MS) {
        p->codes = 0;
        p->codes_ms = c->now_ms;
    }
    bool soon =
        p->code_id.n > 0 && k->number->phone.n == 0 && c->now_ms - p->code_ms < PROMPT_RESEND_MS;
    if (p->codes < PROMPT_CODES && soon)
        *ret = TROUBLE_TOO_SOON;
    else if (p->codes >= PROMPT_CODES)
        *ret = TROUBLE_TOO_MANY;
    else
        p->codes++;
}

/* A code speaks for the number that it was sent to, and for no other. */
static void take_number(struct prompt *p, const struct prompt_number *in)
{
    if (!str_eq(p->phone, in->phone)) {
        p->code_id = S("");
        p->code_ms = p->wrong = 0;
    }
    p->country = in->country;
    p->operator= in->operator;
    p->phone = in->phone;
}

static enum err number_tx(struct ctx *c, void *arg)
{
    struct step *k = arg;
    const struct prompt_number *in = k->number;
    enum prompt_trouble trouble = TROUBLE_NONE;
    TRY(load(c, k));
    bool again = in->phone.n == 0;
    if (!k->ready || (again && k->p.phone.n == 0))
        return k->ready = false, E_OK;
    count_code(c, k, &trouble);
    if (trouble != TROUBLE_NONE)
        return stop(c, k, trouble);
    if (!again)
        take_number(&k->p, in);
    k->p.state = k->p.code_id.n > 0 && again ? PROMPT_CODE : PROMPT_NUMBER;
    k->p.trouble = TROUBLE_NONE;
    k->p.words = S("");
    return put(c, k);
}

static enum prompt_trouble out_of_bounds(const struct step *k)
{
    const struct gateway_fee *f = &k->fee;
    if (f->outcome != OUTCOME_DONE)
        return TROUBLE_NONE; /* the prompt itself says whether it is too much */
    return f->least_minor > 0 && k->a.amount.minor < f->least_minor ? TROUBLE_TOO_LITTLE
        : f->most_minor > 0 && k->a.amount.minor > f->most_minor    ? TROUBLE_TOO_MUCH
                                                                    : TROUBLE_NONE;
}

static enum prompt_trouble trouble_of(enum outcome outcome)
{
    return outcome == OUTCOME_DONE    ? TROUBLE_NONE
        : outcome == OUTCOME_DECLINED ? TROUBLE_REFUSED
                                      : TROUBLE_AWAY;
}

static enum err sent_tx(struct ctx *c, void *arg)
{
    struct step *k = arg;
    struct step now = { .n = k->n };
    TRY(load(c, &now));
    if (!now.ready || !str_eq(now.p.phone, k->p.phone))
        return E_OK; /* another number was typed meanwhile */
    struct prompt *p = &now.p;
    p->trouble = k->limited ? TROUBLE_TOO_MANY : out_of_bounds(k);
    p->fee_minor = k->fee.outcome == OUTCOME_DONE ? k->fee.fee_minor : 0;
    if (p->trouble == TROUBLE_NONE && needs_code(c, k)) {
        p->trouble = trouble_of(k->sent.outcome);
        p->words = p->trouble == TROUBLE_REFUSED ? k->sent.refusal : S("");
    }
    if (p->trouble == TROUBLE_NONE && needs_code(c, k)) {
        p->state = PROMPT_CODE;
        p->code_id = k->sent.id;
        p->code_ms = c->now_ms;
        p->wrong = 0;
    }
    TRY(put(c, &now));
    k->ready = p->trouble == TROUBLE_NONE;
    return E_OK;
}

static enum err ask_phone(struct ctx *c, struct step *k);

enum err prompt_number(struct ctx *c, const struct prompt_number *in)
{
    struct step k = { .n = in->attempt_n, .number = in };
    TRY(db_tx(c, "prompt number", number_tx, &k));
    if (!k.ready)
        return E_OK;
    const struct gateway_phone *phone = phone_of(&k.a);
    int64_t wait_s = 0;
    k.limited = !rate_try(c, RATE_PHONE, k.p.phone, &wait_s);
    if (!k.limited)
        TRY(phone->fee(c, k.a.amount, &k.fee));
    if (!k.limited && out_of_bounds(&k) == TROUBLE_NONE && needs_code(c, &k))
        TRY(phone->send_code(c, attempt_id(c->arena, &k.a), k.p.phone, &k.sent));
    TRY(db_tx(c, "prompt sent", sent_tx, &k));
    struct step next = { .n = in->attempt_n, .code = S(""), .counted = k.p.phone };
    return k.ready && !needs_code(c, &k) ? ask_phone(c, &next) : E_OK;
}

static enum err change_tx(struct ctx *c, void *arg)
{
    struct step *k = arg;
    TRY(load(c, k));
    if (!k->ready || k->p.version == 0)
        return E_OK;
    k->p.state = PROMPT_NUMBER;
    k->p.trouble = TROUBLE_NONE;
    return put(c, k);
}

enum err prompt_change(struct ctx *c, int64_t attempt_n)
{
    struct step k = { .n = attempt_n };
    return db_tx(c, "prompt change", change_tx, &k);
}

/* ---- a code: the phone is asked */

static bool is_code(struct str s)
{
    enum {
        LEAST = 4,
        MOST = 10
    };
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n >= LEAST && s.n <= MOST;
}

static enum err may_ask(struct ctx *c, const struct step *k, enum prompt_trouble *ret)
{
    const struct prompt *p = &k->p;
    bool off = false, old = c->now_ms - p->code_ms >= PROMPT_CODE_MS;
    TRY(switch_gateway_is_off(c, gateway_name(k->a.gateway), &off));
    *ret = off                                                       ? TROUBLE_AWAY
        : !needs_code(c, k)                                          ? TROUBLE_NONE
        : p->state != PROMPT_CODE || p->wrong >= PROMPT_TRIES || old ? TROUBLE_CODE_OVER
        : !is_code(k->code)                                          ? TROUBLE_WRONG_CODE
                                                                     : TROUBLE_NONE;
    return E_OK;
}

/* Where no code is needed, only what was counted leads here: nobody is asked over the limit. */
static bool is_counted(const struct ctx *c, const struct step *k)
{
    return needs_code(c, k) || str_eq(k->p.phone, k->counted);
}

/* From here on money may move: whoever comes later asks about it, and sends nothing. */
static enum err code_tx(struct ctx *c, void *arg)
{
    struct step *k = arg;
    enum prompt_trouble trouble = TROUBLE_NONE;
    TRY(load(c, k));
    if (!k->ready || k->p.phone.n == 0 || !is_counted(c, k))
        return k->ready = false, E_OK;
    TRY(may_ask(c, k, &trouble));
    if (trouble != TROUBLE_NONE)
        return stop(c, k, trouble);
    k->p.state = PROMPT_ASKING;
    k->p.trouble = TROUBLE_NONE;
    k->p.words = S("");
    k->p.ends_ms = c->now_ms + phone_of(&k->a)->window_ms(c->config);
    k->a.prompted_ms = c->now_ms;
    TRY(attempt_become(c, &k->a, ATTEMPT_OPEN));
    TRY(job_add(
        c, PAYMENT_POLL, str_fmt(c->arena, "%lld", (long long)k->n), c->now_ms + 5 * SECOND_MS));
    return put(c, k);
}

static enum err call(struct ctx *c, struct step *k)
{
    const struct order *o = &k->o;
    struct str path;
    TRY(order_path(c, o, ORDER_PLACE_SUCCESS, &path));
    const struct gateway_prompt in = {
        .attempt = attempt_id(c->arena, &k->a),
        .total = k->a.amount,
        .phone = k->p.phone,
        .country = k->p.country,
        .code_id = needs_code(c, k) ? k->p.code_id : S(""),
        .code = k->code,
        .name = o->name,
        .mail = o->email,
        .return_url = config_site_url(c, path),
    };
    return phone_of(&k->a)->prompt(c, &in, &k->asked);
}

/* It certainly was not: the same attempt may ask again. */
static enum err not_asked(struct ctx *c, struct step *now, const struct gateway_prompted *said)
{
    struct prompt *p = &now->p;
    bool wrong = said->wrong_code;
    p->trouble = wrong ? TROUBLE_WRONG_CODE : trouble_of(said->outcome);
    p->words = p->trouble == TROUBLE_REFUSED ? said->refusal : S("");
    p->wrong += wrong;
    if (p->wrong >= PROMPT_TRIES)
        p->trouble = TROUBLE_CODE_OVER;
    p->state = wrong || said->outcome == OUTCOME_NOT_SENT ? PROMPT_CODE : PROMPT_NUMBER;
    if (p->code_id.n == 0)
        p->state = PROMPT_NUMBER;
    p->ends_ms = 0;
    now->a.prompted_ms = 0;
    TRY(attempt_become(c, &now->a, ATTEMPT_OPEN));
    return put(c, now);
}

/* Accepted, and no more: what becomes of it is asked, and never read from this answer. */
static enum err was_asked(struct ctx *c, struct step *now, const struct step *k)
{
    struct settle s = {
        .gateway = now->a.gateway,
        .notice = { .kind = NOTICE_PENDING,
            .name = S("prompted"),
            .session_id = now->a.session_id,
            .payment = k->asked.payment,
            .method_type = S("mobile_money") },
        .confirmed_by = S("answer"),
    };
    now->p.state = PROMPT_ASKED;
    TRY(put(c, now));
    if (now->a.payment.n == 0) {
        now->a.payment = k->asked.payment;
        TRY(attempt_become(c, &now->a, now->a.status));
    }
    return settle_tx(c, &s);
}

/* A webhook or a question may have been faster. */
static enum err asked_tx(struct ctx *c, void *arg)
{
    struct step *k = arg;
    struct step now = { .n = k->n };
    struct call made = call_of(&k->a, CALL_OPEN, k->asked.outcome, &k->asked.reply);
    TRY(load(c, &now));
    TRY(call_note(c, &made));
    if (now.p.state != PROMPT_ASKING || now.p.version != k->p.version)
        return E_OK;
    switch (k->asked.outcome) {
    case OUTCOME_DONE:
    case OUTCOME_PENDING:
        return was_asked(c, &now, k);
    case OUTCOME_DECLINED:
    case OUTCOME_NOT_SENT:
        return now.a.status == ATTEMPT_OPEN ? not_asked(c, &now, &k->asked) : E_OK;
    case OUTCOME_UNKNOWN:
        return E_OK;
    }
    never("a call has five outcomes");
}

static enum err ask_phone(struct ctx *c, struct step *k)
{
    TRY(db_tx(c, "prompt code", code_tx, k));
    if (!k->ready)
        return E_OK;
    if (crash_point(c, "prompt.load.after_commit"))
        return E_DEAD;
    TRY(call(c, k));
    if (crash_point(c, "prompt.call.after"))
        return E_DEAD;
    return db_tx(c, "prompt asked", asked_tx, k);
}

enum err prompt_code(struct ctx *c, int64_t attempt_n, struct str code)
{
    struct step k = { .n = attempt_n, .code = code };
    return ask_phone(c, &k);
}

/* ---- nothing is there */

enum err prompt_not_there(struct ctx *c, struct attempt *a, bool *ret_changed)
{
    struct prompt p;
    struct order o;
    *ret_changed = false;
    bool long_ago = a->prompted_ms > 0 && c->now_ms - a->prompted_ms >= MINUTE_MS;
    if (!long_ago || a->status != ATTEMPT_OPEN || a->payment.n > 0)
        return E_OK;
    TRY(prompt_db_of(c, a->n, &p));
    if (p.state != PROMPT_ASKING)
        return E_OK;
    p.state = PROMPT_NUMBER;
    p.trouble = TROUBLE_LOST;
    p.ends_ms = 0;
    a->prompted_ms = 0;
    TRY(order_by_n(c, a->order_n, &o));
    TRY(attempt_become(c, a, ATTEMPT_OPEN));
    db_touch(c, order_topic(c->arena, &o));
    TRY(prompt_db_put(c, &p));
    *ret_changed = true;
    return E_OK;
}
