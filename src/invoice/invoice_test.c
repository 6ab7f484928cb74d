#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "invoice/invoice.h"

/* What stands on an invoice, and the paper that is drawn of it. */

#define LIST(...)                                                                                  \
    {                                                                                              \
        .v = (struct str[]) { __VA_ARGS__ },                                                       \
        .n = sizeof((struct str[]) { __VA_ARGS__ }) / sizeof(struct str)                           \
    }

static struct invoice_content sample(struct test *t, size_t lines, enum currency cur)
{
    struct invoice_content k = {
        .kind = INVOICE_SALE,
        .number = S("INV-2026-000123"),
        .order = S("ORD-2026-000456"),
        .refers = S(""),
        .issued_ms = t->c->now_ms,
        .paid_ms = t->c->now_ms,
        .currency = cur,
        .seller_country = S("DE"),
        .buyer_tax_id = S("PL5260001246"),
        .coupon = S("WELCOME10"),
        .tax_name = S("VAT"),
        .tax_bps = 1900,
        .support = S("help@northwind.example"),
        .color = S("#0f766e"),
        .url = S("https://shop.example/account/invoices/inv_01"),
        .lines = lines,
    };
    static struct str seller[] = { S_INIT("Northwind Trading GmbH"), S_INIT("Hafenstraße 1"),
        S_INIT("24103 Kiel"), S_INIT("Germany"), S_INIT("VAT id DE123456789") };
    static struct str foot[] = { S_INIT("Amtsgericht Kiel, HRB 12345 · Director: Ada Lovelace"),
        S_INIT("IBAN DE02 1203 0000 0000 2020 51") };
    static struct str buyer[] = { S_INIT("Łucja Ọdún & Привет sp. z o.o."), S_INIT("ul. Długa 7"),
        S_INIT("00-238 Warszawa"), S_INIT("Poland") };
    k.seller = (struct invoice_lines_of_text) { seller, ARRAY_LEN(seller) };
    k.foot = (struct invoice_lines_of_text) { foot, ARRAY_LEN(foot) };
    k.buyer = (struct invoice_lines_of_text) { buyer, ARRAY_LEN(buyer) };
    k.line = arena_array(t->c->arena, struct invoice_line, lines + 1);
    for (size_t i = 0; i < lines; i++) {
        k.line[i] = (struct invoice_line) {
            .name = str_fmt(t->c->arena, "Thing number %zu", i + 1),
            .description =
                i % 2 == 0 ? S("1500 credits every month, stem separation, API access") : S(""),
            .quantity = (int64_t)i + 1,
            .unit_minor = 1999,
            .amount_minor = 1999 * ((int64_t)i + 1),
        };
        k.subtotal_minor += k.line[i].amount_minor;
    }
    k.discount_minor = k.subtotal_minor / 10;
    k.tax_minor = (k.subtotal_minor - k.discount_minor) * 19 / 100;
    k.total_minor = k.paid_minor = k.subtotal_minor - k.discount_minor + k.tax_minor;
    return k;
}

static const struct invoice row = { .email = S_INIT("ada@example.com"),
    .method = S_INIT("Visa ending 4242") };

static struct str draw(struct test *t, const struct invoice_content *k, const char *name)
{
    struct str bytes = S("");
    const char *folder = getenv("INVOICES");
    EXPECT_OK(invoice_pdf(t->c, &row, k, &bytes));
    if (folder != NULL) { /* to look at */
        FILE *f = fopen(str_fmt(t->c->arena, "%s/%s.pdf", folder, name).p, "wbe");
        must(f != NULL);
        fwrite(bytes.p, 1, bytes.n, f);
        fclose(f);
    }
    EXPECT(str_starts(bytes, S("%PDF-1.")));
    return bytes;
}

TEST("the same invoice is the same bytes each time it is drawn")
{
    struct invoice_content k = sample(t, 3, CUR_EUR);
    struct str first = draw(t, &k, "three"), second = draw(t, &k, "three");
    EXPECT(str_eq(first, second));
    k.line[0].name = S("Another thing");
    EXPECT(!str_eq(first, draw(t, &k, "other")));
}

