#include "base/test.h"
#include "sim/life.h"

TEST("R100 periods of ten years end on the calendar's days, from each day of four years")
{
    int64_t looked = 0;
    EXPECT_STR(calendar_wrong(t->c->arena, &looked), S(""));
    EXPECT_I64(looked, 2 * 1461);
}
