#include "base/multipart.h"
#include "sandbox/stripe_money.h"

/* Documents: uploaded in a form of another kind, named by their id from then on.  What is in them
 * nobody reads here. */

bool st_read_multipart(struct st *s, struct str type, struct str body, struct str *ret_why)
{
    struct multipart *part = arena_array(s->a, struct multipart, MULTIPART_MAX);
    size_t n = 0;
    if (!multipart_read(type, body, part, &n)) {
        *ret_why = S("Invalid request: the body is no multipart form.");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = str_c(s->a, part[i].name);
        if (!part[i].is_file) {
            tree_set_str(s->a, s->params, name, str_clean(s->a, part[i].body, 500));
            continue;
        }
        tree_put(s->params, part[i].name, tree_of(s->a, JSON_OBJECT));
        struct tree *file = tree_member(s->params, part[i].name);
        tree_set_str(s->a, file, "name", str_clean(s->a, part[i].file_name, 100));
        tree_set_str(s->a, file, "type", str_clean(s->a, part[i].type, 100));
        tree_set_str(s->a, file, "size", str_fmt(s->a, "%lld", (long long)part[i].body.n));
    }
    return true;
}

static struct str short_type(struct str type)
{
    return str_eq(type, S("application/pdf")) ? S("pdf")
        : str_eq(type, S("image/png"))        ? S("png")
        : str_eq(type, S("image/jpeg"))       ? S("jpg")
                                              : S("");
}

enum err v1_file_create(struct st *s)
{
    enum {
        SIZE_MAX_ = 5 * 1024 * 1024
    };
    struct thing t = st_new(s, "file");
    struct str purpose = S(""), name = S(""), type = S(""), size = S("0");
    int64_t bytes = 0;
    TRY(param_str(s, NULL, "purpose", &purpose));
    struct tree *file = param_group(s, NULL, "file");
    if (file == NULL)
        return st_refuse(s, 400, "parameter_missing", S("file"), "Missing required param: file.");
    TRY(param_str(s, file, "name", &name));
    TRY(param_str(s, file, "type", &type));
    TRY(param_str(s, file, "size", &size));
    if (!str_eq(purpose, S("dispute_evidence")))
        return st_refuse(s, 400, "", S("purpose"), "Invalid purpose: %.*s", SARG(purpose));
    if (!str_to_i64(size, &bytes) || bytes < 1 || bytes > SIZE_MAX_ || short_type(type).n == 0)
        return st_refuse(
            s, 400, "", S("file"), "The file must be a PDF, JPEG or PNG of at most 5 MB.");
    tree_set_str(s->a, t.body, "filename", name);
    tree_set_str(s->a, t.body, "purpose", purpose);
    tree_set_i64(s->a, t.body, "size", bytes);
    tree_set_str(s->a, t.body, "type", short_type(type));
    s->answer = t.body;
    return st_add(s, &t);
}

enum err v1_file_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "file", &t));
    s->answer = t.body;
    return E_OK;
}
