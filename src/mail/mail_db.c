#include "mail/mail_db.h"

#include "db/db.h"

enum err mail_insert(struct ctx *c, const struct mail_row *r)
{
    const struct mail *m = &r->mail;
    return db_exec(c, DB_ANY_ROWS,
        "INSERT INTO mail (kind, about, customer_n, key, state, version, to_address, to_name,"
        "   subject, text_body, html_body, message_id, created_ms, since_ms, due_ms, done_ms,"
        "   tries, last_error)"
        " VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $12, $12, $13, 0, $14)"
        " ON CONFLICT (key) WHERE key <> '' DO NOTHING",
        DB_IN(in_str(m->kind), in_str(m->about), in_i64(m->customer_n), in_str(m->key),
            in_i64(r->state), in_str(m->to_address), in_str(m->to_name), in_str(m->subject),
            in_str(m->text), in_str(m->html), in_str(r->message_id), in_i64(r->created_ms),
            in_i64(r->done_ms), in_str(r->last_error)));
}

#define COLUMNS                                                                                    \
    "n, kind, about, customer_n, key, state, version, to_address, to_name, subject, message_id,"   \
    " created_ms, since_ms, due_ms, done_ms, tries, last_error"
#define OUT_MAIL(r)                                                                                \
    out_i64(&(r)->n), out_str(&(r)->mail.kind), out_str(&(r)->mail.about),                         \
        out_i64(&(r)->mail.customer_n), out_str(&(r)->mail.key), out_enum(&(r)->state),            \
        out_i64(&(r)->version), out_str(&(r)->mail.to_address), out_str(&(r)->mail.to_name),       \
        out_str(&(r)->mail.subject), out_str(&(r)->message_id), out_i64(&(r)->created_ms),         \
        out_i64(&(r)->since_ms), out_i64(&(r)->due_ms), out_i64(&(r)->done_ms),                    \
        out_i64(&(r)->tries), out_str(&(r)->last_error)
#define OUT_WHOLE_MAIL(r) DB_OUT(OUT_MAIL(r), out_str(&(r)->mail.text), out_str(&(r)->mail.html))

enum err mail_find_due(struct ctx *c, bool *ret_found, struct mail_row *ret)
{
    struct mail_row r = { 0 };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT " COLUMNS ", text_body, html_body FROM mail WHERE state = 0 AND due_ms <= $1"
        " ORDER BY due_ms, n LIMIT 1",
        DB_IN(in_i64(c->now_ms)), OUT_WHOLE_MAIL(&r)));
    *ret = r;
    *ret_found = found;
    return E_OK;
}

enum err mail_get(struct ctx *c, struct id id, struct mail_row *ret)
{
    struct mail_row r = { 0 };
    int64_t created_ms = 0, n = 0;
    bool found = false;
    if (id_is_row(id, &created_ms, &n))
        TRY(db_find(c, &found,
            "SELECT " COLUMNS ", text_body, html_body FROM mail WHERE n = $1 AND created_ms = $2",
            DB_IN(in_i64(n), in_i64(created_ms)), OUT_WHOLE_MAIL(&r)));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such mail; they are kept for 90 days");
    *ret = r;
    return E_OK;
}

struct mails {
    struct mail_row row;
    enum err (*each)(struct ctx *c, const struct mail_row *row, void *arg);
    void *arg;
};

static enum err hand_mail(struct ctx *c, void *arg)
{
    struct mails *mails = arg;
    return mails->each(c, &mails->row, mails->arg);
}

enum err mail_list(struct ctx *c, const struct mail_filter *f,
    enum err (*each)(struct ctx *c, const struct mail_row *row, void *arg), void *arg)
{
    struct mails mails = { .each = each, .arg = arg };
    if (f->about.n > 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM mail WHERE about = $1 AND about <> ''"
            " AND ($2 = 0 OR n < $2) AND ($3 < 0 OR state = $3) ORDER BY n DESC LIMIT $4",
            DB_IN(in_str(f->about), in_i64(f->after_n), in_i64(f->state_or_minus_1),
                in_i64(f->limit)),
            DB_OUT(OUT_MAIL(&mails.row)), hand_mail, &mails);
    int64_t below = f->after_n > 0 ? f->after_n : INT64_MAX;
    bool usual = f->state_or_minus_1 == MAIL_SENT || f->state_or_minus_1 == MAIL_KEPT;
    if (f->state_or_minus_1 >= 0 && !usual)
        return db_each(c,
            "SELECT " COLUMNS " FROM mail WHERE n < $1 AND state = $2 AND state <> 1"
            " AND state <> 2"
            " ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(below), in_i64(f->state_or_minus_1), in_i64(f->limit)),
            DB_OUT(OUT_MAIL(&mails.row)), hand_mail, &mails);
    return db_each(c,
        "SELECT " COLUMNS " FROM mail WHERE n < $1 AND ($2 < 0 OR state = $2)"
        " ORDER BY n DESC LIMIT $3",
        DB_IN(in_i64(below), in_i64(f->state_or_minus_1), in_i64(f->limit)),
        DB_OUT(OUT_MAIL(&mails.row)), hand_mail, &mails);
}

enum err mail_update(struct ctx *c, const struct mail_row *r)
{
    return db_exec(c, 1,
        "UPDATE mail SET state = $1, tries = $2, since_ms = $3, due_ms = $4, done_ms = $5,"
        " message_id = $6, last_error = $7, version = version + 1 WHERE n = $8 AND version = $9",
        DB_IN(in_i64(r->state), in_i64(r->tries), in_i64(r->since_ms), in_i64(r->due_ms),
            in_i64(r->done_ms), in_str(r->message_id), in_str(r->last_error), in_i64(r->n),
            in_i64(r->version)));
}

/* Only the oldest hundred are looked at: they came first, so they are done first, and nobody has
 * to search a table that may be long. */
#define OLDEST_DONE                                                                                \
    " (SELECT n FROM (SELECT n, state, done_ms FROM mail ORDER BY n LIMIT 100) AS oldest"          \
    " WHERE state <> 0 AND done_ms < $1)"

enum err mail_delete_done(struct ctx *c, int64_t before_ms, bool *ret_more)
{
    int64_t n = 0;
    TRY(db_one(c, "SELECT COUNT(*) FROM" OLDEST_DONE " AS done", DB_IN(in_i64(before_ms)),
        DB_OUT(out_i64(&n))));
    if (n > 0)
        TRY(db_exec(c, n, "DELETE FROM mail WHERE n IN" OLDEST_DONE, DB_IN(in_i64(before_ms))));
    *ret_more = n > 0;
    return E_OK;
}
