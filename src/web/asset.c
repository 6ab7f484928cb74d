#include "web/asset.h"

#include "base/embed.h"

static struct str type_of(struct str name)
{
    static const struct {
        struct str end, type;
    } types[] = {
        { S_INIT(".css"), S_INIT("text/css; charset=utf-8") },
        { S_INIT(".js"), S_INIT("text/javascript; charset=utf-8") },
        { S_INIT(".svg"), S_INIT("image/svg+xml") },
        { S_INIT(".png"), S_INIT("image/png") },
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_ends(name, types[i].end))
            return types[i].type;
    return S("application/octet-stream");
}

static const struct embedded *asset_find(struct arena *a, struct str name)
{
    return embedded_find(str_fmt(a, "assets/%.*s", SARG(name)));
}

/* The place of the last dot, where the hash stands in the address. */
static size_t last_dot(struct str name)
{
    size_t at = name.n;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.')
            at = i;
    return at;
}

struct str asset_url(struct arena *a, struct str name)
{
    const struct embedded *file = asset_find(a, name);
    must(file != NULL);
    size_t dot = last_dot(name);
    return str_fmt(a, "/assets/%.*s.%s%.*s", SARG(str_part(name, 0, dot)), file->hash,
        SARG(str_from(name, dot)));
}

/* Does the client take gzip?  "gzip;q=0" says no. */
static bool takes_gzip(const struct req *r)
{
    struct str list = req_header_all(r, S("Accept-Encoding")), one, q;
    for (bool more = list.n > 0; more;) {
        more = str_cut(list, ',', &one, &list);
        str_cut(one, ';', &one, &q);
        if (!str_eq_nocase(str_trim(one), S("gzip")))
            continue;
        q = str_trim(q);
        return !str_starts(q, S("q=0")) || str_starts(q, S("q=0."));
    }
    return false;
}

void asset_answer(struct req *r, const struct asset *asset)
{
    bool gzip = asset->gzip.n > 0 && asset->gzip.n < asset->data.n && takes_gzip(r);
    answer_fixed(r, 200, asset->type, gzip ? asset->gzip : asset->data);
    answer_header(r, S("Cache-Control"),
        asset->forever ? S("public, max-age=31536000, immutable") : S("public, max-age=300"));
    answer_header(r, S("Vary"), S("Accept-Encoding"));
    if (gzip)
        answer_header(r, S("Content-Encoding"), S("gzip"));
    /* Two sets of bytes under one address are two entities. */
    answer_etag(r, gzip ? str_fmt(r->c->arena, "%.*s-gz", SARG(asset->etag)) : asset->etag);
}

/* "purser.HASH.css", when the hash is the file's, is the file "purser.css". */
static const struct embedded *find_hashed(struct arena *a, struct str file)
{
    size_t end = last_dot(file), begin = last_dot(str_part(file, 0, end));
    if (end == file.n || begin == end)
        return NULL;
    const struct embedded *found = asset_find(
        a, str_fmt(a, "%.*s%.*s", SARG(str_part(file, 0, begin)), SARG(str_from(file, end))));
    struct str hash = str_part(file, begin + 1, end - begin - 1);
    return found != NULL && str_eq(hash, str_of_c(found->hash)) ? found : NULL;
}

static enum err get(struct req *r)
{
    const struct embedded *plain = asset_find(r->c->arena, r->params[0]);
    const struct embedded *file = plain != NULL ? plain : find_hashed(r->c->arena, r->params[0]);
    if (file == NULL)
        return fail(r->c, NOT_FOUND, "There is no such file.");
    asset_answer(r,
        &(struct asset) {
            .type = type_of(r->params[0]),
            .data = file->data,
            .gzip = file->gzip,
            .etag = str_of_c(file->hash),
            .forever = plain == NULL,
        });
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/assets/{file}", SHAPE_PLAIN, NULL, get, NULL, 0, ALLOW_ANYONE, 0, 0,
        "A style sheet, script or picture of the pages." },
};
const struct routes asset_routes = { table, ARRAY_LEN(table) };
