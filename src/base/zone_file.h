#ifndef BASE_ZONE_FILE_H
#define BASE_ZONE_FILE_H

#include "base/zone.h"

/* What base/zone*.c share, and nobody else includes. */

/* When in a year clocks change: "M3.5.0/1" of the rule that a file ends with. */
struct zone_change {
    enum {
        CHANGE_WEEKDAY, /* day (0 Sunday) of the week-th week of the month; 5: the last */
        CHANGE_JULIAN,  /* 1..365; 29 February is never counted */
        CHANGE_DAY      /* 0..365; it is */
    } kind;
    int month, week, day;
    int64_t at_s; /* after midnight, as clocks showed before the change */
};

/* What holds after the last change that the file lists. */
struct zone_rule {
    bool is_there, has_summer;
    int64_t offset_s, summer_s;
    struct zone_change begins, ends; /* of summer time */
};

struct zone {
    struct str name;
    int64_t first_s; /* the offset before the first change */
    size_t n;
    const int64_t *at_s;     /* changes, in order … */
    const int64_t *offset_s; /* … and the offset from each on */
    struct zone_rule rule;
};

enum {
    ZONE_FILE_MAX = 64 * 1024,
    ZONE_OFFSET_MAX_S = 26 * 3600 /* no clock is as far from UTC */
};

/* false: that is no such rule.  "CET-1CEST,M3.5.0,M10.5.0/3" */
bool zone_rule_read(struct str text, struct zone_rule *ret);

#endif
