#ifndef WEB_GIVE_CSV_H
#define WEB_GIVE_CSV_H

#include "web/web.h"

/* For who asks for text/csv: a JSON answer that is a list ({"data":{"items":[…]}}) becomes a table,
 * the next page's address stands in Link.  Any other answer stays what it is. */
void give_csv(struct req *r);

#endif
