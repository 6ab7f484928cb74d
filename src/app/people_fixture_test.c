#include "app/people_fixture.h"

#include "base/crypto.h"
#include "db/db.h"
#include "edge/csrf.h"
#include "edge/session.h"

static enum err sign_in_tx(struct ctx *c, void *arg)
{
    const struct person *p = arg;
    struct session_new session = { .secret = p->secret };
    struct str mail = str_fmt(c->arena, "%.*s@example.com", SARG(role_text(p->role)));
    TRY(admin_insert(c, id_new(c), mail, p->role, &session.admin_n));
    return session_begin(c, &session);
}

struct person console_sign_in(struct shop *s, enum role role)
{
    struct test *t = s->t;
    struct person p = { .role = role, .secret = session_draw(s->c) };
    EXPECT_OK(db_tx(s->c, "sign in", sign_in_tx, &p));
    p.csrf = csrf_token(s->c, p.secret);
    p.cookie = str_c(s->c->arena,
        str_fmt(s->c->arena, "Cookie: __Host-purser=%.*s\r\nOrigin: https://pay.example.com\r\n",
            SARG(base64url_text(s->c->arena, p.secret))));
    return p;
}
