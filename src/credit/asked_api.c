#include "credit/asked.h"

#include "base/json.h"

enum {
    LABELS_MAX = 10,
    EXTRAS_MAX = 20,
    TTL_MAX_S = 86400
};

static bool is_short(struct str text)
{
    return text.n <= ASKED_TEXT_MAX && str_is_text(text);
}

static enum err check_labels(struct ctx *c, const struct json_value *v, struct str *ret)
{
    int64_t n = 0;
    struct str text;
    if (v->kind == JSON_ABSENT || v->kind == JSON_NULL)
        return E_OK;
    if (v->kind == JSON_OBJECT)
        for (struct json_iter it = json_iter(*v); json_next(&it); n++)
            if (!json_to_str(c->arena, it.value, &text) || !is_short(text) ||
                !is_short(json_name(c->arena, &it)))
                n = LABELS_MAX;
    if (v->kind != JSON_OBJECT || n > LABELS_MAX)
        return fail(
            c, INVALID_REQUEST, "labels is an object of at most %d short texts", LABELS_MAX);
    *ret = v->raw;
    return E_OK;
}

static enum err check_extras(struct ctx *c, const struct json_value *v, struct str *ret)
{
    int64_t n = 0;
    if (v->kind == JSON_ABSENT || v->kind == JSON_NULL)
        return E_OK;
    if (v->kind == JSON_ARRAY)
        for (struct json_iter it = json_iter(*v); json_next(&it);)
            n++;
    if (v->kind != JSON_ARRAY || n > EXTRAS_MAX)
        return fail(c, INVALID_REQUEST, "extras is a list of at most %d names", EXTRAS_MAX);
    *ret = v->raw;
    return E_OK;
}

static enum err check_texts(struct ctx *c, const struct credit_use *use)
{
    if (!str_is_text(use->description) || !str_is_text(use->reference))
        return fail(c, INVALID_REQUEST, "description and reference are text that can be shown");
    return E_OK;
}

enum err asked_check(struct ctx *c, const struct json_value *extras,
    const struct json_value *labels, int64_t ttl_s, struct credit_use *inout)
{
    TRY(check_extras(c, extras, &inout->extras));
    TRY(check_labels(c, labels, &inout->labels));
    TRY(check_texts(c, inout));
    if (ttl_s < 1 || ttl_s > TTL_MAX_S)
        return fail(c, INVALID_REQUEST, "ttlSeconds is 1 to %d", TTL_MAX_S);
    return E_OK;
}
