#include "base/config.h"
#include "base/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of this test's own, under the system's folder for such things. */
static struct str folder(struct test *t)
{
    char path[] = "/tmp/purser-config-XXXXXX";
    must(mkdtemp(path) != NULL);
    return str_copy(t->c->arena, str_of_c(path));
}

static const char *written(struct test *t, struct str dir, const char *name, const char *text)
{
    const char *path = str_c(t->c->arena, str_fmt(t->c->arena, "%.*s/%s", SARG(dir), name));
    FILE *f = fopen(path, "wb");
    must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0 && chmod(path, 0600) == 0);
    return path;
}

static void swept(struct str dir)
{
    struct arena a = { .chunks = NULL };
    static const char *const names[] = { "env", "a", "b", "sk" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(str_c(&a, str_fmt(&a, "%.*s/%s", SARG(dir), names[i])));
    must(rmdir(str_c(&a, dir)) == 0);
    arena_free(&a);
}

static struct config *loaded(
    struct test *t, char *const *env, const char *file, struct buf *notices)
{
    struct config *cfg = NULL;
    struct buf unheard = BUF(t->c->arena);
    struct config_sources sources = { .env = env, .env_file = file };
    EXPECT_OK(config_load(t->c, &sources, notices == NULL ? &unheard : notices, &cfg));
    return cfg;
}

static char *line(struct test *t, const char *name, const char *value)
{
    return (char *)(uintptr_t)str_c(t->c->arena, str_fmt(t->c->arena, "%s=%s", name, value));
}

static bool secret_is_at(const struct config *cfg, enum cfg id, size_t i, struct str want)
{
    struct secret secret;
    return config_secret(cfg, id, i, &secret) && secret_is(secret, want);
}

TEST("without any configuration there are defaults and nothing else")
{
    char *env[] = { (char *)(uintptr_t) "HOME=/root", NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    EXPECT_STR(config_str(cfg, CFG_DATABASE), S("sqlite:purser.db"));
    EXPECT_STR(config_str(cfg, CFG_SITE_URL), S(""));
    EXPECT_I64(config_i64(cfg, CFG_CALLERS), 1024);
    EXPECT_I64(config_i64(cfg, CFG_PRIVATE_WEBHOOK_TARGETS), 0);
    EXPECT_I64(config_ms(cfg, CFG_BACKUP_EVERY), INT64_C(86400000));
    EXPECT_STR(config_str(cfg, CFG_STRIPE_API_URL), S("https://api.stripe.com"));
    EXPECT(!config_has(cfg, CFG_STRIPE_SECRET_KEY) && config_has(cfg, CFG_LOG));
    struct str item = S("");
    EXPECT(config_item(cfg, CFG_MONEYMOTION_SIG_HEADERS, 1, &item));
    EXPECT_STR(item, S("x-webhook-signature"));
    EXPECT(config_item(cfg, CFG_LISTEN, 0, &item) && !config_item(cfg, CFG_LISTEN, 1, &item));
    EXPECT(!config_item(cfg, CFG_ALLOWED_ORIGINS, 0, &item));
    struct secret secret;
    EXPECT(!config_secret(cfg, CFG_JWT_SECRET, 0, &secret));
    config_free(cfg);
}

TEST("the environment wins over the file, the file over the presets, those over the defaults")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "env", "PURSER_CALLERS=20\nPURSER_PG_POOL=30\n");
    char *env[] = { line(t, "PURSER_CALLERS", "10"), NULL };
    static const struct config_preset presets[] = { { "PURSER_CALLERS", "1" },
        { "PURSER_PG_POOL", "2" }, { "PURSER_BACKUP_KEEP", "3" } };
    struct config_sources sources = { env, file, presets, 3 };
    struct buf notices = BUF(t->c->arena);
    struct config *cfg = NULL;
    EXPECT_OK(config_load(t->c, &sources, &notices, &cfg));
    EXPECT_I64(config_i64(cfg, CFG_CALLERS), 10);
    EXPECT_I64(config_i64(cfg, CFG_PG_POOL), 30);
    EXPECT_I64(config_i64(cfg, CFG_BACKUP_KEEP), 3);
    EXPECT_I64(config_i64(cfg, CFG_RAW_WEBHOOK_DAYS), 90);
    EXPECT_I64((int64_t)notices.n, 0);
    config_free(cfg);
    swept(dir);
}

