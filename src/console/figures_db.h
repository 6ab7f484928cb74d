#ifndef CONSOLE_FIGURES_DB_H
#define CONSOLE_FIGURES_DB_H

#include "console/figures.h"

enum err figures_any_order(struct ctx *c, bool *ret);
/* One call for each gateway of the newest tries. */
struct gateway_tries {
    enum gateway_id gateway;
    int64_t paid, refused, open;
};
enum err figures_tries(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct gateway_tries *tries, void *arg), void *arg);
enum err figures_open(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct gateway_tries *tries, void *arg), void *arg);
/* From receipt to effect, of the newest webhooks that had one; at most FIGURES_CALLS. */
enum err figures_webhook_ms(struct ctx *c, int64_t *ret_ms, size_t *ret_n);
enum err figures_gateway_away(struct ctx *c, struct str gateway, bool *ret);

#endif
