#include "app/visitor_fixture.h"

struct str header(const struct req *r, const char *name)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq_nocase(r->out.headers[i].name, str_of_c(name)))
            return r->out.headers[i].value;
    return S("");
}

/* What stands between two texts, or nothing. */
struct str between(struct str page, struct str from, struct str to)
{
    for (size_t i = 0; i + from.n <= page.n; i++) {
        if (!str_starts(str_from(page, i), from))
            continue;
        struct str rest = str_from(page, i + from.n);
        for (size_t n = 0; n < rest.n; n++)
            if (str_starts(str_from(rest, n), to))
                return str_part(rest, 0, n);
    }
    return S("");
}

static void look_at(struct visitor *v, struct req *r)
{
    struct str set = header(r, "Set-Cookie"), rest;
    v->r = r;
    v->page = buf_str(&r->out.body);
    if (set.n > 0)
        str_cut(set, ';', &v->cookie, &rest);
    if (!str_has(v->page, S("<form")))
        return;
    v->csrf = between(v->page, S("name=\"csrf\" value=\""), S("\""));
    v->key = between(v->page, S("name=\"key\" value=\""), S("\""));
    v->seen = between(v->page, S("name=\"seen\" value=\""), S("\""));
}

struct visitor visit(struct test *t, char *setting)
{
    return (struct visitor) { .shop = shop_open_with(t, setting), .t = t };
}

static const char *headers_of(struct visitor *v, const char *more)
{
    struct arena *a = v->t->c->arena;
    if (v->cookie.n == 0)
        return more;
    return str_c(a, str_fmt(a, "Cookie: %.*s\r\n%s", SARG(v->cookie), more));
}

void open_page(struct visitor *v, const char *path)
{
    look_at(v, shop_ask(v->shop, "GET", path, headers_of(v, ""), S("")));
}

void open_at(struct visitor *v, struct str path)
{
    open_page(v, str_c(v->t->c->arena, path));
}

#define FORM                                                                                       \
    "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://pay.example.com\r\n"

/* The form as the last page held it, with these fields. */
void send_form(struct visitor *v, const char *path, const char *fields)
{
    struct str body = str_fmt(v->t->c->arena, "csrf=%.*s&key=%.*s&seen=%.*s&%s", SARG(v->csrf),
        SARG(v->key), SARG(v->seen), fields);
    look_at(v, shop_ask(v->shop, "POST", path, headers_of(v, FORM), body));
}

void confirm(struct visitor *v, const char *fields)
{
    send_form(v, "/checkout/confirm", fields);
}

bool has(const struct visitor *v, const char *text)
{
    return str_has(v->page, str_of_c(text));
}

void pay_newest(struct visitor *v)
{
    struct test *t = v->t;
    struct shop_session *k = &v->shop->session[v->shop->sessions - 1];
    k->status = "completed";
    EXPECT_I64(shop_webhook(v->shop, "complete", k, k->total), 200);
    shop_jobs(v->shop);
}

struct str success_of(struct visitor *v)
{
    struct test *t = v->t;
    open_at(v, header(v->r, "Location"));
    struct str query = between(v->page, S("/payment/cancelled?"), S("\""));
    struct str order, token;
    EXPECT(str_cut(query, '&', &order, &token));
    return str_fmt(
        t->c->arena, "/payment/success?%.*s&%.*s", SARG(order), SARG(str_from(token, S("amp;").n)));
}

void sign_in(struct visitor *v, const char *sub, const char *mail)
{
    struct arena *a = v->t->c->arena;
    struct str jwt = shop_token(v->shop, sub, mail, true);
    look_at(v,
        shop_ask(v->shop, "POST", "/session",
            "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://app.example.com\r\n",
            str_fmt(a, "token=%.*s", SARG(jwt))));
}

static size_t run_of(struct str page, size_t at, struct str stop)
{
    size_t n = 0;
    while (at + n < page.n && !str_has(stop, str_part(page, at + n, 1)))
        n++;
    return n;
}

/* What begins so is followed by something that another run does not say again. */
static struct str as_ever(struct test *t, struct str page)
{
    static const struct {
        struct str mark, stop;
    } drawn[] = { { S_INIT("ord_"), S_INIT("\"& ?") }, { S_INIT("att_"), S_INIT("\"& ?") },
        { S_INIT("inv_"), S_INIT("\".") }, { S_INIT("form_"), S_INIT("\"") },
        { S_INIT("&amp;t="), S_INIT("\"&") }, { S_INIT("?t="), S_INIT("\"&") },
        { S_INIT("since="), S_INIT("\"&") }, { S_INIT("name=\"csrf\" value=\""), S_INIT("\"") },
        { S_INIT("<option"), S_INIT(">") } };
    struct buf b = BUF(t->c->arena);
    for (size_t i = 0; i < page.n;) {
        size_t hit = 0;
        while (hit < ARRAY_LEN(drawn) && !str_starts(str_from(page, i), drawn[hit].mark))
            hit++;
        if (hit == ARRAY_LEN(drawn)) {
            buf_char(&b, page.p[i++]);
            continue;
        }
        size_t rest = run_of(page, i + drawn[hit].mark.n, drawn[hit].stop);
        bool country = drawn[hit].stop.p[0] == '>';
        struct str whole = str_part(page, i, drawn[hit].mark.n + rest);
        if (!country)
            buf_fmt(&b, "%.*s…", SARG(drawn[hit].mark));
        else if (str_has(whole, S("selected")))
            buf_add(&b, whole);
        i += whole.n;
        if (country && !str_has(whole, S("selected"))) {
            i += run_of(page, i, S("<"));
            i += S("</option>").n;
        }
    }
    return buf_str(&b);
}

void page_is(struct visitor *v, const char *golden)
{
    struct test *t = v->t;
    struct buf b = BUF(t->c->arena);
    buf_fmt(&b, "%d %.*s\n", v->r->out.status, SARG(between(v->page, S("<title>"), S("</title>"))));
    buf_fmt(&b, "<nav>%.*s</nav>\n",
        SARG(between(v->page, S("<nav aria-label=\"Main\">"), S("</nav>"))));
    buf_fmt(&b, "<main%.*s\n",
        SARG(between(v->page, S("<main id=\"main\" tabindex=\"-1\""), S("</main>"))));
    EXPECT_GOLDEN(golden, as_ever(t, buf_str(&b)));
}
