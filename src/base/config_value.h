#ifndef BASE_CONFIG_VALUE_H
#define BASE_CONFIG_VALUE_H

#include "base/config.h"

/* What base/config*.c share, and nobody else includes. */

/* ---- config_value.c: one setting's value, checked by its kind */

enum config_kind {
    CONFIG_TEXT,       /* one line; rule: most bytes */
    CONFIG_WORD,       /* visible ASCII; rule: most bytes */
    CONFIG_WORDS,      /* several, separated by commas */
    CONFIG_SECRET,     /* visible ASCII; rule: fewest characters */
    CONFIG_SECRETS,    /* several, while one is replaced by another */
    CONFIG_API_KEY,    /* a secret that begins with sk_ */
    CONFIG_INT,        /* rule: from..to */
    CONFIG_BOOL,       /* yes or no */
    CONFIG_DURATION,   /* 15m; rule: from..to */
    CONFIG_CHOICE,     /* rule: a|b|c */
    CONFIG_COLOR,      /* #rrggbb */
    CONFIG_URL,        /* https unless loopback, the beginning of other URLs */
    CONFIG_LINK,       /* https unless loopback, a whole page */
    CONFIG_HOOK,       /* a LINK that is a credential itself, as chats give out; masked */
    CONFIG_ORIGIN,     /* https unless loopback, nothing behind host and port */
    CONFIG_ORIGINS,    /* several */
    CONFIG_MAIL,       /* ada@example.com */
    CONFIG_CONTACT,    /* MAIL or LINK */
    CONFIG_SMTP,       /* smtp:// or smtps://, with user and password; masked when printed */
    CONFIG_DATABASE,   /* sqlite:FILE or postgres://…; masked when printed */
    CONFIG_LISTEN,     /* HOST:PORT, several */
    CONFIG_NETWORKS,   /* addresses and networks, several */
    CONFIG_FILE,       /* a file that can be read; rule: most bytes */
    CONFIG_DOCUMENT,   /* a file whose lines are the value, read at start; rule: most bytes */
    CONFIG_FOLDER,     /* a folder that can be written to */
    CONFIG_PUBLIC_KEY, /* a PEM block, or a file that holds one */
    CONFIG_ZONE,       /* a name of the time zone database */
};

struct config_row {
    enum cfg id;
    const char *name;
    enum config_kind kind;
    const char *rule, *fallback, *help;
};
const struct config_row *config_row(enum cfg id);

struct config_value {
    struct str text; /* normalised */
    int64_t number;  /* INT, BOOL; DURATION in milliseconds */
    struct str *items;
    size_t count;
};
enum {
    CONFIG_ITEMS_MAX = 64,
    CONFIG_SECRETS_MAX = 8
};

/* Kept as secrets and not as text. */
bool config_is_secret(enum config_kind kind);
/* May be given as NAME_FILE, and is never quoted: secrets, and URLs that hold a password. */
bool config_holds_secret(enum config_kind kind);

/* Where a text came from, for the line that refuses it: "PURSER_LOG (line 3 of .env): …". */
struct config_given {
    bool set;
    struct str text;
    struct str where; /* "", "line 3 of .env", "preset" */
    struct str file;  /* the path of NAME_FILE; text is then what it holds */
};
/* The name with its place: how every refusal begins. */
struct str config_place(struct ctx *c, const char *name, const struct config_given *given);

/* Fails INVALID_REQUEST, or gives a value whose texts are in a (of a secret: views of the given
 * text, which is nowhere copied). */
enum err config_value_read(struct ctx *c, struct arena *a, const struct config_row *row,
    const struct config_given *given, struct config_value *ret);

/* What the functions of the kinds share.  Each looks at r->text and fills r->value. */
struct config_reader {
    struct ctx *c;
    struct arena *a;
    const struct config_row *row;
    const struct config_given *given;
    struct str text;
    struct config_value *value;
};
/* NAME: "text" why.  The text is left out when it could hold a secret or does not fit a line. */
enum err config_wrong(struct config_reader *r, const char *why);
enum err config_wrong_fmt(struct config_reader *r, const char *fmt, ...) PRINTF(2, 3);
enum err config_keep(struct config_reader *r, struct str text);
size_t config_rule_number(const struct config_reader *r);

/* ---- config_url.c */
enum err config_read_base_url(struct config_reader *r);
enum err config_read_link(struct config_reader *r);
enum err config_read_origin(struct config_reader *r);
enum err config_read_mail(struct config_reader *r);
enum err config_read_contact(struct config_reader *r);
enum err config_read_smtp(struct config_reader *r);
enum err config_read_database(struct config_reader *r);
enum err config_origin(struct config_reader *r, struct str text, struct str *ret);
enum err config_network(struct config_reader *r, struct str text);

/* ---- config_path.c */
enum err config_read_path(struct config_reader *r);
enum err config_read_public_key(struct config_reader *r);
enum err config_read_document(struct config_reader *r);
enum err config_read_zone(struct config_reader *r);

/* The values of one secret, in one block that is overwritten at the end. */
struct config_secrets {
    struct config_secrets *older; /* what it replaced: somebody may be using it still */
    size_t count, size;
    struct str item[CONFIG_SECRETS_MAX];
    char bytes[];
};

enum {
    CONFIG_PRICES_MAX = 256
};
struct config_price {
    struct str name, value;
};

struct config {
    struct arena arena;
    struct config_value value[CFG_COUNT];
    struct str source[CFG_COUNT]; /* "environment", "line 3 of .env", "/run/jwt", "default", "" */
    struct str file[CFG_COUNT];   /* the path of NAME_FILE */
    struct config_secrets *_Atomic secrets[CFG_COUNT];
    struct config_price price[CONFIG_PRICES_MAX]; /* STRIPE_PRICE_… beside those in the table */
    size_t prices;
    const char *credentials; /* systemd's folder, or NULL */
};

/* ---- config.c */

/* One row's value; *ret_secrets is NULL for those that are none. */
enum err config_read_row(struct ctx *c, struct config *cfg, const struct config_row *row,
    struct config_given *given, struct config_value *ret, struct config_secrets **ret_secrets);

/* ---- config_load.c */

/* Does a name, or what is written like one, speak to us?  PURSER_…, STRIPE_…, APP_URL, … */
bool config_is_ours(struct str name);

/* ---- config_source.c */

/* A file's content, at most max bytes, from malloc; INVALID_REQUEST with a clause ("…: cannot be
 * read (No such file or directory)") when it is none.  private: refused when others can read it,
 * unless it lies in `credentials`, a folder that systemd guards itself. */
enum err config_read_file(struct ctx *c, const char *path, size_t max, const char *credentials,
    bool private, struct str *ret);
/* Overwrites and frees what config_read_file gave. */
void config_forget(struct str text);

/* One NAME=value of an env file.  Views of the text, which is changed where quotes are undone. */
struct config_line {
    struct str name, value;
    int64_t number;
};
/* The next line that is ours; *ret_more is false at the end.  *rest goes forward; fails
 * INVALID_REQUEST with "line 3 of .env: …". */
enum err config_next_line(struct ctx *c, const char *path, char **rest, size_t *rest_n,
    int64_t *line_no, struct config_line *ret, bool *ret_more);

#endif
