#include "payment/back.h"

#include "payment/back_db.h"

/* What a gateway says of refunds, one by one.  Ours bear our mark; another's are known by the
 * gateway's id.  A sum that came first ("300 of it are back") stands in a row without a name, and
 * finds it here. */

/* One that names neither is nobody's we can tell from another. */
static enum err find(struct ctx *c, const struct attempt *a, const struct gateway_back *said,
    bool *ret_found, struct refund *ret)
{
    struct id id;
    *ret_found = false;
    if (id_parse(S("ref"), said->mark, &id))
        TRY(back_db_by_id(c, id, ret_found, ret));
    if (*ret_found && ret->attempt_n != a->n)
        *ret_found = false;
    if (!*ret_found && said->id.n > 0)
        TRY(back_db_by_reference(c, a->gateway, said->id, ret_found, ret));
    return E_OK;
}

/* A row that only a sum made gets its name. */
static enum err name(struct ctx *c, const struct attempt *a, const struct gateway_back *said,
    bool *ret_found, struct refund *ret)
{
    TRY(back_db_unnamed(c, a->n, said->amount.minor, ret_found, ret));
    if (!*ret_found || said->id.n == 0)
        return E_OK;
    ret->reference = said->id;
    TRY(back_db_update(c, ret, ret->status));
    ret->version++;
    return E_OK;
}

static enum err follow(struct ctx *c, struct order *o, struct attempt *a, struct refund *r,
    const struct gateway_back *said)
{
    bool reserved = r->status == REFUND_PENDING || r->status == REFUND_UNKNOWN;
    if (reserved && said->id.n > 0)
        r->reference = said->id;
    switch (said->status) {
    case BACK_PENDING:
        return reserved ? back_note(c, r, REFUND_PENDING) : E_OK;
    case BACK_DONE:
        /* An old event may say so after a newer one said that it failed: the list knows. */
        return reserved                  ? back_succeeds(c, o, a, r)
            : r->status == REFUND_FAILED ? back_ask_later(c, a)
                                         : E_OK;
    case BACK_FAILED:
        return back_fails(c, o, a, r, said->why.n > 0 ? said->why : S("the gateway called it off"));
    }
    never("a refund stands in one of three ways");
}

/* In the gateway's books one that is pending has left the payment, as one that is done. */
static enum err adopt(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_back *said, const struct refund *from)
{
    struct refund r = {
        .kind = REFUND_ADOPTED,
        .amount = said->amount,
        .reference = said->id,
        .confirmed_by = from->confirmed_by,
        .event = from->event,
    };
    r.id = id_new(c);
    return back_adopts(c, o, a, &r);
}

static void from_whom(struct refund *r, const struct refund *from)
{
    r->confirmed_by = from->confirmed_by;
    r->event = from->event;
}

/* Of one event alone nobody can tell whether it was counted in a sum before: the list can. */
enum err back_told(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_back *said, const struct refund *from)
{
    struct refund r = { .n = 0 };
    bool found = false;
    if (said->amount.cur != a->amount.cur || said->amount.minor <= 0)
        return E_OK;
    TRY(find(c, a, said, &found, &r));
    from_whom(&r, from);
    return found ? follow(c, o, a, &r, said) : back_ask_later(c, a);
}

static enum err told(struct ctx *c, const struct attempt *a, const struct gateway_back *said,
    const struct refund *from, struct refund *ret, bool *ret_found)
{
    struct refund r = { .n = 0 };
    *ret_found = false;
    if (said->amount.cur != a->amount.cur || said->amount.minor <= 0)
        return E_OK;
    TRY(find(c, a, said, ret_found, &r));
    if (!*ret_found)
        TRY(name(c, a, said, ret_found, &r));
    from_whom(&r, from);
    *ret = r;
    return E_OK;
}

/* So much more is back by this list than by our rows: what is in it beyond that was counted in a
 * sum that came first.  Ours that are under way are not back yet. */
static int64_t beyond(const struct attempt *a, const struct gateway_backs *list)
{
    int64_t sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_back *said = &list->back[i];
        bool ours = said->status == BACK_PENDING && said->mark.n > 0;
        if (said->status != BACK_FAILED && !ours && said->amount.cur == a->amount.cur)
            sum += said->amount.minor;
    }
    return sum - a->refunded_minor;
}

/* What the list has and our rows have not. */
static enum err add(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_back *said, const struct refund *from)
{
    struct refund r;
    bool found = false;
    TRY(told(c, a, said, from, &r, &found));
    if (!found)
        return said->status == BACK_FAILED ? E_OK : adopt(c, o, a, said, from);
    if (r.status != REFUND_FAILED || said->status != BACK_DONE)
        return E_OK;
    r.reference = said->id;
    return back_revives(c, o, a, &r);
}

/* Of two of one amount a sum had counted the one that did not fail: those find their rows first. */
static enum err follow_known(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_backs *list, const struct refund *from, bool failed)
{
    struct refund r;
    bool found = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_back *said = &list->back[i];
        if ((said->status == BACK_FAILED) != failed)
            continue;
        TRY(told(c, a, said, from, &r, &found));
        if (found && !(r.status == REFUND_FAILED && said->status == BACK_DONE))
            TRY(follow(c, o, a, &r, said));
    }
    return E_OK;
}

enum err back_told_all(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_backs *list, const struct refund *from)
{
    TRY(follow_known(c, o, a, list, from, false));
    TRY(follow_known(c, o, a, list, from, true));
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_back *said = &list->back[i];
        bool room = attempt_back(a) + said->amount.minor <= a->amount.minor;
        if (room && said->amount.cur == a->amount.cur && said->amount.minor > 0 &&
            beyond(a, list) >= said->amount.minor)
            TRY(add(c, o, a, said, from));
    }
    return E_OK;
}

enum err back_told_ours(struct ctx *c, struct order *o, struct attempt *a,
    const struct gateway_backs *list, const struct refund *from)
{
    struct refund r;
    bool found = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_back *said = &list->back[i];
        TRY(find(c, a, said, &found, &r));
        if (!found)
            continue;
        from_whom(&r, from);
        r.reference = said->id.n > 0 ? said->id : r.reference;
        TRY(r.status == REFUND_FAILED && said->status == BACK_DONE ? back_revives(c, o, a, &r)
                                                                   : follow(c, o, a, &r, said));
    }
    return E_OK;
}
