#include "base/security.h"

#include "base/metric.h"
#include "base/rate.h"
#include "base/test.h"

static size_t kept(struct test *t, struct security_event *events)
{
    return security_list(t->c, SECURITY_COUNT, 0, events, SECURITY_KEPT);
}

TEST("R98 each kind of security event is counted under its own metric and kept")
{
    t->c->security = security_open();
    struct security_event *e = arena_array(t->c->arena, struct security_event, SECURITY_KEPT);
    t->c->address = S("203.0.113.7");
    for (int i = 0; i < SECURITY_COUNT; i++) {
        enum security_kind back = SECURITY_COUNT;
        security_note(t->c, (enum security_kind)i, "number %d", i);
        EXPECT(security_parse(security_name((enum security_kind)i), &back) && (int)back == i);
    }
    EXPECT_I64((int64_t)kept(t, e), SECURITY_COUNT);
    EXPECT_STR(e[0].what, S("number 8"));
    EXPECT_STR(e[0].address, S("203.0.113.7"));
    EXPECT_I64(metric_value(t->c, METRIC_security_foreign_id_total), 1);
    EXPECT_I64(metric_value(t->c, METRIC_security_bad_signature_total), 1);
    EXPECT_I64((int64_t)security_list(t->c, SECURITY_FOREIGN_ID, 0, e, 10), 1);
    EXPECT_STR(e[0].what, S("number 7"));
    EXPECT_I64((int64_t)security_list(t->c, SECURITY_COUNT, 3, e, 10), 2);
    EXPECT_I64(e[0].n, 2);
    security_close(t->c->security);
}

TEST("R98 an attacker cannot flood the list: the rest is counted, and the gap is told")
{
    t->c->security = security_open();
    t->c->rates = rates_open(t->c);
    struct security_event *e = arena_array(t->c->arena, struct security_event, SECURITY_KEPT);
    t->c->address = S("203.0.113.7");
    for (int i = 0; i < 5000; i++)
        security_note(t->c, SECURITY_KEY_REFUSED, "guess");
    EXPECT_I64((int64_t)kept(t, e), 10);
    EXPECT_I64(metric_value(t->c, METRIC_security_key_refused_total), 5000);
    /* Ten thousand addresses do not help either. */
    for (int i = 0; i < 10000; i++) {
        t->c->address = str_fmt(t->c->arena, "10.0.%d.%d", i / 256, i % 256);
        security_note(t->c, SECURITY_KEY_REFUSED, "guess");
    }
    EXPECT_I64((int64_t)kept(t, e), 60);
    security_note(t->c, SECURITY_FOREIGN_ID, "somebody else's order");
    EXPECT_I64((int64_t)kept(t, e), 61);
    t->c->wall_ms += 60000;
    security_note(t->c, SECURITY_KEY_REFUSED, "guess");
    kept(t, e);
    EXPECT_I64(e[0].not_kept, 10000 - 50);
    rates_close(t->c->rates);
    security_close(t->c->security);
}

TEST("the list holds the last thousand and cuts long texts between characters")
{
    t->c->security = security_open();
    struct security_event *e = arena_array(t->c->arena, struct security_event, SECURITY_KEPT);
    for (int i = 1; i <= 2500; i++)
        security_note(t->c, SECURITY_LOGIN_FAILED, "%d", i);
    EXPECT_I64((int64_t)kept(t, e), 1000);
    EXPECT_STR(e[0].what, S("2500"));
    EXPECT_STR(e[999].what, S("1501"));
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 100; i++)
        buf_add(&b, S("\xe2\x82\xac"));
    security_note(t->c, SECURITY_LOGIN_FAILED, "%.*s", SARG(buf_str(&b)));
    kept(t, e);
    EXPECT_I64((int64_t)e[0].what.n, 159);
    EXPECT(str_is_text(e[0].what));
    security_close(t->c->security);
}