TEST("invoices of one line, of a sheet and of several are drawn, in every kind of currency")
{
    static const size_t lines[] = { 1, 14, 15, 60, 200 };
    static const enum currency currencies[] = { CUR_USD, CUR_UGX, CUR_KWD, CUR_EUR, CUR_JPY };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct invoice_content k = sample(t, lines[i], currencies[i]);
        draw(t, &k, str_fmt(t->c->arena, "lines-%zu", lines[i]).p);
    }
}

TEST("a credit note is drawn with its negative figures")
{
    struct invoice_content k = sample(t, 2, CUR_USD);
    k.kind = INVOICE_CREDIT;
    k.refers = S("INV-2026-000098");
    k.refers_ms = t->c->now_ms;
    k.tax_inclusive = true;
    k.discount_minor = 0;
    for (size_t i = 0; i < 2; i++) {
        k.line[i].unit_minor = -k.line[i].unit_minor;
        k.line[i].amount_minor = -k.line[i].amount_minor;
    }
    k.subtotal_minor = k.total_minor = k.paid_minor = -k.subtotal_minor;
    k.tax_minor = k.total_minor * 19 / 119;
    draw(t, &k, "credit");
}

/* ---- whatever somebody calls themselves */

static struct str every_character(struct test *t, uint32_t from, uint32_t to)
{
    struct buf b = BUF(t->c->arena);
    for (uint32_t p = from; p < to; p++) {
        if (p >= 0xd800 && p < 0xe000)
            continue;
        if (p < 0x80)
            buf_char(&b, (char)p);
        else if (p < 0x800)
            buf_fmt(&b, "%c%c", 0xc0 | (int)(p >> 6), 0x80 | (int)(p & 63));
        else if (p < 0x10000)
            buf_fmt(&b, "%c%c%c", 0xe0 | (int)(p >> 12), 0x80 | (int)(p >> 6 & 63),
                0x80 | (int)(p & 63));
        else
            buf_fmt(&b, "%c%c%c%c", 0xf0 | (int)(p >> 18), 0x80 | (int)(p >> 12 & 63),
                0x80 | (int)(p >> 6 & 63), 0x80 | (int)(p & 63));
    }
    return buf_str(&b);
}

TEST("no name, however it is written, breaks the paper that it stands on")
{
    static const struct {
        uint32_t from, to;
    } some[] = { { 1, 0x180 }, { 0x590, 0x700 }, { 0x900, 0x980 }, { 0x2000, 0x20c0 },
        { 0x4e00, 0x4e80 }, { 0xe000, 0xe040 }, { 0xff80, 0x10010 }, { 0x1f600, 0x1f640 },
        { 0x10ffc0, 0x110000 } };
    static const struct str words[] = { S_INIT(""), S_INIT(" "), S_INIT("   a   b   "),
        S_INIT("%s%n%x"), S_INIT("(a) \\ ) Tj ET Q"), S_INIT("<script>alert(1)</script>"),
        S_INIT("\xc3\x28"), S_INIT("line\nline\ttab\r"),
        S_INIT("\xe2\x80\xae"
               "gnp.exe") };
    for (size_t i = 0; i < ARRAY_LEN(some) + ARRAY_LEN(words); i++) {
        struct invoice_content k = sample(t, 3, CUR_EUR);
        struct str what = i < ARRAY_LEN(some) ? every_character(t, some[i].from, some[i].to)
                                              : words[i - ARRAY_LEN(some)];
        struct str texts[] = { what, what };
        k.line[0].name = k.line[1].description = what;
        k.seller = k.buyer = k.foot = k.notes = (struct invoice_lines_of_text) { texts, 2 };
        k.buyer_tax_id = k.number = k.coupon = k.tax_name = what;
        k.color = what;
        struct invoice called = row;
        called.method = called.email = what;
        struct str bytes = S("");
        EXPECT_OK(invoice_pdf(t->c, &called, &k, &bytes));
        EXPECT(str_starts(bytes, S("%PDF-1.")) && str_has(bytes, S("%%EOF")));
    }
}

