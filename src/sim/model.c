#include "base/json.h"
#include "sim/life.h"
#include "sim/vendor.h"

/* The world's memory: orders, pages and webhooks by what was seen on the wires. */

int order_named(struct life *l, struct str id)
{
    for (size_t i = 0; i < l->orders; i++)
        if (str_eq(l->order[i].id, id))
            return (int)i;
    must(l->orders < ORDERS_MAX);
    struct bought *o = &l->order[l->orders++];
    *o = (struct bought) { .id = str_copy(&l->arena, id), .first_wish = -1, .status = -1 };
    o->topic = str_hash(str_fmt(&l->arena, "order:%.*s", SARG(id)));
    o->touched = true;
    return (int)l->orders - 1;
}

int page_named(struct life *l, struct str session)
{
    for (size_t i = 0; i < l->pages; i++)
        if (str_eq(l->page[i].id, session))
            return (int)i;
    return -1;
}

static void keep_headers(struct life *l, struct parcel *p, const struct net_request *in)
{
    p->headers = in->header_count < ARRAY_LEN(p->header) ? in->header_count : ARRAY_LEN(p->header);
    for (size_t i = 0; i < p->headers; i++)
        p->header[i] = (struct net_header) { str_copy(&l->arena, in->headers[i].name),
            str_copy(&l->arena, in->headers[i].value) };
}

size_t parcel_add(struct life *l, const struct net_request *in)
{
    struct sha256 hash = sha256(in->body);
    for (size_t i = 0; i < l->parcels; i++)
        if (str_eq((struct str) { (const char *)l->parcel[i].hash.b, sizeof hash.b },
                (struct str) { (const char *)hash.b, sizeof hash.b }) &&
            l->parcel[i].genuine) {
            keep_headers(l, &l->parcel[i], in); /* signed anew, some of them with a time */
            return i;
        }
    must(l->parcels < PARCELS_MAX);
    struct parcel *p = &l->parcel[l->parcels++];
    const struct vendor *vendor = vendor_of_url(in->url);
    struct str session = S(""), event = S("");
    *p = (struct parcel) {
        .url = str_copy(&l->arena, in->url),
        .body = str_copy(&l->arena, in->body),
        .hash = hash,
        .genuine = true,
    };
    keep_headers(l, p, in);
    if (vendor != NULL && vendor->about(&l->c, p->body, &session, &event)) {
        p->session = str_copy(&l->arena, session);
        p->event = str_copy(&l->arena, event);
        json_to_str(&l->arena, json_at(json_root(p->body), "id"), &p->id);
    }
    return l->parcels - 1;
}

void parcel_sign(struct life *l, size_t parcel)
{
    struct parcel *p = &l->parcel[parcel];
    const struct vendor *vendor = vendor_of_url(p->url);
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    struct net_header anew;
    c.config = l->config;
    if (vendor == NULL || vendor->sign == NULL)
        return;
    must(vendor->sign(&c, p->body, &anew));
    for (size_t i = 0; i < p->headers; i++)
        if (str_eq_nocase(p->header[i].name, anew.name))
            p->header[i].value = str_copy(&l->arena, anew.value);
}
