#include "base/log.h"

#include "base/clock.h"
#include "base/metric.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two buffers: threads append whole lines to one under the lock, the writer takes it and leaves
 * the other.  Nobody waits for the disk; what finds no room is dropped and counted, and the next
 * line that finds room is preceded by one that says how many are missing. */

enum {
    QUEUE_MAX = 1024 * 1024,
    GATHER_MS = 5, /* under load the writer is woken for many lines, not for each */
    KEPT_MAX = 64 * 1024 * 1024
};

struct lines {
    char *p;
    size_t n, cap;
};

struct log {
    int fd; /* -1: kept in memory */
    enum log_level level;
    struct metrics *metrics;
    pthread_mutex_t lock;
    pthread_cond_t some; /* there are lines, or it is over */
    struct lines in;
    int64_t dropped; /* since the last line that says so */
    bool closing;
    struct lines out; /* the writer's own */
    pthread_t writer;
};

static const struct str level_names[] = {
    [LOG_DEBUG] = S_INIT("debug"),
    [LOG_INFO] = S_INIT("info"),
    [LOG_WARN] = S_INIT("warn"),
    [LOG_ERROR] = S_INIT("error"),
};

bool log_level_parse(struct str s, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
        if (str_eq(s, level_names[i])) {
            *ret = (enum log_level)i;
            return true;
        }
    return false;
}

bool log_wants(struct ctx *c, enum log_level level)
{
    return c->log != NULL && level >= c->log->level;
}

/* ---- the queue */

static struct lines lines_of(size_t cap)
{
    struct lines l = { .p = malloc(cap), .cap = cap };
    must(l.p != NULL);
    return l;
}

/* Kept lines grow as they come, the queue's buffers are as large as they may become. */
static bool has_room(struct log *log, size_t n)
{
    struct lines *in = &log->in;
    if (log->fd < 0 && in->cap - in->n < n && in->cap < KEPT_MAX) {
        in->cap *= 2;
        in->p = realloc(in->p, in->cap);
        must(in->p != NULL);
    }
    return in->cap - in->n >= n;
}

static void append(struct lines *in, struct str line)
{
    memcpy(in->p + in->n, line.p, line.n);
    in->n += line.n;
}

static void drop(struct log *log, int64_t lines)
{
    log->dropped += lines;
    metrics_add(log->metrics, METRIC_log_lines_dropped_total, lines);
}

/* `missing` stands before line when lines were dropped; it has room for the number. */
static void enqueue(struct log *log, struct str at, struct str line)
{
    char missing[160];
    pthread_mutex_lock(&log->lock);
    if (!has_room(log, line.n + sizeof missing)) {
        drop(log, 1);
        pthread_mutex_unlock(&log->lock);
        return;
    }
    bool wake = log->in.n == 0;
    if (log->dropped > 0) {
        int n = snprintf(missing, sizeof missing,
            "{\"at\":\"%.*s\",\"level\":\"warn\",\"event\":\"log_lines_dropped\",\"lines\":%lld}\n",
            SARG(at), (long long)log->dropped);
        must(n > 0 && (size_t)n < sizeof missing);
        append(&log->in, (struct str) { missing, (size_t)n });
        log->dropped = 0;
    }
    append(&log->in, line);
    pthread_mutex_unlock(&log->lock);
    if (wake)
        pthread_cond_signal(&log->some);
}

/* False when the rest cannot be written: the reader of the pipe is gone, the disk is full. */
static bool write_some(int fd, struct str *rest)
{
    ssize_t n = write(fd, rest->p, rest->n);
    if (n >= 0) {
        *rest = str_from(*rest, (size_t)n);
        return true;
    }
    if (errno == EAGAIN) /* somebody else made the terminal non-blocking */
        return poll(&(struct pollfd) { .fd = fd, .events = POLLOUT }, 1, -1) >= 0 || errno == EINTR;
    return errno == EINTR;
}

