#include "app/shop_fixture.h"

#include "base/fault.h"
#include "base/sealed.h"
#include "db/engine.h"
#include "edge/admin.h"
#include "outgoing/outgoing.h"
#include "setting/setting.h"

/* Secrets at rest: sealed where they lie, written anew under another key. */

#define OLD "PURSER_MASTER_KEY=the-old-master-key-0123456789abcdef"
#define BOTH                                                                                       \
    "PURSER_MASTER_KEY=the-new-master-key-0123456789abcdef,the-old-master-key-0123456789abcdef"
#define NEW "PURSER_MASTER_KEY=the-new-master-key-0123456789abcdef"
#define SECRET S("twenty random bytes!")

static void drop_config(void *arg)
{
    config_free(arg);
}

/* The same database, started with another setting; NULL: without. */
static void start_with(struct test *t, const char *setting)
{
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *env[] = { (char *)(uintptr_t)setting, NULL };
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    t->c->config = config;
    arena_defer(t->c->arena, drop_config, config);
}

struct admins {
    struct admin a;
    struct str mail;
    bool found;
};

static enum err find_admin(struct ctx *c, void *arg)
{
    struct admins *k = arg;
    return admin_find(c, k->mail, &k->found, &k->a);
}

static enum err make_admin(struct ctx *c, void *arg)
{
    struct admins *k = arg;
    int64_t n = 0;
    TRY(admin_insert(c, id_new(c), k->mail, ROLE_OWNER, &n));
    TRY(find_admin(c, arg));
    return admin_set_totp(c, &k->a, SECRET);
}

static void have_admin(struct test *t, const char *mail)
{
    struct admins k = { .mail = str_of_c(mail) };
    EXPECT_OK(db_tx(t->c, "admin", make_admin, &k));
}

static enum err admin_says(struct test *t, const char *mail, struct str *ret)
{
    struct admins k = { .mail = str_of_c(mail) };
    enum err e = db_read(t->c, find_admin, &k);
    *ret = k.a.totp_secret;
    return e;
}

static enum err swap(struct ctx *c, void *arg)
{
    must(arg == NULL);
    return db_exec(c, 1,
        "UPDATE admin SET totp_secret = (SELECT totp_secret FROM admin WHERE mail = 'b@x.example')"
        " WHERE mail = 'a@x.example'",
        DB_NO_IN);
}

TEST("R72 what is secret in the database is sealed in its place: in another row it does not open")
{
    struct str said = S("untouched");
    start_with(t, OLD);
    have_admin(t, "a@x.example");
    have_admin(t, "b@x.example");
    EXPECT_OK(admin_says(t, "a@x.example", &said));
    EXPECT_STR(said, SECRET);
    EXPECT_OK(db_tx(t->c, "swap", swap, NULL));
    EXPECT_FAIL(admin_says(t, "a@x.example", &said), STORE_CORRUPT);
    EXPECT_OK(admin_says(t, "b@x.example", &said));
}

struct grep {
    struct str needle;
    int64_t found;
};

static enum err grep_row(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct grep *g = arg;
    for (size_t i = 0; i < 3; i++)
        g->found += cells[i].kind >= CELL_TEXT && str_has(cells[i].str, g->needle);
    return c->dead ? E_DEAD : E_OK;
}

static enum err grep_admins(struct ctx *c, void *arg)
{
    static struct str const names[] = { S_INIT("n"), S_INIT("totp_secret"), S_INIT("mail") };
    struct copy_table table = {
        .name = S("admin"), .column = (struct str *)(uintptr_t)names, .columns = 3
    };
    return c->store->engine->copy_out(c, &table, grep_row, arg);
}

static int64_t in_the_open(struct test *t)
{
    struct grep g = { .needle = SECRET };
    EXPECT_OK(db_read(t->c, grep_admins, &g));
    return g.found;
}

static enum err seal_all(struct test *t)
{
    static struct args none;
    struct buf out = BUF(t->c->arena);
    return seal_commands.command[0].run(t->c, &none, &out);
}

