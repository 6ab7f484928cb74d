#ifndef CUSTOMER_CUSTOMER_H
#define CUSTOMER_CUSTOMER_H

#include "base/id.h"
#include "web/web.h"

/* The application's people.  external_id (1..128 printable characters) is the application's, cus_…
 * is ours; both are accepted wherever a customer is named.  A customer comes into being once, when
 * a valid user token or a secret key's write first names it. */
struct customer {
    int64_t n, version, created_ms;
    struct id id;
    struct str external_id, email, name, image, country, time_zone, tax_id;
    struct str address; /* a JSON list of lines, or empty */
    bool email_verified;
};

/* In a transaction: the customer of this external id, made when it is not there.  What is said
 * (not empty) and differs is stored.  CONFLICT when the mail belongs to another customer. */
enum err customer_ensure(struct ctx *c, const struct customer *said, struct customer *ret);

/* Who waits for somebody of whom nothing is known yet: touched when their row is made. */
struct str customer_topic(struct arena *a, struct str external_id);

/* In the same transaction: parts of what is stored are emptied. */
enum {
    CUSTOMER_EMAIL = 1,
    CUSTOMER_NAME = 2,
    CUSTOMER_IMAGE = 4,
    CUSTOMER_COUNTRY = 8,
    CUSTOMER_TIME_ZONE = 16,
    CUSTOMER_ADDRESS = 32,
    CUSTOMER_TAX_ID = 64
};
enum err customer_clear(struct ctx *c, struct customer *k, unsigned parts);

/* In a transaction: everything that names somebody is overwritten, the application's id too; who
 * comes under that id again is a new customer. */
enum err customer_forget(struct ctx *c, int64_t n);

/* In a snapshot or transaction. */
enum err customer_find(
    struct ctx *c, struct str id_or_external, bool *ret_found, struct customer *ret);
enum err customer_by_email(struct ctx *c, struct str email, bool *ret_found, struct customer *ret);
enum err customer_by_n(struct ctx *c, int64_t n, struct customer *ret);
/* Newest first, below after_n (0: from the newest). */
enum err customer_list(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct customer *customer, void *arg), void *arg);

/* Whose user token came with this request, as the token says it; external_id empty: nobody's. */
struct customer customer_of_token(struct ctx *c);

struct json;
void customer_json(
    struct json *j, const char *name, struct arena *a, const struct customer *customer);

/* A mail as it is compared and stored: trimmed, lower case.  INVALID_REQUEST with a sentence for
 * what is no mail address. */
enum err mail_address(struct ctx *c, struct str text, struct str *ret);
/* INVALID_REQUEST unless 1..128 printable characters. */
enum err customer_external_id(struct ctx *c, struct str text);
/* Two letters, capitals in *ret; empty stays empty. */
enum err country_code(struct ctx *c, struct str text, struct str *ret);

/* For people, in the order in which they look for theirs. */
struct country {
    struct str code, name;
};
extern const struct country countries[];
extern const size_t country_count;
struct str country_name(struct str code); /* the code itself where it is none of them */

extern const struct routes customer_routes;

#endif
