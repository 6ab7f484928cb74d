#include "credit/credit.h"

#include "access/access.h"
#include "base/fault.h"
#include "base/json.h"
#include "credit/credit_book.h"
#include "db/db.h"
#include "job/job.h"
#include "ledger/ledger.h"

/* The account, and what is given and taken back. */

static const struct str kind_texts[CREDIT_KIND_COUNT] = {
    [CREDIT_PLAN] = S_INIT("plan"),
    [CREDIT_BONUS] = S_INIT("bonus"),
    [CREDIT_ADJUSTMENT] = S_INIT("adjustment"),
    [CREDIT_PURCHASE] = S_INIT("purchase"),
};

static const struct str change_texts[CREDIT_CHANGE_COUNT] = {
    [CREDIT_ALLOCATION] = S_INIT("allocation"),
    [CREDIT_BOUGHT] = S_INIT("purchase"),
    [CREDIT_USAGE] = S_INIT("usage"),
    [CREDIT_REFUND] = S_INIT("refund"),
    [CREDIT_BONUS_GIVEN] = S_INIT("bonus"),
    [CREDIT_EXPIRY] = S_INIT("expiry"),
    [CREDIT_CLAWBACK] = S_INIT("clawback"),
    [CREDIT_ADJUSTED] = S_INIT("adjustment"),
};

struct str credit_kind_text(enum credit_kind kind)
{
    must(kind < CREDIT_KIND_COUNT);
    return kind_texts[kind];
}

struct str credit_change_text(enum credit_change change)
{
    must(change < CREDIT_CHANGE_COUNT);
    return change_texts[change];
}

bool credit_change_parse(struct str text, enum credit_change *ret)
{
    for (size_t i = 0; i < CREDIT_CHANGE_COUNT; i++)
        if (str_eq(change_texts[i], text)) {
            *ret = (enum credit_change)i;
            return true;
        }
    return false;
}

struct str credit_id(struct arena *a, struct id id)
{
    return id_text(a, S("crd"), id);
}

/* ---- writing a change down */

static struct str entry_data(
    struct ctx *c, const struct credit_account *account, const struct credit_entry *e)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "customerId", account->customer_id);
    json_i64(&j, "amount", e->amount);
    json_i64(&j, "balance", account->balance);
    if (e->words.n > 0)
        json_str(&j, "about", e->words);
    if (e->use != NULL && e->use->operation.n > 0)
        json_str(&j, "operation", e->use->operation);
    if (e->use != NULL && e->use->reference.n > 0)
        json_str(&j, "reference", e->use->reference);
    json_close(&j, '}');
    return buf_str(&b);
}

enum err credit_book(struct ctx *c, struct credit_account *account, const struct credit_entry *e)
{
    bool ok = false;
    TRY(credit_db_change(c, account->customer_n, e->amount, e->held, &ok));
    if (!ok)
        return fail(c, CONFLICT, "the account has changed meanwhile");
    account->balance += e->amount;
    account->reserved += e->held;
    struct ledger_transaction t = {
        .fact = {
            .kind = e->fact,
            .subject = e->subject,
            .customer_n = account->customer_n,
            .data = entry_data(c, account, e),
        },
    };
    ledger_credits(&t, LEDGER_CREDITS, account->customer_n, e->amount);
    ledger_credits(&t, LEDGER_CREDITS_HELD, account->customer_n, e->held);
    ledger_credits(&t, LEDGER_CREDITS_OUT, 0, -e->amount - e->held);
    return ledger_post(c, &t, NULL);
}

static enum err note(struct ctx *c, const struct credit_account *account, struct credit_move *move,
    const struct credit_use *use)
{
    static const struct credit_use nothing = {
        .description = S_INIT(""),
        .reference = S_INIT(""),
        .operation = S_INIT(""),
        .labels = S_INIT(""),
    };
    if (use == NULL)
        use = &nothing;
    move->customer_n = account->customer_n;
    move->balance_after = account->balance;
    move->description = use->description;
    move->reference = use->reference;
    move->operation = use->operation;
    move->quantity = use->operation.n > 0 ? use->quantity : 0;
    move->labels = use->labels;
    return credit_db_add_move(c, move);
}

