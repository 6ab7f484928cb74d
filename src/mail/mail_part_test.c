#include "mail/mail_part.h"

#include "base/config.h"
#include "base/test.h"

static void free_config(void *config)
{
    config_free(config);
}

static void configure(struct test *t)
{
    static const struct config_preset presets[] = {
        { "PURSER_BRAND_NAME", "Northwind & Sons" },
        { "PURSER_BRAND_SUPPORT", "help@example.com" },
    };
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *const env[] = { NULL };
    const struct config_sources sources = {
        .env = env, .env_file = "", .presets = presets, .preset_count = ARRAY_LEN(presets)
    };
    EXPECT_OK(config_load(t->c, &sources, &notices, &config));
    arena_defer(t->c->arena, free_config, config);
    t->c->config = config;
}

static struct mail_draft sample(struct ctx *c)
{
    struct mail_draft d =
        mail_open(c, S("Thank you. You paid $25.69."), S("$25.69 paid on 20 November 2026."));
    mail_note(
        &d, S("On 20 November 2026 with Visa ending 4242. Your statement will say NORTHWIND."));
    mail_lines_open(&d);
    mail_line(&d, S("Creator plan, monthly"), (struct money) { 1999, CUR_USD });
    mail_line(&d, S("Crème brûlée for <two>, with a name that goes on for rather longer than most"),
        (struct money) { 570, CUR_USD });
    mail_reference(&d, S("Transaction"), S("pay_01m7wwxzr3rj4c1p840dfm0b3d"));
    mail_total(&d, S("Total"), (struct money) { 2569, CUR_USD });
    mail_lines_close(&d);
    mail_paragraph(&d, S("Your plan renews on 20 December 2026 for $19.99."));
    mail_button(&d, S("See your order"),
        S("https://shop.example.com/order/ORD-2026-000123?token=0123456789abcdef0123456789abcdef"));
    mail_close(&d, S("You get this because you bought something at Northwind."));
    return d;
}

TEST("a mail looks like this, as text and as HTML")
{
    configure(t);
    struct mail_draft d = sample(t->c);
    EXPECT_GOLDEN("mail_sample.txt", buf_str(&d.text));
    EXPECT_GOLDEN("mail_sample.html", buf_str(&d.html));
}

TEST("R60 what comes from outside is text in a mail, and its links go nowhere dangerous")
{
    configure(t);
    struct str evil = S("<script>alert(\"1\")</script>'&");
    struct mail_draft d = mail_open(t->c, evil, evil);
    mail_paragraph(&d, evil);
    mail_note(&d, evil);
    mail_lines_open(&d);
    mail_fact(&d, evil, evil);
    mail_lines_close(&d);
    mail_button(&d, evil, S("javascript:alert(1)"));
    mail_button(&d, evil, S("https://example.com/?a=1&b=\"><script>"));
    mail_close(&d, evil);
    struct str html = buf_str(&d.html);
    EXPECT(!str_has(html, S("<script")));
    EXPECT(!str_has(html, S("javascript:")));
    EXPECT(str_has(html, S("&lt;script&gt;")));
    EXPECT(str_has(html, S("href=\"#\"")));
}

TEST("the text of a mail keeps to 72 columns, but for words that are longer")
{
    configure(t);
    struct mail_draft d = sample(t->c);
    struct str text = buf_str(&d.text), line;
    while (text.n > 0) {
        (void)str_cut(text, '\n', &line, &text);
        size_t width = 0;
        for (size_t i = 0; i < line.n; i++)
            width += ((unsigned char)line.p[i] & 0xc0) != 0x80;
        EXPECT(
            width <= 72 || str_starts(line, S("https://")) || str_starts(line, S("Cr\xc3\xa8me")));
    }
}

TEST("a mail without a configured business names nobody")
{
    struct mail_draft d = sample(t->c);
    EXPECT(str_starts(buf_str(&d.text), S("Thank you.")));
    EXPECT(!str_has(buf_str(&d.text), S("Questions?")));
}
