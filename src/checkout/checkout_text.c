#include "checkout/checkout_text.h"

#include "base/must.h"

struct str text(enum text which)
{
    static const struct str words[] = {
#define TEXT(name, words) [TEXT_##name] = S_INIT(words),
#include "checkout/checkout_text.def"
#undef TEXT
    };
    must(which < TEXT_COUNT);
    return words[which];
}
