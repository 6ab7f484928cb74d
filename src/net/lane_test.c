#include "base/test.h"
#include "net/lane.h"

static const struct str two[] = { S_INIT("stripe"), S_INIT("eversend") };

static int64_t enter_all(struct lanes *l, struct str name)
{
    int64_t n = 0;
    while (lane_enter(l, name, 0) == LANE_MAY)
        n++;
    return n;
}

static void call(struct lanes *l, struct str name, enum lane_result result, int64_t at)
{
    if (lane_enter(l, name, at) == LANE_MAY)
        (void)lane_leave(l, name, result, at);
}

TEST("a gateway that hangs takes what is shared and not what is kept for another")
{
    struct lanes *l = lanes_open(1024, two, 2);
    EXPECT_I64(enter_all(l, S("stripe")), 1024 - LANE_KEPT);
    EXPECT_I64(enter_all(l, S("webhook:a")), 0);
    EXPECT_I64(enter_all(l, S("eversend")), LANE_KEPT);
    EXPECT(!lane_leave(l, S("stripe"), LANE_ANSWERED, 0));
    EXPECT_I64(enter_all(l, S("eversend")), 1);
    EXPECT_I64(enter_all(l, S("stripe")), 0);
    lanes_close(l);
}

TEST("what is given back goes where it came from")
{
    struct lanes *l = lanes_open(1024, two, 2);
    EXPECT_I64(enter_all(l, S("stripe")), 1024 - LANE_KEPT);
    EXPECT_I64(enter_all(l, S("eversend")), LANE_KEPT);
    EXPECT(!lane_leave(l, S("eversend"), LANE_ANSWERED, 0)); /* a kept place, not a shared one */
    EXPECT_I64(enter_all(l, S("stripe")), 0);
    EXPECT(!lane_leave(l, S("stripe"), LANE_ANSWERED, 0));
    EXPECT_I64(enter_all(l, S("eversend")), 2);
    lanes_close(l);
}

TEST("with few callers half of them are kept, in equal parts")
{
    struct lanes *l = lanes_open(16, two, 2);
    EXPECT_I64(enter_all(l, S("stripe")), 12);
    EXPECT_I64(enter_all(l, S("eversend")), 4);
    lanes_close(l);
}

TEST("R78 half of the last twenty calls without an answer opens the breaker, nine do not")
{
    struct lanes *l = lanes_open(64, two, 2);
    for (int i = 0; i < 40; i++) /* every third, then every second */
        call(l, S("stripe"), i % 3 == 0 ? LANE_SILENT : LANE_ANSWERED, i);
    EXPECT(!lane_broken(l, S("stripe")));
    for (int i = 0; i < 20; i++)
        call(l, S("stripe"), i % 2 == 0 ? LANE_SILENT : LANE_ANSWERED, 40 + i);
    EXPECT(lane_broken(l, S("stripe")));
    EXPECT(!lane_broken(l, S("eversend")));
    EXPECT_I64(lane_enter(l, S("eversend"), 60), LANE_MAY);
    lanes_close(l);
}

TEST("an open breaker lets one probe through every five seconds and closes at its answer")
{
    struct lanes *l = lanes_open(64, two, 2);
    int64_t at = 1000;
    for (int i = 0; i < 9; i++)
        call(l, S("stripe"), LANE_SILENT, at);
    EXPECT_I64(lane_enter(l, S("stripe"), at), LANE_MAY);
    EXPECT(lane_leave(l, S("stripe"), LANE_SILENT, at)); /* the tenth opens it, and says so */
    EXPECT_I64(lane_enter(l, S("stripe"), at + LANE_PROBE_MS - 1), LANE_BROKEN);
    at += LANE_PROBE_MS;
    EXPECT_I64(lane_enter(l, S("stripe"), at), LANE_MAY);
    EXPECT_I64(lane_enter(l, S("stripe"), at), LANE_BROKEN); /* one, not a crowd */
    EXPECT(!lane_leave(l, S("stripe"), LANE_SILENT, at + 900));
    EXPECT_I64(lane_enter(l, S("stripe"), at + LANE_PROBE_MS - 1), LANE_BROKEN);
    at += LANE_PROBE_MS;
    EXPECT_I64(lane_enter(l, S("stripe"), at), LANE_MAY);
    EXPECT(lane_leave(l, S("stripe"), LANE_ANSWERED, at));
    EXPECT(!lane_broken(l, S("stripe")));
    for (int i = 0; i < 9; i++) /* and what was before is forgotten */
        call(l, S("stripe"), LANE_SILENT, at);
    EXPECT(!lane_broken(l, S("stripe")));
    lanes_close(l);
}

TEST("nobody is told of the breaker of something that is no gateway")
{
    struct lanes *l = lanes_open(64, two, 2);
    for (int i = 0; i < 10; i++) {
        EXPECT_I64(lane_enter(l, S("webhook:a"), i), LANE_MAY);
        EXPECT(!lane_leave(l, S("webhook:a"), LANE_SILENT, i));
    }
    EXPECT(lane_broken(l, S("webhook:a")));
    lanes_close(l);
}

TEST("a call that we cut short ourselves says nothing about the gateway")
{
    struct lanes *l = lanes_open(64, two, 2);
    for (int i = 0; i < 100; i++)
        call(l, S("stripe"), LANE_NO_VERDICT, i);
    EXPECT(!lane_broken(l, S("stripe")));
    lanes_close(l);
}

TEST("names beyond the table take the place of those that were quiet longest")
{
    struct lanes *l = lanes_open(64, two, 2);
    for (int i = 0; i < 10; i++)
        call(l, S("webhook:bad"), LANE_SILENT, 1);
    EXPECT(lane_broken(l, S("webhook:bad")));
    for (int i = 0; i < 1000; i++)
        call(l, str_fmt(t->c->arena, "webhook:%d", i), LANE_ANSWERED, 2 + i);
    EXPECT(!lane_broken(l, S("webhook:bad")));
    EXPECT_I64(lane_enter(l, S("webhook:bad"), 2000), LANE_MAY);
    lanes_close(l);
}
