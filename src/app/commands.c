#include "app/app.h"
#include "console/console.h"
#include "credit/report.h"
#include "edge/admin.h"
#include "edge/key.h"
#include "fact/fact.h"
#include "privacy/privacy.h"
#include "reconcile/reconcile.h"
#include "refund/refund.h"
#include "report/report.h"
#include "risk/fit.h"
#include "switch/switch.h"

/* Every command of the program, in the order in which --help lists them. */
const struct commands *const app_commands[] = {
    &serve_commands,
    &sandbox_commands,
    &doctor_commands,
    &store_commands,
    &catalog_commands,
    &console_commands,
    &refund_commands,
    &reconcile_commands,
    &credit_report_commands,
    &report_commands,
    &risk_commands,
    &simulate_commands,
    &privacy_commands,
    &switch_commands,
    &seal_commands,
    &key_commands,
    &admin_commands,
    &fact_commands,
    &about_commands,
};
const size_t app_command_count = ARRAY_LEN(app_commands);
