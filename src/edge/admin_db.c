#include "edge/admin.h"

#include "base/sealed.h"
#include "db/db.h"
#include "edge/session.h"

#define COLUMNS                                                                                    \
    "n, id, mail, role, password, totp_secret, totp_step, known_place, created_ms, disabled_ms,"   \
    " version"
#define COLUMNS_OUT(a, role)                                                                       \
    DB_OUT(out_i64(&(a)->n), out_id(&(a)->id), out_str(&(a)->mail), out_str(role),                 \
        out_str(&(a)->password), out_bytes(&(a)->totp_secret), out_i64(&(a)->totp_step),           \
        out_bytes(&(a)->known_place), out_i64(&(a)->created_ms), out_i64(&(a)->disabled_ms),       \
        out_i64(&(a)->version))

static struct str bytes_of(const struct sha256 *hash)
{
    return (struct str) { (const char *)hash->b, sizeof hash->b };
}

static enum err read_role(struct ctx *c, struct str role, enum role *ret)
{
    if (!role_parse(role, ret) || !role_is_console(*ret))
        return fail(c, STORE_CORRUPT, "a console user has no known role");
    return E_OK;
}

static struct str totp_place(struct ctx *c, struct id id)
{
    return str_fmt(c->arena, "admin.totp/%.*s", SARG(id_text(c->arena, S("adm"), id)));
}

static enum err open_totp(struct ctx *c, struct admin *a)
{
    return sealed_read(c, totp_place(c, a->id), a->totp_secret, &a->totp_secret);
}

enum err admin_find(struct ctx *c, struct str mail, bool *ret_found, struct admin *ret)
{
    struct admin a = { 0 };
    struct str role = { 0 };
    bool found = false;
    TRY(db_find(c, &found, "SELECT " COLUMNS " FROM admin WHERE mail = $1", DB_IN(in_str(mail)),
        COLUMNS_OUT(&a, &role)));
    if (found) {
        TRY(read_role(c, role, &a.role));
        TRY(open_totp(c, &a));
        *ret = a;
    }
    *ret_found = found;
    return E_OK;
}

enum err admin_get(struct ctx *c, int64_t n, struct admin *ret)
{
    struct admin a = { 0 };
    struct str role = { 0 };
    TRY(db_one(
        c, "SELECT " COLUMNS " FROM admin WHERE n = $1", DB_IN(in_i64(n)), COLUMNS_OUT(&a, &role)));
    TRY(read_role(c, role, &a.role));
    TRY(open_totp(c, &a));
    *ret = a;
    return E_OK;
}

struct listing {
    struct admin *row;
    struct str role;
    enum err (*each)(struct ctx *c, void *arg);
    void *arg;
};

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    TRY(read_role(c, l->role, &l->row->role));
    return l->each(c, l->arg);
}

enum err admin_list(
    struct ctx *c, struct admin *row, enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    struct listing l = { .row = row, .each = each, .arg = arg };
    return db_each(c, "SELECT " COLUMNS " FROM admin ORDER BY mail", DB_NO_IN,
        COLUMNS_OUT(row, &l.role), list_one, &l);
}

enum err admin_insert(struct ctx *c, struct id id, struct str mail, enum role role, int64_t *ret_n)
{
    return db_one(c,
        "INSERT INTO admin (id, mail, role, password, totp_secret, totp_step, known_place,"
        " created_ms, disabled_ms, version) VALUES ($1, $2, $3, '', $4, 0, $4, $5, 0, 1)"
        " RETURNING n",
        DB_IN(
            in_id(id), in_str(mail), in_str(role_text(role)), in_bytes(S("")), in_i64(c->wall_ms)),
        DB_OUT(out_i64(ret_n)));
}

enum err admin_set_role(struct ctx *c, const struct admin *admin, enum role role)
{
    return db_exec(c, 1,
        "UPDATE admin SET role = $3, disabled_ms = 0, version = version + 1"
        " WHERE n = $1 AND version = $2",
        DB_IN(in_i64(admin->n), in_i64(admin->version), in_str(role_text(role))));
}

enum err admin_set_disabled(struct ctx *c, const struct admin *admin, bool disabled)
{
    return db_exec(c, 1,
        "UPDATE admin SET disabled_ms = $3, version = version + 1 WHERE n = $1 AND version = $2",
        DB_IN(in_i64(admin->n), in_i64(admin->version), in_i64(disabled ? c->wall_ms : 0)));
}

