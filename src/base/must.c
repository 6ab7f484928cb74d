#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "purser: broken assumption at %s:%d: %s\n", file, line, what);
    abort();
}