TEST("an invoice without lines, seller, buyer or dates is still paper")
{
    struct invoice_content k = { .currency = CUR_JPY };
    struct invoice nothing = { .n = 1 };
    struct str bytes = S("");
    EXPECT_OK(invoice_pdf(t->c, &nothing, &k, &bytes));
    EXPECT(str_starts(bytes, S("%PDF-1.")));
}

TEST("a name of sixty letters without a space, and one of two hundred, stay on the paper")
{
    struct invoice_content k = sample(t, 2, CUR_UGX);
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 200; i++)
        buf_char(&b, (char)('A' + i % 26));
    k.line[0].name = str_part(buf_str(&b), 0, 60);
    struct str buyer[] = { buf_str(&b), S("1 Quay") };
    k.line[1].name = buyer[0];
    k.buyer = (struct invoice_lines_of_text) { buyer, 2 };
    k.line[1].unit_minor = k.line[1].amount_minor = 123456789;
    draw(t, &k, "long");
}

/* ---- frozen, and read again */

TEST("what is frozen reads as what it was")
{
    struct invoice_content k = sample(t, 4, CUR_KWD), again;
    k.refers = S("INV-2025-000001");
    k.start_ms = 1;
    k.end_ms = 2;
    struct str text = invoice_content_text(t->c->arena, &k);
    EXPECT_OK(invoice_content_read(t->c, text, &again));
    EXPECT_STR(invoice_content_text(t->c->arena, &again), text);
    EXPECT_GOLDEN("invoice_content.txt", text);
    EXPECT_FAIL(invoice_content_read(t->c, S("{}"), &again), STORE_CORRUPT);
    EXPECT_FAIL(
        invoice_content_read(t->c, S("{\"kind\":9,\"number\":\"x\"}"), &again), STORE_CORRUPT);
    EXPECT_FAIL(invoice_content_read(t->c, S("not JSON"), &again), STORE_CORRUPT);
}

TEST("figures have their currency's digits, groups of three, and a true minus")
{
    struct arena *a = t->c->arena;
    EXPECT_STR(invoice_figure(a, 123456789, CUR_USD), S("1,234,567.89"));
    EXPECT_STR(invoice_figure(a, -5, CUR_EUR), S("\u22120.05"));
    EXPECT_STR(invoice_figure(a, 37000, CUR_UGX), S("37,000"));
    EXPECT_STR(invoice_figure(a, -1234567, CUR_KWD), S("\u22121,234.567"));
    EXPECT_STR(invoice_figure(a, 0, CUR_JPY), S("0"));
    EXPECT_STR(invoice_rate(a, 1900), S("19%"));
    EXPECT_STR(invoice_rate(a, 750), S("7.5%"));
    EXPECT_STR(invoice_rate(a, 725), S("7.25%"));
}

TEST("a seller's text that does not fit, or whose name cannot be printed, is named")
{
    struct str fault = S("");
    struct buf b = BUF(t->c->arena);
    EXPECT_OK(invoice_seller_fault(t->c, S("Northwind GmbH\r\n1 Quay\r\n\r\nHRB 1\r\n"), &fault));
    EXPECT_STR(fault, S(""));
    EXPECT_OK(invoice_seller_fault(t->c, S("\u5317\u98a8 Ltd\n1 Quay"), &fault));
    EXPECT_STR(fault, S("the name is printed as \"?? Ltd\""));
    for (int i = 0; i < 13; i++)
        buf_fmt(&b, "line %d\n", i);
    EXPECT_OK(invoice_seller_fault(t->c, buf_str(&b), &fault));
    EXPECT_STR(fault, S("12 lines stand at the head of an invoice and 6 at its foot"));
}
