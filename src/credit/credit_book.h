#ifndef CREDIT_CREDIT_BOOK_H
#define CREDIT_CREDIT_BOOK_H

#include "credit/credit_db.h"

/* What every change of a balance has in common: the account's row, the lots, the history, the
 * ledger.  For the other files of this feature. */

/* One change, as it is written down.  amount is added to the balance, held to what is reserved;
 * what is left of the sum comes from, or goes to, the other side of all credits. */
struct credit_entry {
    struct str fact;    /* its kind */
    struct str subject; /* "crd_…", "res_…" */
    int64_t amount, held;
    const struct credit_use *use; /* operation, reference; or NULL */
    struct str words;             /* "source" or "reason" of the event, or empty */
};
/* E_OK, or must(): whoever comes here has looked at the locked account first.  *account follows. */
enum err credit_book(
    struct ctx *c, struct credit_account *account, const struct credit_entry *entry);

/* What a use took of a day's limit. */
struct credit_count {
    int64_t count, at_ms;
};
/* The history row of a use. */
enum err credit_note_use(struct ctx *c, struct credit_account *account, struct id id,
    int64_t amount, const struct credit_use *use, struct credit_count counted);
/* And of its return. */
enum err credit_note_back(struct ctx *c, const struct credit_account *account, struct id id,
    const struct credit_use *use, const struct credit_move *of);
/* A history row; description, reference and so on of use, which may be NULL. */
enum err credit_note(struct ctx *c, const struct credit_account *account, struct id id,
    enum credit_change change, int64_t amount, const struct credit_use *use);

struct str credit_id(struct arena *a, struct id id); /* "crd_…" */

/* Draws amount, which is there, from the lots in their order. */
enum err credit_draw_lots(
    struct ctx *c, const struct credit_account *account, int64_t amount, struct id holder);
enum err credit_zone_of(struct ctx *c, struct credit_account *account, const struct zone **ret);
/* Today of an account that is locked. */
enum err credit_today_of(struct ctx *c, struct credit_account *account, struct credit_today *ret);

/* What was asked for (credit_db_ask) and has come: what may be spent, and today. */
enum err credit_see(
    struct ctx *c, int64_t customer_n, struct credit_seen *seen, struct credit_account *ret);
enum err credit_see_today(
    struct ctx *c, int64_t customer_n, struct credit_seen *seen, struct credit_today *ret);

/* Into a lot of its own, once for its source. */
enum err credit_add_lot(
    struct ctx *c, struct credit_account *account, const struct credit_gift *gift, bool *ret_given);
/* So much of what is left in a lot ends, through history and ledger. */
enum err credit_end_lot(struct ctx *c, struct credit_account *account, const struct credit_lot *lot,
    int64_t amount, struct str why);
/* part of whole, half away from zero. */
int64_t credit_share(int64_t of, int64_t part, int64_t whole);
/* What has ended goes. */
enum err credit_expire_lots(struct ctx *c, struct credit_account *account);
/* What came back just now into lots whose payment is argued about is frozen like the rest. */
enum err credit_freeze_back(struct ctx *c, struct credit_account *account);
/* What was taken back after it was spent is owed, and comes out of what is given next: amount came
 * into this lot just now. */
enum err credit_pay_debt(
    struct ctx *c, struct credit_account *account, int64_t lot_n, int64_t amount);

#endif
