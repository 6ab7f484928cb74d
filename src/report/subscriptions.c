#include "base/clock.h"
#include "report/answers.h"
#include "subscription/subscription.h"

/* What plans that go on bring by the month, and what moved that: added up from the rows that
 * src/subscription writes whenever one is worth something else than before. */

enum {
    LINES = 400 /* plans times currencies, and pairs of plans that were changed */
};
/* Of a span and a currency, or of a plan over all of the time. */
struct line {
    struct str plan;
    enum currency cur;
    struct sums {
        int64_t minor, subscribers;
    } opening, fresh, returned, expansion, contraction, churned, came, left;
    int64_t trials, converted, lapsed;
};
struct pair {
    struct str from, to;
    enum currency cur;
    int64_t changes, was_minor, is_minor;
};
struct reading {
    const struct report_ask *ask;
    struct report_sheet *spans, *plans, *changes;
    struct report_ask span; /* the one that is being added up */
    struct line *now, *plan;
    struct pair *pair;
    size_t currencies, plans_n, pairs;
};

static enum err too_many(struct ctx *c)
{
    return fail(c, INVALID_REQUEST,
        "there are more than %d plans in this time: ask for a shorter one", LINES);
}

static struct line *find_line(
    struct ctx *c, struct line *line, size_t *inout_n, struct str plan, enum currency cur)
{
    for (size_t i = 0; i < *inout_n; i++)
        if (line[i].cur == cur && str_eq(line[i].plan, plan))
            return &line[i];
    if (*inout_n == LINES)
        return NULL;
    struct line *k = &line[(*inout_n)++];
    *k = (struct line) { .plan = str_copy(c->arena, plan), .cur = cur };
    return k;
}

static enum err lines_of(struct ctx *c, struct reading *k, struct str plan, enum currency cur,
    struct line **ret_all, struct line **ret_plan)
{
    *ret_all = find_line(c, k->now, &k->currencies, S(""), cur);
    *ret_plan = find_line(c, k->plan, &k->plans_n, plan, cur);
    return *ret_all == NULL || *ret_plan == NULL ? too_many(c) : E_OK;
}

static enum err take_opening(struct ctx *c, const struct subscription_worths *sum, void *arg)
{
    struct reading *k = arg;
    struct line *all = NULL, *plan = NULL;
    TRY(lines_of(c, k, sum->plan, sum->cur, &all, &plan));
    struct line *const both[] = { all, plan };
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        both[i]->opening.minor += sum->minor;
        both[i]->opening.subscribers += sum->subscribers;
    }
    return E_OK;
}

/* ---- one move */

static void add(struct sums *sums, int64_t minor, int64_t subscribers)
{
    sums->minor += minor;
    sums->subscribers += subscribers;
}

static void count(struct line *line, const struct subscription_move *m)
{
    const int64_t more = m->is_minor - m->was_minor;
    bool paid = m->kind == SUBSCRIPTION_MOVE_NEW || m->kind == SUBSCRIPTION_MOVE_RETURNED;
    line->converted += paid && m->after_trial;
    switch (m->kind) {
    case SUBSCRIPTION_MOVE_TRIAL:
        line->trials++;
        return;
    case SUBSCRIPTION_MOVE_TRIAL_ENDED:
        line->lapsed++;
        return;
    case SUBSCRIPTION_MOVE_NEW:
        add(&line->fresh, more, 1);
        return;
    case SUBSCRIPTION_MOVE_RETURNED:
        add(&line->returned, more, 1);
        return;
    case SUBSCRIPTION_MOVE_EXPANSION:
        add(&line->expansion, more, 0);
        return;
    case SUBSCRIPTION_MOVE_CONTRACTION:
        add(&line->contraction, -more, 0);
        return;
    case SUBSCRIPTION_MOVE_CHURNED:
        add(&line->churned, -more, 1);
        return;
    case SUBSCRIPTION_MOVE_OTHER_PLAN:
        return;
    }
    never("a subscription's worth moves in eight ways");
}

static enum err change_plan(
    struct ctx *c, struct reading *k, const struct subscription_move *m, struct line *to)
{
    struct line *all = NULL, *from = NULL;
    size_t i = 0;
    TRY(lines_of(c, k, m->from_plan, m->cur, &all, &from));
    add(&from->left, m->was_minor, 1);
    add(&to->came, m->is_minor, 1);
    while (i < k->pairs &&
        !(k->pair[i].cur == m->cur && str_eq(k->pair[i].from, m->from_plan) &&
            str_eq(k->pair[i].to, m->to_plan)))
        i++;
    if (i == LINES)
        return too_many(c);
    if (i == k->pairs)
        k->pair[k->pairs++] = (struct pair) {
            .from = str_copy(c->arena, m->from_plan),
            .to = str_copy(c->arena, m->to_plan),
            .cur = m->cur,
        };
    k->pair[i].changes++;
    k->pair[i].was_minor += m->was_minor;
    k->pair[i].is_minor += m->is_minor;
    return E_OK;
}

/* ---- rows */

