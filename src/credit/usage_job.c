#include "credit/usage_db.h"

#include "base/fault.h"
#include "catalog/catalog.h"
#include "db/db.h"

/* Adding up what customers did with their credits: a mark over all moves says who has something
 * new, and a mark of each customer's own says from where on.  The second decides: a move that the
 * first has passed unseen, because its commit came later than its number, is found again with the
 * next one of that customer, and is in every reading meanwhile. */

enum {
    PIECE = 5000, /* moves looked at in one step … */
    AGAIN = 1000, /* … and as many before it once more */
    CUSTOMERS = 100,
    MOVES = 60, /* of one customer in one transaction … */
    ROWS = 80,  /* … fewer where they would change more rows */
    STEPS = 200 /* of one run: the next one goes on */
};

struct fold {
    int64_t customer_n;
    const struct zone *zone; /* the business's */
    int64_t last_n;          /* of the moves that are in here */
    size_t moves, rows;
    bool full;
    struct usage_row day[ROWS];
    size_t days;
    struct usage_total total[ROWS];
    size_t totals;
    struct labelled {
        int64_t month;
        struct usage_label label;
    } label[ROWS];
    size_t labels;
};

/* ---- into memory */

static void add_day(struct fold *f, const struct usage_row *row)
{
    size_t i = 0;
    while (i < f->days &&
        (f->day[i].date != row->date || !str_eq(f->day[i].operation, row->operation)))
        i++;
    if (i == f->days)
        f->day[f->days++] = (struct usage_row) { .date = row->date, .operation = row->operation };
    f->day[i].credits += row->credits;
    f->day[i].uses += row->uses;
    f->day[i].quantity += row->quantity;
}

static void add_total(struct fold *f, const struct usage_total *total)
{
    size_t i = 0;
    while (i < f->totals &&
        (f->total[i].date != total->date || f->total[i].change != total->change ||
            !str_eq(f->total[i].operation, total->operation)))
        i++;
    if (i == f->totals)
        f->total[f->totals++] = (struct usage_total) {
            .date = total->date, .change = total->change, .operation = total->operation
        };
    f->total[i].credits += total->credits;
    f->total[i].moves += total->moves;
}

static void add_label(struct fold *f, int64_t month, const struct usage_label *label)
{
    size_t i = 0;
    while (i < f->labels &&
        (f->label[i].month != month || !str_eq(f->label[i].label.label, label->label) ||
            !str_eq(f->label[i].label.value, label->value)))
        i++;
    if (i == f->labels)
        f->label[f->labels++] =
            (struct labelled) { month, { .label = label->label, .value = label->value } };
    f->label[i].label.credits += label->credits;
    f->label[i].label.uses += label->uses;
}

static enum err count_label(struct ctx *c, const struct usage_label *label, void *arg)
{
    *(size_t *)arg += label->uses != 0;
    return c->dead ? E_DEAD : E_OK;
}

struct labelling {
    struct fold *f;
    int64_t month;
};

static enum err take_label(struct ctx *c, const struct usage_label *label, void *arg)
{
    const struct labelling *k = arg;
    add_label(k->f, k->month, label);
    return c->dead ? E_DEAD : E_OK;
}

static bool is_use(const struct usage_move *k)
{
    return k->date >= 0 && (k->change == CREDIT_USAGE || k->change == CREDIT_REFUND);
}

static enum err take_move(struct ctx *c, const struct usage_move *row, void *arg)
{
    struct fold *f = arg;
    struct usage_move k = *row;
    size_t room = 2;
    TRY(usage_move_labels(c, &k, count_label, &room));
    const int64_t uses = k.change == CREDIT_USAGE ? 1 : -1;
    f->full = f->full || (f->moves > 0 && f->rows + room > ROWS);
    if (f->full)
        return E_OK;
    k.operation = str_copy(c->arena, k.operation);
    k.labels = str_copy(c->arena, k.labels);
    f->moves++;
    f->rows += room;
    f->last_n = k.n;
    add_total(f,
        &(struct usage_total) { .date = zone_day_of(f->zone, k.created_ms).date,
            .credits = k.credits,
            .moves = 1,
            .change = k.change,
            .operation = k.operation });
    if (!is_use(&k) || (MUTANT(75) && uses < 0)) /* what came back counts as used */
        return E_OK;
    add_day(f, &(struct usage_row) { k.date, k.operation, -k.credits, uses, k.quantity * uses });
    struct labelling labelling = { f, date_of_month(k.date) };
    return usage_move_labels(c, &k, take_label, &labelling);
}