static void *write_lines(void *arg)
{
    struct log *log = arg;
    pthread_setname_np(pthread_self(), "log");
    pthread_mutex_lock(&log->lock);
    for (;;) {
        while (log->in.n == 0 && !log->closing)
            pthread_cond_wait(&log->some, &log->lock);
        if (log->in.n == 0)
            break;
        if (!log->closing && log->in.n < QUEUE_MAX / 4) {
            pthread_mutex_unlock(&log->lock);
            (void)poll(NULL, 0, GATHER_MS);
            pthread_mutex_lock(&log->lock);
        }
        struct lines full = log->in;
        log->in = log->out;
        pthread_mutex_unlock(&log->lock);
        struct str rest = { full.p, full.n };
        while (rest.n > 0 && write_some(log->fd, &rest))
            continue;
        int64_t lost = 0;
        for (size_t i = 0; i < rest.n; i++)
            lost += rest.p[i] == '\n';
        full.n = 0;
        pthread_mutex_lock(&log->lock);
        log->out = full;
        if (lost > 0)
            drop(log, lost);
    }
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

static struct log *open_with(int fd, enum log_level level, struct metrics *metrics)
{
    struct log *log = calloc(1, sizeof *log);
    must(log != NULL);
    log->fd = fd;
    log->level = level;
    log->metrics = metrics;
    must(pthread_mutex_init(&log->lock, NULL) == 0 && pthread_cond_init(&log->some, NULL) == 0);
    return log;
}

struct log *log_open(int fd, enum log_level level, struct metrics *metrics)
{
    must(fd >= 0);
    struct log *log = open_with(fd, level, metrics);
    log->in = lines_of(QUEUE_MAX);
    log->out = lines_of(QUEUE_MAX);
    /* Signals are for the thread that waits for them; and a closed pipe is an error of write(). */
    sigset_t all, before;
    sigfillset(&all);
    must(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    must(pthread_create(&log->writer, NULL, write_lines, log) == 0);
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return log;
}

struct log *log_open_kept(enum log_level level)
{
    struct log *log = open_with(-1, level, NULL);
    log->in = lines_of(4096);
    return log;
}

struct str log_kept(struct log *log, struct arena *a)
{
    must(log->fd < 0);
    pthread_mutex_lock(&log->lock);
    struct str all = str_copy(a, (struct str) { log->in.p, log->in.n });
    pthread_mutex_unlock(&log->lock);
    return all;
}

void log_close(struct log *log)
{
    if (log == NULL)
        return;
    if (log->fd >= 0) {
        pthread_mutex_lock(&log->lock);
        log->closing = true;
        pthread_mutex_unlock(&log->lock);
        pthread_cond_signal(&log->some);
        must(pthread_join(log->writer, NULL) == 0);
    }
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->some);
    free(log->in.p);
    free(log->out.p);
    free(log);
}

/* ---- a line */

/* Characters that a terminal or a reader does not show as what they are: controls of both sets,
 * bidi marks, joiners, line separators, tags. */
static bool is_invisible(uint32_t u)
{
    return u < 0x20 || (u >= 0x7f && u < 0xa0) || u == 0xad || u == 0x61c || u == 0x180e ||
        (u >= 0x200b && u <= 0x200f) || (u >= 0x2028 && u <= 0x202e) ||
        (u >= 0x2060 && u <= 0x206f) || u == 0xfeff || (u >= 0xfff9 && u <= 0xfffb) ||
        (u >= 0xe0000 && u <= 0xe0fff);
}

static void escape_point(struct buf *b, uint32_t u)
{
    if (u > 0xffff) {
        buf_fmt(b, "\\u%04x", 0xd800 + ((u - 0x10000) >> 10));
        u = 0xdc00 + (u & 0x3ff);
    }
    buf_fmt(b, "\\u%04x", u);
}

static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* JSON text with its quotes.  NUL, which some readers of JSON refuse, and bytes that are no UTF-8
 * are spelled out: \xhh. */
static void escape(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (size_t i = 0, run = 0; i < s.n; i = run) {
        for (run = i; run < s.n && is_plain(s.p[run]);)
            run++;
        buf_add(b, str_part(s, i, run - i));
        if (run == s.n)
            break;
        uint32_t u = 0;
        size_t len = utf8_at(s, run, &u);
        if (len == 0 || u == 0)
            buf_fmt(b, "\\\\x%02x", (unsigned char)s.p[run]);
        else if (is_invisible(u))
            escape_point(b, u);
        else {
            if (u == '"' || u == '\\')
                buf_char(b, '\\');
            buf_add(b, str_part(s, run, len));
        }
        run += len == 0 ? 1 : len;
    }
    buf_char(b, '"');
}

/* Redacted first, so that the cut cannot make a secret unrecognisable; then the first
 * LOG_FIELD_MAX bytes, not in the middle of a character. */
static void escape_value(struct buf *b, struct str text)
{
    struct str s = redact_up_to(b->arena, text, LOG_FIELD_MAX);
    if (s.n > LOG_FIELD_MAX) {
        size_t n = LOG_FIELD_MAX;
        while (n > LOG_FIELD_MAX - 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
            n--;
        struct buf cut = BUF(b->arena);
        buf_add(&cut, str_part(s, 0, n));
        buf_add(&cut, S("…"));
        s = buf_str(&cut);
    }
    escape(b, s);
}

static void add_text(struct buf *b, const char *key, struct str text)
{
    escape(b, str_of_c(key));
    buf_char(b, ':');
    if (redact_name(str_of_c(key)) && text.n > 0)
        text = S("[redacted]");
    escape_value(b, text);
}

static void add_number(struct buf *b, const char *key, int64_t number)
{
    struct str text = str_fmt(b->arena, "%lld", (long long)number);
    if (!str_eq(redact_cards(b->arena, text), text)) {
        add_text(b, key, text);
        return;
    }
    escape(b, str_of_c(key));
    buf_char(b, ':');
    buf_add(b, text);
}

void log_line(struct ctx *c, enum log_level level, const char *event,
    const struct log_field *fields, size_t n)
{
    if (!log_wants(c, level))
        return;
    /* An arena of its own: a loop's ctx lives long, and its arena would only grow. */
    struct arena scratch = { .chunks = NULL };
    struct buf b = BUF(&scratch);
    struct str at = time_iso(&scratch, c->wall_ms);
    buf_fmt(&b, "{\"at\":\"%.*s\",\"level\":\"%.*s\",", SARG(at), SARG(level_names[level]));
    add_text(&b, "event", str_of_c(event));
    if (c->request_id.n > 0) {
        buf_char(&b, ',');
        add_text(&b, "requestId", c->request_id);
    }
    for (size_t i = 0; i < n; i++) {
        buf_char(&b, ',');
        if (fields[i].is_number)
            add_number(&b, fields[i].key, fields[i].number);
        else
            add_text(&b, fields[i].key, fields[i].text);
    }
    buf_add(&b, S("}\n"));
    enqueue(c->log, at, buf_str(&b));
    arena_free(&scratch);
}

void log_failure(struct ctx *c, const char *event)
{
    const struct code_info *code = code_info(c->err.code);
    enum log_level level = code->kind == E_INTERNAL ? LOG_ERROR : LOG_WARN;
    if (!log_wants(c, level))
        return;
    struct arena scratch = { .chunks = NULL };
    struct ctx at = *c;
    at.arena = &scratch;
    const struct log_field fields[] = { L("code", code->name), L("why", err_chain(&at)) };
    log_line(&at, level, event, fields, ARRAY_LEN(fields));
    arena_free(&scratch);
}
