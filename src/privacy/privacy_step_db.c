#include "privacy/privacy_find.h"

#include "db/db.h"
#include "fact/fact.h"

/* What is overwritten and deleted, table by table, in this order: the mail on their orders is how a
 * guest's other rows are found, so orders come last.  What was forgotten is not found again. */

#define ORDERS                                                                                     \
    "(SELECT n FROM purchase WHERE customer_n = $1 AND customer_n > 0 UNION ALL"                   \
    " SELECT n FROM purchase WHERE email = $2 AND email <> '' AND customer_n < 1 AND n <= $3)"
#define IN_ORDERS(e)                                                                               \
    DB_IN(in_i64((e)->who.n), in_str((e)->who.n == 0 ? (e)->who.email : S("")),                    \
        in_i64((e)->who.upto_n), in_i64((e)->at_n))

/* ---- sessions */

static enum err find_sessions(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM session WHERE customer_id = $1 AND customer_id IS NOT NULL AND n > $2 ORDER BY n LIMIT 100",
        DB_IN(in_str(e->who.external_id), in_i64(e->at_n)), DB_OUT(out_i64(&k.n)), erasure_take,
        &k));
    return erasure_took(ret);
}

static enum err forget_session(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM session WHERE n = $1", DB_IN(in_i64(n)));
}

/* ---- mails; one that waits to be sent is not sent any more */

#define MAIL_IS_THERE " AND (to_address <> '' OR to_name <> '' OR text_body <> '')"

static enum err look_mails(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    return db_each(c,
        "SELECT n FROM mail WHERE n > $1 AND n <= $2 AND customer_n = $3" MAIL_IS_THERE
        " ORDER BY n LIMIT 100",
        DB_IN(IN_WINDOW(w), in_i64(w->e->who.n)), DB_OUT(out_i64(&k->n)), erasure_take, k);
}

/* To who runs this: what a mail server said, and whom it said it of. */
static enum err look_alert_mails(
    struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    k->quoted = &w->e->who;
    return db_each(c,
        "SELECT n, text_body FROM mail WHERE n > $1 AND n <= $2 AND kind = 'alert' ORDER BY n",
        DB_IN(IN_WINDOW(w)), DB_OUT(out_i64(&k->n), out_str(&k->text)), erasure_take, k);
}

static enum err scan_mails(struct ctx *c, const struct erasure *e,
    enum err (*look)(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k),
    struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look, .window = PRIVACY_WINDOW };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM mail ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    return erasure_scan(c, e, &scan, e->at_n, ret);
}

static enum err find_mails(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    return scan_mails(c, e, look_mails, ret);
}

static enum err find_alert_mails(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    return scan_mails(c, e, look_alert_mails, ret);
}

static enum err look_order_mails(struct ctx *c, struct str order, struct erasure_rows *k)
{
    return db_each(c,
        "SELECT n FROM mail WHERE about = $1 AND about <> '' AND customer_n = 0" MAIL_IS_THERE
        " ORDER BY n LIMIT 100",
        DB_IN(in_str(order)), DB_OUT(out_i64(&k->n)), erasure_take, k);
}

static enum err find_order_mails(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    return erasure_of_orders(c, e, look_order_mails, ret);
}

static enum err forget_mail(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE mail SET to_address = '', to_name = '', subject = 'erased', text_body = '',"
        " html_body = '', last_error = '', state = CASE WHEN state = 0 THEN 3 ELSE state END,"
        " done_ms = CASE WHEN state = 0 THEN $1 ELSE done_ms END, version = version + 1"
        " WHERE n = $2",
        DB_IN(in_i64(c->now_ms), in_i64(n)));
}

/* ---- webhooks; one that was not applied yet is money that somebody waits for, and keeps its body
 * until its days are over */

