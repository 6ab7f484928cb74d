#include "app/people_fixture.h"

#include <string.h>

#include "base/url.h"
#include "db/db.h"
#include "setting/setting.h"

/* R60, R61: what strangers write into every text field stays text, on every page and in every
 * statement.  X55 stands in each payload where it would do its harm. */

static const char *const payloads[] = { "<script>X55()</script>", "</script><script>X55()</script>",
    "<ScRiPt>X55()</sCrIpT>", "<script src=//X55></script>", "<script/X55>",
    "<<script>X55//<</script>", "<img src=x onerror=X55()>", "<img src=x onerror=X55()//",
    "<img/src=X55/onerror=X55()>", "<IMG \"\"\"><SCRIPT>X55()</SCRIPT>\">", "<svg onload=X55()>",
    "<svg/onload=X55()>", "<svg><script>X55()</script>", "<math><mi xlink:href=X55>",
    "<body onload=X55()>", "<iframe src=javascript:X55()>", "<iframe srcdoc=X55>",
    "<object data=X55>", "<embed src=X55>", "<link rel=stylesheet href=X55>",
    "<style>X55{}</style>", "<style>@import 'X55'</style>", "<base href=//X55/>",
    "<meta http-equiv=refresh content=0;X55>", "<form action=X55>", "<button formaction=X55>",
    "<input autofocus onfocus=X55()>", "<details open ontoggle=X55()>",
    "<video><source onerror=X55()>", "<audio src onerror=X55()>", "<marquee onstart=X55()>",
    "<a href=javascript:X55()>", "<a href=\"jav\302\240ascript:X55()\">", "<x X55>", "</X55>",
    "<!--X55-->", "<![CDATA[X55]]>", "<?X55?>", "<!X55>", "<X55", "< X55 >", "--><X55>", "\"><X55>",
    "'><X55>", "\" onmouseover=X55 \"", "' onmouseover=X55 '", "\" autofocus onfocus=X55",
    "\" style=X55 x=\"", "x\" X55=\"", "x' X55='", "` onclick=X55 `", "</title><X55>",
    "</textarea><X55>", "</option><X55>", "</style><X55>", "</a><X55>", "</td></table><X55>",
    "javascript:X55()", "JaVaScRiPt:X55()", "data:text/html,X55", "vbscript:X55", "//X55",
    "{{X55}}", "${X55}", "<%= X55 %>", "#{X55}", "%3CX55%3E", "&lt;X55&gt;", "&#60;X55&#62;",
    "&quot; X55=&quot;", "\\u003cX55\\u003e", "\\x3cX55\\x3e", "+ADw-X55+AD4-",
    "\357\274\234X55\357\274\236", "X55'; DROP TABLE purchase; --", "X55' OR '1'='1",
    "X55\"; DELETE FROM fact; --", "X55'); --", "X55' UNION SELECT * FROM admin --",
    "X55%' ESCAPE '\\", "X55$1", "X55\\'; VACUUM; --", "X55;ATTACH DATABASE 'x' AS y", "=X55()",
    "@X55", "..%2f..%2fX55", "X55%00", "X55%0d%0aSet-Cookie: x" };
_Static_assert(ARRAY_LEN(payloads) >= 80, "the corpus has eighty");

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

/* ---- into every field */

static enum err apply_tx(struct ctx *c, void *arg)
{
    bool changed = false;
    return catalog_apply(c, *(struct str *)arg, &changed);
}

/* Everything for sale is called so, each thing by its own. */
static void sell(struct shop *s)
{
    struct test *t = s->t;
    struct buf b = BUF(s->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "products", '[');
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        struct str text = str_of_c(payloads[i]);
        json_open(&j, NULL, '{');
        json_str(&j, "id", str_fmt(s->c->arena, "p%zu", i));
        json_str(&j, "slug", str_fmt(s->c->arena, "s%zu", i));
        json_str(&j, "name", text);
        json_str(&j, "description", text);
        json_raw(&j, "prices",
            str_fmt(s->c->arena, "[{\"id\":\"p%zu-usd\",\"amount\":%zu}]", i, 100 + i));
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_raw(&j, "routing", S("{\"card\":[\"moneymotion\"]}"));
    json_close(&j, '}');
    struct str text = buf_str(&b);
    EXPECT_OK(db_tx(s->c, "catalogue", apply_tx, &text));
}