TEST("R72 what lay open is sealed by the command, and opens under no other key")
{
    struct str said;
    struct secret before, after;
    start_with(t, NULL);
    EXPECT_OK(server_secret(t->c, &before));
    EXPECT_OK(server_key_make(t->c));
    have_admin(t, "a@x.example");
    EXPECT_I64(in_the_open(t), 1);
    start_with(t, OLD);
    EXPECT_OK(admin_says(t, "a@x.example", &said)); /* not sealed yet */
    EXPECT_OK(seal_all(t));
    EXPECT_I64(in_the_open(t), 0);
    EXPECT_OK(admin_says(t, "a@x.example", &said));
    EXPECT_STR(said, SECRET);
    EXPECT_OK(server_secret(t->c, &after));
    EXPECT_STR(secret_reveal(after), secret_reveal(before));
    start_with(t, NEW);
    EXPECT_FAIL(admin_says(t, "a@x.example", &said), INVALID_REQUEST);
    EXPECT_FAIL(server_secret(t->c, &after), INVALID_REQUEST);
    start_with(t, NULL);
    EXPECT_FAIL(server_secret(t->c, &after), INVALID_REQUEST);
    EXPECT_FAIL(seal_all(t), INVALID_REQUEST);
}

enum {
    MANY = 40
};

TEST(
    "R72 the key is changed although statements fail: each row opens at any moment, and in the end")
{
    struct arena *a = t->c->arena;
    struct str said;
    struct secret key;
    bool fired = true;
    start_with(t, OLD);
    EXPECT_OK(server_secret(t->c, &key));
    for (int64_t i = 0; i < MANY; i++)
        have_admin(t, str_c(a, str_fmt(a, "a%lld@x.example", (long long)i)));
    start_with(t, BOTH);
    for (int64_t k = 0; fired; k += 7) {
        struct faults faults;
        faults_off(&faults);
        faults.countdown = k;
        t->c->faults = &faults;
        enum err e = seal_all(t);
        fired = faults.fired;
        t->c->faults = NULL;
        EXPECT(fired || e == E_OK);
        for (int64_t i = 0; i < MANY; i++) {
            EXPECT_OK(admin_says(t, str_c(a, str_fmt(a, "a%lld@x.example", (long long)i)), &said));
            EXPECT_STR(said, SECRET);
        }
    }
    EXPECT_OK(seal_all(t));
    start_with(t, NEW);
    for (int64_t i = 0; i < MANY; i++)
        EXPECT_OK(admin_says(t, str_c(a, str_fmt(a, "a%lld@x.example", (long long)i)), &said));
    EXPECT_OK(server_secret(t->c, &key));
}

struct endpoints {
    struct endpoint e;
    struct id id;
};

static enum err add_endpoint(struct ctx *c, void *arg)
{
    struct endpoints *k = arg;
    return endpoint_add(c, &k->e);
}

static enum err rotate_endpoint(struct ctx *c, void *arg)
{
    struct endpoints *k = arg;
    return endpoint_rotate(c, k->id, S("second-secret-of-thirty-2-bytes!"), &k->e);
}

static enum err get_endpoint(struct ctx *c, void *arg)
{
    struct endpoints *k = arg;
    return endpoint_get(c, k->id, &k->e);
}

TEST("R72 the secrets of endpoints are sealed too, through rotations of theirs and of the key")
{
    start_with(t, OLD);
    struct endpoints k = { .id = id_new(t->c) };
    k.e = (struct endpoint) { .id = k.id,
        .url = S("https://app.example.com/hook"),
        .description = S(""),
        .types = S("[]"),
        .secret = S("first-secret-of-thirty-two-bytes") };
    EXPECT_OK(db_tx(t->c, "add", add_endpoint, &k));
    EXPECT_OK(db_tx(t->c, "rotate", rotate_endpoint, &k));
    start_with(t, BOTH);
    EXPECT_OK(seal_all(t));
    start_with(t, NEW);
    EXPECT_OK(db_read(t->c, get_endpoint, &k));
    EXPECT_STR(k.e.secret, S("second-secret-of-thirty-2-bytes!"));
    EXPECT_STR(k.e.old_secret, S("first-secret-of-thirty-two-bytes"));
    start_with(t, OLD);
    EXPECT_FAIL(db_read(t->c, get_endpoint, &k), INVALID_REQUEST);
}
