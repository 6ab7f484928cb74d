#ifndef CATALOG_CATALOG_FIXTURE_H
#define CATALOG_CATALOG_FIXTURE_H

#include "base/test.h"
#include "catalog/catalog.h"

/* For tests: this catalogue is in force until the test ends. */
void catalog_in_force(struct test *t, struct str text);
/* And there is a customer, "ada": her number. */
int64_t catalog_and_ada(struct test *t, struct str text);

#endif