static struct sums closing(const struct line *l)
{
    return (struct sums) {
        l->opening.minor + l->fresh.minor + l->returned.minor + l->expansion.minor + l->came.minor -
            l->contraction.minor - l->churned.minor - l->left.minor,
        l->opening.subscribers + l->fresh.subscribers + l->returned.subscribers +
            l->came.subscribers - l->churned.subscribers - l->left.subscribers,
    };
}

static struct report_cell divided(int64_t minor, int64_t by)
{
    struct money m = { minor, CUR_USD };
    if (by <= 0 || !money_share(m, 1, by, &m))
        return (struct report_cell) { .none = true };
    return (struct report_cell) { .i = m.minor };
}

/* How many months it is, as a fraction: whole ones where it begins and ends with one. */
static void months_of(const struct report_ask *ask, int64_t *ret_part, int64_t *ret_whole)
{
    struct civil from = civil_of_ms(ask->from_ms), to = civil_of_ms(ask->to_ms);
    *ret_part = (to.year - from.year) * 12 + to.month - from.month;
    *ret_whole = 1;
    if (from.day != 1 || to.day != 1) {
        *ret_part = (ask->to_ms - ask->from_ms) / REPORT_DAY_MS * 48; /* a month is 1461/48 days */
        *ret_whole = 1461;
    }
}

/* What one pays by the month, times the months after which as many have left as there were. */
static struct report_cell lifetime(const struct report_ask *ask, const struct line *l)
{
    struct sums end = closing(l);
    int64_t part = 0, whole = 1;
    struct money m = { end.minor, CUR_USD };
    months_of(ask, &part, &whole);
    if (end.subscribers <= 0 || l->churned.subscribers <= 0 || l->opening.subscribers <= 0 ||
        !money_share(
            m, l->opening.subscribers * part, l->churned.subscribers * whole * end.subscribers, &m))
        return (struct report_cell) { .none = true };
    return (struct report_cell) { .i = m.minor };
}

/* What is said of a span and of a plan alike.  Of a plan what it began and ended with adds up too.
 */
#define LINE_COLUMNS(adds)                                                                         \
    REPORT_COLUMN("opening", "MRR before", MONEY, .sum = (adds)),                                  \
        REPORT_COLUMN("new", "New", MONEY, .sum = true),                                           \
        REPORT_COLUMN("returned", "Came back", MONEY, .sum = true),                                \
        REPORT_COLUMN("expansion", "More", MONEY, .sum = true),                                    \
        REPORT_COLUMN("contraction", "Less", MONEY, .sum = true),                                  \
        REPORT_COLUMN("churned", "Left", MONEY, .sum = true),                                      \
        REPORT_COLUMN("mrr", "MRR at the end", MONEY, .sum = (adds)),                              \
        REPORT_COLUMN("growthBasisPoints", "Growth", SHARE, ),                                     \
        REPORT_COLUMN("moneyChurnBasisPoints", "Money lost", SHARE, ),                             \
        REPORT_COLUMN("openingSubscribers", "Subscribers at the beginning", COUNT, .sum = (adds)), \
        REPORT_COLUMN("newSubscribers", "New subscribers", COUNT, .sum = true),                    \
        REPORT_COLUMN("returnedSubscribers", "Subscribers who came back", COUNT, .sum = true),     \
        REPORT_COLUMN("churnedSubscribers", "Subscribers who left", COUNT, .sum = true),           \
        REPORT_COLUMN("subscribers", "Subscribers at the end", COUNT, .sum = (adds)),              \
        REPORT_COLUMN("churnBasisPoints", "Subscribers lost", SHARE, ),                            \
        REPORT_COLUMN("arpu", "Each, a month", MONEY, ),                                           \
        REPORT_COLUMN("clv", "Each, in all", MONEY, ),                                             \
        REPORT_COLUMN("trialsBegun", "Trials begun", COUNT, .sum = true),                          \
        REPORT_COLUMN("trialsPaid", "Trials then paid", COUNT, .sum = true),                       \
        REPORT_COLUMN("trialsEnded", "Trials that ended", COUNT, .sum = true)
static const struct report_column span_columns[] = {
    REPORT_COLUMN("from", "From", DAY, ),
    LINE_COLUMNS(false),
};
static const struct report_column plan_columns[] = {
    REPORT_COLUMN("plan", "Plan", PRODUCT, ),
    LINE_COLUMNS(true),
    REPORT_COLUMN("changedTo", "From other plans", MONEY, .sum = true),
    REPORT_COLUMN("changedFrom", "To other plans", MONEY, .sum = true),
};

static void write_line(struct report_sheet *sheet, const struct report_ask *about,
    struct report_cell first, const struct line *l)
{
    struct sums end = closing(l);
    const struct report_cell cells[] = {
        first,
        report_count(l->opening.minor),
        report_count(l->fresh.minor),
        report_count(l->returned.minor),
        report_count(l->expansion.minor),
        report_count(l->contraction.minor),
        report_count(l->churned.minor),
        report_count(end.minor),
        report_share(end.minor - l->opening.minor, l->opening.minor),
        report_share(l->contraction.minor + l->churned.minor, l->opening.minor),
        report_count(l->opening.subscribers),
        report_count(l->fresh.subscribers),
        report_count(l->returned.subscribers),
        report_count(l->churned.subscribers),
        report_count(end.subscribers),
        report_share(l->churned.subscribers, l->opening.subscribers),
        divided(end.minor, end.subscribers),
        lifetime(about, l),
        report_count(l->trials),
        report_count(l->converted),
        report_count(l->lapsed),
        report_count(l->came.minor),
        report_count(l->left.minor),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(plan_columns), "a cell for each column");
    report_cells(report_row(sheet, about, l->cur), cells, sheet->table->columns);
}

