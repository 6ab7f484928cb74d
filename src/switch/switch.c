#include "switch/switch.h"

#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"
#include "gateway/gateway.h"
#include "job/job.h"
#include "switch/switch_db.h"

enum {
    REASON_MAX = 500
};

static const struct {
    struct str name, job, about;
} flows[] = {
#define SWITCH(id, name, job, about) { S_INIT(name), S_INIT(job), S_INIT(about) },
#include "switch/switch.def"
#undef SWITCH
};

static enum err is_off(struct ctx *c, struct str name, bool *ret)
{
    struct switch_row row = { .name = name };
    TRY(switch_db_read(c, &row));
    *ret = row.off;
    return E_OK;
}

enum err switch_is_off(struct ctx *c, enum switch_name which, bool *ret)
{
    return is_off(c, flows[which].name, ret);
}

enum err switch_gateway_is_off(struct ctx *c, struct str gateway, bool *ret)
{
    return is_off(c, gateway, ret);
}

/* The i-th switch: the flows, then the gateways.  False: there are no more. */
static bool switch_at(struct arena *a, size_t i, struct switch_row *ret)
{
    if (i < SWITCH_COUNT) {
        *ret = (struct switch_row) { .name = flows[i].name, .about = flows[i].about };
        return true;
    }
    const size_t id = i - SWITCH_COUNT + GATEWAY_NONE + 1;
    if (id >= GATEWAY_COUNT)
        return false;
    const struct gateway *g = gateway_by_id((enum gateway_id)id);
    *ret = (struct switch_row) {
        .name = g->name,
        .about = str_fmt(
            a, "new payments at %.*s; what is open there can still be paid", SARG(g->title)),
    };
    return true;
}

enum err switch_list(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct switch_row *row, void *arg), void *arg)
{
    struct switch_row row;
    for (size_t i = 0; switch_at(c->arena, i, &row); i++) {
        TRY(switch_db_read(c, &row));
        TRY(each(c, &row, arg));
    }
    return E_OK;
}

static enum err find(struct ctx *c, struct str name, struct switch_row *ret)
{
    for (size_t i = 0; switch_at(c->arena, i, ret); i++)
        if (str_eq(ret->name, name))
            return switch_db_read(c, ret);
    return fail(c, NOT_FOUND, "there is no switch %.*s; `switch list` shows them", SARG(name));
}

static enum err write_down(struct ctx *c, const struct switch_row *row, struct str kind)
{
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    json_open(&j, NULL, '{');
    json_str(&j, "reason", row->reason);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = kind,
        .subject = str_fmt(c->arena, "switch_%.*s", SARG(row->name)),
        .data = buf_str(&data),
    };
    return fact_add(c, &fact, NULL);
}

static enum err wake(struct ctx *c, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(flows); i++)
        if (str_eq(flows[i].name, name) && flows[i].job.n > 0)
            return job_hurry(c, flows[i].job, S(""));
    return E_OK;
}

enum err switch_turn(struct ctx *c, struct str name, bool on, struct str reason)
{
    struct switch_row row;
    TRY(find(c, name, &row));
    reason = str_trim(reason);
    if (reason.n == 0 || reason.n > REASON_MAX || !str_is_text(reason))
        return fail(c, INVALID_REQUEST, "a reason of 1 to %d characters is needed", REASON_MAX);
    if (on && !row.off)
        return E_OK;
    row.reason = reason;
    row.actor = c->actor;
    row.since_ms = c->now_ms;
    TRY(write_down(c, &row, on ? S("SWITCHED_ON") : S("SWITCHED_OFF")));
    if (!on)
        return switch_db_hold(c, &row);
    TRY(switch_db_release(c, name));
    return wake(c, name);
}