enum err credit_note(struct ctx *c, const struct credit_account *account, struct id id,
    enum credit_change change, int64_t amount, const struct credit_use *use)
{
    return note(c, account,
        &(struct credit_move) { .id = id, .change = change, .amount = amount, .date = -1 }, use);
}

enum err credit_note_use(struct ctx *c, struct credit_account *account, struct id id,
    int64_t amount, const struct credit_use *use, struct credit_count counted)
{
    const struct zone *zone = NULL;
    TRY(credit_zone_of(c, account, &zone));
    return note(c, account,
        &(struct credit_move) { .id = id,
            .change = CREDIT_USAGE,
            .amount = amount,
            .date = zone_day_of(zone, c->now_ms).date,
            .counted = counted.count,
            .counted_ms = counted.at_ms },
        use);
}

enum err credit_note_back(struct ctx *c, const struct credit_account *account, struct id id,
    const struct credit_use *use, const struct credit_move *of)
{
    return note(c, account,
        &(struct credit_move) {
            .id = id, .change = CREDIT_REFUND, .amount = -of->amount, .date = of->date },
        use);
}

/* ---- lots */

enum {
    LOTS = 32 /* at a time */
};

enum err credit_end_lot(struct ctx *c, struct credit_account *account, const struct credit_lot *lot,
    int64_t amount, struct str why)
{
    const struct id id = id_new(c);
    const struct credit_use words = {
        .description = why,
        .reference = S(""),
        .operation = S(""),
        .labels = S(""),
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_EXPIRED"),
        .subject = credit_id(c->arena, id),
        .amount = -amount,
        .words = lot->source,
    };
    TRY(credit_db_end(c, lot->n, amount));
    TRY(credit_book(c, account, &entry));
    return credit_note(c, account, id, CREDIT_EXPIRY, -amount, &words);
}

static enum err expire_lot(
    struct ctx *c, struct credit_account *account, const struct credit_lot *lot)
{
    return credit_end_lot(c, account, lot, lot->unused,
        str_fmt(c->arena, "%lld unused credits ended", (long long)lot->unused));
}

enum err credit_expire_lots(struct ctx *c, struct credit_account *account)
{
    struct credit_lot lot[LOTS];
    size_t n = 0;
    do {
        TRY(credit_db_ended_lots(c, account->customer_n, lot, LOTS, &n));
        for (size_t i = 0; i < n; i++)
            TRY(expire_lot(c, account, &lot[i]));
    } while (n == LOTS);
    return E_OK;
}

enum err credit_draw_lots(
    struct ctx *c, const struct credit_account *account, int64_t amount, struct id holder)
{
    struct credit_lot lot[LOTS];
    size_t n = 0;
    while (amount > 0) {
        TRY(credit_db_open_lots(c, account->customer_n, lot, LOTS, &n));
        if (n == 0)
            return fail(c, STORE_CORRUPT, "the lots of a customer hold less than the balance");
        for (size_t i = 0; i < n && amount > 0; i++) {
            struct credit_draw draw = { lot[i].n, lot[i].unused < amount ? lot[i].unused : amount };
            TRY(credit_db_draw(c, draw.lot_n, draw.amount));
            TRY(credit_db_put_draw(c, holder, &draw));
            amount -= draw.amount;
        }
    }
    return E_OK;
}

/* ---- the account */

/* What every customer is given once, with the plans that nobody pays for. */
static enum err give_first(struct ctx *c, struct credit_account *account)
{
    struct access access;
    bool given = false;
    TRY(access_of(c, account->customer_n, &access));
    if (access.given_once == 0)
        return E_OK;
    const struct credit_gift gift = {
        .source = S("free"),
        .kind = CREDIT_PLAN,
        .amount = access.given_once,
        .description = S("Credits to start with"),
    };
    return credit_add_lot(c, account, &gift, &given);
}

enum err credit_open(struct ctx *c, int64_t customer_n, struct credit_account *ret)
{
    struct credit_account account = { .customer_n = customer_n };
    bool found = false;
    must(customer_n > 0);
    TRY(credit_db_lock(c, customer_n, &found, &account));
    if (!found) {
        TRY(credit_db_open(c, customer_n));
        TRY(credit_db_lock(c, customer_n, &found, &account));
        if (!found)
            return fail(c, CONFLICT, "the customer has gone");
        TRY(give_first(c, &account));
    }
    TRY(credit_expire_lots(c, &account));
    *ret = account;
    return E_OK;
}

