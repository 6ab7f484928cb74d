#ifndef DB_CROWD_FIXTURE_H
#define DB_CROWD_FIXTURE_H

#include <pthread.h>

#include "base/id.h"
#include "base/test.h"

/* For tests: several do something to one store at the same moment.  On threads where the store has
 * its own, else one after the other.  A test's own struct begins with this. */
struct crowd {
    void (*act)(struct crowd *self); /* with its own c; leaves its result here */
    struct ctx c;
    enum err result;
    int nth;
    /* the crowd's own */
    pthread_t thread;
    pthread_barrier_t *start;
    struct arena arena;
    struct ids ids;
};
/* n structs of so many bytes, which begin with a struct crowd; each must end well. */
void crowd_run(struct test *t, void *members, size_t size, size_t n);

#endif