static enum err find_webhooks(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM event WHERE order_n IN " ORDERS " AND status IN (1, 2)"
        " AND (LENGTH(body) > 0 OR headers <> '{}' OR outcome <> '') AND n > $4"
        " ORDER BY n LIMIT 100",
        IN_ORDERS(e), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err look_other_webhooks(
    struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    k->quoted = &w->e->who;
    return db_each(c,
        "SELECT n, body FROM event WHERE order_n = 0 AND n > $1 AND n <= $2 AND status IN (1, 2) ORDER BY n",
        DB_IN(IN_WINDOW(w)), DB_OUT(out_i64(&k->n), out_bytes(&k->text)), erasure_take, k);
}

static enum err find_other_webhooks(
    struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look_other_webhooks, .window = PRIVACY_BODIES };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM event ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    return erasure_scan(c, e, &scan, e->at_n, ret);
}

static enum err forget_webhook(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE event SET body = $1, headers = '{}', outcome = '', version = version + 1"
        " WHERE n = $2",
        DB_IN(in_bytes(S("")), in_i64(n)));
}

/* ---- payments */

static enum err find_payments(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM attempt WHERE order_n IN " ORDERS " AND n > $4 ORDER BY n LIMIT 100",
        IN_ORDERS(e), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_payment(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    TRY(db_exec(c, DB_ANY_ROWS,
        "UPDATE attempt SET checkout_url = '', invoice_page = '', method_brand = '',"
        " method_last4 = '', why = '', judged_why = '', card = '', card_country = '',"
        " version = version + 1 WHERE n = $1",
        DB_IN(in_i64(n))));
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE prompt SET operator = '', phone = '', code_id = '', words = '',"
        " version = version + 1 WHERE attempt_n = $1",
        DB_IN(in_i64(n)));
}

/* ---- invoices: where they were sent, and how they were paid; what stands on them is kept */

