#include "sim/check.h"

/* When what is looked at.  A new invariant is a line in invariant.def and a row here. */

static const struct {
    enum sim_invariant invariant;
    void (*check)(struct life *l, const struct books *b); /* NULL: looked at as it happens */
} rows[] = {
    { SIM_R5, NULL },
    { SIM_R18, NULL },
    { SIM_I16, check_quiet }, /* first: what is not finished explains the rest */
    { SIM_I1, check_ledger },
    { SIM_I4, check_once },
    { SIM_I5, check_captures },
    { SIM_I6, check_grounds },
    { SIM_I8, check_agreement },
    { SIM_I2, check_balances },
    { SIM_I3, check_refunds },
    { SIM_I7, check_webhooks },
    { SIM_I9, check_codes },
    { SIM_I10, NULL },
    { SIM_I11, check_chain },
    { SIM_I12, NULL },
    { SIM_I13, check_mails },
    { SIM_I14, check_kept },
    { SIM_D1, check_disputes },
    { SIM_C1, check_packs },
    { SIM_P1, check_plans },
    { SIM_P2, NULL },
    { SIM_P3, NULL },
    { SIM_P4, NULL },
    { SIM_P5, NULL },
    { SIM_P6, NULL },
};
_Static_assert(ARRAY_LEN(rows) == SIM_INVARIANTS, "every invariant is looked at");

/* ---- I12, after each step: the arrows between an order's statuses, written down once more */

#define TO(s) (1u << LOOK_##s)
static const unsigned arrows[LOOK_STATUSES] = {
    [LOOK_PENDING] = TO(PROCESSING) | TO(COMPLETED) | TO(FAILED) | TO(EXPIRED) | TO(CANCELLED) |
        TO(REVIEW) | TO(REFUNDED),
    [LOOK_PROCESSING] = TO(COMPLETED) | TO(FAILED) | TO(EXPIRED) | TO(REVIEW) | TO(REFUNDED),
    [LOOK_COMPLETED] = TO(PARTLY_REFUNDED) | TO(REFUNDED) | TO(DISPUTED) | TO(REVIEW),
    [LOOK_FAILED] = TO(PENDING) | TO(PROCESSING) | TO(COMPLETED) | TO(REVIEW) | TO(EXPIRED) |
        TO(CANCELLED) | TO(REFUNDED),
    [LOOK_EXPIRED] = TO(COMPLETED) | TO(REVIEW) | TO(REFUNDED),
    [LOOK_CANCELLED] = TO(COMPLETED) | TO(REVIEW) | TO(REFUNDED),
    [LOOK_PARTLY_REFUNDED] = TO(COMPLETED) | TO(REFUNDED) | TO(DISPUTED) | TO(REVIEW),
    [LOOK_REFUNDED] = TO(COMPLETED) | TO(PARTLY_REFUNDED) | TO(DISPUTED) | TO(REVIEW),
    [LOOK_DISPUTED] = TO(COMPLETED) | TO(REFUNDED) | TO(PARTLY_REFUNDED) | TO(REVIEW),
    [LOOK_REVIEW] =
        TO(COMPLETED) | TO(CANCELLED) | TO(REFUNDED) | TO(PARTLY_REFUNDED) | TO(DISPUTED),
};
#undef TO

static const char *const status_words[LOOK_STATUSES] = { "pending", "processing", "completed",
    "failed", "expired", "cancelled", "partially refunded", "refunded", "disputed", "in review" };

static bool reachable(int64_t from, int64_t to, int64_t steps)
{
    unsigned at = 1u << from;
    for (int64_t i = 0; i < steps && i < LOOK_STATUSES; i++) {
        unsigned next = at; /* a status may be stored again */
        for (int s = 0; s < LOOK_STATUSES; s++)
            if ((at & (1u << s)) != 0)
                next |= arrows[s];
        at = next;
    }
    return (at & (1u << to)) != 0;
}

static void note_situations(struct life *l, int64_t from, int64_t to, int64_t steps)
{
    bool ended = from == LOOK_EXPIRED || from == LOOK_CANCELLED;
    if (ended && to == LOOK_COMPLETED)
        meet(l, SIM_MET_LATE_PAYMENT);
    if (steps == 1 && to == LOOK_REFUNDED && (ended || from < LOOK_COMPLETED))
        meet(l, SIM_MET_EARLY_REFUND);
    if (to == LOOK_REVIEW)
        meet(l, SIM_MET_REVIEW);
}

static void follow(struct life *l, int order)
{
    struct bought *o = &l->order[order];
    struct look_order now;
    bool found = false;
    o->touched = false;
    must(look_order(&l->c, o->id, &found, &now) == E_OK);
    if (!found)
        return; /* rolled back; its name was seen on the wire */
    int64_t from = o->seen ? o->status : LOOK_PENDING, version = o->seen ? o->version : 1;
    l->sum.checked[SIM_I12]++;
    if (!reachable(from, now.status, now.version - version))
        violate(
            l, SIM_I12, order, "it was %s and is %s", status_words[from], status_words[now.status]);
    if (!o->seen || from != now.status) {
        trace(l, (uint64_t)now.status);
        tell(l, order, "the order is %s", status_words[now.status]);
        note_situations(l, from, now.status, now.version - version);
    }
    o->ended = o->ended || now.version - version > 1 || now.status == LOOK_EXPIRED ||
        now.status == LOOK_CANCELLED || now.status == LOOK_FAILED;
    o->seen = true;
    o->status = (int)now.status;
    o->version = now.version;
}

