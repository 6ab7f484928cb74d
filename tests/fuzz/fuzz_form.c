/* A form with brackets, whatever it is:
 *   - it is refused with one sentence, or becomes objects of objects and texts, not deeper than
 *     FORM_DEPTH_MAX;
 *   - written again from the names that its values say they have, it is the same.
 * Input: the form. */
#include "sandbox/form.h"
#include "web/web.h"

static void write(struct buf *b, const struct tree *t, int depth)
{
    must(depth <= FORM_DEPTH_MAX && (t->kind == JSON_OBJECT || t->kind == JSON_STRING));
    if (t->kind == JSON_STRING) {
        must(str_is_text(t->text) && t->first == NULL);
        buf_add(b, b->n > 0 ? S("&") : S(""));
        buf_add(b, url_encode(b->arena, form_name(b->arena, t)));
        buf_char(b, '=');
        buf_add(b, url_encode(b->arena, t->text));
        return;
    }
    tree_each (inner, t) {
        must(inner->up == t && tree_member(t, inner->name) == inner);
        write(b, inner, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct tree *form = tree_of(&arena, JSON_OBJECT), *again = tree_of(&arena, JSON_OBJECT);
    struct str why = S("");
    if (form_add(&arena, (struct str) { (const char *)data, size }, form, &why)) {
        struct buf b = BUF(&arena);
        write(&b, form, 0);
        must(form_add(&arena, buf_str(&b), again, &why) && tree_equal(form, again));
    } else {
        must(why.n > 0 && str_is_text(why) && !str_has(why, S("\n")));
    }
    arena_free(&arena);
    return 0;
}
