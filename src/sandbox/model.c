#include "sandbox/simulator.h"

/* The rules that hold at every gateway: what may happen to a session after what. */

static const struct str state_words[] = {
    [HOSTED_OPEN] = S_INIT("pending"),
    [HOSTED_PAID] = S_INIT("completed"),
    [HOSTED_EXPIRED] = S_INIT("expired"),
    [HOSTED_REFUNDED] = S_INIT("refunded"),
    [HOSTED_DISPUTED] = S_INIT("disputed"),
};
_Static_assert(ARRAY_LEN(state_words) == HOSTED_STATE_COUNT, "every state has its word");

struct str hosted_state_text(enum hosted_state state)
{
    must(state >= 0 && state < HOSTED_STATE_COUNT);
    return state_words[state];
}

static const struct str happening_words[] = {
    [HAPPENED_OPENED] = S_INIT("opened"),
    [HAPPENED_PAID] = S_INIT("paid"),
    [HAPPENED_EXPIRED] = S_INIT("expired"),
    [HAPPENED_CANCELLED] = S_INIT("cancelled"),
    [HAPPENED_REFUNDED] = S_INIT("refunded"),
    [HAPPENED_PARTLY_REFUNDED] = S_INIT("partially_refunded"),
    [HAPPENED_DISPUTED] = S_INIT("disputed"),
    [HAPPENED_DISPUTE_WON] = S_INIT("dispute_won"),
    [HAPPENED_DISPUTE_LOST] = S_INIT("dispute_lost"),
};
_Static_assert(ARRAY_LEN(happening_words) == HAPPENED_COUNT, "every happening has its word");

struct str happening_text(enum happening h)
{
    must(h >= 0 && h < HAPPENED_COUNT);
    return happening_words[h];
}

bool happening_parse(struct str text, enum happening *ret)
{
    for (enum happening h = HAPPENED_EXPIRED; h < HAPPENED_COUNT; h++)
        if (str_eq(text, happening_words[h])) {
            *ret = h;
            return true;
        }
    return false;
}

enum err hosted_get(struct ctx *c, struct str gateway, struct str id, struct hosted *ret)
{
    struct hosted s;
    bool found = false;
    TRY(hosted_find(c, id, &found, &s));
    if (!found || (gateway.n > 0 && !str_eq(s.gateway, gateway)))
        return fail(c, NOT_FOUND, "no simulated gateway has a session %.*s", SARG(id));
    *ret = s;
    return E_OK;
}

/* ---- what may happen after what */

#define FROM(state) (1u << HOSTED_##state)
static const struct {
    unsigned from;
    enum hosted_state to;
} arrows[] = {
    [HAPPENED_OPENED] = { FROM(OPEN), HOSTED_OPEN },
    [HAPPENED_PAID] = { FROM(OPEN), HOSTED_PAID },
    [HAPPENED_EXPIRED] = { FROM(OPEN), HOSTED_EXPIRED },
    [HAPPENED_CANCELLED] = { FROM(OPEN), HOSTED_OPEN },
    [HAPPENED_REFUNDED] = { FROM(PAID) | FROM(DISPUTED), HOSTED_REFUNDED },
    [HAPPENED_PARTLY_REFUNDED] = { FROM(PAID), HOSTED_PAID },
    [HAPPENED_DISPUTED] = { FROM(PAID), HOSTED_DISPUTED },
    [HAPPENED_DISPUTE_WON] = { FROM(DISPUTED), HOSTED_PAID },
    [HAPPENED_DISPUTE_LOST] = { FROM(DISPUTED), HOSTED_REFUNDED },
};
_Static_assert(ARRAY_LEN(arrows) == HAPPENED_COUNT, "every happening has its arrow");
#undef FROM

static enum err give_back(struct ctx *c, struct hosted *s, enum happening h, int64_t amount)
{
    int64_t left = s->amount_minor - s->refunded_minor;
    if (h != HAPPENED_PARTLY_REFUNDED)
        amount = left;
    if (amount <= 0)
        return fail(c, INVALID_REQUEST, "amount is what is given back, in minor units above 0");
    if (amount > left)
        return fail(c, CONFLICT, "%lld of %lld are left to be given back", (long long)left,
            (long long)s->amount_minor);
    s->refunded_minor += amount;
    return E_OK;
}

