#include "base/config.h"
#include "base/test.h"

#include <string.h>

/* R91: everything that can be wrong with a configuration, and the one line that says so. */

struct broken {
    const char *lines; /* NAME=value, several separated by newlines */
    const char *why;
};

static char **env_of(struct test *t, const char *lines)
{
    char **env = arena_array(t->c->arena, char *, 16);
    struct str line, rest = str_of_c(lines);
    size_t n = 0;
    for (bool more = true; more && n < 15; n++) {
        more = str_cut(rest, '\n', &line, &rest);
        env[n] = (char *)(uintptr_t)str_c(t->c->arena, line);
    }
    return env;
}

static void expect_refused(struct test *t, const struct broken *broken, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct config *cfg = NULL;
        struct buf notices = BUF(t->c->arena);
        struct config_sources sources = {
            .env = env_of(t, broken[i].lines),
            .env_file = "",
        };
        enum err e = config_load(t->c, &sources, &notices, &cfg);
        EXPECT_STR(
            e == E_OK ? str_fmt(t->c->arena, "accepted: %s", broken[i].lines) : t->c->err.message,
            str_of_c(broken[i].why));
        EXPECT_FAIL(e, INVALID_REQUEST);
        EXPECT(cfg == NULL && notices.n == 0);
    }
}

static const struct broken unknown_names[] = {
    { "PURSER_LISTNE=127.0.0.1:1",
        "PURSER_LISTNE: there is no such setting; did you mean PURSER_LISTEN?" },
    { "PURSER_DATABSE=x",
        "PURSER_DATABSE: there is no such setting; did you mean PURSER_DATABASE?" },
    { "PURSER_=x", "PURSER_: there is no such setting" },
    { "PURSER_\x1b[31m=x", "PURSER_…: there is no such setting" },
    { "PURSER_listen=x", "PURSER_listen: there is no such setting" },
    { "PURSER_FAVOURITE_FOOD=pizza", "PURSER_FAVOURITE_FOOD: there is no such setting" },
    { "PURSER_LOG_FILE=/x", "PURSER_LOG_FILE: there is no such setting" },
    { "PURSER_JWT_SECRETS=x",
        "PURSER_JWT_SECRETS: there is no such setting; did you mean PURSER_JWT_SECRET?" },
    { "PURSER_LISTEN=127.0.0.1:1\nPURSER_LISTEN=127.0.0.1:2",
        "PURSER_LISTEN: is set a second time" },
};

static const struct broken empty_values[] = {
    { "PURSER_SECRET_KEY=", "PURSER_SECRET_KEY: is empty; leave it out or give it a value" },
    { "PURSER_JWT_SECRET=", "PURSER_JWT_SECRET: is empty; leave it out or give it a value" },
    { "STRIPE_WEBHOOK_SECRET=",
        "STRIPE_WEBHOOK_SECRET: is empty; leave it out or give it a value" },
    { "PURSER_LISTEN=", "PURSER_LISTEN: is empty; leave it out or give it a value" },
    { "PURSER_LOG=", "PURSER_LOG: is empty; leave it out or give it a value" },
    { "PURSER_JWT_SECRET_FILE=",
        "PURSER_JWT_SECRET_FILE: is empty; leave it out or give it a path" },
};

