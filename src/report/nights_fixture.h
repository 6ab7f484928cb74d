#ifndef REPORT_NIGHTS_FIXTURE_H
#define REPORT_NIGHTS_FIXTURE_H

#include "base/test.h"

/* What every subscription is worth, written down each night of a test in an arithmetic of its own,
 * and what such nights say: nothing here is the report's, or rests on what it reads. */
enum err nights_begin(struct ctx *c, void *none);
enum err nights_add(struct ctx *c, int64_t day);
enum err nights_end(struct ctx *c, void *none); /* before they are asked */

/* Of some days and a currency, and of one plan or, where that is empty, of all of them. */
struct nights_said {
    int64_t first, last;
    struct str cur, plan;
    struct {
        int64_t n, minor;
    } opening, end, fresh, returned, more, less, churned, came, left;
    int64_t trials, paid, ended;
};
enum err nights_say(struct ctx *c, void *said);

/* … and of those who went from one plan to another. */
struct nights_pair {
    int64_t first, last;
    struct str cur, from, to;
    int64_t n, was, is;
};
enum err nights_say_pair(struct ctx *c, void *pair);

#endif
