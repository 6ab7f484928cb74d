#include "sandbox/stripe.h"

/* Reading parameters.  Whoever reads one takes it; what nobody takes is unknown. */

enum err st_refuse_at(
    struct st *s, int status, const char *code, struct str param, const char *fmt, ...)
{
    struct buf b = BUF(s->a);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    s->refusal = (struct refusal) {
        .status = status,
        .type = S("invalid_request_error"),
        .code = str_of_c(code),
        .param = param,
        .message = buf_str(&b),
    };
    return fail(s->c, INVALID_REQUEST, "%.*s", SARG(buf_str(&b)));
}

enum err st_no_such(struct st *s, int status, const char *kind, struct str id, struct str param)
{
    return st_refuse(s, status, "resource_missing", param, "No such %s: '%.*s'", kind,
        SARG(str_clean(s->a, id, 255)));
}

/* ---- taking */

/* The way there is known even when nothing stands at its end: what is beside it is unknown by its
 * own name. */
static struct tree *take(struct st *s, struct tree *at, const char *path)
{
    struct str rest = str_of_c(path), name;
    struct tree *t = at != NULL ? at : s->params;
    for (bool more = true; more && t != NULL;) {
        more = str_cut(rest, '.', &name, &rest);
        t = tree_member(t, name);
        if (t != NULL)
            t->seen = true;
    }
    return t;
}

/* "items[0][price]" of what is there, or would be. */
static struct str name_of(struct st *s, const struct tree *at, const char *path)
{
    struct buf b = BUF(s->a);
    struct str rest = str_of_c(path), one;
    buf_add(&b, at != NULL ? form_name(s->a, at) : S(""));
    for (bool more = true; more;) {
        more = str_cut(rest, '.', &one, &rest);
        bool inside = b.n > 0;
        buf_add(&b, inside ? S("[") : S(""));
        buf_add(&b, one);
        buf_add(&b, inside ? S("]") : S(""));
    }
    return buf_str(&b);
}

bool param_given(struct st *s, struct tree *at, const char *path)
{
    return tree_at(at != NULL ? at : s->params, path) != NULL;
}

bool param_unset(struct st *s, struct tree *at, const char *path)
{
    struct tree *t = tree_at(at != NULL ? at : s->params, path);
    if (t == NULL || t->kind != JSON_STRING || t->text.n > 0)
        return false;
    take(s, at, path);
    return true;
}

static void take_all(struct tree *t)
{
    t->seen = true;
    tree_each (inner, t)
        take_all(inner);
}

void param_skip(struct st *s, struct tree *at, const char *path)
{
    struct tree *t = take(s, at, path);
    if (t != NULL)
        take_all(t);
}

enum err param_unknown_here(struct st *s, struct tree *at, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct tree *t = take(s, at, names[i]);
        bool off = t == NULL || (t->kind == JSON_STRING && t->text.n == 0) ||
            str_eq(tree_str(t, "enabled"), S("false"));
        if (!off)
            return st_refuse(s, 400, "", name_of(s, at, names[i]),
                "The simulated Stripe does not know %s: leave it out here.", names[i]);
        if (t != NULL)
            take_all(t);
    }
    return E_OK;
}

struct tree *param_group(struct st *s, struct tree *at, const char *path)
{
    struct tree *t = take(s, at, path);
    return t != NULL && t->kind == JSON_OBJECT ? t : NULL;
}

enum err param_missing_at(struct st *s, struct tree *at, const char *path)
{
    struct str name = name_of(s, at, path);
    return st_refuse(
        s, 400, "parameter_missing", name, "Missing required param: %.*s.", SARG(name));
}

/* ---- values */

enum err param_str(struct st *s, struct tree *at, const char *path, struct str *inout)
{
    struct tree *t = take(s, at, path);
    if (t == NULL)
        return E_OK;
    struct str name = name_of(s, at, path);
    if (t->kind != JSON_STRING)
        return st_refuse(s, 400, "", name, "Invalid string: %.*s", SARG(name));
    if (t->text.n == 0)
        return st_refuse(s, 400, "parameter_invalid_empty", name,
            "You passed an empty string for '%.*s'. We assume empty values are an attempt to unset "
            "a parameter; however '%.*s' cannot be unset. You should remove '%.*s' from your "
            "request or supply a non-empty value.",
            SARG(name), SARG(name), SARG(name));
    if (t->text.n > 5000)
        return st_refuse(s, 400, "parameter_invalid_string_blank", name,
            "Invalid string: %.*s must be at most 5000 characters", SARG(name));
    *inout = t->text;
    return E_OK;
}

