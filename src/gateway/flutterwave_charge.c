#include "gateway/flutterwave.h"

#include "gateway/exponent.h"

/* Charging a card again, without its holder: what comes of a payment once, its token, takes money
 * under our key only, and only with the mail that it was made with.  Nothing here is sent twice: a
 * charge whose answer was lost is asked about by its reference. */

bool flutterwave_charges(const struct config *config)
{
    return config_i64(config, CFG_FLUTTERWAVE_CHARGE_AGAIN) != 0;
}

static bool is_word(struct str s)
{
    return s.n > 0 && s.n <= 254 && str_is_visible(s);
}

struct str flutterwave_payer(struct ctx *c, struct json_value payment)
{
    struct str token = json_text(c->arena, payment, "card.token");
    struct str mail = json_text(c->arena, payment, "customer.email");
    bool usable = flutterwave_charges(c->config) && is_word(token) && is_word(mail);
    return usable ? str_fmt(c->arena, "%.*s %.*s", SARG(token), SARG(mail)) : S("");
}

/* It asks for a country with each charge; a currency of several has one that is taken for it. */
static struct str country_of(const struct gateway_charge *in)
{
    static const struct {
        enum currency cur;
        struct str country;
    } countries[] = {
        { CUR_NGN, S_INIT("NG") },
        { CUR_GHS, S_INIT("GH") },
        { CUR_KES, S_INIT("KE") },
        { CUR_RWF, S_INIT("RW") },
        { CUR_TZS, S_INIT("TZ") },
        { CUR_UGX, S_INIT("UG") },
        { CUR_ZMW, S_INIT("ZM") },
        { CUR_MWK, S_INIT("MW") },
        { CUR_XAF, S_INIT("CM") },
        { CUR_XOF, S_INIT("CI") },
        { CUR_ZAR, S_INIT("ZA") },
        { CUR_EGP, S_INIT("EG") },
        { CUR_GBP, S_INIT("GB") },
    };
    for (size_t i = 0; in->country.n == 0 && i < ARRAY_LEN(countries); i++)
        if (countries[i].cur == in->total.cur)
            return countries[i].country;
    return in->country.n > 0 ? in->country : S("US");
}

static struct str body_of(
    struct ctx *c, const struct gateway_charge *in, struct str token, struct str mail)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    struct exponent e;
    int64_t units = 0;
    struct str first, last;
    must(exponent_of(S("flutterwave"), in->total.cur, &e) && exponent_out(in->total, e, &units));
    str_cut(in->name, ' ', &first, &last);
    json_open(&j, NULL, '{');
    json_str(&j, "token", token);
    json_str(&j, "currency", currency_code(in->total.cur));
    json_str(&j, "country", country_of(in));
    json_str(&j, "amount", decimal_text(c->arena, units, e.digits));
    json_str(&j, "email", mail);
    if (first.n > 0)
        json_str(&j, "first_name", first);
    if (in->name.n > first.n)
        json_str(&j, "last_name", last);
    json_str(&j, "narration", in->description);
    json_str(&j, "tx_ref", in->attempt);
    json_close(&j, '}');
    return buf_str(&b);
}

enum err flutterwave_charge(
    struct ctx *c, const struct gateway_charge *in, struct gateway_state *ret)
{
    struct flutterwave_answer a;
    struct str token, mail;
    bool known = str_cut(in->payer, ' ', &token, &mail) && is_word(token) && is_word(mail);
    *ret = (struct gateway_state) { .outcome = OUTCOME_DECLINED,
        .refusal = S("there is no card that Flutterwave could charge again") };
    if (!known || !flutterwave_charges(c->config))
        return E_OK;
    TRY(gateway_flutterwave.accepts(c, in->total));
    struct flutterwave_call call = { .call = "charge",
        .attempt = in->attempt,
        .path = S("/tokenized-charges"),
        .body = body_of(c, in, token, mail) };
    TRY(flutterwave_ask(c, &call, &a));
    struct gateway_state s = { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (a.outcome == OUTCOME_DECLINED && a.bad_key) /* it has not even looked at the card */
        s.outcome = OUTCOME_NOT_SENT;
    if (a.outcome == OUTCOME_DONE) {
        s.notice.name = json_text(c->arena, a.data, "status");
        flutterwave_payment(c, a.data, &s.notice);
    }
    /* What is not about this reference says nothing of it. */
    if (a.outcome == OUTCOME_DONE && !str_eq(s.notice.attempt, in->attempt)) {
        s.outcome = OUTCOME_UNKNOWN;
        s.refusal = S("Flutterwave answered about another payment");
    }
    *ret = s;
    return E_OK;
}
