#include "sim/flow.h"

/* Who does what in a life; a new one is a line here. */

const struct flow *const flows[] = {
    &flow_buyer,
    &flow_subscriber,
    &flow_credits,
    &flow_refund,
    &flow_dashboard,
    &flow_console,
    &flow_stranger,
};
const size_t flow_count = ARRAY_LEN(flows);

struct ask *flow_post(struct life *l, const struct posting *p)
{
    return process_ask(l,
        &(struct request) {
            .method = "POST",
            .path = p->path,
            .headers = str_fmt(&l->scratch,
                KEY_HEADER "Content-Type: application/json\r\nIdempotency-Key: %.*s\r\n",
                SARG(p->key)),
            .body = p->body,
            .done = p->done,
            .of = p->of,
        });
}