TEST("the sandbox's presets are a whole configuration, and give way to a public key")
{
    struct config_sources sources = { NULL, "", config_sandbox_presets,
        config_sandbox_preset_count };
    struct buf notices = BUF(t->c->arena);
    struct config *cfg = NULL;
    EXPECT_OK(config_load(t->c, &sources, &notices, &cfg));
    EXPECT(secret_is_at(cfg, CFG_SECRET_KEY, 0, S("sk_sandbox_purser_0123456789abcdef")));
    EXPECT(secret_is_at(cfg, CFG_FLUTTERWAVE_SECRET_KEY, 0, S("FLWSECK_TEST-sandbox-X")));
    EXPECT_STR(config_str(cfg, CFG_EVERSEND_CLIENT_ID), S("evs_sandbox_id"));
    config_free(cfg);

    struct str private_pem = S(""), x = S(""), y = S(""), pem = S("");
    EXPECT_OK(sign_key_new(t->c, &private_pem));
    EXPECT_OK(sign_key_public(t->c, secret_of(private_pem), &x, &y, &pem));
    struct str dir = folder(t);
    char *env[] = { line(t, "PURSER_JWT_PUBLIC_KEY", written(t, dir, "a", str_c(t->c->arena, pem))),
        NULL };
    sources.env = env;
    EXPECT_OK(config_load(t->c, &sources, &notices, &cfg));
    EXPECT_STR(config_str(cfg, CFG_JWT_PUBLIC_KEY), pem);
    EXPECT(!config_has(cfg, CFG_JWT_SECRET));
    config_free(cfg);
    swept(dir);
}

TEST("values come out in one spelling")
{
    char *env[] = { line(t, "PURSER_SITE_URL", "https://Shop.example.com:443/"),
        line(t, "PURSER_ALLOWED_ORIGINS", "https://a.example/, http://localhost:3000"),
        line(t, "STRIPE_API_URL", "http://127.0.0.1:8081/"),
        line(t, "MONEYMOTION_CHECKOUT_URL", "https://moneymotion.io/checkout/"),
        line(t, "PURSER_BRAND_COLOR", "#AABBCC"), line(t, "FLUTTERWAVE_SIG_PLAIN", "on"),
        line(t, "PURSER_LISTEN", "*:80, [::1]:8080"), line(t, "STRIPE_PRICE_GOLD", "price_9"),
        line(t, "STRIPE_PRICE_TEAM", "price_7"), NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    EXPECT_STR(config_str(cfg, CFG_SITE_URL), S("https://shop.example.com"));
    struct str item = S("");
    EXPECT(config_item(cfg, CFG_ALLOWED_ORIGINS, 0, &item));
    EXPECT_STR(item, S("https://a.example"));
    EXPECT(config_item(cfg, CFG_ALLOWED_ORIGINS, 1, &item));
    EXPECT_STR(item, S("http://localhost:3000"));
    EXPECT_STR(config_str(cfg, CFG_STRIPE_API_URL), S("http://127.0.0.1:8081"));
    EXPECT_STR(config_str(cfg, CFG_MONEYMOTION_CHECKOUT_URL), S("https://moneymotion.io/checkout"));
    EXPECT_STR(config_str(cfg, CFG_BRAND_COLOR), S("#aabbcc"));
    EXPECT_I64(config_i64(cfg, CFG_FLUTTERWAVE_SIG_PLAIN), 1);
    EXPECT(config_item(cfg, CFG_LISTEN, 1, &item));
    EXPECT(config_stripe_price(cfg, S("STRIPE_PRICE_GOLD"), &item));
    EXPECT_STR(item, S("price_9"));
    EXPECT(config_stripe_price(cfg, S("STRIPE_PRICE_TEAM"), &item));
    EXPECT_STR(item, S("price_7"));
    EXPECT(!config_stripe_price(cfg, S("STRIPE_PRICE_BASIC"), &item));
    EXPECT(!config_stripe_price(cfg, S("PURSER_LOG"), &item));
    config_free(cfg);
}

TEST("an address to listen on comes apart")
{
    static const struct {
        struct str text, host;
        int port;
    } good[] = { { S_INIT("127.0.0.1:8080"), S_INIT("127.0.0.1"), 8080 },
        { S_INIT("[::1]:1"), S_INIT("::1"), 1 }, { S_INIT("*:65535"), S_INIT(""), 65535 },
        { S_INIT("localhost:0"), S_INIT("localhost"), 0 },
        { S_INIT("0.0.0.0:443"), S_INIT("0.0.0.0"), 443 } };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct str host = S("?");
        int port = -1;
        EXPECT_OK(config_listen(t->c, good[i].text, &host, &port));
        EXPECT_STR(host, good[i].host);
        EXPECT_I64(port, good[i].port);
    }
}

