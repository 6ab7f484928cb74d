#ifndef SANDBOX_STRIPE_H
#define SANDBOX_STRIPE_H

#include "sandbox/form.h"
#include "sandbox/simulator.h"

/* Private to the simulated Stripe.
 *
 *   stripe.def          the routes at /v1
 *   stripe_api.c        what every call has in common: keys, versions, idempotency, faults, errors
 *   stripe_param.c      reading parameters, and Stripe's complaints about them
 *   stripe_object.c     kinds of objects, ids; shapes are in stripe/KIND.json
 *   stripe_db.c         where they lie
 *   stripe_list.c       pages;  stripe_expand.c  references;  stripe_version.c  older shapes
 *   stripe_event.c      events, endpoints, signatures
 *   stripe_KIND.c       what can be done with each kind
 *   stripe_page.c       the hosted pages
 *   stripe_account.h    accounts of sellers: Connect
 *
 * Objects are trees in the newest shape; a member whose name begins with "_" is the simulator's own
 * and never shown. */

/* One piece of work: a call, a button of a page, something that falls due.  Inside sandbox_tx. */
struct refusal {
    int status; /* 0: none */
    struct str type, code, param, message;
    struct tree *more; /* further members, or NULL */
};
struct st {
    struct ctx *c;
    struct arena *a;
    struct req *r;           /* NULL: nobody asked over the API */
    struct str request, key; /* req_…, the idempotency key; empty: it happens by itself */
    struct str account;      /* the seller it acts for; empty: the platform itself */
    struct str about;        /* what its events are about; empty: each its object */
    int version;             /* of the shapes that are answered: stripe_version.c */
    struct tree *params;
    enum fault fault;
    bool dry; /* only looked at: nothing is stored or told */
    /* What is answered.  A refusal with E_OK is one that leaves traces, like a declined card;
     * with an error nothing has happened. */
    struct tree *answer;
    struct refusal refusal;
};
struct st st_work(struct ctx *c);
int64_t st_now(const struct st *s); /* seconds */

/* ---- refusing: Stripe's error, and INVALID_REQUEST for everybody else; never E_OK */
#define st_refuse(...) err_known(st_refuse_at(__VA_ARGS__))
enum err st_refuse_at(struct st *s, int status, const char *code, struct str param, const char *fmt,
    ...) PRINTF(5, 6);
enum err st_no_such(struct st *s, int status, const char *kind, struct str id, struct str param);

/* ---- parameters; at NULL: of the request.  What nobody asks for is an unknown parameter. */
bool param_given(struct st *s, struct tree *at, const char *path);
bool param_unset(struct st *s, struct tree *at, const char *path); /* given, and empty */
void param_skip(struct st *s, struct tree *at, const char *path);  /* taken, and without effect */
/* What would move money and is not simulated: refused, unless it is left out or off. */
enum err param_unknown_here(struct st *s, struct tree *at, const char *const *names, size_t n);
#define PARAM_UNKNOWN_HERE(s, at, ...)                                                             \
    param_unknown_here((s), (at), (const char *const[]) { __VA_ARGS__ },                           \
        ARRAY_LEN(((const char *const[]) { __VA_ARGS__ })))
struct tree *param_group(struct st *s, struct tree *at, const char *path); /* NULL: not given */
#define param_missing(s, at, path) err_known(param_missing_at((s), (at), (path)))
enum err param_missing_at(struct st *s, struct tree *at, const char *path);
/* *inout stays when it is not given. */
enum err param_str(struct st *s, struct tree *at, const char *path, struct str *inout);
enum err param_i64(
    struct st *s, struct tree *at, const char *path, int64_t min, int64_t max, int64_t *inout);
enum err param_bool(struct st *s, struct tree *at, const char *path, bool *inout);
/* One of "payment|subscription". */
enum err param_word(
    struct st *s, struct tree *at, const char *path, const char *words, struct str *inout);
/* Into the object: keys merged, an empty value removes one, an empty whole removes all. */
enum err param_metadata(struct st *s, struct tree *at, struct tree *object);
/* Texts straight into the members of the same name; an empty one makes it null. */
enum err param_texts(
    struct st *s, struct tree *at, struct tree *object, const char *const *names, size_t n);
#define PARAM_TEXTS(s, at, object, ...)                                                            \
    param_texts((s), (at), (object), (const char *const[]) { __VA_ARGS__ },                        \
        ARRAY_LEN(((const char *const[]) { __VA_ARGS__ })))
enum err param_currency(struct st *s, struct tree *at, const char *path, struct str *inout);
enum err params_end(struct st *s); /* parameter_unknown */

