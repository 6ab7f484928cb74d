#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct log *kept(struct test *t, enum log_level level)
{
    struct log *log = log_open_kept(level);
    t->c->log = log;
    return log;
}

/* What was kept; the log is closed. */
static struct str ended(struct test *t, struct log *log)
{
    struct str all = log_kept(log, t->c->arena);
    log_close(log);
    t->c->log = NULL;
    return all;
}

TEST("a log line is one JSON object: time, level, event, request, fields")
{
    struct log *log = kept(t, LOG_INFO);
    t->c->request_id = S("req_1");
    log_info(t->c, "request", L("method", S("GET")), L_I64("status", 200), L_I64("ms", -3));
    EXPECT_STR(ended(t, log),
        S("{\"at\":\"2026-11-20T02:00:00.000Z\",\"level\":\"info\",\"event\":\"request\","
          "\"requestId\":\"req_1\",\"method\":\"GET\",\"status\":200,\"ms\":-3}\n"));
}

TEST("lines below the level are not written, and without a log there is silence")
{
    struct log *log = kept(t, LOG_WARN);
    EXPECT(!log_wants(t->c, LOG_INFO));
    EXPECT(log_wants(t->c, LOG_ERROR));
    log_info(t->c, "no", L("a", S("b")));
    EXPECT_STR(ended(t, log), S(""));
    EXPECT(!log_wants(t->c, LOG_ERROR));
    log_error(t->c, "nobody hears it", L("a", S("b")));
}

TEST("a failure is one line with its code, its place and its causes")
{
    struct log *log = kept(t, LOG_INFO);
    (void)fail(t->c, BUSY, "the queue is full");
    (void)fail_because(t->c, INTERNAL, "the order was not written");
    log_failure(t->c, "request_failed");
    struct str line = ended(t, log);
    EXPECT(str_has(line, S("\"level\":\"error\",\"event\":\"request_failed\"")));
    EXPECT(str_has(line, S("\"code\":\"INTERNAL\"")));
    EXPECT(str_has(line, S("INTERNAL the order was not written; because src/base/log_test.c:")));
    EXPECT(str_has(line, S("BUSY the queue is full\"}\n")));
}

TEST("R64 control characters, ESC, bidi marks and bytes that are no UTF-8 are escaped")
{
    struct log *log = kept(t, LOG_INFO);
    static const char raw[] =
        "a\nb\r\t\x1b[31m\0c\x7f\xc2\x85\xe2\x80\xae\xe2\x81\xa6\xef"
        "\xbb\xbf\xf3\xa0\x81\x81\xff\xc0\xaf\xed\xa0\x80\"\\\xf0\x9f\x98\x80";
    log_info(t->c, "x", L("f", ((struct str) { raw, sizeof raw - 1 })));
    struct str line = ended(t, log);
    EXPECT(str_has(line,
        S("\"f\":\"a\\u000ab\\u000d\\u0009"
          "\\u001b[31m\\\\x00c\\u007f\\u0085\\u202e"
          "\\u2066\\ufeff\\udb40\\udc41\\\\xff\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80\\\"\\\\"
          "\xf0\x9f\x98\x80\"}\n")));
}

TEST("R64 a field is capped, and not in the middle of a character")
{
    struct log *log = kept(t, LOG_INFO);
    for (size_t shift = 0; shift < 4; shift++) {
        struct buf b = BUF(t->c->arena);
        for (size_t i = 0; i < shift; i++)
            buf_char(&b, 'x');
        while (b.n < 4 * LOG_FIELD_MAX)
            buf_add(&b, S("\xf0\x9f\x98\x80"));
        log_info(t->c, "x", L("f", buf_str(&b)));
    }
    struct str all = ended(t, log), line, rest = all;
    for (int i = 0; i < 4; i++) {
        EXPECT(str_cut(rest, '\n', &line, &rest));
        EXPECT(str_ends(line, S("\xf0\x9f\x98\x80…\"}")));
        EXPECT(line.n > LOG_FIELD_MAX && line.n < LOG_FIELD_MAX + 200);
    }
}