/* The span is over: its lines are written, and what they come to is where the next one begins. */
static void close_span(struct reading *k)
{
    for (size_t i = 0; i < k->currencies; i++) {
        struct line *l = &k->now[i];
        write_line(k->spans, &k->span, report_count(k->span.from_ms / REPORT_DAY_MS), l);
        *l = (struct line) { .cur = l->cur, .opening = closing(l) };
    }
    k->span.from_ms = k->span.to_ms;
    if (k->span.from_ms < k->ask->to_ms)
        k->span.to_ms = report_span_end(k->ask, k->span.from_ms);
}

static enum err take(struct ctx *c, const struct subscription_move *move, void *arg)
{
    struct reading *k = arg;
    struct subscription_move m = *move;
    struct line *all = NULL, *plan = NULL;
    while (m.at_ms >= k->span.to_ms)
        close_span(k);
    bool moves_on = !str_eq(m.from_plan, m.to_plan) && m.was_minor > 0 && m.is_minor > 0;
    TRY(lines_of(
        c, k, m.kind == SUBSCRIPTION_MOVE_CHURNED ? m.from_plan : m.to_plan, m.cur, &all, &plan));
    count(all, &m);
    if (moves_on)
        return change_plan(c, k, &m, plan);
    count(plan, &m);
    return E_OK;
}

static const struct report_column change_columns[] = {
    { .name = S_INIT("fromPlan"), .label = S_INIT("From"), .kind = REPORT_PRODUCT },
    { .name = S_INIT("toPlan"), .label = S_INIT("To"), .kind = REPORT_PRODUCT },
    { .name = S_INIT("changes"), .label = S_INIT("Changes"), .kind = REPORT_COUNT, .sum = true },
    { .name = S_INIT("was"), .label = S_INIT("Worth before"), .kind = REPORT_MONEY, .sum = true },
    { .name = S_INIT("is"), .label = S_INIT("Worth after"), .kind = REPORT_MONEY, .sum = true },
    { .name = S_INIT("difference"),
        .label = S_INIT("Difference"),
        .kind = REPORT_MONEY,
        .sum = true },
};

static void write_change(
    struct report_sheet *sheet, const struct report_ask *ask, const struct pair *p)
{
    const struct report_cell cells[] = {
        report_text(p->from),
        report_text(p->to),
        report_count(p->changes),
        report_count(p->was_minor),
        report_count(p->is_minor),
        report_count(p->is_minor - p->was_minor),
    };
    _Static_assert(ARRAY_LEN(cells) == ARRAY_LEN(change_columns), "a cell for each column");
    report_cells(report_row(sheet, ask, p->cur), cells, ARRAY_LEN(cells));
}

static enum err read_all(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheets)
{
    struct reading k = {
        .ask = ask,
        .spans = &sheets[0],
        .plans = &sheets[1],
        .changes = &sheets[2],
        .span = { ask->from_ms, report_span_end(ask, ask->from_ms), ask->by },
        .now = arena_array(c->arena, struct line, LINES),
        .plan = arena_array(c->arena, struct line, LINES),
        .pair = arena_array(c->arena, struct pair, LINES),
    };
    TRY(subscription_worths(c, ask->from_ms, take_opening, &k));
    TRY(subscription_moves(c, ask->from_ms, ask->to_ms, take, &k));
    while (k.span.from_ms < ask->to_ms)
        close_span(&k);
    for (size_t i = 0; i < k.plans_n; i++)
        write_line(k.plans, ask, report_text(k.plan[i].plan), &k.plan[i]);
    for (size_t i = 0; i < k.pairs; i++)
        write_change(k.changes, ask, &k.pair[i]);
    return E_OK;
}

static const struct report_table tables[] = {
    REPORT_TABLE("spans", "By time", true, span_columns, .chart = S_INIT("mrr")),
    REPORT_TABLE("plans", "By plan", true, plan_columns, ),
    REPORT_TABLE("changes", "From plan to plan", true, change_columns, ),
};
const struct report report_subscriptions = {
    .name = S_INIT("subscriptions"),
    .title = S_INIT("Subscriptions"),
    .about =
        S_INIT("What subscriptions bring by the month (MRR): the price of a period divided by its "
               "months, less what a coupon takes off the next one, without tax. Trials count "
               "from their first payment; what is past due counts until it ends."),
    .usual = REPORT_USUAL_YEAR,
    .by = REPORT_BY_MONTH,
    .spans = true,
    .table = tables,
    .tables = ARRAY_LEN(tables),
    .read = read_all,
};
