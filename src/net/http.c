/* HTTP as a client: one request, one whole answer or the reason why there is none. */
#include "net/handle.h"

#include <string.h>

#include "base/clock.h"

enum {
    CONNECT_MS = 3000,
    TOTAL_MS = 10000,
    RETRY_AFTER_MAX_S = 300,
    NOTE_MAX = 200 /* of a header that is kept: content type, the gateway's request id */
};

struct exchange {
    struct wire wire; /* first: libcurl's callbacks get either */
    const struct net_request *in;
    size_t head_bytes;
    struct buf body;
    struct curl_slist *headers;
    CURLU *url;
};

static size_t take_head(char *p, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    (void)p;
    wire_came(&x->wire, size * n);
    x->head_bytes += size * n;
    if (x->head_bytes <= HEAD_MAX)
        return size * n;
    x->wire.why = S("the head of the answer is larger than 64 KiB");
    return 0;
}

/* Counted as it comes, and after whatever libcurl may have unpacked. */
static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    wire_came(&x->wire, size * n);
    if (size * n > BODY_MAX - x->body.n) {
        x->wire.why = S("the answer is larger than 1 MiB");
        return 0;
    }
    buf_add(&x->body, (struct str) { p, size * n });
    return size * n;
}

static bool is_header_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool is_header_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
                (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '_'))
            return false;
    return s.n > 0;
}

/* R69: libcurl sends headers as they are. */
static enum err check_request(struct ctx *c, const struct net_request *in)
{
    must(in->header_count <= ARRAY_LEN(in->headers) && in->gateway.n > 0);
    if (!is_header_name(in->method))
        return fail(c, INTERNAL, "a call with the method '%.*s'", SARG(in->method));
    for (size_t i = 0; i < in->header_count; i++) {
        if (!is_header_name(in->headers[i].name))
            return fail(c, INTERNAL, "a call with a header whose name is none");
        if (!is_header_value(in->headers[i].value))
            return fail(c, INTERNAL, "a call whose header %.*s holds a control character",
                SARG(in->headers[i].name));
    }
    return E_OK;
}

/* One reader of the URL: libcurl's own, so that nobody reads it differently (R67, R79). */
static enum err read_url(struct ctx *c, struct exchange *x)
{
    char *scheme = NULL;
    x->url = curl_url();
    must(x->url != NULL);
    if (!str_is_visible(x->in->url) ||
        curl_url_set(x->url, CURLUPART_URL, str_c(c->arena, x->in->url), CURLU_DISALLOW_USER) !=
            CURLUE_OK ||
        curl_url_get(x->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return fail(c, INTERNAL, "a call to something that is no URL");
    struct str name = str_copy(c->arena, str_of_c(scheme));
    curl_free(scheme);
    x->wire.plain = str_eq(name, S("http"));
    if (!x->wire.plain && !str_eq(name, S("https")))
        return fail(c, INTERNAL, "a call by %.*s, not by https", SARG(name));
    return E_OK;
}

static void add_header(struct exchange *x, struct str line)
{
    struct curl_slist *more = curl_slist_append(x->headers, str_c(x->wire.c->arena, line));
    must(more != NULL);
    x->headers = more;
}

static void add_headers(struct exchange *x)
{
    struct arena *a = x->wire.c->arena;
    bool has_type = false;
    for (size_t i = 0; i < x->in->header_count; i++) {
        struct net_header h = x->in->headers[i];
        has_type = has_type || str_eq_nocase(h.name, S("content-type"));
        if (h.value.n == 0) /* libcurl's way to write an empty one; "Name:" would leave it out */
            add_header(x, str_fmt(a, "%.*s;", SARG(h.name)));
        else
            add_header(x, str_fmt(a, "%.*s: %.*s", SARG(h.name), SARG(h.value)));
    }
    if (!has_type)
        add_header(x, S("Content-Type:")); /* else libcurl claims it is a form */
    add_header(x, S("User-Agent: purser/" PURSER_VERSION));
}

#define SET(option, value) must(curl_easy_setopt(x->wire.easy, option, value) == CURLE_OK)

static void prepare(struct exchange *x, int64_t total_ms)
{
    const struct net_request *in = x->in;
    wire_prepare(&x->wire, in->connect_ms > 0 ? in->connect_ms : CONNECT_MS, total_ms);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* No compression is asked for, so there is nothing to unpack and no bomb to unpack (F26). */
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_CURLU, x->url);
    bool is_get = str_eq(in->method, S("GET")), is_post = str_eq(in->method, S("POST"));
    x->wire.twice_is_ok = is_get;
    if (is_post || in->body.n > 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDS, in->body.n > 0 ? in->body.p : "");
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)in->body.n);
    }
    if (!is_post && (!is_get || in->body.n > 0))
        SET(CURLOPT_CUSTOMREQUEST, str_c(x->wire.c->arena, in->method));
    add_headers(x);
    SET(CURLOPT_HTTPHEADER, x->headers);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, x);
}

