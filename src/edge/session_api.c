#include "edge/auth.h"
#include "edge/session.h"

#include "base/origin.h"
#include "base/security.h"
#include "customer/customer.h"
#include "order/order.h"
#include "web/site.h"

/* The application signs its user in (contract 7): POST /session {token, next}, as a form or as
 * JSON; or a link /session?token=…, whose token comes once and is at most five minutes old. */
struct sign_in {
    struct token_claims claims;
    struct str next, secret, old_secret;
    bool link, json;
};

static enum err prepare(struct req *r, struct sign_in *in, struct str next)
{
    if (next.n > 0 && !path_is_local(r->c->arena, next)) {
        security_note(r->c, SECURITY_ORIGIN_REFUSED, "next is no path of this site");
        return fail(r->c, INVALID_REQUEST, "next must be a path of this site, such as /account");
    }
    in->next = next.n > 0 ? next : S("/account");
    in->secret = session_draw(r->c);
    in->old_secret = session_cookie(r);
    return E_OK;
}

static enum err post_parse(struct req *r)
{
    struct ctx *c = r->c;
    struct sign_in *in = r->in;
    const struct token_door door = token_door_now(c, &c->edge->door);
    struct str token = { 0 }, next = S("");
    bool given = false;
    in->json = str_starts(req_header(r, S("Content-Type")), S("application/json"));
    if (in->json) {
        const struct json_field fields[] = {
            j_str("token", &token, TOKEN_MAX),
            j_str_opt("next", &next, 2048),
            j_end,
        };
        TRY(json_read(c, r->body, fields));
    } else {
        TRY(req_form(r, "token", &given, &token));
        TRY(req_form(r, "next", &given, &next));
    }
    TRY(prepare(r, in, next));
    return auth_refused(
        r, SECURITY_TOKEN_REFUSED, token_verify(c, &door, token, &in->claims), NULL);
}

/* For the person who followed the link; the log has the reason behind it. */
static enum err ended(struct req *r)
{
    struct str name = site_of(r->c)->name;
    return fail_because(r->c, UNAUTHENTICATED, "This sign-in link has ended. Open it again%s%.*s.",
        name.n > 0 ? " from " : "", SARG(name));
}

static enum err link_parse(struct req *r)
{
    struct ctx *c = r->c;
    struct sign_in *in = r->in;
    const struct token_door door = token_door_now(c, &c->edge->door);
    struct str token = { 0 }, next = S("");
    bool given = false;
    /* A HEAD, as link previews send it, must not use the link up. */
    if (r->head)
        return fail(c, METHOD_NOT_ALLOWED, "A sign-in link answers to GET only.");
    TRY(req_query(r, "token", &given, &token));
    TRY(req_query(r, "next", &given, &next));
    TRY(prepare(r, in, next));
    in->link = true;
    enum err e = auth_refused(
        r, SECURITY_TOKEN_REFUSED, token_verify_link(c, &door, token, &in->claims), NULL);
    return e == E_DENIED ? ended(r) : e;
}

/* Who proves a mail has what was bought under it before.  A mail that is another customer's stays
 * theirs, and signing in goes on. */
static enum err bring_orders(struct ctx *c, const struct token_claims *claims)
{
    struct customer said = { .external_id = claims->sub, .name = claims->name }, owner, k;
    bool owned = false;
    if (!claims->email_verified || mail_address(c, claims->email, &said.email) != E_OK) {
        err_clear(c);
        return E_OK;
    }
    said.email_verified = true;
    TRY(customer_by_email(c, said.email, &owned, &owner));
    if (owned && !str_eq(owner.external_id, said.external_id))
        return E_OK;
    TRY(customer_ensure(c, &said, &k));
    return order_attach(c, k.n, said.email);
}

static enum err begin(struct req *r)
{
    struct ctx *c = r->c;
    struct sign_in *in = r->in;
    bool first = true;
    if (in->link)
        TRY(session_take_once(
            c, in->claims.id, in->claims.issued_ms + TOKEN_LINK_S * INT64_C(1000), &first));
    if (!first) {
        security_note(c, SECURITY_TOKEN_REFUSED, "a sign-in link was used a second time");
        return ended(r);
    }
    const struct session_new session = {
        .secret = in->secret,
        .old_secret = in->old_secret,
        .customer_id = in->claims.sub,
    };
    TRY(session_begin(c, &session));
    TRY(bring_orders(c, &in->claims));
    if (in->json) {
        struct json j = answer_json(r, 200);
        json_open(&j, "data", '{');
        json_str(&j, "next", in->next);
        json_close(&j, '}');
        answer_json_end(r, &j);
    } else {
        answer_redirect(r, 303, in->next);
    }
    session_answer(r, in->secret);
    return E_OK;
}

static enum err logout(struct req *r)
{
    TRY(session_end(r->c, session_cookie(r)));
    answer_redirect(r, 303, S("/"));
    session_answer_end(r);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/session",
        .shape = SHAPE_WRITE,
        .parse = link_parse,
        .run = begin,
        .in_size = sizeof(struct sign_in),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_SIGN_IN,
        .about = "Sign in by a link of the application: ?token=JWT (once, 5 minutes) &next=PATH.",
    },
    {
        .method = "POST",
        .path = "/session",
        .shape = SHAPE_WRITE,
        .parse = post_parse,
        .run = begin,
        .in_size = sizeof(struct sign_in),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_SIGN_IN,
        .about = "Sign in by a form of the application, or JSON: {token: JWT, next?}.",
    },
    {
        .method = "POST",
        .path = "/logout",
        .shape = SHAPE_WRITE,
        .run = logout,
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE,
        .about = "End this session.",
    },
};
const struct routes session_routes = { table, ARRAY_LEN(table) };
