#ifndef REPORT_ANSWERS_H
#define REPORT_ANSWERS_H

#include "report/report.h"

/* Private to report: the reports that report.def lists. */
#define REPORT(name) extern const struct report report_##name;
#include "report/report.def"
#undef REPORT

#define REPORT_COLUMN(name_, label_, kind_, ...)                                                   \
    {                                                                                              \
        .name = S_INIT(name_), .label = S_INIT(label_), .kind = REPORT_##kind_, __VA_ARGS__        \
    }

/* A table of columns: REPORT_TABLE("spans", "By time", true, columns, .chart = S_INIT("mrr")). */
#define REPORT_TABLE(name_, title_, money_, columns_, ...)                                         \
    {                                                                                              \
        .name = S_INIT(name_), .title = S_INIT(title_), .column = (columns_),                      \
        .columns = ARRAY_LEN(columns_), .money = (money_), __VA_ARGS__                             \
    }

#endif
