#include "console/console.h"

#include "console/console_db.h"
#include "customer/customer.h"
#include "db/db.h"
#include "mail/mail.h"

enum err console_counts(struct ctx *c, struct console_counts *ret)
{
    return console_db_counts(c, ret);
}

enum err console_backlog(struct ctx *c, struct console_backlog *ret)
{
    return console_db_backlog(c, ret);
}

enum err console_read(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    return db_read(c, body, arg);
}

/* ---- search */

static enum err order_href(struct ctx *c, int64_t order_n, struct console_found *ret)
{
    struct order o;
    TRY(order_by_n(c, order_n, &o));
    ret->href = str_fmt(c->arena, "/admin/orders/%.*s", SARG(order_number(c->arena, &o)));
    return E_OK;
}

/* A session id means something only to its gateway. */
static enum err by_session(struct ctx *c, struct str words, struct console_found *ret)
{
    struct notice about = { .session_id = words };
    struct attempt a;
    bool found = false;
    for (size_t i = GATEWAY_NONE + 1; i < GATEWAY_COUNT && !found; i++)
        TRY(attempt_of_notice(c, (enum gateway_id)i, &about, &found, &a));
    return found ? order_href(c, a.order_n, ret) : E_OK;
}

static enum err find(struct ctx *c, struct str words, struct console_found *ret)
{
    struct id id;
    struct order o;
    struct attempt a;
    if (str_starts(words, S("ORD-")) || str_starts(words, S("ord_"))) {
        TRY(order_get(c, words, &o));
        return order_href(c, o.n, ret);
    }
    if (id_parse(S("att"), words, &id) || id_parse(S("pay"), words, &id)) {
        TRY(attempt_get(c, id, &a));
        return order_href(c, a.order_n, ret);
    }
    if (id_parse(S("evt"), words, &id)) {
        struct event e;
        TRY(event_get(c, id, &e));
        ret->href = str_fmt(c->arena, "/admin/webhooks/%.*s", SARG(event_id(c->arena, &e)));
        return E_OK;
    }
    if (str_has(words, S("@"))) {
        ret->email = str_lower(c->arena, words);
        return E_OK;
    }
    return by_session(c, words, ret);
}

enum err console_search(struct ctx *c, struct str words, struct console_found *ret)
{
    struct console_found found = { .href = S(""), .email = S("") };
    words = str_trim(words);
    enum err e = words.n == 0 || !str_is_utf8(words) ? E_OK : find(c, words, &found);
    if (e == E_NOT_FOUND)
        err_clear(c);
    else
        TRY(e);
    *ret = found;
    return E_OK;
}

/* ---- webhooks once more */

struct event_look {
    struct id id;
    struct event event;
};

static enum err look_event(struct ctx *c, void *arg)
{
    struct event_look *k = arg;
    return event_get(c, k->id, &k->event);
}

enum err console_replay(
    struct ctx *c, struct id event, bool dry, struct str *ret_words, bool *ret_changes)
{
    struct event_look k = { .id = event };
    if (!dry && c->net == NULL)
        return fail(c, BUSY, "gateways are asked by the server: start it, then run this again");
    TRY(db_read(c, look_event, &k));
    return inbox_replay(c, k.event.n, dry, ret_words, ret_changes);
}

enum {
    PIECE = 100
};
struct piece {
    struct event_filter filter;
    struct event e[PIECE];
    size_t n;
};