static enum err tell(struct ctx *c, const struct hosted *s, enum happening h)
{
    const struct simulator *gateway = simulator_find(s->gateway);
    must(gateway != NULL);
    struct told told = { 0 };
    TRY(gateway->tells(c, s, h, &told));
    if (told.body.n == 0)
        return E_OK;
    struct hook d = {
        .gateway = s->gateway,
        .about = s->id,
        .event = told.event,
        .path = gateway->webhook_path,
        .headers = told.headers,
        .body = told.body,
    };
    return hook_add(c, &d);
}

enum err hosted_happens(
    struct ctx *c, struct hosted *s, enum happening happening, int64_t amount_minor)
{
    must(happening >= 0 && happening < HAPPENED_COUNT);
    if ((arrows[happening].from & (1u << s->state)) == 0)
        return fail(c, CONFLICT, "a session that is %.*s cannot be %.*s",
            SARG(hosted_state_text(s->state)), SARG(happening_text(happening)));
    bool gives = happening == HAPPENED_REFUNDED || happening == HAPPENED_PARTLY_REFUNDED ||
        happening == HAPPENED_DISPUTE_LOST;
    if (gives)
        TRY(give_back(c, s, happening, amount_minor));
    s->state = s->refunded_minor == s->amount_minor ? HOSTED_REFUNDED : arrows[happening].to;
    s->captured = s->captured || happening == HAPPENED_PAID;
    if (s->state != HOSTED_OPEN)
        s->turn_ms = 0;
    if (happening != HAPPENED_OPENED)
        TRY(hosted_save(c, s));
    return tell(c, s, happening);
}

/* ---- paying */

const struct test_card test_cards[] = {
    { S_INIT("4242424242424242"), S_INIT("visa"), S_INIT("Pays"), S_INIT("") },
    { S_INIT("5555555555554444"), S_INIT("mastercard"), S_INIT("Pays"), S_INIT("") },
    { S_INIT("378282246310005"), S_INIT("amex"), S_INIT("Pays"), S_INIT("") },
    { S_INIT("4000000000000002"), S_INIT("visa"), S_INIT("Is declined"),
        S_INIT("The card was declined and nothing was charged.") },
    { S_INIT("4000000000009995"), S_INIT("visa"), S_INIT("Has no funds"),
        S_INIT("The card has not enough funds and nothing was charged.") },
    { S_INIT("4000000000000069"), S_INIT("visa"), S_INIT("Has expired"),
        S_INIT("The card has expired and nothing was charged.") },
};
const size_t test_card_count = ARRAY_LEN(test_cards);

struct str card_digits(struct arena *a, struct str text)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '-')
            buf_char(&b, text.p[i]);
    return buf_str(&b);
}

const struct test_card *test_card_find(struct str number)
{
    for (size_t i = 0; i < test_card_count; i++)
        if (str_eq(test_cards[i].number, number))
            return &test_cards[i];
    return NULL;
}

static const struct str act_words[] = {
    [ACT_CARD] = S_INIT("card"),
    [ACT_SUCCESS] = S_INIT("success"),
    [ACT_DECLINE] = S_INIT("decline"),
    [ACT_CANCEL] = S_INIT("cancel"),
    [ACT_EXPIRE] = S_INIT("expire"),
    [ACT_CRYPTO] = S_INIT("crypto"),
    [ACT_ASYNC_SUCCESS] = S_INIT("async_success"),
    [ACT_ASYNC_FAILURE] = S_INIT("async_failure"),
};
_Static_assert(ARRAY_LEN(act_words) == ACT_COUNT, "every act has its word");

bool act_parse(struct str text, enum act *ret)
{
    for (enum act a = ACT_CARD; a < ACT_COUNT; a++)
        if (str_eq(text, act_words[a])) {
            *ret = a;
            return true;
        }
    return false;
}

static enum err pay_by_card(
    struct ctx *c, struct hosted *s, const struct paying *in, struct paid *ret)
{
    struct str number = in->card.n > 0 ? card_digits(c->arena, in->card) : test_cards[0].number;
    const struct test_card *card = test_card_find(number);
    if (card == NULL)
        return fail(c, INVALID_REQUEST,
            "only test cards pay here, such as 4242 4242 4242 4242; never type a real one");
    if (card->refusal.n > 0) {
        *ret = (struct paid) { .declined = true, .why = card->refusal };
        return E_OK;
    }
    s->method = S("card");
    s->brand = card->brand;
    s->last4 = str_from(card->number, card->number.n - 4);
    ret->happened = HAPPENED_PAID;
    return hosted_happens(c, s, HAPPENED_PAID, 0);
}

