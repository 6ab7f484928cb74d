#ifndef RENEWAL_METHOD_H
#define RENEWAL_METHOD_H

#include "renewal/renewal.h"

/* What a customer has saved so that plans can go on: at a gateway that renews its own list, where
 * purser renews the card that its token stands for (src/renewal/charge.h). */
enum {
    METHOD_ID = 255
};
struct method {
    enum gateway_id gateway;
    struct gateway_method
        what; /* id: the gateway's, or "sub_…" of the plan that is charged to it */
};
struct methods {
    struct str customer_id; /* as a key names it; empty: the caller's own */
    struct str id;          /* the one to forget */
    struct method *method;  /* out */
    size_t n;
};
/* In no transaction.  NOT_FOUND; GATEWAY_UNAVAILABLE: one that keeps some could not be asked. */
enum err methods_find(struct ctx *c, struct methods *k);
/* In no transaction.  Where purser renews, the next period is asked for by mail from then on.
 * NOT_FOUND; CONFLICT: a plan that its gateway renews is charged to it, or it is being charged just
 * now; GATEWAY_REJECTED, GATEWAY_UNAVAILABLE. */
enum err methods_forget(struct ctx *c, struct methods *k);

#endif
