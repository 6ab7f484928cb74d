#ifndef SANDBOX_SANDBOX_CARD_H
#define SANDBOX_SANDBOX_CARD_H

#include "web/part.h"

/* The test cards that every simulated gateway takes, as people copy them: "4242 4242 4242 4242",
 * "Visa: pays". */
const struct part_copy *sandbox_cards(struct arena *a, size_t *ret_n);
/* "4242424242424242" in fours. */
struct str sandbox_card_spaced(struct arena *a, struct str number);

#endif