/* ---- into the sums */

/* A month's first labels have rows of their own, and keep them; the others share one. */
static enum err write_label(struct ctx *c, int64_t customer_n, const struct labelled *k)
{
    struct usage_label label = k->label;
    int64_t count = 0;
    bool found = false;
    TRY(usage_db_add_label(c, customer_n, k->month, &label, &found));
    if (found)
        return E_OK;
    TRY(usage_db_count_labels(c, customer_n, k->month, &count));
    if (count >= USAGE_LABELS_MAX) {
        label.label = label.value = S("");
        TRY(usage_db_add_label(c, customer_n, k->month, &label, &found));
    }
    return found ? E_OK : usage_db_new_label(c, customer_n, k->month, &label);
}

static enum err fold_tx(struct ctx *c, void *arg)
{
    struct fold *f = arg;
    int64_t summed = 0;
    *f = (struct fold) { .customer_n = f->customer_n };
    TRY(usage_db_summed(c, f->customer_n, true, &summed));
    TRY(catalog_zone(c, &f->zone));
    TRY(usage_db_moves(c, f->customer_n, summed, MOVES + 1, take_move, f));
    f->full = f->full || f->moves > MOVES;
    if (f->moves == 0)
        return E_OK;
    for (size_t i = 0; i < f->days; i++)
        TRY(usage_db_add_day(c, f->customer_n, &f->day[i]));
    for (size_t i = 0; i < f->labels; i++)
        TRY(write_label(c, f->customer_n, &f->label[i]));
    for (size_t i = 0; i < f->totals; i++)
        TRY(usage_db_add_total(c, &f->total[i]));
    return usage_db_set_summed(c, f->customer_n, summed, f->last_n);
}

static enum err fold_customer(struct ctx *c, int64_t customer_n)
{
    struct arena arena = { 0 };
    enum err e = E_OK;
    bool more = true;
    for (int i = 0; e == E_OK && more && i < STEPS; i++) {
        struct ctx own = ctx_sibling(c, &arena);
        struct fold *f = arena_new(&arena, struct fold);
        own.actor = c->actor;
        f->customer_n = customer_n;
        e = db_tx_job(&own, "credit.sum", fold_tx, f);
        more = f->full;
        if (e != E_OK)
            ctx_keep_error(c, &own);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return e;
}

/* ---- who has something new */

struct step {
    int64_t mark, to, customer_n[CUSTOMERS];
    size_t customers;
};

static enum err find(struct ctx *c, void *arg)
{
    struct step *s = arg;
    int64_t newest = 0;
    TRY(usage_db_mark(c, &s->mark));
    TRY(usage_db_newest(c, &newest));
    s->to = newest < s->mark + PIECE ? newest : s->mark + PIECE;
    return usage_db_waiting(c, s->mark - AGAIN, s->to, s->customer_n, CUSTOMERS, &s->customers);
}

static enum err move_mark(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    return usage_db_set_mark(c, s->mark, s->to);
}

enum err usage_sum_job(struct ctx *c, struct str subject)
{
    struct step s = { .mark = 0 };
    (void)subject;
    for (int i = 0; i < STEPS; i++) {
        TRY(db_read(c, find, &s));
        for (size_t k = 0; k < s.customers; k++)
            TRY(fold_customer(c, s.customer_n[k]));
        if (s.customers == CUSTOMERS)
            continue; /* there may be more of this piece */
        if (s.to == s.mark)
            return E_OK;
        TRY(db_tx_job(c, "credit.summed", move_mark, &s));
    }
    return E_OK;
}
