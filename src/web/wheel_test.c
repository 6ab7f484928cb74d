#include "base/id.h"
#include "base/test.h"
#include "web/tally.h"
#include "web/wheel.h"

TEST("deadlines are met in time and never early, however far away")
{
    enum {
        ITEMS = 500
    };
    struct wheel *w = arena_new(t->c->arena, struct wheel);
    struct wheel_item *item = arena_array(t->c->arena, struct wheel_item, ITEMS);
    int64_t *due = arena_array(t->c->arena, int64_t, ITEMS);
    int64_t now = 123456789;
    while (wheel_due(w, now) != NULL)
        ;
    for (int i = 0; i < ITEMS; i++) {
        due[i] = now + random_below(t->c, 400000);
        wheel_set(w, &item[i], due[i]);
    }
    /* Half are moved, some given up. */
    for (int i = 0; i < ITEMS; i += 2) {
        due[i] = now + random_below(t->c, 400000);
        wheel_set(w, &item[i], due[i]);
    }
    for (int i = 0; i < ITEMS; i += 50)
        wheel_clear(&item[i]);
    int met = 0;
    for (int64_t end = now + 401000; now < end; now += 100) {
        for (struct wheel_item *i = wheel_due(w, now); i != NULL; i = wheel_due(w, now)) {
            int64_t late = now - due[i - item];
            EXPECT(late >= 0 && late < 200 && (i - item) % 50 != 0);
            met++;
        }
    }
    EXPECT_I64(met, ITEMS - ITEMS / 50);
}

TEST("a clock that stood still for an hour meets everything at once")
{
    struct wheel *w = arena_new(t->c->arena, struct wheel);
    struct wheel_item item[3] = { { .next = NULL } };
    EXPECT(wheel_due(w, 1000) == NULL);
    wheel_set(w, &item[0], 2000);
    wheel_set(w, &item[1], 90000);
    wheel_set(w, &item[2], 9000000);
    EXPECT(wheel_due(w, 3600000) != NULL && wheel_due(w, 3600000) != NULL);
    EXPECT(wheel_due(w, 3600000) == NULL);
    /* What is set in the past is met at the next tick. */
    wheel_set(w, &item[0], 5);
    EXPECT(wheel_due(w, 3600000) == NULL && wheel_due(w, 3600200) == &item[0]);
    EXPECT(wheel_due(w, 9000000) == &item[2]);
}

TEST("counts by key are those of a plain table, whatever comes and goes")
{
    enum {
        KEYS = 40
    };
    struct tally *tally = tally_new(200, random_u64(t->c));
    uint64_t key[KEYS];
    int64_t count[KEYS] = { 0 }, total = 0;
    for (int i = 0; i < KEYS; i++)
        key[i] = i < 20 ? (uint64_t)i : random_u64(t->c);
    for (int step = 0; step < 20000; step++) {
        int64_t i = random_below(t->c, KEYS);
        bool add = total < 200 && random_below(t->c, 2) == 0;
        if (add) {
            EXPECT_I64(tally_add(tally, key[i]), ++count[i]);
            total++;
        } else if (count[i] > 0) {
            tally_drop(tally, key[i]);
            count[i]--;
            total--;
        }
    }
    for (int i = 0; i < KEYS && total < 200; i++)
        EXPECT_I64(tally_add(tally, key[i]), count[i] + 1);
    tally_free(tally);
}
