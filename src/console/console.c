#include "console/console.h"

#include "base/clock.h"
#include "catalog/catalog.h"
#include "console/chain.h"
#include "console/console_db.h"
#include "customer/customer.h"
#include "db/db.h"
#include "mail/mail.h"
#include "risk/risk.h"

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

enum err console_read_long(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    return db_read_long(c, body, arg);
}

/* ---- search */

static struct str without(struct arena *a, struct str text, const char *dropped)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < text.n; i++)
        if (!str_has(str_of_c(dropped), str_part(text, i, 1)))
            buf_char(&b, text.p[i]);
    return buf_str(&b);
}

enum err console_amount(struct ctx *c, struct str text, struct money *ret)
{
    struct money m = { 0, CUR_NONE };
    const struct catalog *k = NULL;
    struct str number = without(c->arena, text, "$, ");
    struct str head = str_part(number, 0, 3);
    struct str tail = number.n > 3 ? str_from(number, number.n - 3) : S("");
    if (currency_parse(head, &m.cur)) {
        number = str_from(number, 3);
    } else if (currency_parse(tail, &m.cur)) {
        number = str_part(number, 0, number.n - 3);
    } else {
        TRY(catalog_now(c, &k));
        m.cur = k->currency;
    }
    if (!decimal_parse(number, currency_digits(m.cur), &m.minor))
        return fail(c, INVALID_REQUEST, "an amount is written like 25.69 USD");
    *ret = m;
    return E_OK;
}

static void hit(struct console_found *f, struct str href, struct str words)
{
    must(f->n < CONSOLE_HITS);
    f->hit[f->n++] = (struct console_hit) { href, words };
}

static void hit_order(struct ctx *c, const struct order *o, struct console_found *f)
{
    struct str number = order_number(c->arena, o);
    hit(f, str_fmt(c->arena, "/admin/orders/%.*s", SARG(number)),
        str_fmt(c->arena, "Order %.*s", SARG(number)));
}

static enum err hit_order_n(struct ctx *c, int64_t order_n, struct console_found *f)
{
    struct order o;
    TRY(order_by_n(c, order_n, &o));
    hit_order(c, &o, f);
    return E_OK;
}

/* A session id means something only to its gateway. */
static enum err by_session(struct ctx *c, struct str words, struct console_found *f)
{
    struct notice about = { .session_id = words };
    struct attempt a;
    bool found = false;
    for (size_t i = GATEWAY_NONE + 1; i < GATEWAY_COUNT && !found; i++)
        TRY(attempt_of_notice(c, (enum gateway_id)i, &about, &found, &a));
    return found ? hit_order_n(c, a.order_n, f) : E_OK;
}

static void hit_customer(struct ctx *c, const struct customer *who, struct console_found *f)
{
    struct str id = id_text(c->arena, S("cus"), who->id);
    hit(f, str_fmt(c->arena, "/admin/customers/%.*s", SARG(id)),
        str_fmt(c->arena, "Customer %.*s", SARG(who->external_id)));
}

static enum err by_mail(struct ctx *c, struct str words, struct console_found *f)
{
    struct customer who;
    bool found = false;
    struct str email = str_lower(c->arena, words);
    hit(f, str_fmt(c->arena, "/admin/orders?email=%.*s", SARG(url_encode(c->arena, email))),
        str_fmt(c->arena, "Orders of %.*s", SARG(email)));
    TRY(customer_by_email(c, email, &found, &who));
    if (found)
        hit_customer(c, &who, f);
    return E_OK;
}

static enum err take_any(struct ctx *c, const struct order *o, void *arg)
{
    bool *any = arg;
    *any = o->n > 0;
    return c->dead ? E_DEAD : E_OK;
}

/* Orders of this total; "123" is also an order's number without its year. */
static enum err by_figure(struct ctx *c, struct str words, struct console_found *f)
{
    struct order_filter filter = { .status = -1, .limit = 1 };
    int64_t n = 0, below = 0;
    bool any = false;
    if (str_to_i64(words, &n) && n > 0) {
        enum err e = hit_order_n(c, n, f);
        if (e != E_OK && e != E_NOT_FOUND)
            return e;
        err_clear(c);
    }
    if (console_amount(c, words, &filter.total) != E_OK) {
        err_clear(c);
        return E_OK;
    }
    TRY(order_search(c, &filter, take_any, &any, &below));
    if (any || below > 0)
        hit(f, str_fmt(c->arena, "/admin/orders?total=%.*s", SARG(url_encode(c->arena, words))),
            str_fmt(c->arena, "Orders of %.*s", SARG(money_text_code(c->arena, filter.total))));
    return E_OK;
}