TEST("an application's own name for its site counts when ours is not set")
{
    char *alias[] = { line(t, "APP_URL", "https://a.example"),
        line(t, "NEXT_PUBLIC_SITE_URL", "https://a.example"), line(t, "NEXT_PUBLIC_BASE_URL", ""),
        NULL };
    struct config *cfg = loaded(t, alias, "", NULL);
    EXPECT_STR(config_str(cfg, CFG_SITE_URL), S("https://a.example"));
    config_free(cfg);
    char *both[] = { line(t, "APP_URL", "https://a.example"),
        line(t, "NEXT_PUBLIC_SITE_URL", "https://c.example"),
        line(t, "PURSER_SITE_URL", "https://b.example"), NULL };
    cfg = loaded(t, both, "", NULL);
    EXPECT_STR(config_str(cfg, CFG_SITE_URL), S("https://b.example"));
    config_free(cfg);
}

TEST("names of the usual guides give one notice, a slip in a gateway's name another")
{
    char *env[] = { line(t, "MONGODB_URI", "mongodb://a:CANARY@b"),
        line(t, "STRIPE_PUBLISHABLE_KEY", "pk_1"), line(t, "STRIPE_WEBHOK_SECRET", "CANARY"),
        line(t, "PAYMENT_PROCESSOR_URL", ""), line(t, "OTHER", "x"), NULL };
    struct buf notices = BUF(t->c->arena);
    config_free(loaded(t, env, "", &notices));
    EXPECT_STR(buf_str(&notices),
        S("notice: STRIPE_WEBHOK_SECRET: there is no such setting; did you mean "
          "STRIPE_WEBHOOK_SECRET?\n"
          "notice: purser has no use for MONGODB_URI, STRIPE_PUBLISHABLE_KEY, "
          "PAYMENT_PROCESSOR_URL\n"));
}

TEST("an env file has comments, quotes, export, other programs' lines and either line end")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "env",
        "# a comment\n\n   \n"
        "export PURSER_BRAND_NAME=\"A \\\"quoted\\\" \\$hop \\\\ #1\"  # really\r\n"
        "  PURSER_BRAND_STATEMENT='raw \\n $x'\n"
        "PURSER_BRAND_COLOR=#102030\n"
        "PURSER_OWNER_MAIL=  ada@example.com  \n"
        "DATABASE_URL=whatever it is # or not\n"
        "KEY=\"-----BEGIN\nabc=\n-----END\"\n\x1b\xff\nnonsense\n"
        "PURSER_PG_POOL = 7");
    struct buf notices = BUF(t->c->arena);
    struct config *cfg = loaded(t, NULL, file, &notices);
    EXPECT_STR(config_str(cfg, CFG_BRAND_NAME), S("A \"quoted\" $hop \\ #1"));
    EXPECT_STR(config_str(cfg, CFG_BRAND_STATEMENT), S("raw \\n $x"));
    EXPECT_STR(config_str(cfg, CFG_BRAND_COLOR), S("#102030"));
    EXPECT_STR(config_str(cfg, CFG_OWNER_MAIL), S("ada@example.com"));
    EXPECT_I64(config_i64(cfg, CFG_PG_POOL), 7);
    EXPECT_I64((int64_t)notices.n, 0);
    config_free(cfg);
    swept(dir);
}

