#ifndef EDGE_SECURITY_API_H
#define EDGE_SECURITY_API_H

#include "web/web.h"

extern const struct routes security_routes; /* /api/admin/security */

#endif
