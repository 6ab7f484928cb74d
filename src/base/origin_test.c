#include "base/origin.h"

#include "base/config.h"
#include "base/test.h"

static void close_config(void *arg)
{
    config_free(arg);
}

static void configure(struct test *t, const char *site, const char *allowed)
{
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *env[3] = { NULL };
    const char *const lines[] = { "PURSER_SITE_URL=", "PURSER_ALLOWED_ORIGINS=" };
    const char *const values[] = { site, allowed };
    for (int i = 0; i < 2; i++) {
        struct buf b = BUF(t->c->arena);
        buf_fmt(&b, "%s%s", lines[i], values[i]);
        buf_char(&b, '\0');
        env[i] = b.p;
    }
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    arena_defer(t->c->arena, close_config, config);
    t->c->config = config;
}

TEST("R67 a success URL on a listed origin is allowed, with path, query and fragment")
{
    static const char *const good[] = {
        "https://shop.example.com",
        "https://shop.example.com/",
        "https://shop.example.com/thanks?session_id={CHECKOUT_SESSION_ID}",
        "https://shop.example.com?paid=1",
        "https://shop.example.com#paid",
        "https://shop.example.com/a/../b//c",
        "https://shop.example.com/?next=https://evil.example/@",
        "https://pay.example.com/account",
        "https://beta.example.com:8443/x",
        "http://localhost:3000/ok",
        "HTTPS://Shop.Example.Com/thanks",
        "https://shop.example.com:443/",
    };
    configure(t, "https://pay.example.com",
        "https://shop.example.com,https://beta.example.com:8443,http://localhost:3000");
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        t->name = good[i];
        EXPECT_OK(origin_allowed(t->c, "successUrl", str_of_c(good[i])));
    }
}

/* What the reader of URLs refuses has its own test (url_test.c); these it reads, or nearly. */
TEST("R67 what only looks like a listed origin is refused")
{
    static const char *const bad[] = {
        "",
        "/thanks",
        "//shop.example.com",
        "https:",
        "https:///shop.example.com",
        "http://shop.example.com",
        "ftp://shop.example.com",
        "javascript://shop.example.com/%0aalert(1)",
        "https://shop.example.com.",
        "https://shop.example.com.evil.example",
        "https://shop.example.comevil.example",
        "https://shop.example.com-evil.example",
        "https://evil.example/https://shop.example.com",
        "https://evil.example?https://shop.example.com",
        "https://evil.example#https://shop.example.com",
        "https://evilshop.example.com",
        "https://www.shop.example.com",
        "https://example.com",
        "https://shop.example.com@evil.example",
        "https://shop.example.com:443@evil.example",
        "https://user@shop.example.com",
        "https://user:pass@shop.example.com",
        "https://shop.example.com:80",
        "https://shop.example.com:8443",
        "https://beta.example.com",
        "https://beta.example.com:84430/",
        "https://beta.example.com:8443.evil.example",
        "https://shop.example.com\\@evil.example",
        "https://{shop.example.com}",
        "https://shop.example.com{.evil.example",
        "https://shop.example.com/\r\nLocation: https://evil.example",
        "https://shop.ex\nample.com/",
        "https://shop.example\xe3\x80\x82xyz/",
        "https://[::1]/",
        "https://*.example.com/",
        "null",
        "*",
    };
    configure(
        t, "https://pay.example.com", "https://shop.example.com, https://beta.example.com:8443");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->name = bad[i];
        EXPECT_FAIL(origin_allowed(t->c, "successUrl", str_of_c(bad[i])), INVALID_REQUEST);
    }
}

TEST("R67 without a configured origin nothing is allowed")
{
    EXPECT_FAIL(origin_allowed(t->c, "successUrl", S("https://shop.example.com")), INVALID_REQUEST);
    EXPECT_FAIL(origin_allowed(t->c, "successUrl", S("")), INVALID_REQUEST);
    EXPECT(!origin_is_own(t->c, S("")) && !origin_is_listed(t->c, S("")));
}

TEST("R67 next is a path of this site and nothing that a browser takes for a host")
{
    static const char *const bad[] = { "", "account", "//evil.example", "/\\evil.example",
        "\\/evil.example", "https://evil.example", "/a\nb", "/\t/evil.example", " /account",
        "/acc ount", "javascript:alert(1)", "/\"onload=", "/<script>" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->name = bad[i];
        EXPECT(!path_is_local(t->c->arena, str_of_c(bad[i])));
    }
    EXPECT(path_is_local(t->c->arena, S("/")));
    EXPECT(path_is_local(t->c->arena, S("/account?tab=usage#top")));
}
