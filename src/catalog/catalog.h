#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "base/money.h"
#include "base/zone.h"

/* What is for sale, at which price, and what it grants: the file of contract.md 4, checked
 * completely, stored whole and versioned, read into these structs once per version.  A client never
 * sets a price (R5): everything is looked up here by id. */

struct price {
    struct str id;
    struct money amount;
    enum interval {
        INTERVAL_NONE,
        INTERVAL_MONTH,
        INTERVAL_YEAR
    } interval;
    struct str stripe_price; /* as written: "$STRIPE_PRICE_BASIC", an id, or empty */
    bool active;
};

/* A product or a plan: what a price belongs to. */
struct product {
    struct str id, name, description, slug;
    bool is_plan, popular, active;
    struct str group, seller; /* of plans; of works */
    const struct str *images, *highlights;
    size_t image_count, highlight_count;
    int64_t credits;   /* what one of it grants, once; 0: none */
    struct str access; /* an entitlement's id; empty: none */
    const struct price *prices;
    size_t price_count;
    struct str source; /* the whole object as JSON, for features that read more of it */
};

struct tax_rate {
    struct str country;
    struct str name; /* "VAT" */
    int32_t bps;
};

/* How likely a checkout is a fraud (src/risk): weights, and from which score on a person looks
 * first or nothing is sold.  0: never. */
enum risk_feature {
#define RISK(name, text, weight, most, words) RISK_##name,
#include "catalog/risk.def"
#undef RISK
    RISK_FEATURES
};
struct catalog_risk {
    int64_t weight[RISK_FEATURES];
    int64_t review, refuse;
};
struct str risk_feature_text(enum risk_feature f); /* "customerOrders" */

struct catalog {
    int64_t n;       /* of its version's row; 0: not stored */
    struct str text; /* every default written out: what everything below was read from */
    enum currency currency;
    struct str business_name, business_country, business_mail, time_zone;
    const struct product *products; /* then plans */
    size_t product_count;
    bool tax_inclusive;
    const struct tax_rate *rates;
    size_t rate_count;
    int64_t session_ttl_ms;
    int64_t grace_ms;      /* for which a plan is kept that is not paid */
    bool clawback_refuses; /* no refund where credits that it paid for are spent; else they are owed
                            */
    enum {
        UPGRADE_TIME,   /* what is left of the period pays for a part of another plan's */
        UPGRADE_NONE,   /* a whole new period */
        UPGRADE_CREDITS /* a whole new period, less the credits that are left of this one */
    } upgrade;
    /* JSON objects by an operation's name, and discounts by a plan's id. */
    struct str operations, operation_rules, operation_discounts;
    struct catalog_risk risk;
    const int64_t *low_percent; /* of an allowance: when to warn; highest first */
    size_t low_count;
};

/* Reads and checks a file's text; what ret points to lives in keep.  INVALID_REQUEST names the
 * place and what is expected there. */
enum err catalog_parse(struct ctx *c, struct arena *keep, struct str text, struct catalog *ret);

/* A file of at most 1 MiB; INVALID_REQUEST names it. */
enum err catalog_read_file(struct ctx *c, struct str path, struct str *ret);

/* ---- the catalogue in force */

/* Per process: each version is parsed once, kept for ever (an application of a new one is rare).
 * Reached through c->catalogs. */
struct catalogs;
struct catalogs *catalogs_open(void);
void catalogs_close(struct catalogs *k);

/* Inside a transaction or snapshot.  NOT_FOUND when none was ever applied. */
enum err catalog_now(struct ctx *c, const struct catalog **ret);
/* The same will be asked for, and something else is waited for before: one way to the database for
 * both. */
enum err catalog_ask(struct ctx *c);

/* In a transaction: makes text the catalogue in force, with the fact CATALOG_APPLIED and the job
 * that gives its coupons to their feature.  What is in force already changes nothing. */
enum err catalog_apply(struct ctx *c, struct str text, bool *ret_changed);

/* Where the business's days begin: PURSER_TIMEZONE, where it is set, else the catalogue's.  Inside
 * a transaction or snapshot. */
enum err catalog_zone(struct ctx *c, const struct zone **ret);
/* INVALID_REQUEST unless this machine knows the catalogue's time zone. */
enum err catalog_check_zone(struct ctx *c, const struct catalog *k, const struct zone **ret);

/* What would change, in words, one line each; *ret_lines: how many. */
struct catalog_live { /* one for each product of now; NULL: nobody has any */
    struct str product;
    int64_t n; /* subscriptions that are alive on it */
};
void catalog_diff(struct arena *a, const struct catalog *now, const struct catalog_live *live,
    const struct catalog *then, struct buf *out, int64_t *ret_lines);

/* ---- looking things up; NULL: no such thing */
const struct product *catalog_product(const struct catalog *k, struct str id_or_slug);
const struct price *catalog_price(
    const struct catalog *k, struct str price_id, const struct product **ret_product);
/* The price of a product in this currency that is for sale. */
const struct price *catalog_price_of(const struct product *product, enum currency currency);
const struct tax_rate *catalog_tax(const struct catalog *k, struct str country);

/* Gateways for a method, in the order to try: the product's own routing (NULL: none), else the
 * first rule that fits, else the general table.  Names as written. */
struct route_ask {
    const struct product *product;
    struct str method, country;
    struct money total;
};
enum {
    ROUTE_WAYS = 8
};
struct catalog_way {
    struct str name;
    int64_t weight;
};
struct catalog_route {
    struct str by; /* which of the three it was: "rule 2", "the general routing" */
    bool shared;   /* a rule says weights: each order is dealt to one of them */
    size_t n;      /* 0: nothing is said of this method */
    struct catalog_way way[ROUTE_WAYS];
};
void catalog_routing(struct arena *a, const struct catalog *k, const struct route_ask *ask,
    struct catalog_route *ret);

struct json;
void price_json(struct json *j, const char *name, const struct price *price);

struct commands;
struct routes;
extern const struct routes catalog_routes; /* GET /api/catalog */

#endif
