#include "base/test.h"
#include "customer/tax_id.h"

TEST("each country's own example of a tax number fits, and spelling does not matter")
{
    static const struct {
        struct str country, like;
    } each[] = {
#define TAX_ID(country, like, shapes) { S_INIT(#country), S_INIT(like) },
#include "customer/tax_id.def"
#undef TAX_ID
    };
    struct str like = S("");
    for (size_t i = 0; i < ARRAY_LEN(each); i++)
        EXPECT(tax_id_fits(t->c->arena, each[i].country, each[i].like, &like));
    EXPECT(tax_id_fits(t->c->arena, S("DE"), S(" de 123.456-789 "), &like));
    EXPECT(tax_id_fits(t->c->arena, S("AT"), S("atu12345678"), &like));
    EXPECT(tax_id_fits(t->c->arena, S("IE"), S("IE1A23456B"), &like));
    EXPECT_STR(like, S(""));
}

TEST("a tax number that does not look like its country's is told by what would")
{
    static const struct {
        const char *country, *text, *like;
    } odd[] = { { "DE", "DE12345678", "DE123456789" }, { "DE", "123456789", "DE123456789" },
        { "AT", "ATX12345678", "ATU12345678" }, { "GR", "GR123456789", "EL123456789" },
        { "NL", "NL123456789101", "NL123456789B01" }, { "DE", "", "DE123456789" },
        { "DE", "DE12345678\xd9\xa1", "DE123456789" } };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct str like = S("");
        EXPECT(!tax_id_fits(t->c->arena, str_of_c(odd[i].country), str_of_c(odd[i].text), &like));
        EXPECT_STR(like, str_of_c(odd[i].like));
    }
}

TEST("of a country whose numbers nobody here knows every number fits")
{
    struct str like = S("untouched");
    EXPECT(tax_id_fits(t->c->arena, S("US"), S("12-3456789"), &like));
    EXPECT(tax_id_fits(t->c->arena, S(""), S("whatever"), &like));
    EXPECT_STR(like, S("untouched"));
}