TEST("R64 whatever bytes go in, each line stays one valid JSON text")
{
    struct log *log = kept(t, LOG_INFO);
    for (int i = 0; i < 2000; i++) {
        char noise[64];
        random_bytes(t->c, noise, sizeof noise);
        if (i % 2 == 0) /* mostly ASCII, where names and shapes begin */
            for (size_t k = 0; k < sizeof noise; k++)
                noise[k] = (char)(noise[k] & 0x7f);
        log_info(t->c, "noise", L("f", ((struct str) { noise, (size_t)i % 65 })));
    }
    struct str rest = ended(t, log), line;
    for (int i = 0; i < 2000; i++) {
        EXPECT(str_cut(rest, '\n', &line, &rest));
        EXPECT(str_is_text(line));
        EXPECT_OK(json_check(t->c, line));
    }
    EXPECT_I64((int64_t)rest.n, 0);
}

TEST("R65 canary secrets and card numbers leave by no path of the log")
{
    struct log *log = kept(t, LOG_DEBUG);
    static const char *const canaries[] = { "sk_live_CANARY0123456789", "whsec_CANARY0123456789",
        "rk_live_CANARY0123", "mk_live_CANARY0123", "FLWSECK-CANARY0123-X", "4242424242424242",
        "4242 4242 4242 4242", "5555-5555-5555-4444", "eyJhbGciOiJIUzI1NiJ9.CANARY.CANARY" };
    static const char *const around[] = { "%s", "a %s b", "{\"x\":\"%s\"}", "x=%s&y=1", "(%s)",
        "X-Thing: %s\r\n", "\"{\\\"k\\\":\\\"%s\\\"}\"", "x\xff%s", "/a/%s?b" };
    for (size_t i = 0; i < ARRAY_LEN(canaries); i++)
        for (size_t k = 0; k < ARRAY_LEN(around); k++) {
            struct str secret = str_of_c(canaries[i]), text = S("");
            struct buf b = BUF(t->c->arena);
            for (struct str rest = str_of_c(around[k]); rest.n > 0; rest = str_from(rest, 1))
                if (str_starts(rest, S("%s"))) {
                    buf_add(&b, secret);
                    rest = str_from(rest, 1);
                } else {
                    buf_char(&b, rest.p[0]);
                }
            text = buf_str(&b);
            t->c->request_id = text;
            log_debug(t->c, "as_field", L("f", text));
            log_error(t->c, str_c(t->c->arena, text), L("f", S("as event")));
            (void)fail(t->c, INVALID_REQUEST, "the sentence holds %.*s", SARG(text));
            (void)fail_because(t->c, INTERNAL, "and its cause %.*s", SARG(text));
            log_failure(t->c, "failed");
        }
    t->c->request_id = S("req_1");
    log_info(t->c, "names", L("password", S("CANARY")), L("Cookie", S("CANARY")),
        L("stripeSignature", S("CANARY")), L("userToken", S("CANARY")),
        L_I64("card", INT64_C(4242424242424242)));
    struct str all = ended(t, log);
    EXPECT(all.n > 10000);
    EXPECT(!str_has(all, S("CANARY")));
    EXPECT(!str_has(all, S("4242")) && !str_has(all, S("5555")));
}

/* ---- the writer */

struct pipe_log {
    int ends[2];
    struct log *log;
    struct metrics *metrics;
};

static struct pipe_log pipe_log(struct test *t)
{
    struct pipe_log p = { .metrics = t->c->metrics };
    must(pipe2(p.ends, O_CLOEXEC) == 0);
    p.log = log_open(p.ends[1], LOG_INFO, p.metrics);
    t->c->log = p.log;
    return p;
}

/* Everything that comes out until the other end is closed. */
static void *read_all(void *arg)
{
    struct buf *b = arg;
    int fd = *(int *)b->p;
    b->n = 0;
    b->cap = 0;
    for (ssize_t n = 1; n > 0; b->n += (size_t)n) {
        n = read(fd, buf_room(b, 65536), 65536);
        if (n < 0)
            break;
    }
    return NULL;
}

static int64_t count(struct str s, struct str what)
{
    int64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += str_starts(str_from(s, i), what);
    return n;
}

/* The sum of all that the log says is missing. */
static int64_t told(struct str all)
{
    struct str mark = S("\"event\":\"log_lines_dropped\",\"lines\":"), number, rest;
    int64_t sum = 0, n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (str_starts(str_from(all, i), mark)) {
            must(str_cut(str_from(all, i + mark.n), '}', &number, &rest) && str_to_i64(number, &n));
            sum += n;
        }
    return sum;
}