enum err credit_see(
    struct ctx *c, int64_t customer_n, struct credit_seen *seen, struct credit_account *ret)
{
    struct access access;
    if (seen->found) {
        *ret = seen->account;
        ret->balance -= seen->over;
        return E_OK;
    }
    TRY(access_of(c, customer_n, &access));
    *ret = (struct credit_account) { .customer_n = customer_n, .balance = access.given_once };
    return E_OK;
}

enum err credit_look(struct ctx *c, int64_t customer_n, struct credit_account *ret)
{
    struct credit_seen *seen = arena_new(c->arena, struct credit_seen);
    TRY(credit_db_ask(c, customer_n, seen));
    TRY(db_wait(c));
    return credit_see(c, customer_n, seen, ret);
}

/* ---- giving */

static enum credit_change change_of(enum credit_kind kind)
{
    switch (kind) {
    case CREDIT_PLAN:
        return CREDIT_ALLOCATION;
    case CREDIT_BONUS:
        return CREDIT_BONUS_GIVEN;
    case CREDIT_ADJUSTMENT:
        return CREDIT_ADJUSTED;
    case CREDIT_PURCHASE:
        return CREDIT_BOUGHT;
    case CREDIT_KIND_COUNT:
        break;
    }
    never("a lot has four kinds");
}

enum err credit_pay_debt(
    struct ctx *c, struct credit_account *account, int64_t lot_n, int64_t amount)
{
    const int64_t pays = account->debt < amount ? account->debt : amount;
    const struct id id = id_new(c);
    if (pays == 0)
        return E_OK;
    const struct credit_use words = {
        .description = S("Owed for used credits whose price went back"),
        .reference = S(""),
        .operation = S(""),
        .labels = S(""),
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_TAKEN_BACK"),
        .subject = credit_id(c->arena, id),
        .amount = -pays,
        .words = S("debt"),
    };
    TRY(credit_db_draw(c, lot_n, pays));
    TRY(credit_db_owe(c, account->customer_n, -pays));
    account->debt -= pays;
    TRY(credit_book(c, account, &entry));
    return credit_note(c, account, id, CREDIT_CLAWBACK, -pays, &words);
}

enum err credit_add_lot(
    struct ctx *c, struct credit_account *account, const struct credit_gift *gift, bool *ret_given)
{
    int64_t lot_n = 0;
    must(gift->amount > 0);
    TRY(credit_db_lot(c, account->customer_n, gift, &lot_n));
    *ret_given = lot_n > 0;
    if (lot_n == 0 && !MUTANT(12)) /* granted again */
        return E_OK;
    const struct id id = id_new(c);
    const struct credit_use words = {
        .description = gift->description,
        .reference = gift->source,
        .operation = S(""),
        .labels = S(""),
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_GRANTED"),
        .subject = credit_id(c->arena, id),
        .amount = gift->amount,
        .words = gift->source,
    };
    TRY(credit_book(c, account, &entry));
    TRY(credit_note(c, account, id, change_of(gift->kind), gift->amount, &words));
    return credit_pay_debt(c, account, lot_n, gift->amount);
}

enum err credit_give(
    struct ctx *c, int64_t customer_n, const struct credit_gift *gift, bool *ret_given)
{
    struct credit_account account;
    TRY(credit_open(c, customer_n, &account));
    return credit_add_lot(c, &account, gift, ret_given);
}

/* ---- taking back */

/* Half away from zero; both are amounts of money or credits, so the product needs the room. */
int64_t credit_share(int64_t of, int64_t part, int64_t whole)
{
    __extension__ typedef __int128 wide;
    must(of >= 0 && part >= 0 && whole > 0 && part <= whole);
    return (int64_t)(((wide)of * part * 2 + whole) / ((wide)whole * 2));
}

