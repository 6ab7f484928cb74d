#include "app/shop_fixture.h"

#include "alert/alert.h"
#include "base/metric.h"
#include "db/scratch.h"

/* R97: a disk that fills.  Whoever wants to buy can come again; a gateway that says who has paid
 * must be heard as long as there is any room at all. */

struct place {
    struct test own;
    struct ctx c;
    struct str url;
    struct shop *s;
};

static void open_with_reserve(struct place *p, int64_t reserve)
{
    scratch_open_with(&p->c,
        &(struct store_options) {
            .url = p->url, .readers = 1, .inline_pump = true, .reserve = reserve });
}

static struct place *place_new(struct test *t)
{
    struct place *p = arena_new(t->c->arena, struct place);
    *p = (struct place) { .c = ctx_sibling(t->c, t->c->arena), .url = scratch_file(t->c) };
    p->own = (struct test) { .c = &p->c, .name = t->name, .file = t->file };
    open_with_reserve(p, 0);
    p->s = shop_open(&p->own);
    return p;
}

static void place_end(struct place *p)
{
    store_close(p->c.store);
    scratch_file_remove(&p->c, p->url);
}

static int try_to_buy(struct shop *s, const char *key, struct str *ret_retry)
{
    struct str body = S("{\"email\":\"eve@example.com\",\"priceId\":\"mug-usd\"}");
    struct str headers = str_fmt(s->c->arena,
        "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: %s\r\n",
        key);
    struct req *r = shop_ask(s, "POST", "/api/checkout/create", headers.p, body);
    *ret_retry = str_fmt(s->c->arena, "%lld", (long long)r->c->err.retry_after_s);
    return r->out.status;
}

struct open_alerts {
    int64_t disk;
};

static enum err count_alert(struct ctx *c, const struct alert *a, void *arg)
{
    struct open_alerts *k = arg;
    k->disk += str_eq(a->kind, S("disk")) && a->state == ALERT_OPEN;
    return c->dead ? E_DEAD : E_OK;
}

static enum err list_alerts(struct ctx *c, void *arg)
{
    return alert_list(c, -1, 0, 100, count_alert, arg);
}

static int64_t disk_alerts(struct place *p)
{
    struct test *t = &p->own;
    struct open_alerts k = { 0 };
    shop_wait(p->s, 11 * 1000);
    EXPECT_OK(db_read(&p->c, list_alerts, &k));
    return k.disk;
}

TEST("R97 a disk that is nearly full takes no new checkouts, and every webhook")
{
    struct place *p = place_new(t);
    struct shop *s = p->s;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\""), retry;
    EXPECT_I64(disk_alerts(p), 0);
    store_close(p->c.store);
    open_with_reserve(p, INT64_MAX);
    EXPECT_I64(try_to_buy(s, "k2", &retry), 503);
    EXPECT_STR(retry, S("30"));
    s->session[0].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    shop_jobs(s);
    EXPECT_I64(shop_order(s, id).status, ORDER_COMPLETED);
    EXPECT_I64(disk_alerts(p), 1);
    EXPECT(metric_value(&p->c, METRIC_store_disk_free_bytes) > 0);
    store_close(p->c.store);
    open_with_reserve(p, 0);
    EXPECT_I64(try_to_buy(s, "k2", &retry), 200);
    EXPECT_I64(disk_alerts(p), 0);
    shop_verify(s);
    place_end(p);
}
