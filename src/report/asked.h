#ifndef REPORT_ASKED_H
#define REPORT_ASKED_H

#include "report/report.h"
#include "web/web.h"

/* What API and page share: what is asked for, and one table as a file. */

/* ?from=, to=, by= and table=, each empty when it is absent. */
enum err report_asked(struct req *r, struct report_words *ret, struct str *ret_table);
void report_give_csv(
    struct req *r, const struct report_answer *answer, const struct report_sheet *sheet);

#endif