static enum err find_invoices(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM invoice WHERE order_n IN " ORDERS
        " AND (email <> '' OR method <> '') AND n > $4 ORDER BY n LIMIT 100",
        IN_ORDERS(e), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_invoice(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS, "UPDATE invoice SET email = '', method = '' WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* ---- uses of codes.  "cus:12" is our own number and stays; a mail becomes the order's number,
 * here and where the uses of each buyer are counted */

static enum err find_coupon_uses(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT order_n FROM coupon_use WHERE order_n IN " ORDERS
        " AND buyer >= 'mail:' AND buyer < 'mail;' AND order_n > $4 ORDER BY order_n LIMIT 100",
        IN_ORDERS(e), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_coupon_use(struct ctx *c, const struct erasure *e, int64_t order_n)
{
    const struct str nobody = str_fmt(c->arena, "erased:%lld", (long long)order_n);
    (void)e;
    TRY(db_exec(c, DB_ANY_ROWS,
        "UPDATE coupon_buyer SET buyer = $1 WHERE (coupon_n, buyer) IN"
        " (SELECT coupon_n, buyer FROM coupon_use WHERE order_n = $2)",
        DB_IN(in_str(nobody), in_i64(order_n))));
    return db_exec(c, DB_ANY_ROWS, "UPDATE coupon_use SET buyer = $1 WHERE order_n = $2",
        DB_IN(in_str(nobody), in_i64(order_n)));
}

/* ---- the application's words about credits */

static enum err find_moves(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM credit_move WHERE customer_n = $1 AND n > $2 AND (description <> '' OR reference <> '' OR labels <> '') ORDER BY n LIMIT 100",
        DB_IN(in_i64(e->who.n), in_i64(e->at_n)), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_move(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_move SET description = '', reference = '', labels = '' WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* A month at a time: it has two hundred rows at most. */
static enum err find_labels(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT month FROM credit_labelled WHERE customer_n = $1 AND month > $2 ORDER BY month LIMIT 1",
        DB_IN(in_i64(e->who.n), in_i64(e->at_n)), DB_OUT(out_i64(&ret->next_n))));
    *ret = (struct erasure_found) { { ret->next_n }, found, found ? ret->next_n : 0, !found };
    return E_OK;
}

static enum err forget_labels(struct ctx *c, const struct erasure *e, int64_t month)
{
    return db_exec(c, DB_ANY_ROWS,
        "DELETE FROM credit_labelled WHERE customer_n = $1 AND month = $2",
        DB_IN(in_i64(e->who.n), in_i64(month)));
}

static enum err look_reservations(
    struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    return db_each(c,
        "SELECT n FROM credit_reservation WHERE n > $1 AND n <= $2 AND customer_n = $3"
        " AND (description <> '' OR reference <> '' OR labels <> '') ORDER BY n LIMIT 100",
        DB_IN(IN_WINDOW(w), in_i64(w->e->who.n)), DB_OUT(out_i64(&k->n)), erasure_take, k);
}

static enum err find_reservations(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look_reservations, .window = PRIVACY_WINDOW };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM credit_reservation ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    return erasure_scan(c, e, &scan, e->at_n, ret);
}

static enum err forget_reservation(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE credit_reservation SET description = '', reference = '', labels = '' WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* ---- what was said about subscriptions */

static enum err find_subscriptions(
    struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM subscription WHERE customer_n = $1 AND n > $2 ORDER BY n LIMIT 100",
        DB_IN(in_i64(e->who.n), in_i64(e->at_n)), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_subscription(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE subscription SET reason = '', feedback = '', payer = '', version = version + 1"
        " WHERE n = $1",
        DB_IN(in_i64(n)));
}

static enum err find_changes(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM subscription_change WHERE subscription_n IN"
        " (SELECT n FROM subscription WHERE customer_n = $1) AND n > $2 ORDER BY n LIMIT 100",
        DB_IN(in_i64(e->who.n), in_i64(e->at_n)), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_change(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE subscription_change SET reason = '', feedback = '', why = '', actor = '',"
        " version = version + 1 WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* ---- who was on the other end of a line: not of what people of the business did, whose own
 * address that is */

#define CLIENT_IS_THERE                                                                            \
    " AND (salt IS NOT NULL OR address IS NOT NULL OR user_agent IS NOT NULL)"                     \
    " AND (actor < 'admin:' OR actor >= 'admin;')"

static enum err look_records(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    return db_each(c,
        "SELECT n FROM fact WHERE n > $1 AND n <= $2 AND customer_n = $3" CLIENT_IS_THERE
        " ORDER BY n LIMIT 100",
        DB_IN(IN_WINDOW(w), in_i64(w->e->who.n)), DB_OUT(out_i64(&k->n)), erasure_take, k);
}

static enum err find_records(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look_records, .window = PRIVACY_WINDOW };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM fact ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    struct fact_place first = { .n = 1 };
    int64_t since_ms = 0, from_n = e->at_n;
    /* None is older than the customer. */
    if (from_n == 0) {
        TRY(db_one(c, "SELECT created_ms FROM customer WHERE n = $1", DB_IN(in_i64(e->who.n)),
            DB_OUT(out_i64(&since_ms))));
        TRY(fact_place_of(c, since_ms, &first));
        from_n = first.n - 1;
    }
    return erasure_scan(c, e, &scan, from_n, ret);
}

static enum err look_order_records(struct ctx *c, struct str order, struct erasure_rows *k)
{
    return db_each(c,
        "SELECT n FROM fact WHERE subject = $1 AND customer_n = 0" CLIENT_IS_THERE
        " ORDER BY n LIMIT 100",
        DB_IN(in_str(order)), DB_OUT(out_i64(&k->n)), erasure_take, k);
}

static enum err find_order_records(
    struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    return erasure_of_orders(c, e, look_order_records, ret);
}

static enum err forget_client(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE fact SET salt = NULL, address = NULL, user_agent = NULL WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* ---- sentences that quote a mail, most likely a mail server's */

static enum err look_alerts(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    k->quoted = &w->e->who;
    return db_each(c, "SELECT n, sentence FROM alert WHERE n > $1 AND n <= $2 ORDER BY n",
        DB_IN(IN_WINDOW(w)), DB_OUT(out_i64(&k->n), out_str(&k->text)), erasure_take, k);
}

static enum err find_alerts(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look_alerts, .window = PRIVACY_WINDOW };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM alert ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    return erasure_scan(c, e, &scan, e->at_n, ret);
}

static enum err forget_alert(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE alert SET sentence = 'erased', version = version + 1 WHERE n = $1",
        DB_IN(in_i64(n)));
}

static enum err look_jobs(struct ctx *c, const struct erasure_window *w, struct erasure_rows *k)
{
    k->quoted = &w->e->who;
    return db_each(c,
        "SELECT n, last_error FROM job WHERE n > $1 AND n <= $2 AND last_error <> '' ORDER BY n",
        DB_IN(IN_WINDOW(w)), DB_OUT(out_i64(&k->n), out_str(&k->text)), erasure_take, k);
}

static enum err find_jobs(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_scanning scan = { .look = look_jobs, .window = PRIVACY_WINDOW };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM job ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&scan.last_n))));
    return erasure_scan(c, e, &scan, e->at_n, ret);
}

