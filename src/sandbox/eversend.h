#ifndef SANDBOX_EVERSEND_H
#define SANDBOX_EVERSEND_H

#include "base/json.h"
#include "sandbox/simulator.h"

/* Private to the simulated Eversend.
 *
 *   eversend.c         asking a phone, and what its owner does: the rules
 *   eversend_db.c      the only SQL
 *   eversend_object.c  what its transactions look like, answered and told
 *   eversend_hook.c    its webhooks, in each of three shapes, and their signature
 *   eversend_api.c     /eversend/v1/…
 *   eversend_wire.c    how all of it is answered, and who is let in
 *   eversend_page.c    the phone: its messages, and the prompt that its owner answers
 *
 * A collection is a row of struct hosted whose id is the merchant's transactionRef, in step with
 * the transaction that has Eversend's own id. */
#define EVS S("eversend")

enum {
    EVS_ID_BASE = 90000,
    EVS_ACCOUNT = 3001,
    EVS_WRONG_MAX = 3,
    EVS_LIST_MAX = 100
};

struct evs_transaction {
    int64_t n;
    struct str id, ref, status, currency, country, phone, customer, reason;
    int64_t amount_minor, created_ms, updated_ms, turn_ms;
    bool refunded;
    struct str turn;
};
struct evs_pin {
    int64_t n;
    struct str pin_id, phone;
    int64_t wrong, until_ms;
};

/* ---- eversend_db.c */
enum err evs_token_add(struct ctx *c, int64_t until_ms, int64_t *ret_n);
enum err evs_token_holds(struct ctx *c, int64_t n, bool *ret);
enum err evs_pin_add(struct ctx *c, const struct evs_pin *p);
enum err evs_pin_find(struct ctx *c, struct str pin_id, bool *ret_found, struct evs_pin *ret);
enum err evs_pin_save(struct ctx *c, const struct evs_pin *p);
/* The newest that was sent to a phone. */
enum err evs_pin_of(struct ctx *c, struct str phone, bool *ret_found, struct evs_pin *ret);
enum err evs_add(struct ctx *c, struct evs_transaction *t); /* sets n */
enum err evs_save(struct ctx *c, const struct evs_transaction *t);
enum err evs_by_id(struct ctx *c, struct str id, bool *ret_found, struct evs_transaction *ret);
enum err evs_by_ref(struct ctx *c, struct str ref, bool *ret_found, struct evs_transaction *ret);
struct evs_filter { /* empty, 0: any */
    struct str id, phone, currency, status;
    int64_t from_ms, to_ms;
    int64_t skip, limit;
};
/* Newest first. */
enum err evs_list(
    struct ctx *c, const struct evs_filter *f, struct evs_transaction *ret, size_t *ret_n);
/* What had come in this currency before that transaction. */
enum err evs_sum_before(struct ctx *c, const struct evs_transaction *t, int64_t *ret_minor);
enum err evs_due(struct ctx *c, bool *ret_found, struct evs_transaction *ret);
enum err evs_next_due(struct ctx *c, int64_t *ret_ms);
enum err evs_empty(struct ctx *c);

/* ---- eversend.c */
struct evs_code {
    struct str phone, pin_id; /* in; ret */
    enum fault fault;
};
enum err evs_send_code(struct ctx *c, struct evs_code *in);
struct evs_collect {
    struct json_value request;
    struct evs_transaction t; /* in: what was asked for; ret: what came of it */
    struct str why;           /* it is refused */
    enum fault fault;
};
enum err evs_collect(struct ctx *c, struct evs_collect *in);
/* What the owner of a phone does about its prompt.  CONFLICT when there is none any more. */
enum err evs_answer(struct ctx *c, struct evs_transaction *t, struct str status, struct str reason);
bool evs_is_phone(struct str s); /* "+256700000000" */
struct evs_land {
    struct str country, currency;
};
extern const struct evs_land evs_lands[];
extern const size_t evs_land_count;
/* What phones whose number ends so do by themselves. */
struct evs_habit {
    struct str ends, what;
    struct str status, reason; /* status empty: it stays as it is */
};
extern const struct evs_habit evs_habits[];
extern const size_t evs_habit_count;
const struct evs_habit *evs_habit_of(struct str phone); /* NULL: it waits for its owner */
#define EVS_SILENT "003"                                /* of its payment nobody is told */
#define EVS_LIES "004"                                  /* what is told of it is not so */
#define EVS_CODE "123456"

/* ---- eversend_object.c */
struct str evs_decimal(struct arena *a, const struct evs_transaction *t, int64_t minor);
int64_t evs_fee(int64_t minor);
struct str evs_seconds(struct arena *a, int64_t ms); /* 2026-11-20T11:00:00Z */
enum err evs_write(
    struct ctx *c, struct json *j, const char *name, const struct evs_transaction *t);
void evs_write_accepted(struct json *j, struct arena *a, const struct evs_transaction *t);

/* ---- eversend_hook.c */
enum evs_shape {
    EVS_NESTED, /* eventType */
    EVS_TYPED,  /* type */
    EVS_FLAT,
    EVS_FORGED, /* as nested, signed without a key, as the vendor's own example has it */
    EVS_SHAPE_COUNT
};
/* "nested", "typed", "flat", "forged". */
enum err evs_shape_set(struct ctx *c, struct str name);
struct str evs_hook_body(
    struct ctx *c, const struct evs_transaction *t, struct str status, enum evs_shape shape);
enum err evs_hook_signature(struct ctx *c, struct str body, enum evs_shape shape, struct str *ret);
enum err evs_tell(struct ctx *c, const struct evs_transaction *t);

/* ---- eversend_wire.c */
void evs_answer_json(struct req *r, int status, const struct buf *b);
enum err evs_refuse(struct req *r, int status, struct str message);
struct json evs_begin(struct buf *b);
void evs_end(struct req *r, struct json *j, const struct buf *b);
/* True: this fault is the answer. */
bool evs_faulty(struct req *r, enum fault fault);
/* Who asks, and with what body (NULL: none is read); *ret_ok false, and the answer is there. */
enum err evs_admitted(struct req *r, struct json_value *ret_body, bool *ret_ok);
enum err evs_token(struct req *r);
bool evs_stray(struct req *r);

extern const struct routes eversend_routes;
extern const struct site eversend_site;
enum err evs_page_open(struct req *r);
enum err evs_page(struct req *r);
enum err evs_page_act(struct req *r);

#endif
