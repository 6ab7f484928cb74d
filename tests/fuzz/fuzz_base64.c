/* Hex and base64, both alphabets:
 *   - any bytes survive being written and read;
 *   - a text that is read has exactly one spelling: writing what was read gives the text again
 *     (hex: in lower case);
 *   - a text that is refused leaves the result untouched. */
#include "base/crypto.h"

typedef struct str writer(struct arena *a, struct str raw);
typedef bool reader(struct arena *a, struct str text, struct str *ret_raw);

static void both_ways(struct arena *a, struct str in, writer *write, reader *read, bool any_case)
{
    struct str back = S("untouched"), raw = S("untouched");
    must(read(a, write(a, in), &back) && str_eq(back, in));
    if (read(a, in, &raw))
        must(str_eq(write(a, raw), any_case ? str_lower(a, in) : in));
    else
        must(str_eq(raw, S("untouched")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct str in = { (const char *)data, size };
    both_ways(&arena, in, base64_text, base64_parse, false);
    both_ways(&arena, in, base64url_text, base64url_parse, false);
    both_ways(&arena, in, hex_text, hex_parse, true);
    arena_free(&arena);
    return 0;
}
