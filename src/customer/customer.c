#include "customer/customer.h"

#include "base/json.h"
#include "customer/billing.h"
#include "customer/customer_db.h"
#include "db/db.h"
#include "job/job.h"

enum {
    MAIL_MAX = 254
};

static bool mail_char(char ch)
{
    return ch > 0x20 && ch < 0x7f && ch != '"' && ch != '<' && ch != '>' && ch != ',' &&
        ch != ';' && ch != '\\' && ch != '(' && ch != ')';
}

/* Not what RFC 5322 allows, but what a mail server will take and a header can hold: one '@', a name
 * before it, a domain with a dot after it, nothing that needs quoting. */
static bool is_mail(struct str s)
{
    struct str name, domain, rest;
    if (s.n < 3 || s.n > MAIL_MAX || !str_cut(s, '@', &name, &domain) || name.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!mail_char(s.p[i]))
            return false;
    str_cut(domain, '.', &rest, &domain);
    return rest.n > 0 && domain.n > 0 && domain.p[domain.n - 1] != '.' &&
        !str_has(domain, S("@")) && !str_has(rest, S("@")) && !str_has(domain, S(".."));
}

enum err mail_address(struct ctx *c, struct str text, struct str *ret)
{
    struct str mail = str_lower(c->arena, str_trim(text));
    if (!is_mail(mail))
        return fail(c, INVALID_REQUEST, "enter an email address, like ada@example.com");
    *ret = mail;
    return E_OK;
}

enum err customer_external_id(struct ctx *c, struct str text)
{
    if (text.n >= 1 && text.n <= 128 && str_is_visible(text))
        return E_OK;
    return fail(
        c, INVALID_REQUEST, "a customer id is 1 to 128 printable characters without spaces");
}

enum err country_code(struct ctx *c, struct str text, struct str *ret)
{
    char *p = arena_alloc(c->arena, 3);
    if (text.n != 0 && text.n != 2)
        return fail(c, INVALID_REQUEST, "a country is two letters, like DE");
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];
        if (ch >= 'a' && ch <= 'z')
            ch = (char)(ch - 'a' + 'A');
        if (ch < 'A' || ch > 'Z')
            return fail(c, INVALID_REQUEST, "a country is two letters, like DE");
        p[i] = ch;
    }
    *ret = (struct str) { p, text.n };
    return E_OK;
}

static bool take(struct str *have, struct str said)
{
    if (said.n == 0 || str_eq(*have, said))
        return false;
    *have = said;
    return true;
}

static enum err check_mail_is_free(struct ctx *c, const struct customer *k)
{
    struct customer other;
    bool found = false;
    if (k->email.n == 0)
        return E_OK;
    TRY(customer_db_by_email(c, k->email, &found, &other));
    if (found && other.n != k->n)
        return fail(c, CONFLICT, "this mail belongs to another customer");
    return E_OK;
}

/* What was said, put over what is stored. */
static enum err update(struct ctx *c, struct customer *k, const struct customer *said)
{
    bool mail = take(&k->email, said->email);
    bool changed = mail;
    changed |= take(&k->name, said->name);
    changed |= take(&k->image, said->image);
    changed |= take(&k->country, said->country);
    changed |= take(&k->time_zone, said->time_zone);
    changed |= take(&k->address, said->address);
    changed |= take(&k->tax_id, said->tax_id);
    if (mail) /* what was proved is another one */
        k->email_verified = false;
    if (said->email_verified && !k->email_verified) {
        k->email_verified = true;
        changed = true;
    }
    if (!changed)
        return E_OK;
    if (mail)
        TRY(check_mail_is_free(c, k));
    TRY(customer_db_update(c, k));
    k->version++;
    return E_OK;
}

struct str customer_topic(struct arena *a, struct str external_id)
{
    return str_fmt(a, "somebody:%.*s", SARG(external_id));
}

