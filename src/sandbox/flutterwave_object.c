#include "sandbox/flutterwave.h"

#include "base/config.h"

/* What its objects look like, member by member in the vendor's order. */

struct str fw_number(struct arena *a, struct money m)
{
    struct str text = decimal_text(a, m.minor, currency_digits(m.cur));
    if (!str_has(text, S(".")))
        return text;
    while (text.p[text.n - 1] == '0')
        text.n--;
    return text.p[text.n - 1] == '.' ? str_part(text, 0, text.n - 1) : text;
}

struct str fw_link_text(struct ctx *c, struct str token)
{
    return str_fmt(c->arena, "%.*s/hosted/pay/%.*s",
        SARG(config_str(c->config, CFG_FLUTTERWAVE_API_URL)), SARG(token));
}

int64_t fw_customer(struct str email)
{
    return 470000000 + (int64_t)(str_hash(email) % 1000000);
}

struct str fw_type_word(struct arena *a, const struct fw_payment *p)
{
    struct buf b = BUF(a);
    struct str upper = str_upper(a, p->type);
    buf_fmt(&b, "%.*s_TRANSACTION", SARG(upper));
    return buf_str(&b);
}

static struct money money_of(const struct fw_payment *p, int64_t minor)
{
    struct money m = { minor, CUR_NONE };
    must(currency_parse(p->currency, &m.cur));
    return m;
}

/* A rate that nobody may rely on, of what was paid and of nothing else. */
static int64_t fee_of(const struct fw_payment *p)
{
    enum {
        CARD_BPS = 380,
        OTHER_BPS = 290
    };
    struct money fee = { 0, CUR_NONE };
    bool paid = !str_eq(p->status, S("failed"));
    if (paid)
        must(money_bps(money_of(p, p->amount_minor), p->card.n > 0 ? CARD_BPS : OTHER_BPS, &fee));
    return fee.minor;
}

static struct str narration_of(struct arena *a, const struct fw_payment *p)
{
    if (p->card.n > 0)
        return S("CARD Transaction ");
    return str_fmt(a, "FLW-PBF %.*s Transaction ", SARG(str_upper(a, p->type)));
}

static struct str auth_of(struct arena *a, const struct fw_payment *p)
{
    if (p->card.n > 0)
        return fw_card_find(p->card)->auth;
    return str_eq(p->type, S("mpesa")) ? S("LIPA_MPESA") : str_upper(a, p->type);
}

struct str fw_token(struct arena *a, struct str card, struct str email)
{
    const struct str parts[] = { email, card };
    struct sha256 sum = sha256_of(parts, ARRAY_LEN(parts));
    return str_fmt(a, "flw-t1nf-%.*s-m03k", SARG(hex_text(a, (struct str) { (char *)sum.b, 16 })));
}

static void write_card(
    struct arena *a, struct json *j, const struct fw_payment *p, struct str email, bool token)
{
    const struct fw_card *card = fw_card_find(p->card);
    if (card == NULL)
        return;
    json_open(j, "card", '{');
    json_str(j, "first_6digits", str_part(p->card, 0, 6));
    json_str(j, "last_4digits", str_from(p->card, p->card.n - 4));
    json_str(j, "issuer", str_fmt(a, "%.*s TEST ISSUER", SARG(card->brand)));
    json_str(j, "country", S("NG"));
    json_str(j, "type", card->brand);
    if (token)
        json_str(j, "token", fw_token(a, p->card, email));
    json_str(j, "expiry", S("09/32"));
    json_close(j, '}');
}

static void write_meta(struct ctx *c, struct json *j, const struct hosted *s, struct str token)
{
    json_open(j, "meta", '{');
    json_str(j, "__CheckoutInitAddress", fw_link_text(c, token));
    for (struct json_iter it = json_iter(json_at(json_root(s->request), "meta")); json_next(&it);) {
        struct str text = S("");
        if (json_to_str(c->arena, it.value, &text))
            json_str_key(j, json_name(c->arena, &it), text);
    }
    json_close(j, '}');
}

