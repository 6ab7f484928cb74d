#include "edge/login.h"

#include "base/origin.h"
#include "base/security.h"
#include "db/db.h"
#include "edge/auth.h"
#include "edge/login_page.h"
#include "edge/session.h"
#include "web/page.h"

static enum err read_field(struct req *r, const char *name, struct str *ret)
{
    bool given = false;
    *ret = S("");
    return req_form(r, name, &given, ret);
}

/* ---- POST /login {mail, password, code?, next?} */
struct sign_in {
    struct login login;
    struct login_ok ok;
    struct str next, secret, old_secret;
};

/* The form again, with the mail kept, when it is the person's to mend. */
static void sign_in_again(struct req *r, const struct error_shown *e)
{
    const struct sign_in *in = r->in;
    if (e->status >= 500)
        page_error(r, e);
    else
        login_page(r,
            &(struct login_page) { .status = e->status,
                .wrong = e->sentence,
                .mail = in->login.mail,
                .next = in->next });
}

static enum err sign_in_parse(struct req *r)
{
    struct sign_in *in = r->in;
    r->error_page = sign_in_again;
    TRY(read_field(r, "mail", &in->login.mail));
    TRY(read_field(r, "password", &in->login.password));
    TRY(read_field(r, "code", &in->login.code));
    TRY(read_field(r, "next", &in->next));
    if (in->next.n == 0 || !path_is_local(r->c->arena, in->next))
        in->next = S("/admin");
    in->secret = session_draw(r->c);
    in->old_secret = session_cookie(r);
    return E_OK;
}

static enum err sign_in_tx(struct ctx *c, void *arg)
{
    const struct sign_in *in = arg;
    TRY(admin_signed_in(c, &in->ok.admin, in->ok.step, in->ok.new_password));
    const struct session_new session = {
        .secret = in->secret,
        .old_secret = in->old_secret,
        .admin_n = in->ok.admin.n,
    };
    TRY(session_begin(c, &session));
    return admin_note(c, S("SESSION_STARTED"), in->ok.admin.id, S(""), in->ok.admin.role);
}

/* From here on it is this person who does what is done. */
static void become(struct req *r, struct id admin)
{
    r->c->actor = str_fmt(r->c->arena, "admin:%.*s", SARG(id_text(r->c->arena, S("adm"), admin)));
}

static enum err sign_in(struct req *r)
{
    struct sign_in *in = r->in;
    TRY(login_check(r->c, &in->login, &in->ok));
    become(r, in->ok.admin.id);
    TRY(db_tx(r->c, "login", sign_in_tx, in));
    answer_redirect(r, 303, in->next);
    session_answer(r, in->secret);
    return E_OK;
}

/* ---- POST /login/password {token, password}: what the link of `admin create` leads to */
struct choose {
    struct str token, link, password, text, secret;
    bool found;
    struct admin admin;
};

static void choose_again(struct req *r, const struct error_shown *e)
{
    const struct choose *in = r->in;
    if (e->status == 400)
        password_page(r, e->status, in->token, e->sentence);
    else
        page_error(r, e);
}

static enum err choose_parse(struct req *r)
{
    struct choose *in = r->in;
    r->error_page = choose_again;
    TRY(read_field(r, "token", &in->token));
    TRY(read_field(r, "password", &in->password));
    if (!hex_parse(r->c->arena, in->token, &in->link))
        in->link = S("");
    in->secret = session_draw(r->c);
    return E_OK;
}

static enum err choose_look(struct ctx *c, void *arg)
{
    struct choose *in = arg;
    return admin_link_find(c, in->link, &in->found, &in->admin);
}

static enum err choose_tx(struct ctx *c, void *arg)
{
    const struct choose *in = arg;
    const struct session_new session = { .secret = in->secret, .admin_n = in->admin.n };
    TRY(admin_link_take(c, in->link, in->admin.n));
    TRY(admin_set_password(c, &in->admin, in->text));
    TRY(session_begin(c, &session));
    return admin_note(c, S("ADMIN_CHANGED"), in->admin.id, S("password"), in->admin.role);
}

static enum err choose(struct req *r)
{
    struct ctx *c = r->c;
    struct choose *in = r->in;
    TRY(db_read(c, choose_look, in));
    if (!in->found)
        return auth_refused(r, SECURITY_LOGIN_FAILED,
            fail(c, UNAUTHENTICATED,
                "This link has ended: it is good for half an hour and for one use. "
                "Ask for another."),
            "a password link that has ended or never was");
    TRY(admin_password_check(c, in->admin.mail, in->password));
    TRY(admin_password_hash(c, in->password, &in->text));
    become(r, in->admin.id);
    TRY(db_tx(c, "choose password", choose_tx, in));
    answer_redirect(r, 303, S("/admin"));
    session_answer(r, in->secret);
    return E_OK;
}

/* ---- POST /login/demo {who}: people of the sandbox */
struct demo {
    const struct demo_person *person;
    enum role role;
    struct id id;
    struct str next, secret, old_secret;
};

static enum err demo_parse(struct req *r)
{
    struct demo *in = r->in;
    const struct edge_options *options = &r->c->edge->options;
    struct str who;
    TRY(read_field(r, "who", &who));
    for (size_t i = 0; options->sandbox && i < options->people_count; i++)
        if (str_eq(str_of_c(options->people[i].id), who))
            in->person = &options->people[i];
    if (in->person == NULL)
        return fail(r->c, NOT_FOUND, "There is no such demo person.");
    must(role_parse(str_of_c(in->person->role), &in->role));
    TRY(read_field(r, "next", &in->next));
    if (in->next.n == 0 || !path_is_local(r->c->arena, in->next))
        in->next = role_is_console(in->role) ? S("/admin") : S("/account");
    in->id = id_new(r->c);
    in->secret = session_draw(r->c);
    in->old_secret = session_cookie(r);
    return E_OK;
}

static enum err demo(struct req *r)
{
    struct ctx *c = r->c;
    struct demo *in = r->in;
    struct session_new session = { .secret = in->secret, .old_secret = in->old_secret };
    struct str name = str_of_c(in->person->id);
    if (role_is_console(in->role)) {
        struct admin admin = { 0 };
        bool found = false;
        TRY(admin_find(c, name, &found, &admin));
        if (!found) {
            TRY(admin_insert(c, in->id, name, in->role, &admin.n));
            TRY(admin_note(c, S("ADMIN_CREATED"), in->id, S(""), in->role));
        }
        session.admin_n = admin.n;
    } else {
        session.customer_id = name;
    }
    TRY(session_begin(c, &session));
    answer_redirect(r, 303, in->next);
    session_answer(r, in->secret);
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "POST",
        .path = "/login",
        .shape = SHAPE_CALL,
        .parse = sign_in_parse,
        .run = sign_in,
        .in_size = sizeof(struct sign_in),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_SIGN_IN,
        .about = "Sign in to the console: a form {mail, password, code?, next?}.",
    },
    {
        .method = "POST",
        .path = "/login/password",
        .shape = SHAPE_CALL,
        .parse = choose_parse,
        .run = choose,
        .in_size = sizeof(struct choose),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_SIGN_IN,
        .about = "Choose a console password over a link: a form {token, password}.",
    },
    {
        .method = "POST",
        .path = "/login/demo",
        .shape = SHAPE_WRITE,
        .parse = demo_parse,
        .run = demo,
        .in_size = sizeof(struct demo),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_SIGN_IN,
        .about = "Sandbox only: become one of the demo people, a form {who, next?}.",
    },
};
const struct routes login_routes = { table, ARRAY_LEN(table) };
