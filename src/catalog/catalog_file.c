#include "catalog/catalog.h"

#include <stdio.h>

enum {
    FILE_MAX = 1024 * 1024
};

enum err catalog_read_file(struct ctx *c, struct str path, struct str *ret)
{
    FILE *f = fopen(str_c(c->arena, path), "rbe");
    if (f == NULL)
        return fail(c, INVALID_REQUEST, "cannot read %.*s: %m", SARG(path));
    struct buf b = BUF(c->arena);
    for (size_t n = 1; n > 0 && b.n <= FILE_MAX;) {
        n = fread(buf_room(&b, 65536), 1, 65536, f);
        b.n += n;
    }
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || b.n > FILE_MAX)
        return fail(c, INVALID_REQUEST, "%.*s cannot be read, or is larger than 1 MiB", SARG(path));
    *ret = buf_str(&b);
    return E_OK;
}
