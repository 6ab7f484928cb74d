#include "sim/flow.h"

/* Who does what in a life; a new one is a line here. */

const struct flow *const flows[] = {
    &flow_buyer,
    &flow_credits,
    &flow_dashboard,
    &flow_console,
    &flow_stranger,
};
const size_t flow_count = ARRAY_LEN(flows);
