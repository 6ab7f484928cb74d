#include "app/privacy_fixture.h"

#include <stdio.h>

#include "db/engine.h"
#include "privacy/privacy_db.h"

/* A person in every table, written down whole. */

/* ---- privacy.def and the schema */

struct comparing {
    struct str *name;
    size_t names;
    struct buf *out;
};

static const struct privacy_table *listed(struct str name)
{
    for (size_t i = 0; i < privacy_table_count; i++)
        if (str_eq(privacy_tables[i].name, name))
            return &privacy_tables[i];
    return NULL;
}

static bool has_column(const struct privacy_table *t, struct str name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (str_eq(t->column[i].name, name))
            return true;
    return false;
}

static enum err compare(struct ctx *c, void *arg)
{
    struct comparing *k = arg;
    for (size_t i = 0; i < k->names; i++) {
        struct copy_table table = { .name = k->name[i] };
        const struct privacy_table *t = listed(k->name[i]);
        if (t == NULL) {
            buf_fmt(k->out, "%.*s is not in privacy.def: whom is it about, what does erasing do?\n",
                SARG(k->name[i]));
            continue;
        }
        TRY(c->store->engine->copy_columns(c, &table));
        for (size_t n = 0; n < table.columns && t->nobody.n == 0; n++)
            if (!has_column(t, table.column[n]))
                buf_fmt(k->out, "%.*s.%.*s is not in privacy.def: OUT, GONE, WIPED or NOT?\n",
                    SARG(k->name[i]), SARG(table.column[n]));
    }
    return E_OK;
}

TEST("R82 every table and column of the schema is described in privacy.def")
{
    struct buf out = BUF(t->c->arena);
    struct comparing k = { .out = &out };
    schema_tables(t->c->arena, &k.name, &k.names);
    EXPECT(k.names > 20);
    EXPECT_OK(db_read(t->c, compare, &k));
    EXPECT_STR(buf_str(&out), S(""));
}

/* ---- the document */

TEST("R82 what is exported has rows of every table that knows the person, by any of its names")
{
    struct shop *s = life_open(t);
    life_live(s);
    struct str document = life_export(s, "g-1", false);
    for (size_t i = 0; i < privacy_table_count; i++)
        if (privacy_tables[i].nobody.n == 0) {
            size_t rows = life_rows(document, str_c(t->c->arena, privacy_tables[i].as));
            if (rows == 0)
                printf("  nothing in %.*s\n", SARG(privacy_tables[i].as));
            EXPECT(rows > 0);
        }
    EXPECT_I64((int64_t)life_rows(document, "orders"), 2);
    EXPECT_I64((int64_t)life_rows(document, "payments"), 2);
    EXPECT_I64((int64_t)life_rows(document, "webhooks"), 3);
    struct json_value root = json_root(document);
    EXPECT_STR(json_text(t->c->arena, root, "customer.0.address.1"), S("1 Navy Yard"));
    EXPECT_STR(json_text(t->c->arena, root, "orders.1.lines.0.name"), S("Pack"));
    EXPECT_STR(
        json_text(t->c->arena, root, "webhooks.0.body.customer.email"), S("ada@example.com"));
    EXPECT_STR(json_text(t->c->arena, root, "mails.0.toAddress"), S(MAIL));
    EXPECT(str_has(document, S("Flow-Matic/1")));
    /* No secrets, and nobody else. */
    EXPECT(!str_has(document, S("\"hash\"")) && !str_has(document, S("\"salt\"")));
    EXPECT(!str_has(document, S("u-2")));
    EXPECT_I64((int64_t)life_export(s, MAIL, false).n, (int64_t)document.n);
    struct str id = json_text(t->c->arena, root, "person.id");
    EXPECT_I64((int64_t)life_export(s, str_c(t->c->arena, id), false).n, (int64_t)document.n);
}

TEST("R82 a guest's orders are the guest's, until a sign-in has proved whose mail it is")
{
    struct shop *s = life_open(t);
    life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}]");
    life_pay(s);
    struct str document = life_export(s, MAIL, true);
    EXPECT_I64((int64_t)life_rows(document, "orders"), 1);
    EXPECT_I64((int64_t)life_rows(document, "mails"), 1);
    EXPECT(life_rows(document, "records") > 2);
    /* Somebody says that the mail is theirs; nobody has proved it. */
    shop_ask(s, "PUT", "/api/customers/g-2", KEY "Content-Type: application/json\r\n",
        S("{\"email\":\"" MAIL "\"}"));
    EXPECT_I64((int64_t)life_rows(life_export(s, "g-2", false), "orders"), 0);
    EXPECT_I64((int64_t)life_rows(life_export(s, MAIL, true), "orders"), 1);
    struct exporting x = { .whom = "nobody@example.com", .guest = true };
    EXPECT_FAIL(db_read(t->c, life_export_read, &x), NOT_FOUND);
    x = (struct exporting) { .whom = "g-9" };
    EXPECT_FAIL(db_read(t->c, life_export_read, &x), NOT_FOUND);
}

TEST("a mail is quoted where it stands by itself, however it is written, and not inside another")
{
    static const char *const quoting[] = { "<Ada@Example.com>", "ada@example.com",
        "to ada@example.com.", "550 ada@EXAMPLE.com: unknown", "{\"email\":\"ada@example.com\"}" };
    static const char *const others[] = { "nevada@example.com", "ada@example.computer",
        "x.ada@example.com", "ada@example.com.au", "ada", "" };
    const struct somebody ada = { .email = S("ada@example.com") }, nobody = { .email = S("") };
    for (size_t i = 0; i < ARRAY_LEN(quoting); i++)
        EXPECT(person_is_quoted(&ada, str_of_c(quoting[i])));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        EXPECT(!person_is_quoted(&ada, str_of_c(others[i])));
    EXPECT(!person_is_quoted(&nobody, S("")));
}
