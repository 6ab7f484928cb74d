#include "sandbox/stripe_account.h"

#include "sandbox/stripe_billing.h"

/* Accounts of sellers: making, changing, rejecting and deleting them, and the links that lead a
 * seller to the pages. */

enum {
    LINK_S = 5 * 60
};

/* ---- finding */

enum err st_account_need(struct st *s, struct str id, struct thing *ret)
{
    struct thing t = { 0 };
    bool found = false;
    TRY(st_find(s, id, &found, &t));
    bool another = s->account.n > 0 && !str_eq(id, s->account);
    if (!found || !st_is(&t, "account") || another)
        return st_refuse(s, 403, "account_invalid", S(""),
            "The provided key 'sk_test_****' does not have access to account '%.*s' (or that "
            "account does not exist). Application access may have been revoked.",
            SARG(str_clean(s->a, id, 255)));
    *ret = t;
    return E_OK;
}

static struct tree *platform(struct st *s)
{
    return st_shape(s, "platform");
}

/* Whose key it is, or for whom it acts. */
enum err v1_account(struct st *s)
{
    struct thing t;
    if (s->account.n == 0) {
        s->answer = platform(s);
        return E_OK;
    }
    TRY(st_account_need(s, s->account, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_account_get(struct st *s)
{
    struct thing t;
    struct str id = s->r->params[0];
    s->answer = platform(s);
    if (s->account.n == 0 && str_eq(id, tree_str(s->answer, "id")))
        return E_OK;
    TRY(st_account_need(s, id, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_account_list(struct st *s)
{
    return st_list(s, &(struct listing) { .kind = "account" });
}

/* ---- parameters */

/* Each kind of account has two names: a type, and a controller that means the same. */
static const struct account_type {
    const char *name, *dashboard, *payer, *losses;
    const char *payer_shown;
} types[] = {
    { "express", "express", "application", "application", "application_express" },
    { "standard", "full", "account", "stripe", "account" },
};

static enum err read_controller(struct st *s, struct tree *given, struct str *ret_type)
{
    struct str dashboard = S(""), payer = S(""), losses = S(""), collects = S("stripe");
    TRY(param_word(s, given, "stripe_dashboard.type", "express|full|none", &dashboard));
    TRY(param_word(s, given, "fees.payer", "account|application", &payer));
    TRY(param_word(s, given, "losses.payments", "application|stripe", &losses));
    TRY(param_word(s, given, "requirement_collection", "application|stripe", &collects));
    for (size_t i = 0; i < ARRAY_LEN(types) && str_eq(collects, S("stripe")); i++)
        if (str_eq(dashboard, str_of_c(types[i].dashboard)) &&
            str_eq(payer, str_of_c(types[i].payer)) && str_eq(losses, str_of_c(types[i].losses)))
            *ret_type = str_of_c(types[i].name);
    return E_OK;
}

static enum err read_type(struct st *s, struct tree *account)
{
    struct str type = S("");
    struct tree *controller = param_group(s, NULL, "controller");
    TRY(param_word(s, NULL, "type", "custom|express|standard", &type));
    if (controller != NULL && type.n > 0)
        return st_refuse(s, 400, "", S(""),
            "You may not provide the `type` parameter and `controller` parameters "
            "simultaneously. They are mutually exclusive.");
    if (controller != NULL)
        TRY(read_controller(s, controller, &type));
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const struct account_type *is = &types[i];
        if (!str_eq(type, str_of_c(is->name)))
            continue;
        tree_set_str(s->a, account, "type", type);
        tree_set_str(s->a, account, "controller.fees.payer", str_of_c(is->payer_shown));
        tree_set_str(s->a, account, "controller.losses.payments", str_of_c(is->losses));
        tree_set_str(s->a, account, "controller.stripe_dashboard.type", str_of_c(is->dashboard));
        return E_OK;
    }
    return st_refuse(s, 400, "", controller != NULL ? S("controller") : S("type"),
        "The simulated Stripe makes Express and Standard accounts only: type=express, or a "
        "controller with an Express dashboard whose fees and losses are the application's.");
}

static bool is_one_of(struct str word, const char *words)
{
    struct str rest = str_of_c(words), one;
    for (bool more = true; more;) {
        more = str_cut(rest, ' ', &one, &rest);
        if (str_eq(one, word))
            return true;
    }
    return false;
}

static enum err read_country(struct st *s, struct tree *account)
{
    static const struct {
        const char *currency, *countries;
    } places[] = { { "usd", "US" }, { "gbp", "GB GI" }, { "cad", "CA" }, { "aud", "AU" },
        { "nzd", "NZ" }, { "chf", "CH LI" }, { "sek", "SE" }, { "nok", "NO" }, { "dkk", "DK" },
        { "pln", "PL" }, { "czk", "CZ" }, { "ron", "RO" }, { "huf", "HU" }, { "jpy", "JP" },
        { "sgd", "SG" }, { "hkd", "HK" }, { "mxn", "MX" },
        { "eur", "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK" } };
    struct str country = S("US");
    TRY(param_str(s, NULL, "country", &country));
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (!is_one_of(country, places[i].countries))
            continue;
        tree_set_str(s->a, account, "country", country);
        tree_set_str(s->a, account, "default_currency", str_of_c(places[i].currency));
        return E_OK;
    }
    return st_refuse(s, 400, "country_unsupported", S("country"),
        "%.*s is not currently supported by Stripe. Countries are two capital letters, such as "
        "'US' or 'GB'.",
        SARG(str_clean(s->a, country, 20)));
}

static enum err read_capabilities(struct st *s, struct tree *account)
{
    static const char *const names[] = { "card_payments", "transfers" };
    struct tree *given = param_group(s, NULL, "capabilities");
    struct tree *into = tree_at(account, "capabilities");
    for (size_t i = 0; i < ARRAY_LEN(names) && given != NULL; i++) {
        struct tree *one = param_group(s, given, names[i]);
        bool requested = tree_at(into, names[i]) != NULL;
        if (one == NULL)
            continue;
        TRY(param_bool(s, one, "requested", &requested));
        if (requested)
            tree_set_str(s->a, into, names[i], S("inactive")); /* settled below */
        else if (tree_at(into, names[i]) != NULL)
            tree_drop(into, names[i]);
    }
    return E_OK;
}

/* Days of the week or of the month, taken with the interval they belong to. */
static enum err read_days(struct st *s, struct tree *given, const char *name, struct str interval,
    struct str needs, struct tree *schedule)
{
    static const char week[] = "monday tuesday wednesday thursday friday";
    struct tree *days = param_group(s, given, name), *list = tree_of(s->a, JSON_ARRAY);
    bool weekly = str_eq(needs, S("weekly")), fits = str_eq(interval, needs);
    if (days == NULL) {
        if (fits && tree_at(schedule, name) == NULL)
            return param_missing(s, given, name);
        if (!fits && tree_at(schedule, name) != NULL)
            tree_drop(schedule, name);
        return E_OK;
    }
    param_skip(s, given, name);
    tree_each (day, days) {
        int64_t n = 0;
        bool known =
            weekly ? is_one_of(day->text, week) : str_to_i64(day->text, &n) && n >= 1 && n <= 31;
        if (day->kind != JSON_STRING || !known || !fits)
            return st_refuse(
                s, 400, "", form_name(s->a, days), "Invalid %s for this interval.", name);
        tree_push(list, weekly ? tree_of_str(s->a, day->text) : tree_of_i64(s->a, n));
    }
    tree_set(s->a, schedule, name, list);
    return E_OK;
}

static enum err read_settings(struct st *s, struct tree *account)
{
    struct tree *payouts = tree_at(account, "settings.payouts");
    struct tree *schedule = tree_at(payouts, "schedule"), *given;
    struct str interval = tree_str(schedule, "interval"), delay = S("");
    int64_t days = tree_i64(schedule, "delay_days");
    bool debit = tree_true(payouts, "debit_negative_balances");
    if (param_group(s, NULL, "settings") == NULL)
        return E_OK;
    TRY(param_bool(s, NULL, "settings.payouts.debit_negative_balances", &debit));
    tree_set_bool(s->a, payouts, "debit_negative_balances", debit);
    given = param_group(s, NULL, "settings.payouts.schedule");
    if (given == NULL)
        return E_OK;
    TRY(param_word(s, given, "interval", "daily|manual|monthly|weekly", &interval));
    TRY(param_str(s, given, "delay_days", &delay));
    if (str_eq(delay, S("minimum")))
        days = 2;
    else
        TRY(param_i64(s, given, "delay_days", 2, 31, &days));
    TRY(read_days(s, given, "weekly_payout_days", interval, S("weekly"), schedule));
    TRY(read_days(s, given, "monthly_payout_days", interval, S("monthly"), schedule));
    tree_set_str(s->a, schedule, "interval", interval);
    tree_set_i64(s->a, schedule, "delay_days", days);
    return E_OK;
}

static enum err read_account(struct st *s, struct thing *t)
{
    struct str type = tree_str(t->body, "business_type");
    struct str currency = tree_str(t->body, "default_currency");
    struct tree *profile = param_group(s, NULL, "business_profile");
    if (param_given(s, NULL, "tos_acceptance"))
        return st_refuse(s, 400, "", S("tos_acceptance"),
            "You cannot accept the Terms of Service on behalf of Standard and Express connected "
            "accounts.");
    TRY(PARAM_UNKNOWN_HERE(s, NULL, "account_token", "company", "documents", "external_account",
        "groups", "individual"));
    if (tree_true(t->body, "_linked") && param_given(s, NULL, "business_type"))
        return st_refuse(s, 403, "", S("business_type"),
            "This application does not have the required permissions for the parameter "
            "'business_type' on account '%.*s'.",
            SARG(t->id));
    TRY(param_word(
        s, NULL, "business_type", "company|government_entity|individual|non_profit", &type));
    tree_set_str_or_null(s->a, t->body, "business_type", type);
    TRY(param_currency(s, NULL, "default_currency", &currency));
    tree_set_str(s->a, t->body, "default_currency", currency);
    TRY(PARAM_TEXTS(s, NULL, t->body, "email"));
    if (profile != NULL)
        TRY(PARAM_TEXTS(s, profile, tree_at(t->body, "business_profile"), "mcc", "name",
            "product_description", "support_email", "support_phone", "support_url", "url"));
    TRY(read_capabilities(s, t->body));
    TRY(read_settings(s, t->body));
    TRY(param_metadata(s, NULL, t->body));
    s->answer = t->body;
    return E_OK;
}

/* ---- making and changing */

enum err v1_account_create(struct st *s)
{
    struct thing t = st_new(s, "account");
    struct str url = str_fmt(s->a, "/v1/accounts/%.*s", SARG(t.id));
    tree_set(s->a, t.body, "_given", tree_of(s->a, JSON_OBJECT));
    tree_set_str(s->a, t.body, "_verdict", S(""));
    tree_set_str(
        s->a, t.body, "external_accounts.url", str_fmt(s->a, "%.*s/external_accounts", SARG(url)));
    tree_set_str(s->a, t.body, "login_links.url", str_fmt(s->a, "%.*s/login_links", SARG(url)));
    TRY(read_type(s, t.body));
    TRY(read_country(s, t.body));
    TRY(read_account(s, &t));
    st_account_settle(s, t.body);
    return st_add(s, &t);
}

enum err v1_account_update(struct st *s)
{
    struct thing t;
    TRY(st_account_need(s, s->r->params[0], &t));
    TRY(read_account(s, &t));
    return st_account_save(s, &t);
}

enum err v1_account_reject(struct st *s)
{
    struct thing t;
    struct str reason = S("");
    TRY(st_account_need(s, s->r->params[0], &t));
    TRY(param_word(s, NULL, "reason", "fraud|other|terms_of_service", &reason));
    if (reason.n == 0)
        return param_missing(s, NULL, "reason");
    tree_set_str(s->a, t.body, "_verdict", str_fmt(s->a, "rejected.%.*s", SARG(reason)));
    t.turn_ms = 0;
    s->answer = t.body;
    return st_account_save(s, &t);
}

enum err v1_account_delete(struct st *s)
{
    struct thing t;
    TRY(st_account_need(s, s->r->params[0], &t));
    return st_delete(s, &t);
}

/* ---- links: without an id, to be used once */

static enum err answer_link(struct st *s, struct thing *link)
{
    TRY(st_add(s, link));
    s->answer = tree_copy(s->a, link->body);
    tree_drop(s->answer, "id");
    return E_OK;
}

static enum err read_url(struct st *s, const char *name, struct tree *into, const char *member)
{
    struct str url = S("");
    TRY(param_str(s, NULL, name, &url));
    if (url.n == 0)
        return param_missing(s, NULL, name);
    if (!str_starts(url, S("http://")) && !str_starts(url, S("https://")))
        return st_refuse(s, 400, "url_invalid", str_of_c(name), "Not a valid URL");
    tree_set_str(s->a, into, member, url);
    return E_OK;
}

enum err v1_account_link(struct st *s)
{
    struct thing link = st_new(s, "account_link"), account = { 0 };
    struct str id = S(""), type = S(""), fields = S("");
    bool found = false;
    TRY(param_str(s, NULL, "account", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "account");
    TRY(st_find(s, id, &found, &account));
    if (!found || !st_is(&account, "account"))
        return st_refuse(s, 400, "", S("account"),
            "You requested an account link for an account that is not connected to your platform "
            "or does not exist.");
    TRY(param_word(s, NULL, "type", "account_onboarding", &type));
    if (type.n == 0)
        return param_missing(s, NULL, "type");
    TRY(read_url(s, "refresh_url", link.body, "_refresh_url"));
    TRY(read_url(s, "return_url", link.body, "_return_url"));
    TRY(param_word(s, NULL, "collection_options.fields", "currently_due|eventually_due", &fields));
    tree_set_str(s->a, link.body, "_account", id);
    tree_set_i64(s->a, link.body, "expires_at", st_now(s) + LINK_S);
    tree_set_str(s->a, link.body, "url", st_url(s, "/setup/e/", link.id));
    tree_set_bool(s->a, account.body, "_linked", true);
    TRY(st_save(s, &account));
    return answer_link(s, &link);
}

enum err v1_account_login(struct st *s)
{
    struct thing link = st_new(s, "login_link"), account;
    TRY(st_account_need(s, s->r->params[0], &account));
    if (!str_eq(tree_str(account.body, "type"), S("express")))
        return st_refuse(s, 400, "", S(""),
            "Cannot create an edit link for the account %.*s, which is not an Express account.",
            SARG(account.id));
    if (!tree_true(account.body, "details_submitted"))
        return st_refuse(s, 400, "", S(""),
            "Cannot create a login link for an account that has not completed onboarding.");
    tree_set_str(s->a, link.body, "_account", account.id);
    tree_set_str(s->a, link.body, "url", st_url(s, "/express/", link.id));
    return answer_link(s, &link);
}
