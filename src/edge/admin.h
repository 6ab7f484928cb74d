#ifndef EDGE_ADMIN_H
#define EDGE_ADMIN_H

#include "base/id.h"
#include "edge/edge.h"

/* Console users: a mail, a role (viewer, support, finance, owner), a password that they choose
 * themselves over a link, and one-time codes where they are switched on. */
enum {
    ADMIN_LINK_MS = 30 * 60 * 1000,
    PASSWORD_MIN = 8,
    PASSWORD_MAX = 1024,
    TOTP_SECRET = 20
};
struct admin {
    int64_t n;
    struct id id;
    struct str mail; /* lower case */
    enum role role;
    struct str password;    /* scrypt text; empty: none was chosen yet */
    struct str totp_secret; /* 20 bytes, or empty: no codes are asked for */
    int64_t totp_step;      /* the last one used: codes come once (R57) */
    struct str known_place; /* hash of where the password was right last */
    int64_t created_ms, disabled_ms, version;
};

/* INVALID_REQUEST, or the mail as it is kept. */
enum err admin_mail(struct ctx *c, struct str text, struct str *ret);
/* INVALID_REQUEST with what is asked of a password (R48). */
enum err admin_password_check(struct ctx *c, struct str mail, struct str password);
/* scrypt, a third of a second: on a caller, outside any transaction.  BUSY while enough others are
 * at it. */
enum err admin_password_hash(struct ctx *c, struct str password, struct str *ret_text);
enum err admin_password_matches(struct ctx *c, struct str password, struct str stored, bool *ret_ok,
    struct str *ret_new_text); /* new: to be stored instead, else empty */
/* The step of a right code within one step of now and after the last used; 0: wrong. */
int64_t admin_code_step(struct ctx *c, const struct admin *admin, struct str code);
/* How authenticator apps write a secret: RFC 4648, upper case; for lengths without padding. */
struct str base32_text(struct arena *a, struct str raw);
/* Names a place without keeping it. */
struct str admin_place(struct ctx *c, const struct admin *admin);

/* In a snapshot or transaction. */
enum err admin_find(struct ctx *c, struct str mail, bool *ret_found, struct admin *ret);
enum err admin_get(struct ctx *c, int64_t n, struct admin *ret);
enum err admin_list(
    struct ctx *c, struct admin *row, enum err (*each)(struct ctx *c, void *arg), void *arg);
/* Inside transactions; those that change a row name the version they read. */
enum err admin_insert(struct ctx *c, struct id id, struct str mail, enum role role, int64_t *ret_n);
/* Also ends being disabled. */
enum err admin_set_role(struct ctx *c, const struct admin *admin, enum role role);
enum err admin_set_disabled(struct ctx *c, const struct admin *admin, bool disabled);
enum err admin_set_totp(struct ctx *c, const struct admin *admin, struct str secret);
/* The next one's, under the master key as it is now (base/sealed.h). */
struct resealing;
enum err admin_reseal(struct ctx *c, struct resealing *k);
/* Ends all sessions of this user. */
enum err admin_set_password(struct ctx *c, const struct admin *admin, struct str text);
/* The password was right here; step: the code's, or 0.  CONFLICT when password or last code are no
 * longer what admin says. */
enum err admin_signed_in(
    struct ctx *c, const struct admin *admin, int64_t step, struct str new_password);

/* The fact of it, in the same transaction: kind of fact.def; change: "role", "password", … or
 * empty; role: what it is now. */
enum err admin_note(
    struct ctx *c, struct str kind, struct id id, struct str change, enum role role);

/* Links to choose a password: 32 random bytes, kept as a hash, once, for half an hour (R58). */
enum err admin_link_insert(struct ctx *c, int64_t admin_n, struct str secret);
enum err admin_link_find(/* in a snapshot */
    struct ctx *c, struct str secret, bool *ret_found, struct admin *ret_admin);
enum err admin_link_take(
    struct ctx *c, struct str secret, int64_t admin_n); /* CONFLICT: too late */

struct commands;
extern const struct commands admin_commands; /* admin create, list, code, disable */

#endif
