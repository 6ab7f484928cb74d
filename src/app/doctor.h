#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/app.h"

/* What `purser doctor` writes: one line for each thing it looked at. */
struct exam {
    struct ctx *c;
    struct buf *out;
    int64_t wrong;
};

/* The list before going live: each line is pass, fail, or what only a person can tell. */
enum err doctor_live(struct exam *x);

#endif
