#ifndef CHECKOUT_PHONE_PAGE_H
#define CHECKOUT_PHONE_PAGE_H

#include "checkout/checkout_page.h"
#include "payment/prompt.h"

/* Private to the pages of a phone that pays: phone.c reads how it stands, phone_page.c acts,
 * phone_step_page.c writes each of the steps. */
enum {
    PHONE_LANDS = 8
};
struct phone_view {
    struct shown s;
    struct attempt a;
    struct prompt p;
    const struct gateway *g;
    const struct gateway_land *land[PHONE_LANDS]; /* whose phones pay in this currency */
    size_t lands;
    struct str country, operator, phone; /* as typed, or as it was before */
    struct str phone_error, operator_error;
    bool tried;
};

/* In a snapshot, for whom it concerns: NOT_FOUND for all others.  now: in none. */
enum err phone_load(struct req *r, struct phone_view *ret);
enum err phone_load_now(struct req *r, struct phone_view *ret);
const struct gateway_land *phone_land(const struct phone_view *v, struct str code);
struct str phone_example(struct arena *a, const struct gateway_land *land);
/* The phone was asked, and nobody knows yet what its owner does. */
bool phone_is_asked(const struct phone_view *v);
int64_t phone_version(const struct phone_view *v);
void phone_write(struct req *r, const struct phone_view *v);
void phone_write_number(struct req *r, const struct phone_view *v);

#endif