TEST("R91 a broken env file is refused with its line")
{
    static const char *const broken[][2] = {
        { "\n\nPURSER_LOG info\n", "3 of %s: it is no NAME=value" },
        { "PURSER_LOG", "1 of %s: it is no NAME=value" },
        { "PURSER_LOG: info=x", "1 of %s: a name is letters, digits and _" },
        { "PURSER_LOG=\"b", "1 of %s: the quote is not closed on its line" },
        { "APP_URL='b\n'", "1 of %s: the quote is not closed on its line" },
        { "A=b\nSTRIPE_X=\"b\"c", "2 of %s: something follows the closing quote" },
        { "PURSER_LOG=\"\\x41\"",
            "1 of %s: only \\n, \\\\, \\\" and \\$ are written with a backslash inside quotes" },
        { "PURSER_LOG=b # c",
            "1 of %s: put the value in quotes, or the comment on a line of its own" },
        { "PURSER_LOG=b\rB=c", "1 of %s: it holds a control character, or is not UTF-8" },
        { "PURSER_LOG=\x1b", "1 of %s: it holds a control character, or is not UTF-8" },
        { "PURSER_LOG=\xff", "1 of %s: it holds a control character, or is not UTF-8" },
    };
    struct str dir = folder(t);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        const char *file = written(t, dir, "env", broken[i][0]);
        struct str head, tail, want = str_of_c(broken[i][1]);
        must(str_cut(want, '%', &head, &tail));
        struct config *cfg = NULL;
        struct buf notices = BUF(t->c->arena);
        enum err e =
            config_load(t->c, &(struct config_sources) { .env_file = file }, &notices, &cfg);
        EXPECT_STR(t->c->err.message,
            str_fmt(t->c->arena, "line %.*s%s%.*s", SARG(head), file, SARG(str_from(tail, 1))));
        EXPECT_FAIL(e, INVALID_REQUEST);
    }
    swept(dir);
}

TEST("R91 an env file that is named must be there, and a setting stands in it once")
{
    struct config *cfg = NULL;
    struct buf notices = BUF(t->c->arena);
    struct str dir = folder(t);
    struct config_sources sources = { .env_file = "/nowhere/.env" };
    EXPECT_FAIL(config_load(t->c, &sources, &notices, &cfg), INVALID_REQUEST);
    sources.env_file = written(t, dir, "env", "PURSER_LOG=info\nPURSER_LOG=info\n");
    enum err e = config_load(t->c, &sources, &notices, &cfg);
    EXPECT_STR(t->c->err.message,
        str_fmt(t->c->arena, "PURSER_LOG (line 2 of %s): is set a second time", sources.env_file));
    EXPECT_FAIL(e, INVALID_REQUEST);
    sources.env_file = written(t, dir, "env", "PURSER_LOG=loud\n");
    e = config_load(t->c, &sources, &notices, &cfg);
    EXPECT_STR(t->c->err.message,
        str_fmt(t->c->arena,
            "PURSER_LOG (line 1 of %s): \"loud\" must be one of debug, info, warn, error",
            sources.env_file));
    EXPECT_FAIL(e, INVALID_REQUEST);
    swept(dir);
}

TEST("an env file with secrets that others can read gives a notice")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "env", "PURSER_SECRET_KEY=sk_0123456789abcdef0123456789\n");
    struct buf notices = BUF(t->c->arena);
    must(chmod(file, 0640) == 0);
    config_free(loaded(t, NULL, file, &notices));
    EXPECT_STR(buf_str(&notices),
        str_fmt(t->c->arena,
            "notice: %s holds secrets and can be read by others (mode 0640): chmod 0600 it\n",
            file));
    swept(dir);
}

/* ---- secrets */

TEST("R71 a secret's file is readable by its owner alone, or is refused")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "a", "jwt-secret-0123456789-0123456789\n");
    char *env[] = { line(t, "PURSER_JWT_SECRET_FILE", file), NULL };
    static const mode_t refused[] = { 0644, 0640, 0604, 0660, 0601, 0622, 0610 };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct config *cfg = NULL;
        struct buf notices = BUF(t->c->arena);
        must(chmod(file, refused[i]) == 0);
        struct config_sources sources = { .env = env, .env_file = "" };
        enum err e = config_load(t->c, &sources, &notices, &cfg);
        EXPECT_STR(t->c->err.message,
            str_fmt(t->c->arena,
                "PURSER_JWT_SECRET_FILE: %s can be read by others (mode %04o): chmod 0600 it", file,
                (unsigned)refused[i]));
        EXPECT_FAIL(e, INVALID_REQUEST);
    }
    static const mode_t taken[] = { 0600, 0400 };
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        must(chmod(file, taken[i]) == 0);
        struct config *cfg = loaded(t, env, "", NULL);
        EXPECT(secret_is_at(cfg, CFG_JWT_SECRET, 0, S("jwt-secret-0123456789-0123456789")));
        config_free(cfg);
    }
    swept(dir);
}

