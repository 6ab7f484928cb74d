#include "sim/vendor.h"

/* The gateways whose wire the simulator can read; a new one is a line here. */

const struct vendor *const vendors[] = {
    &vendor_moneymotion,
    &vendor_stripe,
};
const size_t vendor_count = ARRAY_LEN(vendors);

const struct vendor *vendor_named(struct str name)
{
    for (size_t i = 0; i < vendor_count; i++)
        if (str_eq(vendors[i]->name, name))
            return vendors[i];
    return NULL;
}

const struct vendor *vendor_of_url(struct str url)
{
    for (size_t i = 0; i < vendor_count; i++)
        if (str_has(url, vendors[i]->url_part))
            return vendors[i];
    return NULL;
}
