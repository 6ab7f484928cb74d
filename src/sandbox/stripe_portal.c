#include "sandbox/stripe_billing.h"

/* The billing portal: its sessions and configurations.  What it looks like is in
 * stripe_portal_page.c. */

/* ---- configurations */

static enum err read_features(struct st *s, struct thing *t)
{
    static const char *const names[] = { "customer_update", "invoice_history",
        "payment_method_update", "subscription_cancel", "subscription_update" };
    struct tree *given = param_group(s, NULL, "features");
    for (size_t i = 0; i < ARRAY_LEN(names) && given != NULL; i++) {
        struct tree *one = param_group(s, given, names[i]);
        struct tree *into = tree_at(t->body, "features");
        bool enabled = true;
        if (one == NULL)
            continue;
        TRY(param_bool(s, one, "enabled", &enabled));
        tree_set_bool(s->a, tree_at(into, names[i]), "enabled", enabled);
    }
    if (given != NULL)
        param_skip(s, NULL, "features");
    return E_OK;
}

static enum err read_configuration(struct st *s, struct thing *t)
{
    bool active = tree_true(t->body, "active");
    struct tree *profile = param_group(s, NULL, "business_profile");
    TRY(read_features(s, t));
    TRY(param_bool(s, NULL, "active", &active));
    tree_set_bool(s->a, t->body, "active", active);
    if (profile != NULL)
        TRY(PARAM_TEXTS(s, profile, tree_at(t->body, "business_profile"), "headline",
            "privacy_policy_url", "terms_of_service_url"));
    TRY(PARAM_TEXTS(s, NULL, t->body, "default_return_url", "name"));
    TRY(param_metadata(s, NULL, t->body));
    param_skip(s, NULL, "login_page");
    tree_set_i64(s->a, t->body, "updated", st_now(s));
    s->answer = t->body;
    return E_OK;
}

enum err v1_portal_configure(struct st *s)
{
    struct thing t = st_new(s, "billing_portal.configuration");
    tree_set_bool(s->a, t.body, "is_default", false);
    if (!param_given(s, NULL, "features"))
        return param_missing(s, NULL, "features");
    TRY(read_configuration(s, &t));
    return st_add_and_tell(s, &t, "billing_portal.configuration.created");
}

enum err v1_portal_reconfigure(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "billing_portal.configuration", &t));
    TRY(read_configuration(s, &t));
    return st_save_and_tell(s, &t, "billing_portal.configuration.updated");
}

enum err v1_portal_configuration(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "billing_portal.configuration", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_portal_configurations(struct st *s)
{
    static const struct filter filters[] = { { "active", NULL }, { "is_default", NULL } };
    return st_list(s,
        &(struct listing) { .kind = "billing_portal.configuration", filters, ARRAY_LEN(filters) });
}

/* ---- sessions */

static enum err keep_default(struct st *s, struct thing *t, void *arg)
{
    struct str *id = arg;
    (void)s;
    if (tree_true(t->body, "is_default") && tree_true(t->body, "active"))
        *id = t->id;
    return E_OK;
}

static enum err read_flow(struct st *s, struct thing *t)
{
    static const char *const types[] = { "subscription_cancel", "subscription_update",
        "subscription_update_confirm" };
    struct tree *given = param_group(s, NULL, "flow_data"), *flow = tree_of(s->a, JSON_OBJECT);
    struct str type = S(""), back = S(""), sub = S("");
    if (given == NULL)
        return E_OK;
    TRY(param_word(s, given, "type",
        "payment_method_update|subscription_cancel|subscription_update|"
        "subscription_update_confirm|customer_update|subscription_pause",
        &type));
    if (type.n == 0)
        return param_missing(s, given, "type");
    TRY(param_str(s, given, "after_completion.redirect.return_url", &back));
    tree_set_str_or_null(s->a, flow, "after_completion.redirect.return_url", back);
    tree_set_str(
        s->a, flow, "after_completion.type", back.n > 0 ? S("redirect") : S("portal_homepage"));
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct thing of;
        struct tree *one = param_group(s, given, types[i]);
        tree_set_null(s->a, flow, types[i]);
        if (one == NULL)
            continue;
        TRY(param_str(s, one, "subscription", &sub));
        TRY(st_refer(s, "subscription", sub, "flow_data", &of));
        tree_set_str(s->a, flow, str_c(s->a, str_fmt(s->a, "%s.subscription", types[i])), sub);
    }
    tree_set_str(s->a, flow, "type", type);
    param_skip(s, NULL, "flow_data");
    tree_set(s->a, t->body, "flow", flow);
    return E_OK;
}

enum err v1_portal_create(struct st *s)
{
    struct thing t = st_new(s, "billing_portal.session"), customer, configuration;
    struct str id = S(""), used = S("");
    TRY(param_str(s, NULL, "customer", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "customer");
    TRY(st_refer(s, "customer", id, "customer", &customer));
    TRY(param_str(s, NULL, "configuration", &used));
    if (used.n == 0)
        TRY(st_each(s, "billing_portal.configuration", S(""), S(""), keep_default, &used));
    if (used.n == 0)
        return st_refuse(s, 400, "", S(""),
            "No configuration provided and your test mode default configuration has not been "
            "created. Provide a configuration or create your default by saving your customer "
            "portal settings in test mode.");
    TRY(st_refer(s, "billing_portal.configuration", used, "configuration", &configuration));
    TRY(PARAM_TEXTS(s, NULL, t.body, "return_url", "locale"));
    TRY(read_flow(s, &t));
    tree_set_str(s->a, t.body, "customer", id);
    tree_set_str(s->a, t.body, "configuration", used);
    tree_set_str(s->a, t.body, "url", st_url(s, "/p/session/", t.id));
    s->answer = t.body;
    return st_add_and_tell(s, &t, "billing_portal.session.created");
}
