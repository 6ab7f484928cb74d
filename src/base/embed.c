#include "base/embed.h"

const struct embedded *embedded_find(struct str name)
{
    for (const struct embedded *e = embedded_files; e->name != NULL; e++)
        if (str_eq(str_of_c(e->name), name))
            return e;
    return NULL;
}