static enum err take_event(struct ctx *c, const struct event *e, void *arg)
{
    struct piece *p = arg;
    p->e[p->n++] = *e;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_piece(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    p->n = 0;
    return event_list(c, &p->filter, take_event, p);
}

static enum err replay_one(struct ctx *c, struct console_range *range, const struct event *e)
{
    struct str words = S("");
    bool changes = false;
    enum err err = inbox_replay(c, e->n, range->dry, &words, &changes);
    if (err == E_DEAD || err == E_INTERNAL)
        return err;
    range->all++;
    if (err != E_OK) {
        words = str_copy(c->arena, c->err.message);
        err_clear(c);
        range->failed++;
    } else if (changes) {
        range->changed++;
    } else {
        range->same++;
    }
    if (range->lines != NULL && (err != E_OK || changes))
        buf_fmt(range->lines, "%.*s  %.*s  %.*s\n", SARG(event_id(c->arena, e)), SARG(e->name),
            SARG(words));
    return E_OK;
}

/* What is replayed changes; the list is read before, newest first, and walked from its end. */
enum err console_replay_range(struct ctx *c, struct console_range *range)
{
    struct event *all = arena_array(c->arena, struct event, CONSOLE_RANGE + PIECE);
    struct piece *p = arena_new(c->arena, struct piece);
    size_t n = 0;
    if (!range->dry && c->net == NULL)
        return fail(c, BUSY, "gateways are asked by the server: start it, then run this again");
    p->filter = range->filter;
    p->filter.limit = PIECE;
    p->filter.after_n = 0;
    do {
        TRY(db_read(c, read_piece, p));
        for (size_t i = 0; i < p->n; i++) {
            all[n++] = p->e[i];
            p->filter.after_n = p->e[i].n;
        }
    } while (p->n == PIECE && n < CONSOLE_RANGE);
    range->more = p->n == PIECE;
    while (n > 0)
        TRY(replay_one(c, range, &all[--n]));
    return E_OK;
}

/* ---- asking */

struct asking {
    struct str id;
    struct order order;
    struct attempt *attempt;
    size_t attempts;
};

static enum err look_attempts(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    TRY(order_get(c, k->id, &k->order));
    return attempts_of(c, k->order.n, &k->attempt, &k->attempts);
}

enum err console_ask(struct ctx *c, struct str order, struct str *ret_words)
{
    struct asking k = { .id = order };
    struct settle s;
    struct buf b = BUF(c->arena);
    TRY(db_read(c, look_attempts, &k));
    for (size_t i = 0; i < k.attempts; i++) {
        const struct gateway *g = gateway_by_id(k.attempt[i].gateway);
        if (g == NULL || k.attempt[i].session_id.n == 0)
            continue;
        TRY(payment_ask(c, k.attempt[i].n, &s));
        buf_fmt(&b, "%s%.*s says %.*s: %.*s.", b.n > 0 ? " " : "", SARG(g->title),
            SARG(notice_text(s.notice.kind)), SARG(s.why.n > 0 ? s.why : settled_text(s.result)));
    }
    *ret_words = b.n > 0 ? buf_str(&b) : S("No page to pay on was opened: there is nobody to ask.");
    return E_OK;
}

/* ---- deeds inside a transaction */

enum err console_resolve(
    struct ctx *c, struct str order, const struct review_decision *said, struct order *ret)
{
    struct order o;
    TRY(order_get(c, order, &o));
    TRY(order_lock(c, o.n, &o));
    TRY(payment_resolve(c, &o, said));
    *ret = o;
    return E_OK;
}

enum err console_cancel(struct ctx *c, struct str order, struct order *ret)
{
    struct order o;
    TRY(order_get(c, order, &o));
    TRY(order_lock(c, o.n, &o));
    if (o.status != ORDER_PENDING && o.status != ORDER_FAILED)
        return fail(c, CONFLICT, "an order that is %.*s cannot be cancelled",
            SARG(order_status_text(o.status)));
    TRY(payment_give_up(c, &o, ORDER_CANCELLED, S("cancelled in the console")));
    *ret = o;
    return E_OK;
}

struct receipt {
    int64_t n;
    struct mail_row row;
};

static enum err take_receipt(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct receipt *k = arg;
    if (k->n == 0 && str_starts(row->mail.key, S("paid:"))) {
        k->row = *row;
        k->n = row->n;
    }
    return c->dead ? E_DEAD : E_OK;
}

enum err console_resend(struct ctx *c, struct str order)
{
    struct order o;
    struct receipt k = { .n = 0 };
    struct id id;
    TRY(order_get(c, order, &o));
    struct mail_filter f = { .state_or_minus_1 = -1, .about = order_id(c->arena, &o), .limit = 50 };
    TRY(mail_list(c, &f, take_receipt, &k));
    if (k.n == 0)
        return fail(c, NOT_FOUND, "no receipt was written for this order");
    must(id_parse(S("mail"), mail_id(c->arena, &k.row), &id));
    return mail_resend(c, id);
}