static const struct broken secrets[] = {
    { "PURSER_SECRET_KEY=sk_short",
        "PURSER_SECRET_KEY: it has 8 characters; a secret has at least 24" },
    { "PURSER_SECRET_KEY=pk_0123456789abcdef0123456789",
        "PURSER_SECRET_KEY: an API key begins with sk_" },
    { "PURSER_SECRET_KEY=sk_0123456789abcdef+0123456789",
        "PURSER_SECRET_KEY: an API key is letters, digits, _ and -" },
    { "PURSER_SECRET_KEY=sk_0123456789abcdef 0123456789",
        "PURSER_SECRET_KEY: a secret is visible ASCII characters without a space" },
    { "PURSER_JWT_SECRET=0123456789abcdef0123456",
        "PURSER_JWT_SECRET: it has 23 characters; a secret has at least 24" },
    { "PURSER_JWT_SECRET=0123456789abcdef01234567,short",
        "PURSER_JWT_SECRET: it has 5 characters; a secret has at least 24" },
    { "PURSER_JWT_SECRET=0123456789abcdef01234567,",
        "PURSER_JWT_SECRET: it has 0 characters; a secret has at least 24" },
    { "PURSER_JWT_SECRET=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "PURSER_JWT_SECRET: this looks like an example, not like a secret" },
    { "PURSER_JWT_SECRET=<put-your-secret-in-here-0123>",
        "PURSER_JWT_SECRET: this looks like an example, not like a secret" },
    { "PURSER_JWT_SECRET=your_jwt_secret_goes_here_0123",
        "PURSER_JWT_SECRET: this looks like an example, not like a secret" },
    { "STRIPE_SECRET_KEY=sk_test",
        "STRIPE_SECRET_KEY: it has 7 characters; a secret has at least 12" },
    { "STRIPE_WEBHOOK_SECRET=whsec_012345678",
        "STRIPE_WEBHOOK_SECRET: it has 15 characters; a secret has at least 16" },
    { "STRIPE_CONNECT_WEBHOOK_SECRET=whsec_1\xc3\xa9"
      "34567890123",
        "STRIPE_CONNECT_WEBHOOK_SECRET: a secret is visible ASCII characters without a space" },
    { "MONEYMOTION_API_KEY=mk_test",
        "MONEYMOTION_API_KEY: it has 7 characters; a secret has at least 8" },
    { "MONEYMOTION_WEBHOOK_SECRET=mm_0123",
        "MONEYMOTION_WEBHOOK_SECRET: it has 7 characters; a secret has at least 16" },
    { "FLUTTERWAVE_SECRET_HASH=0123456789abcde",
        "FLUTTERWAVE_SECRET_HASH: it has 15 characters; a secret has at least 16" },
    { "EVERSEND_WEBHOOK_SECRET=changeme-changeme-changeme",
        "EVERSEND_WEBHOOK_SECRET: this looks like an example, not like a secret" },
    { "STRIPE_WEBHOOK_SECRET=whsec_0000000001a,whsec_0000000002a,whsec_0000000003a,"
      "whsec_0000000004a,whsec_0000000005a,whsec_0000000006a,whsec_0000000007a,whsec_0000000008a,"
      "whsec_0000000009a",
        "STRIPE_WEBHOOK_SECRET: it lists more than 8 secrets" },
    { "PURSER_JWT_SECRET_FILE=/nowhere/at/all",
        "PURSER_JWT_SECRET_FILE: /nowhere/at/all cannot be read (No such file or directory)" },
    { "PURSER_JWT_SECRET_FILE=/\xff", "PURSER_JWT_SECRET_FILE: must be a path" },
    { "PURSER_JWT_SECRET_FILE=/dev/null", "PURSER_JWT_SECRET_FILE: /dev/null is no file" },
    { "PURSER_JWT_SECRET_FILE=/", "PURSER_JWT_SECRET_FILE: / is no file" },
    { "PURSER_JWT_SECRET=0123456789abcdef01234567\nPURSER_JWT_SECRET_FILE=/x",
        "PURSER_JWT_SECRET and PURSER_JWT_SECRET_FILE are both set" },
};

static const struct broken numbers[] = {
    { "PURSER_CALLERS=many", "PURSER_CALLERS: \"many\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=0", "PURSER_CALLERS: \"0\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=16385", "PURSER_CALLERS: \"16385\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=-1", "PURSER_CALLERS: \"-1\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=10.5", "PURSER_CALLERS: \"10.5\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=1e3", "PURSER_CALLERS: \"1e3\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=0x10", "PURSER_CALLERS: \"0x10\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS= 10", "PURSER_CALLERS: \" 10\" must be a whole number from 1 to 16384" },
    { "PURSER_CALLERS=99999999999999999999",
        "PURSER_CALLERS: \"99999999999999999999\" must be a whole number from 1 to 16384" },
    { "PURSER_PG_POOL=0", "PURSER_PG_POOL: \"0\" must be a whole number from 1 to 1000" },
    { "PURSER_ALERT_FAILURE_PERCENT=101",
        "PURSER_ALERT_FAILURE_PERCENT: \"101\" must be a whole number from 1 to 100" },
    { "PURSER_WITHDRAWAL_DAYS=no",
        "PURSER_WITHDRAWAL_DAYS: \"no\" must be a whole number from 1 to 365" },
    { "PURSER_REFUND_APPROVAL_ABOVE=100.00",
        "PURSER_REFUND_APPROVAL_ABOVE: \"100.00\" must be a whole number from 0 to 99999999" },
    { "PURSER_CHECKOUTS_PER_MINUTE=0",
        "PURSER_CHECKOUTS_PER_MINUTE: \"0\" must be a whole number from 1 to 100000" },
    { "PURSER_BACKUP_KEEP=0", "PURSER_BACKUP_KEEP: \"0\" must be a whole number from 1 to 10000" },
    { "MONEYMOTION_HUF_EXPONENT=3",
        "MONEYMOTION_HUF_EXPONENT: \"3\" must be a whole number from 0 to 2" },
    { "EVERSEND_TOKEN_TTL_S=1",
        "EVERSEND_TOKEN_TTL_S: \"1\" must be a whole number from 60 to 86400" },
    { "PURSER_BACKUP_EVERY=often",
        "PURSER_BACKUP_EVERY: \"often\" must be a duration such as 15m from 1m to 31d" },
    { "PURSER_BACKUP_EVERY=24",
        "PURSER_BACKUP_EVERY: \"24\" must be a duration such as 15m from 1m to 31d" },
    { "PURSER_BACKUP_EVERY=1mo",
        "PURSER_BACKUP_EVERY: \"1mo\" must be a duration such as 15m from 1m to 31d" },
    { "PURSER_BACKUP_EVERY=30s",
        "PURSER_BACKUP_EVERY: \"30s\" must be a duration such as 15m from 1m to 31d" },
    { "PURSER_ALERT_WINDOW=2d",
        "PURSER_ALERT_WINDOW: \"2d\" must be a duration such as 15m from 1m to 1d" },
    { "PURSER_PRIVATE_WEBHOOK_TARGETS=maybe",
        "PURSER_PRIVATE_WEBHOOK_TARGETS: \"maybe\" must be yes or no" },
    { "PURSER_PRIVATE_WEBHOOK_TARGETS=Yes",
        "PURSER_PRIVATE_WEBHOOK_TARGETS: \"Yes\" must be yes or no" },
    { "FLUTTERWAVE_ENABLE_PAYPAL=2", "FLUTTERWAVE_ENABLE_PAYPAL: \"2\" must be yes or no" },
    { "PURSER_LOG=loud", "PURSER_LOG: \"loud\" must be one of debug, info, warn, error" },
    { "PURSER_LOG=INFO", "PURSER_LOG: \"INFO\" must be one of debug, info, warn, error" },
    { "MONEYMOTION_DIALECT=soap",
        "MONEYMOTION_DIALECT: \"soap\" must be one of trpc, effect, rest" },
    { "MONEYMOTION_CONFIRM=never",
        "MONEYMOTION_CONFIRM: \"never\" must be one of webhook+get, webhook, get" },
    { "FLUTTERWAVE_WEBHOOK_AUTH=none",
        "FLUTTERWAVE_WEBHOOK_AUTH: \"none\" must be one of either, verif-hash, hmac, "
        "both-if-present" },
    { "EVERSEND_OTP=off", "EVERSEND_OTP: \"off\" must be one of required, whitelisted" },
    { "PURSER_BRAND_COLOR=blue", "PURSER_BRAND_COLOR: \"blue\" must be a colour such as #355bbd" },
    { "PURSER_BRAND_COLOR=#fff", "PURSER_BRAND_COLOR: \"#fff\" must be a colour such as #355bbd" },
    { "PURSER_BRAND_COLOR=#35zzbd",
        "PURSER_BRAND_COLOR: \"#35zzbd\" must be a colour such as #355bbd" },
};

static const struct broken addresses[] = {
    { "PURSER_LISTEN=8080", "PURSER_LISTEN: \"8080\" must be HOST:PORT, such as 127.0.0.1:8080" },
    { "PURSER_LISTEN=127.0.0.1:99999",
        "PURSER_LISTEN: \"127.0.0.1:99999\" has no port from 0 to 65535" },
    { "PURSER_LISTEN=127.0.0.1:", "PURSER_LISTEN: \"127.0.0.1:\" has no port from 0 to 65535" },
    { "PURSER_LISTEN=127.0.0.1:http",
        "PURSER_LISTEN: \"127.0.0.1:http\" has no port from 0 to 65535" },
    { "PURSER_LISTEN=127.0.0.1:08080",
        "PURSER_LISTEN: \"127.0.0.1:08080\" has no port from 0 to 65535" },
    { "PURSER_LISTEN=:8080",
        "PURSER_LISTEN: \":8080\" has no address to listen on: 127.0.0.1, "
        "0.0.0.0, [::1], localhost, or * for all" },
    { "PURSER_LISTEN=::1:8080",
        "PURSER_LISTEN: \"::1:8080\" has no address to listen on: "
        "127.0.0.1, 0.0.0.0, [::1], localhost, or * for all" },
    { "PURSER_LISTEN=shop.example.com:80",
        "PURSER_LISTEN: \"shop.example.com:80\" has no address to listen on: 127.0.0.1, 0.0.0.0, "
        "[::1], localhost, or * for all" },
    { "PURSER_LISTEN=127.0.0.1:80,,127.0.0.1:81",
        "PURSER_LISTEN: \"127.0.0.1:80,,127.0.0.1:81\" has a comma too many" },
    { "PURSER_TRUSTED_PROXIES=proxy",
        "PURSER_TRUSTED_PROXIES: \"proxy\" must be addresses such as 10.0.0.7, or networks such as "
        "10.0.0.0/8" },
    { "PURSER_TRUSTED_PROXIES=10.0.0.0/33",
        "PURSER_TRUSTED_PROXIES: \"10.0.0.0/33\" has a network of other than 0 to 32 bits" },
    { "PURSER_TRUSTED_PROXIES=10.0.0.0/",
        "PURSER_TRUSTED_PROXIES: \"10.0.0.0/\" has a network of other than 0 to 32 bits" },
    { "PURSER_TRUSTED_PROXIES=::/129",
        "PURSER_TRUSTED_PROXIES: \"::/129\" has a network of other than 0 to 128 bits" },
    { "PURSER_TRUSTED_PROXIES=10.0.0.7,",
        "PURSER_TRUSTED_PROXIES: \"10.0.0.7,\" has a comma too many" },
    { "PURSER_DATABASE=mongodb://x",
        "PURSER_DATABASE: must be sqlite:FILE or postgres://user:password@host/database" },
    { "PURSER_DATABASE=purser.db",
        "PURSER_DATABASE: must be sqlite:FILE or postgres://user:password@host/database" },
    { "PURSER_DATABASE=sqlite:",
        "PURSER_DATABASE: must be sqlite:FILE or postgres://user:password@host/database" },
    { "PURSER_SMTP_URL=ftp://a", "PURSER_SMTP_URL: must begin with smtp:// or smtps://" },
    { "PURSER_SMTP_URL=mail.example.com:25",
        "PURSER_SMTP_URL: this is no URL: it does not begin with https:// or the like" },
    { "PURSER_SMTP_URL=smtp://ada@example.com:pass@mail",
        "PURSER_SMTP_URL: this is no URL: its user or password holds a character that URLs write "
        "encoded" },
    { "PURSER_SMTP_URL=smtp://mail/inbox", "PURSER_SMTP_URL: has something behind host and port" },
    { "PURSER_MAIL_FROM=shop",
        "PURSER_MAIL_FROM: \"shop\" must be a mail address such as "
        "ada@example.com" },
    { "PURSER_MAIL_FROM=Shop <a@example.com>",
        "PURSER_MAIL_FROM: \"Shop <a@example.com>\" must be "
        "a mail address such as ada@example.com" },
    { "PURSER_MAIL_FROM=a@b@example.com",
        "PURSER_MAIL_FROM: \"a@b@example.com\" must be a mail "
        "address such as ada@example.com" },
    { "PURSER_OWNER_MAIL=a..b@example.com",
        "PURSER_OWNER_MAIL: \"a..b@example.com\" must be a "
        "mail address such as ada@example.com" },
    { "PURSER_OWNER_MAIL=a@example.com:25",
        "PURSER_OWNER_MAIL: \"a@example.com:25\" must be a "
        "mail address such as ada@example.com" },
    { "PURSER_OWNER_MAIL=a@127.1",
        "PURSER_OWNER_MAIL: \"a@127.1\" must be a mail address such as "
        "ada@example.com" },
    { "PURSER_BRAND_SUPPORT=ask us",
        "PURSER_BRAND_SUPPORT: \"ask us\" must be a mail address or an https page" },
};

static const struct broken urls[] = {
    { "PURSER_SITE_URL=http://example.com",
        "PURSER_SITE_URL: \"http://example.com\" must be https; http is for this machine only" },
    { "PURSER_SITE_URL=example.com",
        "PURSER_SITE_URL: \"example.com\" is no URL that can be used: "
        "it does not begin with https:// or the like" },
    { "PURSER_SITE_URL=ftp://example.com",
        "PURSER_SITE_URL: \"ftp://example.com\" must begin with https://" },
    { "PURSER_SITE_URL=https://example.com/shop",
        "PURSER_SITE_URL: \"https://example.com/shop\" must be an origin such as "
        "https://shop.example.com: nothing behind it" },
    { "PURSER_SITE_URL=https://ada@example.com",
        "PURSER_SITE_URL: \"https://ada@example.com\" is no URL that can be used: it names a "
        "user" },
    { "NEXT_PUBLIC_SITE_URL=http://example.com",
        "PURSER_SITE_URL (from NEXT_PUBLIC_SITE_URL): \"http://example.com\" must be https; "
        "http is for this machine only" },
    { "APP_URL=https://a.example\nNEXT_PUBLIC_BASE_URL=https://b.example",
        "NEXT_PUBLIC_BASE_URL and APP_URL differ: set PURSER_SITE_URL" },
    { "PURSER_ALLOWED_ORIGINS=https://a.example/x",
        "PURSER_ALLOWED_ORIGINS: \"https://a.example/x\" must be an origin such as "
        "https://shop.example.com: nothing behind it" },
    { "PURSER_ALLOWED_ORIGINS=*",
        "PURSER_ALLOWED_ORIGINS: \"*\" is no URL that can be used: it "
        "does not begin with https:// or the like" },
    { "PURSER_ALLOWED_ORIGINS=https://*.example.com",
        "PURSER_ALLOWED_ORIGINS: \"https://*.example.com\" is no URL that can be used: its host is "
        "neither a plain name nor an address in its usual spelling" },
    { "PURSER_ALLOWED_ORIGINS=https://a.example https://b.example",
        "PURSER_ALLOWED_ORIGINS: \"https://a.example https://b.example\" is no URL that can be "
        "used: it holds a space, a control character or a letter that is not ASCII" },
    { "STRIPE_API_URL=http://api.stripe.com",
        "STRIPE_API_URL: \"http://api.stripe.com\" must be https; http is for this machine only" },
    { "STRIPE_API_URL=https://api.stripe.com/?a=b",
        "STRIPE_API_URL: \"https://api.stripe.com/?a=b\" is the beginning of other URLs: it has no "
        "? and no #" },
    { "FLUTTERWAVE_API_URL=https://127.1/v3",
        "FLUTTERWAVE_API_URL: \"https://127.1/v3\" is no URL that can be used: its host is neither "
        "a plain name nor an address in its usual spelling" },
    { "PURSER_BRAND_TERMS=http://example.com/terms",
        "PURSER_BRAND_TERMS: \"http://example.com/terms\" must be https; http is for this machine "
        "only" },
    { "PURSER_BRAND_URL=javascript://x",
        "PURSER_BRAND_URL: \"javascript://x\" must begin with "
        "https://" },
    { "PURSER_ALERT_WEBHOOK=http://hooks.example.com/T0/CANARY",
        "PURSER_ALERT_WEBHOOK: must be https; http is for this machine only" },
};

static const struct broken texts_and_files[] = {
    { "PURSER_BRAND_NAME=two\nPURSER_BRAND_STATEMENT=a name that is longer than it may be",
        "PURSER_BRAND_STATEMENT: \"a name that is longer than it may be\" is longer than 22 "
        "bytes" },
    { "PURSER_BRAND_NAME=a\tb", "PURSER_BRAND_NAME: must be one line of text" },
    { "PURSER_BRAND_NAME=\xff\xfe", "PURSER_BRAND_NAME: must be one line of text" },
    { "PURSER_BRAND_NAME=\x1b[31m", "PURSER_BRAND_NAME: must be one line of text" },
    { "STRIPE_PRICE_BASIC=price 1",
        "STRIPE_PRICE_BASIC: \"price 1\" must be visible ASCII "
        "characters without a space" },
    { "STRIPE_PRICE_GOLD=", "STRIPE_PRICE_GOLD: is empty; leave it out or give it a value" },
    { "MONEYMOTION_SIG_HEADERS=a,,b", "MONEYMOTION_SIG_HEADERS: \"a,,b\" has a comma too many" },
    { "MONEYMOTION_SIG_HEADERS=a b",
        "MONEYMOTION_SIG_HEADERS: \"a b\" must be words of at most 100 visible ASCII characters" },
    { "PURSER_CATALOG=/nope.json",
        "PURSER_CATALOG: \"/nope.json\" cannot be read (No such file or directory)" },
    { "PURSER_CATALOG=/", "PURSER_CATALOG: \"/\" is no file" },
    { "PURSER_BACKUP_DIR=/nope",
        "PURSER_BACKUP_DIR: \"/nope\" cannot be read (No such file or directory)" },
    { "PURSER_BACKUP_DIR=/etc/hostname", "PURSER_BACKUP_DIR: \"/etc/hostname\" is no folder" },
    { "PURSER_TLS_CERT=/nope\nPURSER_TLS_KEY=/nope",
        "PURSER_TLS_CERT: \"/nope\" cannot be read (No such file or directory)" },
    { "PURSER_TLS_CERT=/etc/hostname", "PURSER_TLS_CERT needs PURSER_TLS_KEY" },
    { "PURSER_TLS_KEY=/etc/hostname", "PURSER_TLS_KEY needs PURSER_TLS_CERT" },
    { "PURSER_JWT_PUBLIC_KEY=no pem",
        "PURSER_JWT_PUBLIC_KEY: \"no pem\" cannot be read (No such file or directory)" },
    { "PURSER_JWT_PUBLIC_KEY=/etc/hostname",
        "PURSER_JWT_PUBLIC_KEY: \"/etc/hostname\" this is no PEM block \"BEGIN PUBLIC KEY\"" },
    { "PURSER_JWT_PUBLIC_KEY=-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----",
        "PURSER_JWT_PUBLIC_KEY: \"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\" "
        "this is no PEM block \"BEGIN PUBLIC KEY\"" },
    { "PURSER_JWT_ISSUER=app",
        "PURSER_JWT_ISSUER needs PURSER_JWT_SECRET or "
        "PURSER_JWT_PUBLIC_KEY" },
    { "PURSER_SMTP_URL=smtp://mail", "PURSER_SMTP_URL needs PURSER_MAIL_FROM" },
    { "EVERSEND_CLIENT_ID=evs", "EVERSEND_CLIENT_ID needs EVERSEND_CLIENT_SECRET" },
    { "EVERSEND_CLIENT_SECRET=evs_secret", "EVERSEND_CLIENT_SECRET needs EVERSEND_CLIENT_ID" },
    { "PURSER_TIMEZONE=Berlin",
        "PURSER_TIMEZONE: \"Berlin\" is no time zone that this machine "
        "knows (package tzdata)" },
    { "PURSER_TIMEZONE=../../etc/passwd",
        "PURSER_TIMEZONE: \"../../etc/passwd\" must be a time zone such as Europe/Berlin" },
};

TEST("R91 an unknown, doubled or empty setting is refused by name")
{
    expect_refused(t, unknown_names, ARRAY_LEN(unknown_names));
    expect_refused(t, empty_values, ARRAY_LEN(empty_values));
}

TEST("R91 R19 a secret that is short, an example or unreadable is refused, and never quoted")
{
    expect_refused(t, secrets, ARRAY_LEN(secrets));
}

TEST("R91 numbers, durations, choices and colours are refused with what they must be")
{
    expect_refused(t, numbers, ARRAY_LEN(numbers));
}

TEST("R91 addresses, mail and database are refused with what they must be")
{
    expect_refused(t, addresses, ARRAY_LEN(addresses));
}

TEST("R91 URLs are https, and origins have nothing behind them")
{
    expect_refused(t, urls, ARRAY_LEN(urls));
}

TEST("R91 texts, files, keys and what needs each other")
{
    expect_refused(t, texts_and_files, ARRAY_LEN(texts_and_files));
    EXPECT(ARRAY_LEN(unknown_names) + ARRAY_LEN(empty_values) + ARRAY_LEN(secrets) +
            ARRAY_LEN(numbers) + ARRAY_LEN(addresses) + ARRAY_LEN(urls) +
            ARRAY_LEN(texts_and_files) >=
        100);
}
