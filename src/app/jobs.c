#include "app/app.h"
#include "app/backup.h"
#include "app/watch.h"
#include "alert/alert.h"
#include "checkout/checkout.h"
#include "credit/credit.h"
#include "credit/usage.h"
#include "dispute/dispute.h"
#include "dispute/evidence.h"
#include "edge/session.h"
#include "fact/fact_count.h"
#include "failure/failure.h"
#include "grant/grant.h"
#include "inbox/inbox.h"
#include "invoice/invoice.h"
#include "ledger/ledger_hour.h"
#include "mail/mail.h"
#include "outgoing/outgoing.h"
#include "payment/call.h"
#include "payment/decline.h"
#include "privacy/privacy.h"
#include "reconcile/reconcile.h"
#include "refund/refund.h"
#include "renewal/renewal.h"
#include "risk/risk.h"

/* Every kind of later work, by the name under which it is stored, and every operation that can be
 * carried on.  To the right only data goes: a feature adds a job by name, this table knows whose.
 */

static const struct operation_kind *const operations[] = { &checkout_operation,
    &checkout_guide_operation, &checkout_page_operation, &order_pay_operation, &renewal_operation,
    &renewal_page_operation, &refund_operation, &refund_page_operation };
const struct operation_kinds app_operations = { operations, ARRAY_LEN(operations) };

static enum err resume(struct ctx *c, struct str subject)
{
    return operation_resume(c, &app_operations, subject);
}

/* As many as there are, a hundred in a transaction. */
static enum err forget_operations(struct ctx *c, struct str subject)
{
    (void)subject;
    for (bool more = true; more;)
        TRY(operation_forget(c, &more));
    return E_OK;
}

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR
};

static const struct job_kind table[] = {
    { S_INIT("operation_resume"), resume, 0, SECOND, DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("operation_forget"), forget_operations, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("fact_note_head"), fact_note_head_job, MINUTE, MINUTE, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_raise"), alert_raise_job, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_tell"), alert_tell_job, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_disk"), alert_disk_job, 10 * SECOND, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_webhook"), alert_webhook_job, 0, 10 * SECOND, DAY, MINUTE, JOB_ALONE },
    { S_INIT("alert_mail"), mail_alert_job, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("outgoing_look"), outgoing_look_job, 2 * SECOND, SECOND, 0, 10 * SECOND, JOB_ALONE },
    { S_INIT("outgoing_send"), outgoing_send_job, 0, SECOND, 0, 2 * MINUTE, JOB_ALONE },
    { S_INIT("outgoing_forget"), outgoing_forget_job, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("mail_send"), mail_send_job, 10 * SECOND, SECOND, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("mail_forget"), mail_forget_job, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("catalog_coupons"), coupons_from_catalog, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("credit_open"), credit_open_job, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("credit_end"), credit_end_job, 15 * SECOND, 5 * SECOND, 0, 2 * MINUTE, JOB_ALONE },
    { S_INIT("credit_low"), credit_low_job, 0, SECOND, 0, MINUTE, JOB_BODY },
    { S_INIT("credit_sum"), usage_sum_job, 15 * SECOND, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("grant_month"), grant_month, 0, 5 * SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("invoice_look"), invoice_look_job, 15 * SECOND, SECOND, 0, 2 * MINUTE, JOB_ALONE },
    { S_INIT("order_mail"), order_letter, 0, SECOND, 0, MINUTE, JOB_BODY },
    { S_INIT("checkout_alone"), checkout_alone, 0, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("orders_expire"), orders_expire, 15 * SECOND, 5 * SECOND, 0, 2 * MINUTE, JOB_ALONE },
    { S_INIT("payment_end"), payment_end, 0, 5 * SECOND, 0, MINUTE, JOB_CALLS },
    { S_INIT("payment_poll"), payment_poll, 0, 5 * SECOND, 0, MINUTE, JOB_CALLS },
    { S_INIT("dispute_ask"), dispute_ask, 0, SECOND, 2 * DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("dispute_mail"), dispute_letter, 0, SECOND, 0, MINUTE, JOB_BODY },
    { S_INIT("dispute_remind"), dispute_remind, 0, MINUTE, 0, MINUTE, JOB_BODY },
    { S_INIT("dispute_send"), dispute_send, 0, 5 * SECOND, 2 * DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("inbox_confirm"), inbox_confirm, 0, SECOND, 2 * DAY, MINUTE, JOB_CALLS },
    { S_INIT("inbox_mirror"), inbox_mirror, 0, SECOND, 2 * DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("reconcile"), reconcile_job, DAY, MINUTE, 0, 10 * MINUTE, JOB_CALLS },
    { S_INIT("refund_due"), refund_due_job, 10 * MINUTE, MINUTE, 0, MINUTE, JOB_ALONE },
    { S_INIT("refund_look"), refund_look_job, 0, 5 * SECOND, 2 * DAY, MINUTE, JOB_CALLS },
    { S_INIT("refund_send"), refund_send_job, 0, 5 * SECOND, 0, 2 * MINUTE, JOB_CALLS },
    { S_INIT("renewal_charge"), renewal_charge, 0, 5 * SECOND, 0, 2 * MINUTE, JOB_CALLS },
    { S_INIT("renewal_due"), renewal_due, 0, 5 * SECOND, 0, 2 * MINUTE, JOB_CALLS },
    { S_INIT("renewal_refunded"), renewal_refunded, 0, 5 * SECOND, 0, 2 * MINUTE, JOB_CALLS },
    { S_INIT("renewal_second"), renewal_second, 0, 5 * SECOND, 0, 2 * MINUTE, JOB_CALLS },
    { S_INIT("renewal_mirror"), renewal_mirror_job, 0, SECOND, 2 * DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("inbox_retry"), inbox_retry, 0, SECOND, 2 * DAY, 2 * MINUTE, JOB_CALLS },
    { S_INIT("call_forget"), call_forget, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("inbox_fetch"), inbox_fetch, 10 * MINUTE, MINUTE, 0, 5 * MINUTE, JOB_CALLS },
    { S_INIT("inbox_forget"), inbox_forget, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("privacy_erase"), privacy_erase_job, 0, 5 * SECOND, 0, HOUR, JOB_ALONE },
    { S_INIT("facts_count"), fact_count_job, 15 * SECOND, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("ledger_close"), ledger_close_job, 15 * SECOND, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("backup"), backup_job, MINUTE, MINUTE, 0, 4 * HOUR, JOB_ALONE },
    { S_INIT("session_forget"), session_forget, HOUR, MINUTE, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_payments"), payments_job, MINUTE, 10 * SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("decline_forget"), decline_forget, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("failure_forget"), failure_forget, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("risk_forget"), risk_forget, HOUR, MINUTE, 0, 5 * MINUTE, JOB_ALONE },
    { S_INIT("books"), books_job, DAY, HOUR, 0, HOUR, JOB_ALONE },
    /* Last: SQLite seals inside the INSERT and has no use for these. */
    { S_INIT("fact_seal"), fact_seal_job, 200, SECOND, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_clock"), clock_job, MINUTE, MINUTE, 0, MINUTE, JOB_ALONE },
    { S_INIT("alert_facts"), alert_facts_job, 30 * SECOND, 30 * SECOND, 0, MINUTE, JOB_ALONE },
};
enum {
    ONLY_PG = 3
};

struct job_kinds app_jobs(const struct store *store)
{
    return (struct job_kinds) { table, ARRAY_LEN(table) - (store_is_pg(store) ? 0 : ONLY_PG) };
}
