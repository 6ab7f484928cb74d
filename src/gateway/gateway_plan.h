#ifndef GATEWAY_GATEWAY_PLAN_H
#define GATEWAY_GATEWAY_PLAN_H

#include "base/money.h"
#include "net/net.h"

/* What a gateway is asked about what goes on, and how it answers: part of gateway.h. */

/* What a session buys that goes on, where the gateway renews it by itself. */
struct gateway_plan {
    struct str name, description;
    int64_t months;      /* of a period: 1, 12 */
    struct money amount; /* of a period, before coupon and tax */
    struct str listed;   /* the catalogue's stripePrice, or empty */
    int64_t trial_days;  /* nothing is paid before; 0: none */
    struct str coupon;   /* its code, for people; empty: none */
    int64_t off_minor;   /* what it takes off a period … */
    int64_t off_months;  /* … of so many months, 0: of the first period, -1: of all */
    struct str tax_name;
    int64_t tax_bps; /* 0: none */
    bool tax_inclusive;
    struct str payer; /* the gateway's own customer, when it has been told; or empty */
};

/* ---- subscriptions, where the gateway renews them (GATEWAY_CAN_SUBSCRIBE) */

/* One collection of a subscription: its first, a renewal, or what a change cost. */
struct gateway_invoice {
    /* Its own, and that of what paid it; empty: nothing did.  Refunds and disputes name only the
     * payment, of a first period too: its session cannot say it. */
    struct str id, payment;
    struct str number, page_url, pdf_url;
    enum invoice_reason {
        INVOICE_START,
        INVOICE_RENEWAL,
        INVOICE_CHANGE,
        INVOICE_OTHER /* made there by hand: nobody's business here but the money's */
    } reason;
    bool paid, open; /* neither: draft, void, given up */
    /* total = subtotal - discount (+ tax, unless inclusive); due: what is taken of it, less where
     * an earlier change left credit there. */
    struct money subtotal, discount, tax, total, due;
    int64_t start_ms, end_ms; /* of the period that it pays for */
    int64_t created_ms, tries;
    int64_t next_try_ms;                                /* 0: it is not tried any more */
    struct str method_type, method_brand, method_last4; /* of the newest: what is charged */
};

/* How it stands there, whole: newest object, never an event's copy. */
struct gateway_standing {
    enum outcome outcome; /* DONE: the rest holds; DECLINED: it says there is none */
    struct str reference, payer;
    struct str order, attempt; /* our marks, echoed; empty: not ours */
    enum standing_status {
        STANDING_TRIALING,
        STANDING_ACTIVE,
        STANDING_PAST_DUE,
        STANDING_UNPAID, /* past due, and nobody tries any more */
        STANDING_INCOMPLETE,
        STANDING_CANCELED,
        STANDING_STRANGE /* a word that we do not know */
    } status;
    struct str name;     /* the gateway's own word for it */
    struct str listed;   /* its price, as stripePrice would name it */
    struct money amount; /* of a period */
    int64_t months;
    int64_t start_ms, end_ms, trial_end_ms; /* of the period that runs */
    int64_t cancel_at_ms, ended_ms;         /* 0: it goes on */
    const struct gateway_invoice *invoice;  /* newest first, a dozen at most */
    size_t invoices;
    struct str refusal;
    struct net_reply reply;
};

/* A change, as it is asked for and as it is tried out. */
struct gateway_change {
    struct str reference, payer;
    struct str key; /* "chg_…": a repeat under it is the same change */
    enum gateway_deed {
        CHANGE_PLAN, /* to plan, now; a card that is declined leaves everything as it was */
        /* The next period is plan's, of whatever length, and nothing is taken now.  The gateway is
         * told and does it by itself: how it stands shows plan only when that period begins. */
        CHANGE_PLAN_AT_END,
        CHANGE_STAY, /* that is called off, as it is by each of the others but RESUME */
        CHANGE_END,  /* over now */
        CHANGE_END_AT_END,
        CHANGE_RESUME /* END_AT_END is called off */
    } what;
    struct gateway_plan plan; /* off_months: that are left of an earlier coupon; 0: none */
    /* CHANGE_PLAN: what an upgrade in the middle of a period costs.  In a trial nothing. */
    enum prorate {
        PRORATE_TIME,   /* by the time that is left */
        PRORATE_NONE,   /* a whole new period from now */
        PRORATE_GIVEN,  /* a whole new period from now, less allowed_minor for what is unused */
        PRORATE_NOTHING /* the period goes on, and nothing is charged or allowed for */
    } prorate;
    int64_t allowed_minor; /* before tax; what is more than the new period costs is lost */
    int64_t at_ms;         /* the moment from which it is reckoned: the same in try and deed */
};
struct gateway_cost {
    enum outcome outcome; /* DONE: the rest holds */
    struct money now;     /* what is taken at once; what is not used comes off the next ones */
    struct money credit;  /* what stays to be taken off the next ones; below 0: comes on top */
    struct money next;    /* the next regular one */
    int64_t next_ms;
    struct str refusal;
    struct net_reply reply;
};

#endif