void check_step(struct life *l)
{
    if (!l->process.up || l->process.dead)
        return;
    l->c.store = l->process.store;
    for (size_t i = 0; i < l->orders; i++)
        if (l->order[i].touched)
            follow(l, (int)i);
    check_plans_step(l);
}

/* ---- in the end */

static enum err read_all(struct ctx *c, struct books *b)
{
    struct arena *a = c->arena;
    b->order = arena_array(a, struct look_order, ORDERS_MAX);
    b->attempt = arena_array(a, struct look_attempt, SESSIONS_MAX * 2);
    b->sum = arena_array(a, struct look_sum, ROWS_MAX);
    b->fact = arena_array(a, struct look_count, ROWS_MAX);
    b->alert = arena_array(a, struct look_count, ROWS_MAX);
    b->event = arena_array(a, struct look_event, PARCELS_MAX);
    b->mail = arena_array(a, struct look_mail, MAILS_MAX);
    b->code = arena_array(a, struct look_code, SHELF_MAX * 2);
    b->use = arena_array(a, struct look_use, ORDERS_MAX);
    TRY(look_orders(c, b->order, ORDERS_MAX, &b->orders));
    TRY(look_attempts(c, 0, b->attempt, SESSIONS_MAX * 2, &b->attempts));
    TRY(look_sums(c, b->sum, ROWS_MAX, &b->sums));
    TRY(look_facts(c, b->fact, ROWS_MAX, &b->facts));
    TRY(look_alerts(c, b->alert, ROWS_MAX, &b->alerts));
    TRY(look_events(c, b->event, PARCELS_MAX, &b->events));
    TRY(look_mails(c, b->mail, MAILS_MAX, &b->mails));
    TRY(look_codes(c, b->code, SHELF_MAX * 2, &b->codes));
    TRY(look_uses(c, b->use, ORDERS_MAX, &b->uses));
    return look_left(c, &b->left);
}

static void note_endings(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < b->attempts; i++) {
        const struct look_attempt *a = &b->attempt[i];
        if (a->captured && a->extra)
            meet(l, SIM_MET_SECOND_PAYMENT);
        if (a->captured && str_eq(a->confirmed_by, S("query")))
            meet(l, SIM_MET_HEALED);
        if (a->captured && str_eq(a->confirmed_by, S("webhook")))
            meet(l, SIM_MET_WEBHOOK_ALONE);
    }
    for (size_t i = 0; i < b->events; i++)
        if (b->event[i].status == 4 && b->event[i].alerts > 0)
            meet(l, SIM_MET_PARKED);
    for (size_t i = 0; i < l->pages; i++)
        l->sum.captures += l->page[i].captured;
}

void check_end(struct life *l)
{
    /* In months mails go out a few times a day. */
    struct books b = { .left.before_ms = l->now_ms + (l->long_one ? -(int64_t)DAY : 1) };
    arena_reset(&l->scratch);
    l->c.store = l->process.store;
    must(l->process.up && wire_read_truth(l) == E_OK);
    must(read_all(&l->c, &b) == E_OK);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].check != NULL)
            rows[i].check(l, &b);
    note_endings(l, &b);
}

/* ---- for those who check */

const struct paypage *page_of_attempt(struct life *l, const struct look_attempt *a)
{
    for (size_t i = 0; i < l->pages; i++)
        if (a->session.n > 0 ? str_eq(l->page[i].id, a->session)
                             : str_eq(l->page[i].attempt, a->id) && l->page[i].captured)
            return &l->page[i];
    return NULL;
}

struct account account_of(struct life *l, const struct books *b, const struct look_order *o)
{
    struct account k = { .b = b, .o = o, .order = order_named(l, o->id) };
    for (size_t i = 0; i < b->attempts; i++) {
        const struct look_attempt *a = &b->attempt[i];
        if (a->order_n != o->n || !a->captured)
            continue;
        if (!a->extra)
            k.sale = a;
        k.sales += !a->extra;
        k.held += a->extra && a->refunded == 0;
    }
    for (size_t i = 0; i < l->pages; i++) {
        const struct paypage *p = &l->page[i];
        if (p->order != k.order)
            continue;
        k.captured_pages += p->captured;
        k.doubted = k.doubted || p->lied || p->wavered;
    }
    return k;
}

int64_t facts_of(const struct books *b, struct str subject, const char *kind)
{
    for (size_t i = 0; i < b->facts; i++)
        if (str_eq(b->fact[i].subject, subject) && str_eq(b->fact[i].kind, str_of_c(kind)))
            return b->fact[i].n;
    return 0;
}

int64_t sum_of(const struct books *b, struct str subject, int64_t account)
{
    int64_t sum = 0;
    for (size_t i = 0; i < b->sums; i++)
        if (b->sum[i].account == account && str_eq(b->sum[i].subject, subject))
            sum += b->sum[i].amount;
    return sum;
}

bool is_paid(int64_t status)
{
    return status == LOOK_COMPLETED || status == LOOK_PARTLY_REFUNDED || status == LOOK_REFUNDED ||
        status == LOOK_DISPUTED;
}
