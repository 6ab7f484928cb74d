#ifndef CREDIT_REPORT_H
#define CREDIT_REPORT_H

#include "credit/usage.h"

/* What credits do in the business, for its owner: by day of the business, by operation, by weekday.
 * From the sums that a job adds up: as far as it has come. */
enum {
    REPORT_DAYS_MAX = 366,
    REPORT_OPERATIONS_MAX = 200
};
struct report_figures {
    int64_t granted, bought, used, given_back, expired, taken_back;
};
struct credit_report {
    const struct zone *zone;
    int64_t from, to; /* dates, both in it */
    int64_t outstanding;
    struct report_figures day[REPORT_DAYS_MAX], all;
    int64_t weekday[7]; /* used less given back; Monday first */
    struct report_operation {
        struct str name; /* empty: bare amounts, and those beyond the limit */
        int64_t credits, uses;
    } operation[REPORT_OPERATIONS_MAX];
    size_t operations;
};
/* In a snapshot.  from and to are days such as 2026-11-01, or empty: the last thirty.
 * INVALID_REQUEST with a sentence. */
enum err credit_report(struct ctx *c, struct str from, struct str to, struct credit_report *ret);
struct json;
void credit_report_json(
    struct json *j, const char *name, struct arena *a, const struct credit_report *report);

struct commands;
extern const struct routes credit_report_routes;     /* GET /api/admin/reports/credits */
extern const struct commands credit_report_commands; /* report credits */

#endif
