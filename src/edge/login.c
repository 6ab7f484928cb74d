#include "edge/login.h"

#include "base/security.h"
#include "db/db.h"
#include "edge/throttle.h"

struct lookup {
    struct str mail;
    bool found;
    struct admin admin;
};

static enum err find(struct ctx *c, void *arg)
{
    struct lookup *l = arg;
    return admin_find(c, l->mail, &l->found, &l->admin);
}

static enum err wrong(struct ctx *c, struct str account, const char *why)
{
    security_note(c, SECURITY_LOGIN_FAILED, "%s", why);
    throttle_failed(c, account);
    return fail(c, UNAUTHENTICATED, "Mail or password is not right.");
}

enum err login_check(struct ctx *c, const struct login *in, struct login_ok *ret)
{
    struct lookup l = { 0 };
    struct login_ok ok = { 0 };
    bool right = false, known = false;
    if (admin_mail(c, in->mail, &l.mail) != E_OK) {
        err_clear(c);
        l.mail = str_lower(c->arena, str_part(in->mail, 0, 254));
    } else {
        TRY(db_read(c, find, &l));
    }
    if (l.found)
        known = bytes_equal_secret(l.admin.known_place, admin_place(c, &l.admin));
    TRY(throttle_ask(c, l.mail, known));
    /* Nobody's password is looked at as long as somebody's. */
    TRY(admin_password_matches(c, str_part(in->password, 0, PASSWORD_MAX),
        l.found ? l.admin.password : S(""), &right, &ok.new_password));
    if (!right || !l.found || l.admin.disabled_ms != 0)
        return wrong(c, l.mail, "a wrong mail or password");
    if (l.admin.totp_secret.n > 0) {
        ok.step = admin_code_step(c, &l.admin, in->code);
        if (ok.step == 0)
            return wrong(c, l.mail, "a right password with a wrong or used code");
    }
    throttle_passed(c, l.mail, known);
    ok.admin = l.admin;
    *ret = ok;
    return E_OK;
}
