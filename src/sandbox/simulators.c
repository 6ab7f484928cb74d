#include "sandbox/simulator.h"

/* The gateways that are simulated; a new one is a line here. */

const struct simulator *const simulators[] = {
    &simulator_moneymotion,
    &simulator_stripe,
    &simulator_flutterwave,
    &simulator_eversend,
};
const size_t simulator_count = ARRAY_LEN(simulators);

const struct simulator *simulator_find(struct str name)
{
    for (size_t i = 0; i < simulator_count; i++)
        if (str_eq(simulators[i]->name, name))
            return simulators[i];
    return NULL;
}

const struct simulator *simulator_holding(struct str id)
{
    for (size_t i = 0; i < simulator_count; i++)
        if (simulators[i]->holds != NULL && simulators[i]->holds->owns(id))
            return simulators[i];
    return NULL;
}

struct dealt dealt_of(const struct hosted *s)
{
    return (struct dealt) {
        .session = s->id,
        .gateway = s->gateway,
        .status = hosted_state_text(s->state),
        .refunded = s->refunded_minor,
    };
}

enum err simulators_next_due(struct ctx *c, int64_t *ret_ms)
{
    int64_t first = INT64_MAX;
    TRY(model_next_due(c, &first));
    for (size_t i = 0; i < simulator_count; i++) {
        int64_t due = INT64_MAX;
        if (simulators[i]->holds != NULL)
            TRY(simulators[i]->holds->next_due(c, &due));
        first = due < first ? due : first;
    }
    *ret_ms = first;
    return E_OK;
}

enum err simulators_turn(struct ctx *c, int64_t *ret_n)
{
    int64_t n = 0;
    TRY(model_turn(c, &n));
    for (size_t i = 0; i < simulator_count; i++) {
        int64_t more = 0;
        if (simulators[i]->holds != NULL)
            TRY(simulators[i]->holds->turn(c, &more));
        n += more;
    }
    *ret_n = n;
    return E_OK;
}

enum err simulators_reset(struct ctx *c)
{
    for (size_t i = 0; i < simulator_count; i++)
        if (simulators[i]->holds != NULL)
            TRY(simulators[i]->holds->reset(c));
    return model_reset(c);
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