TEST("a full queue drops lines, counts them and says so later")
{
    struct pipe_log p = pipe_log(t);
    struct buf filler = BUF(t->c->arena);
    while (filler.n < 1500)
        buf_char(&filler, 'x');
    int64_t sent = 0;
    while (metric_value(t->c, METRIC_log_lines_dropped_total) < 100 && sent < 10000) {
        log_info(t->c, "line", L("f", buf_str(&filler)));
        sent++;
    }
    int64_t dropped = metric_value(t->c, METRIC_log_lines_dropped_total);
    EXPECT_I64(dropped, 100);
    struct arena theirs = { .chunks = NULL };
    struct buf got = BUF(&theirs);
    got.p = (char *)&p.ends[0];
    pthread_t reader;
    must(pthread_create(&reader, NULL, read_all, &got) == 0);
    while (metric_value(t->c, METRIC_log_lines_dropped_total) > dropped || sent < 20000) {
        dropped = metric_value(t->c, METRIC_log_lines_dropped_total);
        log_info(t->c, "more", L("f", S("y")));
        sent++;
    }
    log_close(p.log);
    close(p.ends[1]);
    pthread_join(reader, NULL);
    close(p.ends[0]);
    int64_t arrived = count(buf_str(&got), S("\"event\":\"line\"")) +
        count(buf_str(&got), S("\"event\":\"more\""));
    EXPECT_I64(arrived, sent - metric_value(t->c, METRIC_log_lines_dropped_total));
    EXPECT_I64(told(buf_str(&got)), metric_value(t->c, METRIC_log_lines_dropped_total));
    arena_free(&theirs);
}

struct shouter {
    struct log *log;
    int64_t number;
};

static void *shout(void *arg)
{
    struct shouter *s = arg;
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena, .log = s->log, .wall_ms = 1000 };
    for (int i = 0; i < 500; i++)
        log_info(&c, "shout", L_I64("who", s->number), L_I64("i", i));
    arena_free(&arena);
    return NULL;
}

TEST("lines of several threads come whole, and in each thread's order")
{
    struct pipe_log p = pipe_log(t);
    struct arena theirs = { .chunks = NULL };
    struct buf got = BUF(&theirs);
    got.p = (char *)&p.ends[0];
    pthread_t reader, threads[4];
    struct shouter shouters[4];
    must(pthread_create(&reader, NULL, read_all, &got) == 0);
    for (int i = 0; i < 4; i++) {
        shouters[i] = (struct shouter) { p.log, i };
        must(pthread_create(&threads[i], NULL, shout, &shouters[i]) == 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_close(p.log);
    close(p.ends[1]);
    pthread_join(reader, NULL);
    close(p.ends[0]);
    int64_t next[4] = { 0 };
    struct str rest = buf_str(&got), line;
    while (str_cut(rest, '\n', &line, &rest))
        for (int64_t who = 0; who < 4; who++) {
            struct str want = str_fmt(t->c->arena, "\"event\":\"shout\",\"who\":%lld,\"i\":%lld}",
                (long long)who, (long long)next[who]);
            if (str_ends(line, want))
                next[who]++;
        }
    for (int who = 0; who < 4; who++)
        EXPECT_I64(next[who], 500);
    arena_free(&theirs);
}

TEST("when nobody reads any more, lines are lost and counted, and closing still ends")
{
    struct pipe_log p = pipe_log(t);
    close(p.ends[0]);
    log_info(t->c, "into the void", L("a", S("b")));
    log_info(t->c, "into the void", L("a", S("b")));
    log_close(p.log);
    close(p.ends[1]);
    EXPECT(metric_value(t->c, METRIC_log_lines_dropped_total) >= 2);
}

TEST("a level is one of four words")
{
    enum log_level level = LOG_INFO;
    EXPECT(log_level_parse(S("debug"), &level) && level == LOG_DEBUG);
    EXPECT(log_level_parse(S("error"), &level) && level == LOG_ERROR);
    EXPECT(!log_level_parse(S("Error"), &level) && !log_level_parse(S(""), &level));
    EXPECT(level == LOG_ERROR);
}
