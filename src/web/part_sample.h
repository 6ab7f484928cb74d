#ifndef WEB_PART_SAMPLE_H
#define WEB_PART_SAMPLE_H

#include "web/part.h"

/* Every part in each of its states: for the sheet in the sandbox and for the golden files. */
struct part_sample {
    const char *name;
    void (*write)(struct buf *b);
};
/* part_sample_shop.c */
void part_sample_picks(struct buf *b);
void part_sample_bill(struct buf *b);
void part_sample_coupon(struct buf *b);
void part_sample_shelf(struct buf *b);
void part_sample_paid(struct buf *b);
void part_sample_plans(struct buf *b);

extern const struct part_sample part_samples[];
extern const size_t part_sample_count;

#endif