static struct str body_with(struct shop *s, size_t i, struct str before, const char *const *member)
{
    struct buf b = BUF(s->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "email", str_fmt(s->c->arena, "buyer%zu@example.com", i));
    for (; *member != NULL; member++)
        json_str(&j, *member, str_of_c(payloads[i]));
    json_close(&j, '}');
    return str_fmt(s->c->arena, "%.*s%.*s", SARG(before), SARG(str_from(buf_str(&b), 1)));
}

static void post(struct shop *s, const char *method, struct str path, size_t i, struct str body)
{
    struct test *t = s->t;
    struct str headers =
        str_fmt(s->c->arena, KEY "Content-Type: application/json\r\nIdempotency-Key: k%zu\r\n", i);
    struct req *r = shop_ask(s, method, str_c(s->c->arena, path), headers.p, body);
    EXPECT(r->out.status < 500);
}

static void write_everywhere(struct shop *s, size_t i)
{
    static const char *const of_customer[] = { "name", "taxId", NULL };
    static const char *const of_order[] = { "name", NULL };
    static const char *const of_key[] = { "name", NULL };
    struct arena *a = s->c->arena;
    post(s, "PUT", str_fmt(a, "/api/customers/u-%zu", i), i, body_with(s, i, S("{"), of_customer));
    struct str order = str_fmt(a, "{\"priceId\":\"p%zu-usd\",\"metadata\":{\"x\":1},", i);
    post(s, "POST", S("/api/checkout/create"), i, body_with(s, i, order, of_order));
    post(s, "POST", S("/api/admin/keys"), i, body_with(s, i, S("{\"role\":\"app\","), of_key));
    struct shop_session *k = &s->session[s->sessions - 1];
    k->status = i % 3 == 0 ? "completed" : "pending";
    if (i % 3 == 0)
        shop_webhook(s, "complete", k, i % 2 == 0 ? k->total : 1);
    struct str agent = str_fmt(a, KEY "User-Agent: %s\r\n", payloads[i]);
    struct str path = str_fmt(a, "/api/orders/ORD-2026-%06zu/cancel", i + 1);
    if (i % 3 == 1)
        shop_post(s, str_c(a, path), agent.p, S(""), NULL);
}

/* ---- and out of every page */

struct walk {
    struct str page;
    size_t i;
    bool in_tag, in_value;
    size_t tag, value; /* where they begin */
};

/* The name of the attribute whose value begins at i: what stands before ="… */
static struct str attribute_at(struct str page, size_t i)
{
    size_t end = i >= 2 ? i - 2 : 0, from = end;
    while (
        from > 0 && page.p[from - 1] != ' ' && page.p[from - 1] != '<' && page.p[from - 1] != '\n')
        from--;
    return str_part(page, from, end - from);
}

/* Is the X55 at w->i more than text or the value of a harmless attribute? */
static bool does_harm(const struct walk *w)
{
    if (!w->in_tag) {
        struct str last = str_part(w->page, w->tag, 7);
        return str_eq(last, S("<script")) || str_eq(str_part(last, 0, 6), S("<style"));
    }
    if (!w->in_value)
        return true;
    struct str name = attribute_at(w->page, w->value), value = str_from(w->page, w->value);
    bool link = str_eq(name, S("href")) || str_eq(name, S("src")) || str_eq(name, S("action")) ||
        str_eq(name, S("formaction"));
    bool leads_out = !str_starts(value, S("/")) || str_starts(value, S("//"));
    return str_starts(name, S("on")) || str_eq(name, S("style")) || (link && leads_out);
}

/* The first place where a payload got through, with what stands around it; or nothing. */
static struct str harm_in(struct str page)
{
    struct walk w = { .page = page };
    for (; w.i < page.n; w.i++) {
        char ch = page.p[w.i];
        if (!w.in_tag && ch == '<') {
            w.in_tag = true;
            w.tag = w.i;
        } else if (w.in_tag && ch == '"') {
            w.in_value = !w.in_value;
            w.value = w.i + 1;
        } else if (w.in_tag && !w.in_value && ch == '>') {
            w.in_tag = false;
        } else if (ch == 'X' && str_eq(str_part(page, w.i, 3), S("X55")) && does_harm(&w)) {
            return str_part(page, w.i < 80 ? 0 : w.i - 80, 160);
        }
    }
    return S("");
}