TEST("R71 what systemd guards itself may show a readable group, and nothing beside it may")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "a", "jwt-secret-0123456789-0123456789");
    char *env[] = { line(t, "PURSER_JWT_SECRET_FILE", file),
        line(t, "CREDENTIALS_DIRECTORY", str_c(t->c->arena, dir)), NULL };
    struct config *cfg = NULL;
    struct buf notices = BUF(t->c->arena);
    struct config_sources sources = { .env = env, .env_file = "" };
    must(chmod(file, 0440) == 0);
    config_free(loaded(t, env, "", NULL));
    must(chmod(file, 0444) == 0);
    EXPECT_FAIL(config_load(t->c, &sources, &notices, &cfg), INVALID_REQUEST);
    must(chmod(file, 0440) == 0);
    env[1] = line(t, "CREDENTIALS_DIRECTORY",
        str_c(t->c->arena, str_part(dir, 0, dir.n - 1))); /* a name that only begins alike */
    EXPECT_FAIL(config_load(t->c, &sources, &notices, &cfg), INVALID_REQUEST);
    swept(dir);
}

TEST("R28 several secrets hold at once while one replaces another, and a file is read again")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "a", "whsec_old_0123456789\n");
    char *env[] = { line(t, "STRIPE_WEBHOOK_SECRET_FILE", file),
        line(t, "PURSER_JWT_SECRET", "first-0123456789-0123456789, second-0123456789-0123456789"),
        NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    EXPECT(secret_is_at(cfg, CFG_JWT_SECRET, 1, S("second-0123456789-0123456789")));
    EXPECT(!secret_is_at(cfg, CFG_JWT_SECRET, 2, S("")));
    struct secret old;
    EXPECT(config_secret(cfg, CFG_STRIPE_WEBHOOK_SECRET, 0, &old));
    written(t, dir, "a", "whsec_new_0123456789,whsec_old_0123456789");
    EXPECT_OK(config_reload(t->c, cfg));
    EXPECT(secret_is_at(cfg, CFG_STRIPE_WEBHOOK_SECRET, 0, S("whsec_new_0123456789")));
    EXPECT(secret_is_at(cfg, CFG_STRIPE_WEBHOOK_SECRET, 1, S("whsec_old_0123456789")));
    EXPECT(secret_is(old, S("whsec_old_0123456789"))); /* work under way may end with it */
    config_free(cfg);
    swept(dir);
}

TEST("a reload that finds one bad file changes nothing")
{
    struct str dir = folder(t);
    const char *a = written(t, dir, "a", "whsec_a_0123456789"),
               *b = written(t, dir, "b", "whsec_b_0123456789");
    char *env[] = { line(t, "STRIPE_WEBHOOK_SECRET_FILE", a),
        line(t, "STRIPE_CONNECT_WEBHOOK_SECRET_FILE", b), NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    written(t, dir, "a", "whsec_a2_0123456789");
    written(t, dir, "b", "short");
    EXPECT_FAIL(config_reload(t->c, cfg), INVALID_REQUEST);
    EXPECT(secret_is_at(cfg, CFG_STRIPE_WEBHOOK_SECRET, 0, S("whsec_a_0123456789")));
    EXPECT(secret_is_at(cfg, CFG_STRIPE_CONNECT_WEBHOOK_SECRET, 0, S("whsec_b_0123456789")));
    unlink(b);
    EXPECT_FAIL(config_reload(t->c, cfg), INVALID_REQUEST);
    config_free(cfg);
    swept(dir);
}

struct asker {
    const struct config *cfg;
    _Atomic bool stop;
    int64_t asked;
};

static void *ask(void *arg)
{
    struct asker *a = arg;
    struct secret secret;
    while (!a->stop) {
        must(config_secret(a->cfg, CFG_STRIPE_WEBHOOK_SECRET, 0, &secret));
        must(secret_is(secret, S("whsec_a_0123456789")) ||
            secret_is(secret, S("whsec_b_0123456789")));
        a->asked++;
    }
    return NULL;
}

TEST("secrets are read by other threads while they are reloaded")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "a", "whsec_a_0123456789");
    char *env[] = { line(t, "STRIPE_WEBHOOK_SECRET_FILE", file), NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    struct asker asker = { .cfg = cfg };
    pthread_t thread;
    must(pthread_create(&thread, NULL, ask, &asker) == 0);
    for (int i = 0; i < 20; i++) {
        written(t, dir, "a", i % 2 == 0 ? "whsec_b_0123456789" : "whsec_a_0123456789");
        EXPECT_OK(config_reload(t->c, cfg));
    }
    asker.stop = true;
    pthread_join(thread, NULL);
    config_free(cfg);
    swept(dir);
}