/* By something that takes its time: a chain's confirmations. */
static enum err pay_later(struct ctx *c, struct hosted *s, enum hosted_state turn)
{
    enum {
        CONFIRMED_MS = 60 * 1000
    };
    s->method = S("crypto");
    s->turn = turn;
    s->turn_ms = c->now_ms + CONFIRMED_MS;
    return hosted_save(c, s);
}

enum err hosted_pay(struct ctx *c, struct hosted *s, const struct paying *in, struct paid *ret)
{
    *ret = (struct paid) { .happened = HAPPENED_OPENED };
    if (s->state != HOSTED_OPEN)
        return fail(c, CONFLICT, "this session is %.*s: nobody can pay it any more",
            SARG(hosted_state_text(s->state)));
    s->payer = in->payer;
    switch (in->act) {
    case ACT_CARD:
    case ACT_SUCCESS:
        return pay_by_card(c, s, in, ret);
    case ACT_DECLINE:
        *ret = (struct paid) { .declined = true,
            .why = test_card_find(S("4000000000000002"))->refusal };
        return E_OK;
    case ACT_CANCEL:
        ret->happened = HAPPENED_CANCELLED;
        return E_OK;
    case ACT_EXPIRE:
        ret->happened = HAPPENED_EXPIRED;
        return hosted_happens(c, s, HAPPENED_EXPIRED, 0);
    case ACT_CRYPTO:
        s->method = S("crypto");
        ret->happened = HAPPENED_PAID;
        return hosted_happens(c, s, HAPPENED_PAID, 0);
    case ACT_ASYNC_SUCCESS:
        return pay_later(c, s, HOSTED_PAID);
    case ACT_ASYNC_FAILURE:
        return pay_later(c, s, HOSTED_EXPIRED);
    case ACT_COUNT:
        break;
    }
    never("an act that is none");
}

/* ---- words of faults and modes */

static const struct str fault_words[] = {
    [FAULT_NONE] = S_INIT("none"),
    [FAULT_REFUSE] = S_INIT("refuse"),
    [FAULT_TIMEOUT] = S_INIT("timeout"),
    [FAULT_RESET_AFTER] = S_INIT("reset_after"),
    [FAULT_500] = S_INIT("500"),
    [FAULT_500_AFTER] = S_INIT("500_after"),
    [FAULT_429] = S_INIT("429"),
    [FAULT_MALFORMED] = S_INIT("malformed"),
    [FAULT_SLOW] = S_INIT("slow"),
    [FAULT_WRONG_AMOUNT] = S_INIT("wrong_amount"),
    [FAULT_WRONG_CURRENCY] = S_INIT("wrong_currency"),
};
_Static_assert(ARRAY_LEN(fault_words) == FAULT_COUNT, "every fault has its word");

struct str fault_text(enum fault fault)
{
    must(fault >= 0 && fault < FAULT_COUNT);
    return fault_words[fault];
}

bool fault_parse(struct str text, enum fault *ret)
{
    for (enum fault f = FAULT_REFUSE; f < FAULT_COUNT; f++)
        if (str_eq(text, fault_words[f])) {
            *ret = f;
            return true;
        }
    return false;
}

bool fault_prevents(enum fault fault)
{
    return fault == FAULT_REFUSE || fault == FAULT_TIMEOUT || fault == FAULT_500 ||
        fault == FAULT_429;
}

static const struct str mode_words[] = {
    [MODE_NORMAL] = S_INIT("normal"),
    [MODE_DUPLICATE] = S_INIT("duplicate"),
    [MODE_REORDER] = S_INIT("reorder"),
    [MODE_DROP] = S_INIT("drop"),
    [MODE_HOLD] = S_INIT("hold"),
};
_Static_assert(ARRAY_LEN(mode_words) == MODE_COUNT, "every mode has its word");

struct str mode_text(enum mode mode)
{
    must(mode >= 0 && mode < MODE_COUNT);
    return mode_words[mode];
}

static struct str mode_name(struct ctx *c, struct str gateway)
{
    return str_fmt(c->arena, "mode:%.*s", SARG(gateway));
}

enum err mode_get(struct ctx *c, struct str gateway, enum mode *ret)
{
    int64_t mode = MODE_NORMAL;
    TRY(model_setting_get(c, mode_name(c, gateway), &mode));
    if (mode < 0 || mode >= MODE_COUNT)
        return fail(c, STORE_CORRUPT, "mode %lld of %.*s", (long long)mode, SARG(gateway));
    *ret = (enum mode)mode;
    return E_OK;
}

enum err mode_set(struct ctx *c, struct str gateway, enum mode mode)
{
    return model_setting_set(c, mode_name(c, gateway), mode);
}
