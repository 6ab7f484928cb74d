#include "base/csv.h"

#include "base/test.h"

static struct str row_of(struct test *t, struct str cell)
{
    struct buf *b = arena_new(t->c->arena, struct buf);
    *b = BUF(t->c->arena);
    struct csv csv = { .b = b };
    csv_str(&csv, cell);
    csv_str(&csv, S("end"));
    csv_end(&csv);
    return buf_str(b);
}

TEST("R62 what a spreadsheet would take for a formula is text in it, and nothing else is changed")
{
    static const struct {
        struct str cell, written;
    } rows[] = {
        { S_INIT("=HYPERLINK(1)"), S_INIT("'=HYPERLINK(1),end\r\n") },
        { S_INIT("=cmd|' /C calc'!A0"), S_INIT("'=cmd|' /C calc'!A0,end\r\n") },
        { S_INIT("=1,2"), S_INIT("\"'=1,2\",end\r\n") },
        { S_INIT("+49 30 1"), S_INIT("'+49 30 1,end\r\n") },
        { S_INIT("-1"), S_INIT("'-1,end\r\n") },
        { S_INIT("@SUM(A1)"), S_INIT("'@SUM(A1),end\r\n") },
        { S_INIT("\tx"), S_INIT("\"'\tx\",end\r\n") },
        { S_INIT("\rx"), S_INIT("\"'\rx\",end\r\n") },
        { S_INIT("\n=x"), S_INIT("\"'\n=x\",end\r\n") },
        { S_INIT("\0=x"), S_INIT("\"'\0=x\",end\r\n") },
        { S_INIT("a\"b"), S_INIT("\"a\"\"b\",end\r\n") },
        { S_INIT("a,b;c"), S_INIT("\"a,b;c\",end\r\n") },
        { S_INIT("two\r\nlines"), S_INIT("\"two\r\nlines\",end\r\n") },
        { S_INIT(" =x"), S_INIT("\" =x\",end\r\n") },
        { S_INIT(""), S_INIT(",end\r\n") },
        { S_INIT("ada@example.com"), S_INIT("ada@example.com,end\r\n") },
        { S_INIT("Łódź ₦"), S_INIT("Łódź ₦,end\r\n") },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        EXPECT_STR(row_of(t, rows[i].cell), rows[i].written);
}

TEST("figures of a table are figures, whatever their sign and currency")
{
    struct buf b = BUF(t->c->arena);
    struct csv csv = { .b = &b };
    csv_money(&csv, (struct money) { -240, CUR_USD });
    csv_money(&csv, (struct money) { 37000, CUR_UGX });
    csv_money(&csv, (struct money) { 1005, CUR_KWD });
    csv_money(&csv, (struct money) { 0, CUR_NONE });
    csv_i64(&csv, -7);
    csv_time(&csv, 0);
    csv_time(&csv, INT64_C(1795141047412));
    csv_end(&csv);
    EXPECT_STR(buf_str(&b), S("-2.40,37000,1.005,,-7,,2026-11-20T02:17:27.412Z\r\n"));
}