enum err param_i64(
    struct st *s, struct tree *at, const char *path, int64_t min, int64_t max, int64_t *inout)
{
    struct str text = S("");
    int64_t v = 0;
    TRY(param_str(s, at, path, &text));
    if (text.n == 0)
        return E_OK;
    struct str name = name_of(s, at, path);
    if (!str_to_i64(text, &v))
        return st_refuse(s, 400, "parameter_invalid_integer", name, "Invalid integer: %.*s",
            SARG(str_part(text, 0, 100)));
    if (v < min)
        return st_refuse(s, 400, "parameter_invalid_integer", name,
            "This value must be greater than or equal to %lld.", (long long)min);
    if (v > max)
        return st_refuse(s, 400, "parameter_invalid_integer", name,
            "This value must be less than or equal to %lld.", (long long)max);
    *inout = v;
    return E_OK;
}

enum err param_bool(struct st *s, struct tree *at, const char *path, bool *inout)
{
    struct str text = S("");
    TRY(param_str(s, at, path, &text));
    if (text.n == 0)
        return E_OK;
    bool yes = str_eq(text, S("true"));
    if (!yes && !str_eq(text, S("false")))
        return st_refuse(s, 400, "", name_of(s, at, path), "Invalid boolean: %.*s",
            SARG(str_part(text, 0, 100)));
    *inout = yes;
    return E_OK;
}

enum err param_word(
    struct st *s, struct tree *at, const char *path, const char *words, struct str *inout)
{
    struct str text = S(""), rest = str_of_c(words), one;
    TRY(param_str(s, at, path, &text));
    if (text.n == 0)
        return E_OK;
    for (bool more = true; more;) {
        more = str_cut(rest, '|', &one, &rest);
        if (str_eq(one, text)) {
            *inout = text;
            return E_OK;
        }
    }
    struct str name = name_of(s, at, path);
    return st_refuse(s, 400, "", name, "Invalid %.*s: must be one of %s", SARG(name), words);
}

enum err param_currency(struct st *s, struct tree *at, const char *path, struct str *inout)
{
    struct str text = S("");
    enum currency currency;
    TRY(param_str(s, at, path, &text));
    if (text.n == 0)
        return E_OK;
    if (!currency_parse(str_upper(s->a, text), &currency))
        return st_refuse(s, 400, "", name_of(s, at, path),
            "Invalid currency: %.*s. The simulated Stripe knows the currencies that purser knows.",
            SARG(str_part(text, 0, 20)));
    *inout = str_lower(s->a, text);
    return E_OK;
}

enum err param_metadata(struct st *s, struct tree *at, struct tree *object)
{
    enum {
        KEYS_MAX = 50,
        KEY_MAX = 40,
        VALUE_MAX = 500
    };
    struct tree *into = tree_at(object, "metadata");
    must(into != NULL);
    if (param_unset(s, at, "metadata"))
        tree_become(into, tree_of(s->a, JSON_OBJECT));
    struct tree *given = param_group(s, at, "metadata");
    if (given == NULL)
        return E_OK;
    tree_each (pair, given) {
        struct str name = form_name(s->a, pair);
        pair->seen = true;
        if (pair->kind != JSON_STRING)
            return st_refuse(s, 400, "", name, "Metadata values are strings.");
        if (pair->name.n > KEY_MAX || pair->text.n > VALUE_MAX)
            return st_refuse(s, 400, "", name,
                "Metadata keys have at most %d characters, values at most %d.", KEY_MAX, VALUE_MAX);
        struct tree *there = tree_member(into, pair->name);
        if (pair->text.n > 0)
            tree_put(into, pair->name, tree_of_str(s->a, pair->text));
        else if (there != NULL)
            tree_cut(there);
    }
    if (tree_count(into) > KEYS_MAX)
        return st_refuse(s, 400, "", S("metadata"), "Metadata has at most %d keys.", KEYS_MAX);
    return E_OK;
}

enum err param_texts(
    struct st *s, struct tree *at, struct tree *object, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str text = S("");
        if (param_unset(s, at, names[i])) {
            tree_set_null(s->a, object, names[i]);
            continue;
        }
        TRY(param_str(s, at, names[i], &text));
        if (text.n > 0)
            tree_set_str(s->a, object, names[i], text);
    }
    return E_OK;
}

static const struct tree *unknown(const struct tree *t)
{
    if (!t->seen)
        return t;
    tree_each (inner, t) {
        const struct tree *found = unknown(inner);
        if (found != NULL)
            return found;
    }
    return NULL;
}

enum err params_end(struct st *s)
{
    s->params->seen = true;
    const struct tree *t = unknown(s->params);
    if (t == NULL)
        return E_OK;
    struct str name = form_name(s->a, t);
    return st_refuse(
        s, 400, "parameter_unknown", name, "Received unknown parameter: %.*s", SARG(name));
}
