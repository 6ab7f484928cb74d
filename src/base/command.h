#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/ctx.h"

/* A command of the program: one function that prints into a buffer.  main calls it, or the running
 * server does when the arguments come over its control socket; it cannot tell which.  Tables of
 * commands stand in x_command.c beside the feature they belong to; app/commands.c lists them. */

enum {
    ARGS_WORDS = 16,
    ARGS_FLAGS = 16
};
struct args {
    struct str word[ARGS_WORDS]; /* what is left after the command's own words */
    size_t word_count;
    struct {
        struct str name, value; /* value is empty for a bare flag */
    } flag[ARGS_FLAGS];
    size_t flag_count;
    bool json;             /* --json: for programs */
    struct str stdin_text; /* COMMAND_STDIN: what came on standard input, at most 64 KiB */
};

enum command_where {
    COMMAND_BARE,   /* needs no store: routes, errors, openapi */
    COMMAND_READS,  /* runs in no transaction of its own; may call db_read */
    COMMAND_WRITES, /* may call db_tx */
    COMMAND_ALONE,  /* refuses while a server runs on the database: migrate, restore */
    COMMAND_ITSELF, /* serve, sandbox: main runs them, they never travel over the socket */
};
enum {
    COMMAND_STDIN = 1, /* reads standard input */
    COMMAND_FILE = 2,  /* its first word is a file, from where the person stands */
    COMMAND_DOUBT = 4, /* says what is wrong: runs on any schema, and without a store when it cannot
                          be opened, for the reason that stands in c->err */
};

struct command {
    const char *name;  /* "key create" */
    const char *usage; /* "--role ROLE [--name NAME]" */
    const char *flags; /* flags it takes: "role= name= force"; '=' has a value; --json always */
    const char *about; /* one line */
    const char *more;  /* what --help adds, or NULL */
    enum command_where where;
    unsigned options;
    /* E_OK: exit 0.  INVALID_REQUEST: wrong usage, exit 2.  Any other failure: exit 1, with what
     * was printed and the sentence of c->err. */
    enum err (*run)(struct ctx *c, struct args *args, struct buf *out);
};
struct commands {
    const struct command *command;
    size_t n;
};

bool args_flag(const struct args *args, const char *name, struct str *ret_value);
/* The i-th word, or INVALID_REQUEST naming what is missing ("ID"). */
enum err args_word(
    struct ctx *c, const struct args *args, size_t i, const char *what, struct str *ret);

/* Finds the command (the longest name that fits) and reads its flags.  INVALID_REQUEST with one
 * line that says what is wrong and how to ask for help. */
enum err args_parse(struct ctx *c, const struct commands *const *lists, size_t list_count,
    const struct str *argv, size_t argc, const struct command **ret_command, struct args *ret);

/* Usage of one command, or the list of those whose first word this is; empty: of all.  How many
 * there were. */
void command_help(const struct command *command, struct buf *out);
size_t commands_help(
    const struct commands *const *lists, size_t list_count, struct str first, struct buf *out);

#endif