enum err customer_ensure(struct ctx *c, const struct customer *said, struct customer *ret)
{
    struct customer k = *said;
    bool found = false;
    TRY(customer_external_id(c, said->external_id));
    /* One at a time: who came first made the row, and nobody writes over a newer one. */
    TRY(db_alone(c, str_fmt(c->arena, "customer %.*s", SARG(said->external_id))));
    TRY(customer_db_by_external(c, said->external_id, &found, &k));
    if (!found) {
        k = *said;
        k.id = id_new(c);
        k.created_ms = c->now_ms;
        k.version = 1;
        TRY(check_mail_is_free(c, &k));
        TRY(customer_db_insert(c, &k));
        db_touch(c, customer_topic(c->arena, k.external_id));
        /* What everybody is given at first is the business of a feature to the right. */
        TRY(job_add(c, S("credit_open"), str_fmt(c->arena, "%lld", (long long)k.n), c->now_ms));
    } else {
        TRY(update(c, &k, said));
        c->about_n = k.n; /* a new one may yet be undone, and its number become another's */
    }
    *ret = k;
    return E_OK;
}

static bool empty(struct str *have, unsigned parts, unsigned part)
{
    if ((parts & part) == 0 || have->n == 0)
        return false;
    *have = S("");
    return true;
}

enum err customer_clear(struct ctx *c, struct customer *k, unsigned parts)
{
    bool mail = empty(&k->email, parts, CUSTOMER_EMAIL), changed = mail;
    changed |= empty(&k->name, parts, CUSTOMER_NAME);
    changed |= empty(&k->image, parts, CUSTOMER_IMAGE);
    changed |= empty(&k->country, parts, CUSTOMER_COUNTRY);
    changed |= empty(&k->time_zone, parts, CUSTOMER_TIME_ZONE);
    changed |= empty(&k->address, parts, CUSTOMER_ADDRESS);
    changed |= empty(&k->tax_id, parts, CUSTOMER_TAX_ID);
    if (!changed)
        return E_OK;
    if (mail)
        k->email_verified = false;
    TRY(customer_db_update(c, k));
    k->version++;
    return E_OK;
}

enum err customer_forget(struct ctx *c, int64_t n)
{
    struct customer k;
    TRY(customer_db_by_n(c, n, &k));
    TRY(billing_forget(c, n));
    return customer_db_forget(
        c, n, str_fmt(c->arena, "erased-%.*s", SARG(id_text(c->arena, S("cus"), k.id))));
}

enum err customer_find(
    struct ctx *c, struct str id_or_external, bool *ret_found, struct customer *ret)
{
    struct id id;
    bool found = false;
    if (id_parse(S("cus"), id_or_external, &id))
        TRY(customer_db_by_id(c, id, &found, ret));
    else
        TRY(customer_db_by_external(c, id_or_external, &found, ret));
    if (found)
        c->about_n = ret->n;
    *ret_found = found;
    return E_OK;
}

enum err customer_by_email(struct ctx *c, struct str email, bool *ret_found, struct customer *ret)
{
    return customer_db_by_email(c, email, ret_found, ret);
}

enum err customer_by_n(struct ctx *c, int64_t n, struct customer *ret)
{
    return customer_db_by_n(c, n, ret);
}

struct customer customer_of_token(struct ctx *c)
{
    struct str mail = S("");
    if (c->customer_email_verified && mail_address(c, c->customer_email, &mail) != E_OK)
        err_clear(c);
    return (struct customer) {
        .external_id = c->customer_id,
        .email = mail,
        .name = c->customer_name,
        .email_verified = mail.n > 0,
    };
}

void customer_json(
    struct json *j, const char *name, struct arena *a, const struct customer *customer)
{
    json_open(j, name, '{');
    json_str(j, "id", id_text(a, S("cus"), customer->id));
    json_str(j, "customerId", customer->external_id);
    json_str_or_null(j, "email", customer->email);
    json_str_or_null(j, "name", customer->name);
    json_str_or_null(j, "image", customer->image);
    json_str_or_null(j, "country", customer->country);
    json_str_or_null(j, "timeZone", customer->time_zone);
    json_raw(j, "address", customer->address.n > 0 ? customer->address : S("[]"));
    json_str_or_null(j, "taxId", customer->tax_id);
    json_time(j, "createdAt", customer->created_ms);
    json_close(j, '}');
}