/* ---- objects */
struct kind {
    const char *name, *prefix, *url;
    int length;         /* of the random part */
    const char *parent; /* the member it is looked up by, besides customer; or NULL */
};
const struct kind *kind_find(struct str name); /* NULL: none */
struct thing {
    int64_t n;
    struct str id;
    const struct kind *kind;
    struct tree *body, *was; /* was: as it is stored */
    int64_t turn_ms;
};
struct str st_random(struct st *s, size_t n);                    /* letters and digits */
struct str st_fresh(struct st *s, const char *prefix, size_t n); /* "il_1" and n of them */
struct str st_id(struct st *s, const struct kind *kind);
struct tree *st_shape(struct st *s, const char *kind);
/* Its shape with an id and the time; not stored yet. */
struct thing st_new(struct st *s, const char *kind);
enum err st_add(struct st *s, struct thing *t);
enum err st_save(struct st *s, struct thing *t);
enum err st_find(struct st *s, struct str id, bool *ret_found, struct thing *ret); /* any kind */
bool st_is(const struct thing *t, const char *kind); /* and not deleted */
/* 404 for the id in the path, 400 for one in a parameter. */
enum err st_need(struct st *s, const char *kind, struct thing *ret);
enum err st_refer(
    struct st *s, const char *kind, struct str id, const char *param, struct thing *ret);
/* For references that we made ourselves. */
enum err st_own(struct st *s, struct str id, struct thing *ret);
enum err st_delete(struct st *s, struct thing *t); /* answers {id, object, deleted} */

/* ---- stripe_db.c */
enum err stripe_insert(struct ctx *c, struct thing *t, struct str customer, struct str parent);
enum err stripe_update(
    struct ctx *c, const struct thing *t, struct str kind, struct str customer, struct str parent);
struct stored {
    int64_t n, turn_ms;
    struct str body;
};
enum err stripe_get(struct ctx *c, struct str id, bool *ret_found, struct stored *ret);
/* Rows of a kind below (or above) n, newest (or oldest) first; customer, parent: empty: any. */
struct stripe_scan {
    struct str kind, customer, parent;
    int64_t n;
    bool upwards;
    struct str parents; /* ",one,other,": not what has a parent that is surely none; empty: any */
    int64_t from, to;   /* created, in seconds */
};
enum {
    STRIPE_SCAN_MAX = 100
};
enum err stripe_scan(
    struct ctx *c, const struct stripe_scan *scan, struct stored *ret, size_t *ret_n);
enum err stripe_next_due(struct ctx *c, int64_t *ret_ms);
enum err stripe_due(struct ctx *c, bool *ret_found, struct stored *ret); /* the first one */
struct stripe_answer {
    struct str print, request, body;
    int64_t status;
};
enum err stripe_answer_get(
    struct ctx *c, struct str key, bool *ret_found, struct stripe_answer *ret);
enum err stripe_answer_put(struct ctx *c, struct str key, const struct stripe_answer *in);
enum err stripe_empty(struct ctx *c);

/* ---- lists */
struct filter {
    const char *param; /* "customer", "payment.payment_intent" */
    const char *path;  /* in the body; NULL: the same */
};
struct listing {
    const char *kind;
    const struct filter *filter;
    size_t n;
    bool (*keeps)(struct st *s, const struct tree *body); /* NULL: all */
    struct str customer, parent;                          /* fixed ones, or empty */
    struct str parents;                                   /* as in stripe_scan */
    struct str url;                                       /* empty: the kind's */
};
enum err st_list(struct st *s, const struct listing *l);
/* Every object of a kind, oldest first, with this customer and parent (empty: any). */
enum err st_each(struct st *s, const char *kind, struct str customer, struct str parent,
    enum err (*each)(struct st *s, struct thing *t, void *arg), void *arg);
/* A list that is whole: {"object":"list",…}. */
struct tree *st_whole_list(struct st *s, struct str url);

/* ---- what is answered */
enum err st_expand(struct st *s);
void st_render(struct st *s, struct tree *t, int version); /* hides "_…", older shapes */
bool version_parse(struct str text, int *ret);
struct str version_text(int version);
enum {
    VERSION_OWN = -1 /* the account's */
};
enum family {
    FAMILY_BASIL,
    FAMILY_CLOVER,
    FAMILY_DAHLIA,
    FAMILY_ENDIVE
};
bool version_from(int version, enum family family); /* that one, or a later one */

/* ---- events */
/* was: what it was before, for previous_attributes; or NULL. */
enum err st_tell(struct st *s, const char *type, const struct tree *object, const struct tree *was);
/* Saves, and tells when something of it has changed. */
enum err st_save_and_tell(struct st *s, struct thing *t, const char *type);
enum err st_add_and_tell(struct st *s, struct thing *t, const char *type);
enum err st_open(struct st *s); /* the merchant's own endpoint, once */
enum err st_signs(struct ctx *c, const struct hook *d, struct str *ret_headers);

/* ---- stripe_file.c: a form with a document into the parameters; false: it is none. */
bool st_read_multipart(struct st *s, struct str type, struct str body, struct str *ret_why);

#define ENDPOINT(method, path, run, call, about) enum err run(struct st *s);
#include "sandbox/stripe.def"
#undef ENDPOINT

extern const struct routes stripe_routes;

#endif
