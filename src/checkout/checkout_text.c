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

struct str sentence_case(struct arena *a, struct str s)
{
    bool lower = s.n > 0 && s.p[0] >= 'a' && s.p[0] <= 'z';
    return lower ? str_fmt(a, "%c%.*s", s.p[0] - 'a' + 'A', SARG(str_from(s, 1))) : s;
}
