#include "sandbox/simulator.h"

/* The gateways that are simulated; a new one is a line here. */

const struct simulator *const simulators[] = {
    &simulator_moneymotion,
};
const size_t simulator_count = ARRAY_LEN(simulators);

const struct simulator *simulator_find(struct str name)
{
    for (size_t i = 0; i < simulator_count; i++)
        if (str_eq(simulators[i]->name, name))
            return simulators[i];
    return NULL;
}

struct str uuid_new(struct ctx *c)
{
    unsigned char b[16];
    random_bytes(c, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return str_fmt(c->arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
        b[14], b[15]);
}