static enum err forget_job_error(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    return db_exec(c, DB_ANY_ROWS, "UPDATE job SET last_error = '' WHERE n = $1", DB_IN(in_i64(n)));
}

/* ---- disputes: a text that was sent is its bank's, and here only a copy */

static enum err find_disputes(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT n FROM dispute WHERE order_n IN " ORDERS " AND n > $4 ORDER BY n LIMIT 100",
        IN_ORDERS(e), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

static enum err forget_dispute(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM dispute_file WHERE dispute_n = $1", DB_IN(in_i64(n))));
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE dispute SET evidence = '{}', evidence_why = '', version = version + 1"
        " WHERE n = $1",
        DB_IN(in_i64(n)));
}

/* ---- orders */

static enum err find_orders(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct person_order order[ERASURE_ROWS];
    TRY(person_db_orders(c, &e->who, e->at_n, order, ERASURE_ROWS, &ret->count));
    for (size_t i = 0; i < ret->count; i++)
        ret->next_n = ret->n[i] = order[i].n;
    ret->over = ret->count < ERASURE_ROWS;
    return E_OK;
}

static enum err forget_order(struct ctx *c, const struct erasure *e, int64_t n)
{
    (void)e;
    TRY(db_exec(c, DB_ANY_ROWS, "UPDATE risk SET reasons = '[]', origin = '' WHERE order_n = $1",
        DB_IN(in_i64(n))));
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE purchase SET email = '', name = '', metadata = '', success_url = '',"
        " cancel_url = '', basket = $1, reason = '', version = version + 1 WHERE n = $2",
        DB_IN(in_bytes(S("")), in_i64(n)));
}

const struct erasure_kind erasure_kinds[] = {
    { S_INIT("sessions"), true, find_sessions, forget_session },
    { S_INIT("mails"), true, find_mails, forget_mail },
    { S_INIT("mails about orders"), false, find_order_mails, forget_mail },
    { S_INIT("mails about alerts"), false, find_alert_mails, forget_mail },
    { S_INIT("webhooks"), false, find_webhooks, forget_webhook },
    { S_INIT("other webhooks"), false, find_other_webhooks, forget_webhook },
    { S_INIT("payments"), false, find_payments, forget_payment },
    { S_INIT("invoices"), false, find_invoices, forget_invoice },
    { S_INIT("disputes"), false, find_disputes, forget_dispute },
    { S_INIT("uses of codes"), false, find_coupon_uses, forget_coupon_use },
    { S_INIT("subscriptions"), true, find_subscriptions, forget_subscription },
    { S_INIT("changes of them"), true, find_changes, forget_change },
    { S_INIT("credit history"), true, find_moves, forget_move },
    { S_INIT("credit labels"), true, find_labels, forget_labels },
    { S_INIT("credit reservations"), true, find_reservations, forget_reservation },
    { S_INIT("errors"), true, erasure_find_errors, erasure_forget_error },
    { S_INIT("records"), true, find_records, forget_client },
    { S_INIT("records of orders"), false, find_order_records, forget_client },
    { S_INIT("alerts"), false, find_alerts, forget_alert },
    { S_INIT("jobs"), false, find_jobs, forget_job_error },
    { S_INIT("orders"), false, find_orders, forget_order },
};
const size_t erasure_kind_count = ARRAY_LEN(erasure_kinds);
