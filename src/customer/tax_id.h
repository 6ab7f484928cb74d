#ifndef CUSTOMER_TAX_ID_H
#define CUSTOMER_TAX_ID_H

#include "base/str.h"

/* Does a number look like those that this country gives out?  Spaces, dots, dashes and the size of
 * letters do not count; of a country that is not in tax_id.def every number does.  false: *ret_like
 * is one that would. */
bool tax_id_fits(struct arena *a, struct str country, struct str text, struct str *ret_like);

#endif