static void write_customer(
    struct ctx *c, struct json *j, const struct hosted *s, const struct fw_payment *p)
{
    struct str email = fw_text(c->arena, s, "customer.email");
    struct str name = fw_text(c->arena, s, "customer.name");
    struct str phone = fw_text(c->arena, s, "customer.phonenumber");
    json_open(j, "customer", '{');
    json_i64(j, "id", fw_customer(email));
    json_str(j, "name", name.n > 0 ? name : S("Anonymous customer"));
    json_str_or_null(j, "phone_number", p->phone.n > 0 ? p->phone : phone);
    json_str(j, "email", email);
    json_time(j, "created_at", s->created_ms);
    json_close(j, '}');
}

static void write_id(struct arena *a, struct json *j, int64_t id, bool as_text)
{
    if (as_text)
        json_str(j, "id", str_fmt(a, "%lld", (long long)id));
    else
        json_i64(j, "id", id);
}

enum err fw_write_payment(
    struct ctx *c, struct json *j, const char *name, const struct fw_payment *p, enum fw_shown how)
{
    struct arena *a = c->arena;
    struct hosted s;
    struct fw_link link;
    struct str amount = fw_number(a, money_of(p, p->amount_minor));
    bool paid = str_eq(p->status, S("successful"));
    TRY(hosted_get(c, FW, p->tx_ref, &s));
    TRY(fw_link_of(c, p->tx_ref, &link));
    json_open(j, name, '{');
    write_id(a, j, FW_PAYMENT_BASE + p->n, how == FW_LISTED);
    json_str(j, "tx_ref", p->tx_ref);
    json_str(j, "flw_ref", p->flw_ref);
    json_str(j, "device_fingerprint", S("N/A"));
    json_raw(j, "amount", amount);
    json_str(j, "currency", p->currency);
    json_raw(j, "charged_amount", amount);
    json_raw(j, "app_fee", fw_number(a, money_of(p, fee_of(p))));
    json_i64(j, "merchant_fee", 0);
    json_str(j, "processor_response", p->response);
    json_str(j, "auth_model", auth_of(a, p));
    json_str(j, "ip", S("192.0.2.10"));
    json_str(j, "narration", narration_of(a, p));
    json_str(j, "status", p->status);
    json_str(j, "payment_type", p->type);
    json_time(j, "created_at", p->created_ms);
    json_i64(j, "account_id", FW_ACCOUNT);
    write_card(a, j, p, fw_text(a, &s, "customer.email"), how != FW_TOLD);
    if (how != FW_TOLD) {
        write_meta(c, j, &s, link.token);
        json_raw(
            j, "amount_settled", fw_number(a, money_of(p, paid ? p->amount_minor - fee_of(p) : 0)));
    }
    write_customer(c, j, &s, p);
    json_close(j, '}');
    return E_OK;
}

void fw_write_refund(struct ctx *c, struct json *j, const char *name, const struct fw_refund *f,
    const struct fw_payment *p)
{
    json_open(j, name, '{');
    json_i64(j, "id", FW_REFUND_BASE + f->n);
    json_i64(j, "account_id", FW_ACCOUNT);
    json_i64(j, "tx_id", FW_PAYMENT_BASE + p->n);
    json_str(j, "flw_ref", p->flw_ref);
    json_i64(j, "wallet_id", FW_WALLET);
    json_raw(j, "amount_refunded", fw_number(c->arena, money_of(p, f->amount_minor)));
    json_str(j, "status", S("completed"));
    json_str(j, "destination", S("payment_source"));
    if (f->comments.n > 0)
        json_str(j, "comments", f->comments);
    json_open(j, "meta", '{');
    json_str(j, "source", S("availablebalance"));
    json_close(j, '}');
    json_time(j, "created_at", f->created_ms);
    json_close(j, '}');
}
