#ifndef GATEWAY_GATEWAY_DISPUTE_H
#define GATEWAY_GATEWAY_DISPUTE_H

#include "base/money.h"
#include "net/net.h"

/* What a gateway is asked about disputes, and how it answers: part of gateway.h. */

/* ---- disputes, where the gateway has names for them: else a payment's state is all there is */

/* How one stands there, whole: newest object, never an event's copy. */
struct gateway_dispute {
    struct str reference, payment; /* its ids of both */
    enum dispute_standing {
        DISPUTE_AT_STRANGE, /* a word that we do not know */
        DISPUTE_AT_WARNING, /* the bank asks, and has taken nothing */
        DISPUTE_AT_OPEN,    /* evidence is waited for */
        DISPUTE_AT_REVIEW,  /* the bank decides */
        DISPUTE_AT_WON,     /* or over without a loss */
        DISPUTE_AT_LOST
    } standing;
    struct str name;           /* the gateway's own word for it */
    struct str reason;         /* why, in its words: "fraudulent" */
    struct money amount;       /* that is argued about, in the payment's currency */
    struct money withdrawn;    /* of it, what it took from us and has not put back */
    struct money fee;          /* what it charged for all of this, less what it gave back of that */
    int64_t opened_ms, due_ms; /* due: until when it takes evidence; 0: not said */
};
struct gateway_dispute_ask {
    struct str reference; /* this one; or … */
    struct str payment;   /* … those of a payment; or … */
    int64_t from_ms;      /* … those opened since then, */
    struct str after;     /* behind that one, as in struct gateway_told */
};
struct gateway_disputes {
    enum outcome outcome; /* DONE: the rest holds; DECLINED: it says there is none */
    const struct gateway_dispute *dispute;
    size_t count;
    struct str after;
    struct str refusal;
    struct net_reply reply;
};

/* What we say to it: texts, and documents that were uploaded before. */
struct gateway_evidence {
    struct str dispute; /* "dsp_…": for the log */
    struct str reference, key;
    struct evidence_said {
        const struct evidence_field *field;
        struct str text; /* or the document's id there */
    } * said;
    size_t count;
};
struct gateway_document {
    struct str dispute, key; /* the key: a repeat under it is the same document */
    struct str name, type, body;
};
struct gateway_uploaded {
    enum outcome outcome; /* DONE: id is set */
    struct str id, refusal;
    struct net_reply reply;
};
/* evidence.def: what can be said, and what that is about. */
enum evidence_about {
    EVIDENCE_OF_SALE,
    EVIDENCE_OF_ARRIVAL,
    EVIDENCE_OF_TERMS,
    EVIDENCE_OF_TWICE, /* whether it was charged so */
    EVIDENCE_OF_ELSE,
    EVIDENCE_ABOUT_COUNT
};
struct evidence_field {
    struct str name;  /* ours: "customerName" */
    struct str there; /* Stripe's: "customer_name" */
    struct str title; /* for people */
    enum evidence_about about;
    bool file;
    bool lines; /* a text of more than one line */
};
extern const struct evidence_field evidence_fields[];
extern const size_t evidence_field_count;
const struct evidence_field *evidence_field_find(struct str name); /* NULL: none */

#endif
