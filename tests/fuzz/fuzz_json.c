/* Property: we accept exactly the texts that jansson accepts (but for depth, members and the size
 * of numbers), read the same values from them, and give each a canonical spelling that means the
 * same.  Whatever the text, reading never leaves it. */
#include "base/json_oracle.h"

#include "base/must.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct ctx c = { .arena = &arena };
    /* A copy of its own, so that a read past the end is seen. */
    char *copy = malloc(size == 0 ? 1 : size);
    must(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    struct str text = { copy, size };

    must(oracle_judges(&c, text) == NULL);

    /* Unchecked, against the rules: nothing it says matters, only where it reads. */
    struct json_value v = json_at(json_root(text), "a.0.b");
    struct str s = S("");
    json_is(v, "x");
    json_to_str(&arena, json_root(text), &s);
    for (struct json_iter it = json_iter(json_root(text)); json_next(&it);)
        json_name(&arena, &it);

    arena_free(&arena);
    free(copy);
    return 0;
}
