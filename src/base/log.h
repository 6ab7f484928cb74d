#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/ctx.h"
#include "base/redact.h"

/* One JSON line per event: {"at":…,"level":…,"event":…,"requestId":…, fields}.  Control characters,
 * ESC and bidi marks are escaped, every field is capped (LOG_FIELD_MAX bytes), and what looks like
 * a secret or a card number is replaced before it is written, whatever the caller passed.
 * Lines are handed to a queue (bounded; a full queue drops and counts) and written by the log's
 * own thread; in tests they are kept in memory instead.
 *
 *   log_info(c, "request", L("method", req->method), L_I64("status", 200), L_MS("ms", 3));
 *
 * Only the edges log: the dispatcher its failed requests, the job runner its failed jobs. */
enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
};
enum {
    LOG_FIELD_MAX = 2000
};

struct log_field {
    const char *key;
    struct str text;
    int64_t number;
    bool is_number;
};
#define L(key, str_value) ((struct log_field) { (key), (str_value), 0, false })
#define L_I64(key, value) ((struct log_field) { (key), { NULL, 0 }, (value), true })
#define LOG_FIELDS(...)                                                                            \
    (const struct log_field[]) { __VA_ARGS__ },                                                    \
        sizeof((const struct log_field[]) { __VA_ARGS__ }) / sizeof(struct log_field)

#define log_debug(c, event, ...) log_line((c), LOG_DEBUG, (event), LOG_FIELDS(__VA_ARGS__))
#define log_info(c, event, ...) log_line((c), LOG_INFO, (event), LOG_FIELDS(__VA_ARGS__))
#define log_warn(c, event, ...) log_line((c), LOG_WARN, (event), LOG_FIELDS(__VA_ARGS__))
#define log_error(c, event, ...) log_line((c), LOG_ERROR, (event), LOG_FIELDS(__VA_ARGS__))
void log_line(struct ctx *c, enum log_level level, const char *event,
    const struct log_field *fields, size_t n);
/* The last failure of c with its cause chain, as one line. */
void log_failure(struct ctx *c, const char *event);

struct log;
/* fd: where lines go (1 for serve); kept == true keeps them in memory for log_kept. */
struct log *log_open(int fd, enum log_level level, struct metrics *metrics);
struct log *log_open_kept(enum log_level level);
struct str log_kept(struct log *log, struct arena *a);
void log_close(struct log *log); /* writes what is queued */
bool log_level_parse(struct str s, enum log_level *ret);
bool log_wants(struct ctx *c, enum log_level level);

#endif
