#ifndef EDGE_CORS_H
#define EDGE_CORS_H

#include "edge/edge.h"

/* Calls from the application's own pages: /api, with a user token, from PURSER_ALLOWED_ORIGINS.
 * Cookies never travel this way (Access-Control-Allow-Credentials is not sent), and the console's
 * API is not offered. */

/* True: the request was a preflight and has been answered, 204 or 403. */
bool cors_preflight(struct req *r);
/* The headers of an answer that stands already. */
void cors_answer(struct req *r);

#endif