/* due: all of the lot that shall have gone back by now. */
static enum err take_back(
    struct ctx *c, struct credit_account *account, const struct credit_lot *lot, int64_t due)
{
    const int64_t got = lot->unused < due ? lot->unused : due;
    const struct id id = id_new(c);
    const struct credit_use words = {
        .description = S("The payment for these credits went back"),
        .reference = lot->source,
        .operation = S(""),
        .labels = S(""),
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_TAKEN_BACK"),
        .subject = credit_id(c->arena, id),
        .amount = -got,
        .words = lot->source,
    };
    TRY(credit_db_take(c, lot->n, due, got));
    if (due > got && !MUTANT(64)) /* what is spent is spent */
        TRY(credit_db_owe(c, account->customer_n, due - got));
    TRY(credit_book(c, account, &entry));
    return credit_note(c, account, id, CREDIT_CLAWBACK, -got, &words);
}

enum err credit_take_back(
    struct ctx *c, int64_t customer_n, int64_t order_n, int64_t part, int64_t whole)
{
    struct credit_account account;
    struct credit_lot lot[LOTS];
    size_t n = 0;
    int64_t after_n = 0;
    TRY(credit_open(c, customer_n, &account));
    do {
        TRY(credit_db_lots_of_order(c, customer_n, order_n, after_n, lot, LOTS, &n));
        for (size_t i = 0; i < n; i++) {
            /* Planted: each part is rounded by itself. */
            const int64_t before = MUTANT(9) ? 0 : lot[i].taken;
            const int64_t back = MUTANT(63) ? whole : part; /* all of it, whatever went back */
            const int64_t due = credit_share(lot[i].given, back, whole) - before;
            after_n = lot[i].n;
            if (due > 0)
                TRY(take_back(c, &account, &lot[i], due));
        }
    } while (n == LOTS);
    return E_OK;
}

/* Frozen credits are reserved, as far as account and ledger can tell: the lots know better. */
static enum err book_frozen(struct ctx *c, struct credit_account *account, int64_t more)
{
    const struct credit_entry entry = {
        .fact = more > 0 ? S("CREDITS_HELD") : S("CREDITS_FREED"),
        .subject = credit_id(c->arena, id_new(c)),
        .amount = -more,
        .held = more,
        .words = S("dispute"),
    };
    return more == 0 ? E_OK : credit_book(c, account, &entry);
}

enum err credit_freeze(struct ctx *c, int64_t customer_n, int64_t order_n, bool frozen)
{
    struct credit_account account;
    int64_t left = 0;
    TRY(credit_open(c, customer_n, &account));
    TRY(credit_db_left_of_order(c, customer_n, order_n, !frozen, &left));
    TRY(frozen ? credit_db_freeze(c, customer_n, order_n) : credit_db_thaw(c, customer_n, order_n));
    TRY(book_frozen(c, &account, frozen ? left : -left));
    return frozen ? E_OK : credit_expire_lots(c, &account);
}

enum err credit_freeze_back(struct ctx *c, struct credit_account *account)
{
    int64_t back = 0;
    TRY(credit_db_came_back(c, account->customer_n, &back));
    if (back == 0)
        return E_OK;
    TRY(credit_db_freeze_back(c, account->customer_n));
    return book_frozen(c, account, back);
}

enum err credit_would_take(struct ctx *c, struct credit_taking *k)
{
    struct credit_lot lot[LOTS];
    size_t n = 0;
    int64_t after_n = 0;
    k->taken = k->owed = 0;
    do {
        TRY(credit_db_lots_of_order(c, k->customer_n, k->order_n, after_n, lot, LOTS, &n));
        for (size_t i = 0; i < n; i++) {
            const bool over = lot[i].ends_ms > 0 && lot[i].ends_ms <= c->now_ms;
            const int64_t gone = lot[i].taken + (over ? lot[i].unused : 0);
            const int64_t left = over ? 0 : lot[i].unused;
            const int64_t due = credit_share(lot[i].given, k->part, k->whole) - gone;
            after_n = lot[i].n;
            if (due <= 0)
                continue;
            k->taken += left < due ? left : due;
            k->owed += left < due ? due - left : 0;
        }
    } while (n == LOTS);
    return E_OK;
}

enum err credit_forfeit(struct ctx *c, int64_t customer_n)
{
    struct credit_account account;
    TRY(credit_db_end_lots(c, customer_n));
    return credit_open(c, customer_n, &account);
}
