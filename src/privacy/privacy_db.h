#ifndef PRIVACY_PRIVACY_DB_H
#define PRIVACY_PRIVACY_DB_H

#include "privacy/privacy.h"

/* Between privacy's rules and its SQL. */

/* ---- privacy.def (privacy_table_db.c) */
enum privacy_shape {
    SHAPE_NONE, /* not in the document */
    SHAPE_NUMBER,
    SHAPE_MAYBE_NUMBER,
    SHAPE_FLAG,
    SHAPE_TEXT,
    SHAPE_MAYBE,  /* text, or null */
    SHAPE_CLIENT, /* the same; of a deed of somebody of the business it is not the person's */
    SHAPE_JSON,   /* text that is JSON, or empty */
    SHAPE_BODY,   /* bytes that may be text */
    SHAPE_BYTES,
    SHAPE_TIME,
    SHAPE_CUS,
    SHAPE_ORD,
    SHAPE_ATT,
    SHAPE_EVT,
    SHAPE_CRD,
    SHAPE_RES,
    SHAPE_SUB,
    SHAPE_REF,
    SHAPE_INV,
    SHAPE_DSP,
    SHAPE_ORDER_STATUS,
    SHAPE_ATTEMPT_STATUS,
    SHAPE_EVENT_STATUS,
    SHAPE_GATEWAY,
    SHAPE_MAIL_STATE,
    SHAPE_CREDIT_KIND,
    SHAPE_CREDIT_CHANGE,
    SHAPE_SUBSCRIPTION_STATUS,
    SHAPE_REFUND_STATUS
};
struct privacy_column {
    struct str name;
    enum privacy_shape shape;
    bool goes; /* overwritten, or deleted with its row */
};
struct privacy_reading;
struct db_ins;
struct privacy_rows {
    enum privacy_by {
        BY_NOTHING,
        BY_CUSTOMER, /* $1 the customer; not for guests */
        BY_ORDERS,   /* $1 the customer, $2 the guest's mail, $3 its last order */
        BY_ORDER_ID, /* $1 "ord_…", of each order */
        BY_NAME,     /* $1 the application's id; not for guests */
        BY_SCAN,     /* $1 < n <= $2, $3 the customer; not for guests */
        BY_MENTION   /* $1 < n <= $2; those that quote the person */
    } by;
    enum err (*read)(struct ctx *c, struct privacy_reading *k, const struct db_ins *in);
};
struct privacy_table {
    struct str name, as;
    struct str nobody; /* why it is about no customer; the rest is empty then */
    const struct privacy_column *column;
    size_t columns;
    struct privacy_rows rows[2];
    enum err (*last)(struct ctx *c, int64_t *ret_n); /* the largest n */
};
extern const struct privacy_table privacy_tables[];
extern const size_t privacy_table_count;

enum {
    PRIVACY_WINDOW = 20000, /* rows that one statement looks at where it has no index */
    PRIVACY_BODIES = 500    /* the same, where all of each is read */
};

/* One value of a row, by its column's shape. */
struct privacy_value {
    int64_t number;
    struct str text;
    struct id id;
    bool flag, there;
};
/* Each row of the person in this table; value has an element for each column that is not
 * SHAPE_NONE, in order. */
enum err privacy_each(struct ctx *c, const struct privacy_table *table, const struct somebody *who,
    enum err (*each)(struct ctx *c, const struct privacy_value *value, void *arg), void *arg);

/* ---- persons */
/* The next orders after this one, at most max. */
struct person_order {
    int64_t n;
    struct id id;
};
enum err person_db_orders(struct ctx *c, const struct somebody *who, int64_t after_n,
    struct person_order *ret, size_t max, size_t *ret_n);
enum err person_db_newest_order(struct ctx *c, int64_t *ret_n);
/* One of the person's orders that is not at its end, and how it stands; n 0: there is none. */
enum err person_db_open_order(
    struct ctx *c, const struct somebody *who, int64_t *ret_n, int64_t *ret_status);
/* A webhook about one of the person's orders that was not applied. */
enum err person_db_open_event(
    struct ctx *c, const struct somebody *who, bool *ret_found, struct id *ret_id);
enum err person_db_guest_orders(struct ctx *c, struct str email, int64_t *ret_count);

/* ---- erasures */
enum err erasure_db_insert(struct ctx *c, struct erasure *e);
enum err erasure_db_of_customer(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct erasure *ret);
enum err erasure_db_of_external(
    struct ctx *c, struct str external_id, bool *ret_found, struct erasure *ret);
enum err erasure_db_of_guest(struct ctx *c, struct str email, bool *ret_found, struct erasure *ret);
enum err erasure_db_by_n(struct ctx *c, int64_t n, struct erasure *ret);
/* Where it is now; E_CONFLICT when somebody else has moved it. */
enum err erasure_db_move(struct ctx *c, const struct erasure *e);

/* What is still to be forgotten of one table (privacy_step_db.c), behind at_n and at most a hundred
 * rows: find in a snapshot, forget one row in a transaction. */
enum {
    ERASURE_ROWS = 100
};
struct erasure_found {
    int64_t n[ERASURE_ROWS];
    size_t count;
    int64_t next_n; /* where the next look begins */
    bool over;      /* there is no more behind it */
};
struct erasure_kind {
    struct str name;
    bool of_customers; /* a guest has none */
    enum err (*find)(struct ctx *c, const struct erasure *e, struct erasure_found *ret);
    enum err (*forget)(struct ctx *c, const struct erasure *e, int64_t n);
};
extern const struct erasure_kind erasure_kinds[];
extern const size_t erasure_kind_count;

#endif
