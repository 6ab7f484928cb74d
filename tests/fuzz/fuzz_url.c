/* The reader of URLs:
 *   - what it takes has a host and a port that libcurl reads in the same bytes;
 *   - its origin is read again as the same origin, and is an origin;
 *   - it holds only visible ASCII and no backslash, and no user unless that was allowed;
 *   - a refusal gives a reason and leaves the result untouched.
 * Input: flags, the text. */
#include "base/url.h"

#include <curl/curl.h>
#include <string.h>

static bool curl_part(CURLU *u, CURLUPart part, struct str want)
{
    char *got = NULL;
    bool same =
        curl_url_get(u, part, &got, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) == CURLUE_OK &&
        str_eq_nocase(str_of_c(got), want);
    curl_free(got);
    return same;
}

/* libcurl keeps an IPv6 address as it was written. */
static bool curl_agrees(struct arena *a, struct str text, const struct url *url)
{
    CURLU *u = curl_url();
    must(u != NULL);
    bool same =
        curl_url_set(u, CURLUPART_URL, str_c(a, text), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        (url->port == 0 || curl_part(u, CURLUPART_PORT, str_fmt(a, "%d", url->port))) &&
        (url->host.p[0] == '[' || curl_part(u, CURLUPART_HOST, url->host));
    curl_url_cleanup(u);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct str text = { (const char *)data + 1, size - 1 };
    struct url url = { .port = -7 }, again;
    const char *why = NULL;
    if (url_parse(&arena, text, data[0] & URL_WITH_USER, &url, &why)) {
        must(str_is_visible(text) && !str_has(text, S("\\")) && text.n <= URL_MAX);
        must((data[0] & URL_WITH_USER) != 0 || (url.user.n == 0 && url.password.n == 0));
        must(url.host.n > 0 && url.port >= 0 && url.port <= 65535);
        if (url_scheme_port(url.scheme) != 0 && !str_starts(url.scheme, S("postgres")))
            must(curl_agrees(&arena, text, &url));
        if (url.port != 0) {
            struct str origin = url_origin(&arena, &url);
            must(url_parse(&arena, origin, 0, &again, &why) && url_is_origin(&again));
            must(str_eq(url_origin(&arena, &again), origin));
            must(url_is_loopback(&again) == url_is_loopback(&url));
        }
    } else {
        must(why != NULL && url.port == -7);
    }
    arena_free(&arena);
    return 0;
}