/* How often a payload was shown. */
static int64_t look(struct shop *s, const char *path, const char *who)
{
    struct test *t = s->t;
    int status = 0;
    int64_t shown = 0;
    struct str page = shop_get(s, path, who, &status);
    EXPECT(status < 500);
    if (!str_starts(page, S("<!doctype html>")))
        return 0;
    EXPECT_STR(harm_in(page), S(""));
    for (struct str rest = page, head; str_cut(rest, 'X', &head, &rest);)
        shown += str_starts(rest, S("55"));
    return shown;
}

static const char *const questions[] = { "/admin/search?q=", "/admin/orders?q=",
    "/admin/orders?status=", "/admin/customers?q=", "/store?q=", "/login?next=",
    "/payment/success?order=", "/order/",
    "/checkout/confirm?items=p1-usd&coupon=", "/checkout/confirm?items=", "/p/" };

static int64_t look_everywhere(struct shop *s, const char *who)
{
    struct arena *a = s->c->arena;
    int64_t shown = 0;
    for (size_t l = 0; l < app_route_count - app_sandbox_route_count; l++)
        for (size_t i = 0; i < app_routes[l]->n; i++) {
            const struct route *route = &app_routes[l]->route[i];
            struct str path = str_of_c(route->path), head, name, tail;
            if (strcmp(route->method, "GET") != 0 || app_routes[l] == &health_routes)
                continue;
            bool named = str_cut(path, '{', &head, &name) && str_cut(name, '}', &name, &tail);
            for (int n = 1; n <= (named ? 4 : 1); n++)
                shown += look(s,
                    named ? str_fmt(a, "%.*s%s%06d%.*s", SARG(head),
                                str_eq(name, S("slug")) ? "s" : "ORD-2026-", n, SARG(tail))
                                .p
                          : route->path,
                    who);
        }
    for (size_t k = 0; k < ARRAY_LEN(questions); k++)
        for (size_t i = k % 3; i < ARRAY_LEN(payloads); i += 3) {
            struct str text = str_of_c(payloads[i]);
            bool in_path = !str_has(str_of_c(questions[k]), S("?"));
            if (in_path &&
                (str_has(text, S("/")) || str_has(text, S("%")) || str_has(text, S("\\"))))
                continue; /* refused before there is a page */
            struct str path = str_fmt(a, "%s%.*s", questions[k], SARG(url_encode(a, text)));
            shown += look(s, path.p, who);
        }
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
        shown += look(s, str_fmt(a, "/p/s%zu", i).p, who);
    return shown;
}

TEST("R60 R61 eighty payloads in every text field are text on every page and in every statement")
{
    struct shop *s = shop_open_with(t, (char[]) { "PURSER_CHECKOUTS_PER_MINUTE=10000" });
    sell(s);
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
        write_everywhere(s, i);
    shop_jobs(s);
    struct person owner = console_sign_in(s, ROLE_OWNER);
    EXPECT_OK(server_key_make(t->c));
    struct str guest = str_fmt(s->c->arena, "User-Agent: %s\r\n", payloads[0]);
    EXPECT(look_everywhere(s, owner.cookie) > 500);
    rates_close(s->c->rates); /* the guest comes from elsewhere, and may ask as much */
    s->c->rates = rates_open(s->c);
    EXPECT(look_everywhere(s, guest.p) > 200);
    EXPECT_I64(shop_facts(s, "ORDER_CREATED"), (int64_t)ARRAY_LEN(payloads));
    shop_verify(s);
}

TEST("R60 a payload that gets through is seen")
{
    static const struct {
        const char *page;
        bool harmful;
    } cases[] = { { "<p>X55</p>", false }, { "<p title=\"X55 onx=1\">", false },
        { "<a href=\"/x?q=X55\">", false }, { "<p><X55>", true }, { "<img onerror=X55>", true },
        { "<a href=\"javascript:X55\">", true }, { "<a href=\"//X55\">", true },
        { "<p onclick=\"X55\">", true }, { "<script>X55</script>", true },
        { "<p style=\"X55\">", true } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT((harm_in(str_of_c(cases[i].page)).n > 0) == cases[i].harmful);
}
