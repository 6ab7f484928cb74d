#ifndef WEB_FRAMING_TEST_H
#define WEB_FRAMING_TEST_H

#include "base/str.h"

/* Requests that two programs could read in two ways (R36).  Each must be answered with one 4xx
 * and a closed connection, and no handler may see it: by the pure functions, and over a socket. */
struct framing_case {
    const char *about;
    struct str bytes;
    int status;
};
extern const struct framing_case framing_cases[];
extern const size_t framing_case_count;

#endif