enum err admin_set_totp(struct ctx *c, const struct admin *admin, struct str secret)
{
    struct str stored;
    TRY(sealed_write(c, totp_place(c, admin->id), secret, &stored));
    return db_exec(c, 1,
        "UPDATE admin SET totp_secret = $3, totp_step = 0, version = version + 1"
        " WHERE n = $1 AND version = $2",
        DB_IN(in_i64(admin->n), in_i64(admin->version), in_bytes(stored)));
}

enum err admin_reseal(struct ctx *c, struct resealing *k)
{
    struct id id = { { 0 } };
    struct str stored = { 0 }, plain;
    TRY(db_find(c, &k->found,
        "SELECT n, id, totp_secret FROM admin WHERE n > $1 AND LENGTH(totp_secret) > 0"
        " ORDER BY n LIMIT 1",
        DB_IN(in_i64(k->n)), DB_OUT(out_i64(&k->n), out_id(&id), out_bytes(&stored))));
    if (!k->found || sealed_is_current(c, stored))
        return E_OK;
    TRY(sealed_read(c, totp_place(c, id), stored, &plain));
    TRY(sealed_write(c, totp_place(c, id), plain, &stored));
    k->changed = true;
    return db_exec(c, 1, "UPDATE admin SET totp_secret = $1, version = version + 1 WHERE n = $2",
        DB_IN(in_bytes(stored), in_i64(k->n)));
}

enum err admin_set_password(struct ctx *c, const struct admin *admin, struct str text)
{
    TRY(db_exec(c, 1,
        "UPDATE admin SET password = $3, version = version + 1 WHERE n = $1 AND version = $2",
        DB_IN(in_i64(admin->n), in_i64(admin->version), in_str(text))));
    return session_end_admin(c, admin->n);
}

/* Guarded by what was checked, not by the version: two sign-ins at once do not disturb each other,
 * but a password that was changed or a code that was used meanwhile does. */
enum err admin_signed_in(
    struct ctx *c, const struct admin *admin, int64_t step, struct str new_password)
{
    return db_exec(c, 1,
        "UPDATE admin SET known_place = $2, totp_step = $3, password = $4, version = version + 1"
        " WHERE n = $1 AND password = $5 AND totp_step = $6 AND disabled_ms = 0",
        DB_IN(in_i64(admin->n), in_bytes(admin_place(c, admin)),
            in_i64(step == 0 ? admin->totp_step : step),
            in_str(new_password.n == 0 ? admin->password : new_password), in_str(admin->password),
            in_i64(admin->totp_step)));
}

enum err admin_link_insert(struct ctx *c, int64_t admin_n, struct str secret)
{
    struct sha256 hash = sha256(secret);
    TRY(db_exec(
        c, DB_ANY_ROWS, "DELETE FROM password_link WHERE admin_n = $1", DB_IN(in_i64(admin_n))));
    return db_exec(c, 1, "INSERT INTO password_link (hash, admin_n, until_ms) VALUES ($1, $2, $3)",
        DB_IN(in_bytes(bytes_of(&hash)), in_i64(admin_n), in_i64(c->wall_ms + ADMIN_LINK_MS)));
}

enum err admin_link_find(struct ctx *c, struct str secret, bool *ret_found, struct admin *ret_admin)
{
    struct sha256 hash = sha256(secret);
    int64_t admin_n = 0;
    TRY(db_find(c, ret_found,
        "SELECT l.admin_n FROM password_link l JOIN admin a ON a.n = l.admin_n"
        " WHERE l.hash = $1 AND l.until_ms > $2 AND a.disabled_ms = 0",
        DB_IN(in_bytes(bytes_of(&hash)), in_i64(c->wall_ms)), DB_OUT(out_i64(&admin_n))));
    return *ret_found ? admin_get(c, admin_n, ret_admin) : E_OK;
}

enum err admin_link_take(struct ctx *c, struct str secret, int64_t admin_n)
{
    struct sha256 hash = sha256(secret);
    return db_exec(c, 1,
        "DELETE FROM password_link WHERE hash = $1 AND admin_n = $2 AND until_ms > $3",
        DB_IN(in_bytes(bytes_of(&hash)), in_i64(admin_n), in_i64(c->wall_ms)));
}
