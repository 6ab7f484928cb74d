#include "app/app.h"
#include "app/bench.h"
#include "app/openapi.h"
#include "access/access.h"
#include "account/account.h"
#include "account/stream.h"
#include "alert/alert.h"
#include "checkout/checkout.h"
#include "coupon/coupon.h"
#include "credit/credit.h"
#include "credit/report.h"
#include "credit/gate.h"
#include "customer/billing.h"
#include "customer/customer.h"
#include "console/console.h"
#include "dispute/dispute.h"
#include "edge/key.h"
#include "edge/login.h"
#include "edge/login_page.h"
#include "edge/security_api.h"
#include "edge/session.h"
#include "fact/fact.h"
#include "inbox/inbox.h"
#include "invoice/invoice.h"
#include "mail/mail.h"
#include "outgoing/outgoing.h"
#include "refund/refund.h"
#include "renewal/renewal.h"
#include "report/report.h"
#include "web/asset.h"
#include "web/site.h"

/* Every address of the program.  `purser routes` prints them; two alike, or one that does not say
 * who may call it, end the start. */
const struct routes *const app_routes[] = {
    &front_routes,
    &health_routes,
    &openapi_routes,
    &asset_routes,
    &site_routes,
    &catalog_routes,
    &customer_routes,
    &billing_routes,
    &access_routes,
    &credit_routes,
    &credit_look_routes,
    &usage_routes,
    &credit_report_routes,
    &report_routes,
    &stream_routes,
    &gate_routes,
    &checkout_routes,
    &invoice_routes,
    &renewal_routes,
    &method_routes,
    &order_routes,
    &store_pages,
    &product_pages,
    &pricing_pages,
    &membership_pages,
    &checkout_pages,
    &payment_pages,
    &phone_pages,
    &order_pages,
    &account_pages,
    &inbox_routes,
    &console_api_routes,
    &refund_routes,
    &dispute_routes,
    &console_disputes_routes,
    &coupon_routes,
    &console_coupons_routes,
    &console_dispute_routes,
    &console_overview_routes,
    &console_orders_routes,
    &console_story_routes,
    &console_risk_routes,
    &console_refund_routes,
    &console_refunds_routes,
    &console_reviews_routes,
    &console_webhooks_routes,
    &console_webhook_routes,
    &console_payments_routes,
    &console_customers_routes,
    &privacy_pages,
    &console_credits_routes,
    &console_ledger_routes,
    &console_replay_routes,
    &console_mails_routes,
    &console_work_routes,
    &console_errors_routes,
    &console_errors_api_routes,
    &console_records_routes,
    &report_pages,
    &key_pages,
    &session_routes,
    &login_pages,
    &login_routes,
    &key_routes,
    &job_routes,
    &fact_routes,
    &outgoing_routes,
    &alert_routes,
    &mail_routes,
    &security_routes,
    &control_routes,
    /* Only in the sandbox: */
    &sandbox_pages,
    &parts_routes,
    &bench_routes,
};
const size_t app_route_count = ARRAY_LEN(app_routes), app_sandbox_route_count = 3;
