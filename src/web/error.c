#include "base/redact.h"
#include "web/web.h"

/* How a failure looks from outside: the envelope of the API, or a page. */

/* What a kind says when nobody said more, or when more may not be said. */
static enum code code_of_kind(enum err e)
{
    switch (e) {
    case E_INVALID:
        return CODE_INVALID_REQUEST;
    case E_DENIED:
        return CODE_FORBIDDEN;
    case E_NOT_FOUND:
        return CODE_NOT_FOUND;
    case E_CONFLICT:
        return CODE_CONFLICT;
    case E_LIMIT:
        return CODE_RATE_LIMITED;
    case E_BUSY:
        return CODE_BUSY;
    case E_UPSTREAM:
        return CODE_GATEWAY_UNAVAILABLE;
    case E_OK:
    case E_INTERNAL:
    case E_DEAD:
        return CODE_INTERNAL;
    }
    never("an error of no kind");
}

/* Pages for people: routes that are pages (unless JSON was sent to one: a program asks), and
 * addresses that no route has when a browser asks. */
static bool wants_page(const struct req *r)
{
    bool json = str_starts(req_header(r, S("Content-Type")), S("application/json"));
    if (r->route != NULL)
        return (r->route->flags & ROUTE_PAGE) != 0 && !json;
    return !str_starts(r->path, S("/api/")) && req_accepts(r, S("text/html"));
}

static void plain_page(struct req *r, const struct error_shown *e)
{
    struct buf *b = answer_html(r, e->status);
    html(b, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>", e->sentence,
        "</title></head><body><h1>", e->sentence, "</h1><p>Request ", r->c->request_id,
        "</p></body></html>\n");
}

static void envelope(struct req *r, const struct error_shown *e)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_bool(&j, "success", false);
    json_str(&j, "error", e->sentence);
    json_str(&j, "code", e->code);
    if (e->details.n > 0)
        json_raw(&j, "details", e->details);
    json_str(&j, "requestId", r->c->request_id);
    json_close(&j, '}');
    answer_text(r, e->status, S("application/json"), buf_str(&b));
}

void answer_error(struct req *r, enum err e)
{
    must(e != E_OK);
    const struct errinfo *why = &r->c->err;
    const struct code_info *info = code_info(why->code);
    bool told = why->code != CODE_NONE && info->kind == e && e != E_INTERNAL;
    if (!told)
        info = code_info(code_of_kind(e));
    struct error_shown shown = {
        .status = info->http,
        .code = info->name,
        /* R65: what a sentence repeats of an address may be a card's number. */
        .sentence = told ? redact_cards(r->c->arena, err_told(why)) : info->meaning,
        .details = told ? why->details : S(""),
    };
    if (wants_page(r) && r->error_page != NULL)
        r->error_page(r, &shown);
    else if (wants_page(r))
        plain_page(r, &shown);
    else
        envelope(r, &shown);
    int64_t after = told ? why->retry_after_s : 0;
    if (after == 0 && (shown.status == 429 || shown.status == 503))
        after = 1;
    if (after > 0)
        answer_header(r, S("Retry-After"), str_fmt(r->c->arena, "%lld", (long long)after));
    if (shown.status == 405 && r->allow_methods.n > 0)
        answer_header(r, S("Allow"), r->allow_methods);
    if (shown.status == 401 && !wants_page(r))
        answer_header(r, S("WWW-Authenticate"), S("Bearer"));
}
