/* Handing a mail to the server that PURSER_SMTP_URL names. */
#include "net/handle.h"

#include <string.h>

#include "base/clock.h"

enum {
    CONNECT_MS = 5000,
    TOTAL_MS = 30000,
    ANSWER_S = 15, /* to one command; also to the QUIT after all is done */
    LOG_IN = 530   /* "authentication required", in answer to a mail */
};
#define LANE S("smtp") /* one that is away is asked every 5 s, and not by every mail */

struct mailing {
    struct wire wire;
    CURLU *url;
    struct curl_slist *recipients;
    struct str rest; /* of the message, still to be read */
};

static size_t give(char *p, size_t size, size_t n, void *arg)
{
    struct mailing *m = arg;
    struct str piece = str_part(m->rest, 0, size * n);
    memcpy(p, piece.p, piece.n);
    m->rest = str_from(m->rest, piece.n);
    return piece.n;
}

static struct str part_of(struct mailing *m, CURLUPart what)
{
    char *text = NULL;
    if (curl_url_get(m->url, what, &text, CURLU_URLDECODE) != CURLUE_OK)
        return S("");
    struct str s = str_copy(m->wire.c->arena, str_of_c(text));
    curl_free(text);
    return s;
}

static enum err read_url(struct ctx *c, struct mailing *m, struct str server)
{
    m->url = curl_url();
    must(m->url != NULL);
    if (!str_is_visible(server) ||
        curl_url_set(m->url, CURLUPART_URL, str_c(c->arena, server), 0) != CURLUE_OK)
        return fail(c, INTERNAL, "PURSER_SMTP_URL is no URL");
    struct str scheme = part_of(m, CURLUPART_SCHEME);
    if (!str_eq(scheme, S("smtp")) && !str_eq(scheme, S("smtps")))
        return fail(c, INTERNAL, "PURSER_SMTP_URL begins with smtp:// or smtps://");
    return E_OK;
}

/* A password travels under TLS or not at all; a mail does when the server can.  Nobody listens
 * between us and our own machine, and its certificate is usually self-made. */
static long tls_wanted(struct mailing *m)
{
    struct str host = part_of(m, CURLUPART_HOST);
    if (str_eq(host, S("localhost")) || str_starts(host, S("127.")) || str_eq(host, S("[::1]")))
        return CURLUSESSL_NONE;
    return part_of(m, CURLUPART_USER).n > 0 ? CURLUSESSL_ALL : CURLUSESSL_TRY;
}

#define SET(option, value) must(curl_easy_setopt(m->wire.easy, option, value) == CURLE_OK)

static void prepare(struct mailing *m, const struct net_mail *in, int64_t total_ms)
{
    struct arena *a = m->wire.c->arena;
    wire_prepare(&m->wire, CONNECT_MS, total_ms);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_CURLU, m->url);
    SET(CURLOPT_USE_SSL, tls_wanted(m));
    int64_t answer_s = (total_ms + 999) / 1000;
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(answer_s < ANSWER_S ? answer_s : ANSWER_S));
    SET(CURLOPT_MAIL_FROM, str_c(a, str_fmt(a, "<%.*s>", SARG(in->from_address))));
    m->recipients = curl_slist_append(NULL, str_c(a, str_fmt(a, "<%.*s>", SARG(in->to_address))));
    must(m->recipients != NULL);
    SET(CURLOPT_MAIL_RCPT, m->recipients);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, give);
    SET(CURLOPT_READDATA, m);
}

/* 5xx after a working session is about this mail: its sender, recipient or content.  Before that,
 * and where a login is asked for, it is about us and may be mended.  Without a clear no to the
 * whole message nobody knows what became of it. */
static enum outcome judge(const struct mailing *m, CURLcode code, long status)
{
    if (code == CURLE_OK)
        return OUTCOME_DONE;
    if (!m->wire.began || (status >= 400 && status < 500) || status == LOG_IN)
        return OUTCOME_NOT_SENT;
    if (status >= 500 && status < 600)
        return OUTCOME_DECLINED;
    return m->rest.n == 0 ? OUTCOME_UNKNOWN : OUTCOME_NOT_SENT;
}

static void perform(
    struct mailing *m, const struct net_mail *in, int64_t total_ms, struct net_mail_reply *ret)
{
    m->wire.easy = curl_easy_init();
    must(m->wire.easy != NULL);
    prepare(m, in, total_ms);
    int64_t from = clock_mono_ms();
    CURLcode code = curl_easy_perform(m->wire.easy);
    long status = 0;
    curl_easy_getinfo(m->wire.easy, CURLINFO_RESPONSE_CODE, &status);
    ret->took_ms = clock_mono_ms() - from;
    ret->status = (int)status;
    ret->outcome = judge(m, code, status);
    ret->reached = m->wire.began && status != LOG_IN;
    if (code != CURLE_OK)
        ret->why = wire_why(&m->wire, code);
    curl_easy_cleanup(m->wire.easy);
}

static enum err send_mail(struct mailing *m, const struct net_mail *in, struct net_mail_reply *ret)
{
    struct ctx *c = m->wire.c;
    struct lanes *lanes = m->wire.net->lanes;
    bool cut = false;
    TRY(net_mail_text(c, in, &m->rest));
    TRY(read_url(c, m, in->server));
    int64_t total_ms = wire_time(m->wire.net, c, TOTAL_MS, &cut);
    ret->outcome = OUTCOME_NOT_SENT;
    if (total_ms == 0) {
        ret->why = S("no time was left for this mail");
        return E_OK;
    }
    if (lane_enter(lanes, LANE, clock_mono_ms()) != LANE_MAY) {
        ret->why = S("the mail server has not answered lately");
        return E_OK;
    }
    perform(m, in, total_ms, ret);
    enum lane_result result = ret->status > 0 ? LANE_ANSWERED : cut ? LANE_NO_VERDICT : LANE_SILENT;
    (void)lane_leave(lanes, LANE, result, clock_mono_ms());
    return E_OK;
}

enum err smtp_mail(
    struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret)
{
    struct mailing m = { .wire = {
                             .c = c, .net = (struct curl_net *)net, .private_target = true } };
    struct net_mail_reply reply = { 0 };
    enum err e = send_mail(&m, in, &reply);
    curl_slist_free_all(m.recipients);
    curl_url_cleanup(m.url);
    if (e == E_OK)
        *ret = reply;
    return e;
}
