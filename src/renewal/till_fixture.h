#ifndef RENEWAL_TILL_FIXTURE_H
#define RENEWAL_TILL_FIXTURE_H

#include "renewal/renewal_fixture.h"

enum {
    TILL_CHARGES = 32
};

/* A Flutterwave of a few lines, that charges cards and remembers which reference it took. */
struct till {
    struct net net; /* first */
    struct gate *g;
    enum {
        TILL_TAKES,
        TILL_REFUSES,
        TILL_KNOWS_NOBODY,  /* our key is no longer one */
        TILL_IS_LOST_AFTER, /* it is taken, and nobody hears of it */
        TILL_IS_LOST
    } mood;
    struct str taken[TILL_CHARGES];
    int64_t asked, takes;
};

/* On the day on which the period ends, its order is there, and it is to be charged. */
struct till *till_open(struct test *t);
void till_close(struct till *k);
struct str till_subject(const struct till *k); /* of its jobs */
void till_charge(struct till *k);              /* as its job does */

#endif