TEST("R71 a secret does not stay in the environment, and the rest of it does")
{
    char *secret = line(t, "PURSER_JWT_SECRET", "jwt-secret-0123456789-0123456789"),
         *url = line(t, "PURSER_SMTP_URL", "smtp://ada:CANARY@mail"),
         *from = line(t, "PURSER_MAIL_FROM", "ada@example.com");
    char *env[] = { secret, url, from, NULL };
    struct config_sources sources = { .env = env, .env_file = "" };
    struct buf notices = BUF(t->c->arena);
    struct config *cfg = NULL;
    EXPECT_OK(config_load(t->c, &sources, &notices, &cfg));
    config_cleanse_env(env);
    EXPECT_STR(str_of_c(secret), S("PURSER_JWT_SECRET="));
    for (size_t i = 0; i < 32; i++)
        EXPECT(secret[S("PURSER_JWT_SECRET=").n + i] == 0);
    EXPECT_STR(str_of_c(url), S("PURSER_SMTP_URL="));
    EXPECT_STR(str_of_c(from), S("PURSER_MAIL_FROM=ada@example.com"));
    EXPECT(secret_is_at(cfg, CFG_JWT_SECRET, 0, S("jwt-secret-0123456789-0123456789")));
    EXPECT_STR(config_str(cfg, CFG_SMTP_URL), S("smtp://ada:CANARY@mail"));
    config_free(cfg);
}

TEST("R71 the printed configuration names every setting and shows no secret")
{
    struct str dir = folder(t);
    const char *file = written(t, dir, "a", "CANARY-in-a-file-0123456789");
    char *env[] = { line(t, "PURSER_SECRET_KEY", "sk_CANARY_0123456789abcdef"),
        line(t, "STRIPE_WEBHOOK_SECRET", "whsec_CANARY_0123456,whsec_CANARY_7890123"),
        line(t, "PURSER_DATABASE", "postgres://purser:CANARY@db/purser"),
        line(t, "PURSER_SMTP_URL", "smtp://ada:CANARY@mail:587"),
        line(t, "PURSER_ALERT_WEBHOOK", "https://hooks.example.com/T0/CANARY"),
        line(t, "PURSER_MAIL_FROM", "ada@example.com"), line(t, "PURSER_JWT_SECRET_FILE", file),
        line(t, "STRIPE_PRICE_GOLD", "price_9"), NULL };
    struct config *cfg = loaded(t, env, "", NULL);
    struct buf out = BUF(t->c->arena);
    config_print(cfg, t->c->arena, &out);
    struct str text = buf_str(&out);
    EXPECT(!str_has(text, S("CANARY")));
    EXPECT(str_has(text, S("PURSER_SECRET_KEY                     ********  (environment)\n")));
    EXPECT(str_has(text, S("STRIPE_WEBHOOK_SECRET                 ******** (2 of them)  (")));
    EXPECT(
        str_has(text, S("PURSER_DATABASE                       postgres://purser:[redacted]@db")));
    EXPECT(
        str_has(text, S("PURSER_ALERT_WEBHOOK                  https://hooks.example.com/****")));
    EXPECT(str_has(text, str_fmt(t->c->arena, "********  (%s)\n", file)));
    EXPECT(str_has(text, S("PURSER_LOG                            info  (default)\n")));
    EXPECT(str_has(text, S("PURSER_CATALOG                        -\n")));
    EXPECT(str_has(text, S("STRIPE_PRICE_GOLD                     price_9\n")));
    config_free(cfg);
    swept(dir);
}

TEST("the page about the configuration is the table of the program")
{
    struct buf page = BUF(t->c->arena);
    config_document(&page);
    EXPECT_GOLDEN("../../docs/configuration.md", buf_str(&page));
}
