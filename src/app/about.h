#ifndef APP_ABOUT_H
#define APP_ABOUT_H

#include "base/str.h"

/* The bits of who may call, as words: "app key, admin key". */
struct str allow_text(struct arena *a, unsigned allow);

#endif
