#include "customer/customer.h"

const struct country countries[] = {
#define COUNTRY(code, name) { S_INIT(#code), S_INIT(name) },
#include "customer/country.def"
#undef COUNTRY
};
const size_t country_count = ARRAY_LEN(countries);

struct str country_name(struct str code)
{
    for (size_t i = 0; i < country_count; i++)
        if (str_eq(countries[i].code, code))
            return countries[i].name;
    return code;
}