static enum err by_customer(struct ctx *c, struct str words, struct console_found *f)
{
    struct customer who;
    bool found = false;
    TRY(customer_find(c, words, &found, &who));
    if (found)
        hit_customer(c, &who, f);
    return E_OK;
}

/* What names itself by its prefix: attempts and payments lead to their order. */
static enum err by_id(struct ctx *c, struct str words, struct console_found *f)
{
    static const struct {
        struct str prefix, path;
    } pages[] = {
        { S_INIT("evt"), S_INIT("/admin/webhooks/") },
        { S_INIT("mail"), S_INIT("/admin/mails/") },
        { S_INIT("job"), S_INIT("/admin/explain/") },
        { S_INIT("aud"), S_INIT("/admin/explain/") },
    };
    struct id id;
    struct attempt a;
    if (id_parse(S("att"), words, &id) || id_parse(S("pay"), words, &id)) {
        TRY(attempt_get(c, id, &a));
        return hit_order_n(c, a.order_n, f);
    }
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (id_parse(pages[i].prefix, words, &id)) {
            struct chain k;
            struct mail_row m;
            if (str_eq(pages[i].prefix, S("mail")))
                TRY(mail_get(c, id, &m));
            else
                TRY(chain_of(c, words, &k));
            hit(f, str_fmt(c->arena, "%.*s%.*s", SARG(pages[i].path), SARG(words)), words);
        }
    return E_OK;
}

static enum err find(struct ctx *c, struct str words, struct console_found *f)
{
    struct order o;
    struct str folded = str_lower(c->arena, words);
    if (str_starts(folded, S("ord-")) || str_starts(folded, S("ord_"))) {
        struct str number = str_fmt(
            c->arena, "%s%.*s", folded.p[3] == '-' ? "ORD" : "ord", SARG(str_from(folded, 3)));
        TRY(order_get(c, number, &o));
        hit_order(c, &o, f);
        return E_OK;
    }
    if (str_has(words, S("@")))
        return by_mail(c, words, f);
    TRY(by_id(c, folded, f));
    if (f->n > 0)
        return E_OK;
    TRY(by_figure(c, words, f));
    TRY(by_customer(c, words, f));
    return f->n > 0 ? E_OK : by_session(c, words, f);
}

enum err console_search(struct ctx *c, struct str words, struct console_found *ret)
{
    struct console_found found = { .n = 0 };
    words = str_trim(words);
    enum err e = words.n == 0 || !str_is_text(words) ? E_OK : find(c, words, &found);
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

static struct piece *next_piece(struct ctx *c, const struct console_range *range)
{
    struct piece *p = arena_new(c->arena, struct piece);
    p->filter = range->filter;
    p->filter.oldest = true;
    p->filter.limit = PIECE;
    p->filter.after_n = range->after_n;
    return p;
}

static bool is_time_over(const struct console_range *range)
{
    return range->until_mono_ms > 0 && range->all > range->begun &&
        clock_mono_ms() >= range->until_mono_ms;
}

/* One is a call to the gateway, so what is left is counted only as far as it matters. */
static enum err count_left(struct ctx *c, struct console_range *range)
{
    struct piece *p = next_piece(c, range);
    do {
        TRY(db_read(c, read_piece, p));
        range->left += (int64_t)p->n;
        if (p->n > 0)
            p->filter.after_n = p->e[p->n - 1].n;
    } while (p->n == PIECE && range->left < CONSOLE_RANGE);
    return E_OK;
}

static enum err replay_piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct console_range *range = arg;
    struct piece *p = next_piece(c, range);
    TRY(db_read(c, read_piece, p));
    for (size_t i = 0; i < p->n; i++) {
        if (is_time_over(range))
            return count_left(c, range);
        TRY(replay_one(c, range, &p->e[i]));
        range->after_n = p->e[i].n;
    }
    *ret_more = p->n == PIECE;
    return E_OK;
}

/* Oldest first, as they came, and not those that come meanwhile. */
enum err console_replay_range(struct ctx *c, struct console_range *range)
{
    if (!range->dry && c->net == NULL)
        return fail(c, BUSY, "gateways are asked by the server: start it, then run this again");
    if (range->filter.to_ms == 0)
        range->filter.to_ms = c->now_ms;
    range->left = 0;
    range->begun = range->all;
    return ctx_pieces(c, INT64_MAX, replay_piece, range);
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

enum err console_release(struct ctx *c, struct str order, struct str reason, struct order *ret)
{
    struct order o;
    TRY(order_get(c, order, &o));
    TRY(order_lock(c, o.n, &o));
    TRY(risk_release(c, &o, reason));
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