/* A header of the answer, printable and cut to what is worth keeping. */
static struct str answer_header_of(struct exchange *x, const char *name)
{
    struct curl_header *h = NULL;
    if (curl_easy_header(x->wire.easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
        return S("");
    struct str value = str_part(str_of_c(h->value), 0, NOTE_MAX);
    return is_header_value(value) && str_is_text(value) ? str_copy(x->wire.c->arena, value) : S("");
}

/* An answer that libcurl took for whole and that we do not: in an encoding that nobody asked for,
 * or not as long as it says. */
static struct str flaw_of(struct exchange *x)
{
    struct arena *a = x->wire.c->arena;
    struct str encoding = answer_header_of(x, "Content-Encoding");
    struct str transfer = answer_header_of(x, "Transfer-Encoding");
    struct str length = answer_header_of(x, "Content-Length");
    long status = 0;
    int64_t n = -1;
    curl_easy_getinfo(x->wire.easy, CURLINFO_RESPONSE_CODE, &status);
    if (encoding.n > 0 && !str_eq_nocase(encoding, S("identity")))
        return str_fmt(a, "the answer is encoded as %.*s", SARG(encoding));
    if (transfer.n > 0 && !str_eq_nocase(transfer, S("chunked")))
        return str_fmt(a, "the answer is transferred as %.*s", SARG(transfer));
    if (length.n > 0 && status != 204 && (!str_to_i64(length, &n) || n != (int64_t)x->body.n))
        return S("the answer is not as long as it says");
    return S("");
}

static void read_answer(struct exchange *x, struct net_reply *ret)
{
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(x->wire.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(x->wire.easy, CURLINFO_RETRY_AFTER, &retry_after);
    ret->status = (int)status;
    ret->retry_after_s = retry_after < 0  ? 0
        : retry_after > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S
                                          : retry_after;
    ret->content_type = answer_header_of(x, "Content-Type");
    ret->request_id = answer_header_of(x, "Request-Id");
    if (ret->request_id.n == 0)
        ret->request_id = answer_header_of(x, "X-Request-Id");
    ret->why = flaw_of(x);
    ret->outcome = ret->why.n > 0 ? OUTCOME_UNKNOWN : OUTCOME_DONE;
    if (ret->outcome == OUTCOME_DONE)
        ret->body = buf_str(&x->body);
}

static void perform(struct exchange *x, int64_t total_ms, struct net_reply *ret)
{
    int64_t from = clock_mono_ms();
    prepare(x, total_ms);
    CURLcode code = curl_easy_perform(x->wire.easy);
    ret->took_ms = clock_mono_ms() - from;
    if (code == CURLE_OK) {
        read_answer(x, ret);
        return;
    }
    /* libcurl counts what it has handed to the socket, over all its tries. */
    long sent = 0;
    curl_easy_getinfo(x->wire.easy, CURLINFO_REQUEST_SIZE, &sent);
    ret->outcome = sent == 0 ? OUTCOME_NOT_SENT : OUTCOME_UNKNOWN;
    ret->why = wire_why(&x->wire, code);
}

static void exchange_on_lane(struct exchange *x, int64_t total_ms, bool cut, struct net_reply *ret)
{
    struct curl_net *n = x->wire.net;
    struct ctx *c = x->wire.c;
    struct handle *h = handle_take(n, x->in->gateway, x->in->private_target);
    x->wire.easy = h->easy;
    perform(x, total_ms, ret);
    handle_give(n, h);
    enum lane_result result = ret->status > 0 ? LANE_ANSWERED : cut ? LANE_NO_VERDICT : LANE_SILENT;
    bool changed = lane_leave(n->lanes, x->in->gateway, result, clock_mono_ms());
    if (changed && n->breaker != NULL)
        n->breaker(n->self, c, x->in->gateway, result == LANE_SILENT);
}

static struct net_reply not_sent(struct str why)
{
    return (struct net_reply) { .outcome = OUTCOME_NOT_SENT, .why = why };
}

static enum err run(struct exchange *x, struct net_reply *ret)
{
    struct curl_net *n = x->wire.net;
    TRY(check_request(x->wire.c, x->in));
    TRY(read_url(x->wire.c, x));
    bool cut = false;
    int64_t total_ms =
        wire_time(n, x->wire.c, x->in->total_ms > 0 ? x->in->total_ms : TOTAL_MS, &cut);
    if (total_ms == 0) {
        *ret = not_sent(S("no time was left for this call"));
        return E_OK;
    }
    switch (lane_enter(n->lanes, x->in->gateway, clock_mono_ms())) {
    case LANE_MAY:
        exchange_on_lane(x, total_ms, cut, ret);
        break;
    case LANE_FULL:
        *ret = not_sent(S("too many calls to this gateway are waiting already"));
        break;
    case LANE_BROKEN:
        *ret = not_sent(S("this gateway has not answered lately"));
        break;
    }
    return E_OK;
}

enum err http_call(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct exchange x = {
        .wire = { .c = c, .net = (struct curl_net *)net, .private_target = in->private_target },
        .in = in,
        .body = BUF(c->arena),
    };
    struct net_reply reply = { 0 };
    enum err e = run(&x, &reply);
    curl_slist_free_all(x.headers);
    curl_url_cleanup(x.url);
    if (e == E_OK)
        *ret = reply;
    return e;
}
