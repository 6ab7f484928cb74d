#include "base/command.h"

bool args_flag(const struct args *args, const char *name, struct str *ret_value)
{
    for (size_t i = 0; i < args->flag_count; i++)
        if (str_eq(args->flag[i].name, str_of_c(name))) {
            if (ret_value != NULL)
                *ret_value = args->flag[i].value;
            return true;
        }
    return false;
}

enum err args_word(
    struct ctx *c, const struct args *args, size_t i, const char *what, struct str *ret)
{
    if (i >= args->word_count)
        return fail(c, INVALID_REQUEST, "%s is missing", what);
    *ret = args->word[i];
    return E_OK;
}

/* How many of argv's words are the command's name; 0: another command. */
static size_t words_matched(const char *name, const struct str *argv, size_t argc)
{
    struct str rest = str_of_c(name), word;
    size_t n = 0;
    for (bool more = true; more; n++) {
        more = str_cut(rest, ' ', &word, &rest);
        if (n >= argc || !str_eq(argv[n], word))
            return 0;
    }
    return n;
}

static const struct command *find(const struct commands *const *lists, size_t list_count,
    const struct str *argv, size_t argc, size_t *ret_words)
{
    const struct command *best = NULL;
    *ret_words = 0;
    for (size_t l = 0; l < list_count; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            size_t n = words_matched(lists[l]->command[i].name, argv, argc);
            if (n > *ret_words) {
                best = &lists[l]->command[i];
                *ret_words = n;
            }
        }
    return best;
}

/* Does the command take this flag, and with a value? */
static bool takes(const struct command *command, struct str name, bool *ret_value)
{
    struct str rest = str_of_c(command->flags), flag;
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ' ', &flag, &rest);
        *ret_value = str_ends(flag, S("="));
        if (str_eq(*ret_value ? str_part(flag, 0, flag.n - 1) : flag, name))
            return true;
    }
    return false;
}

static enum err read_flag(struct ctx *c, const struct command *command, const struct str *argv,
    size_t argc, size_t *i, struct args *args)
{
    struct str name, value;
    bool inline_value = str_cut(str_from(argv[*i], 2), '=', &name, &value), has_value = false;
    if (str_eq(name, S("json")) && !inline_value) {
        args->json = true;
        return E_OK;
    }
    if (!takes(command, name, &has_value))
        return fail(c, INVALID_REQUEST, "%s has no flag --%.*s; see: purser %s --help",
            command->name, SARG(name), command->name);
    if (has_value && !inline_value) {
        if (*i + 1 >= argc)
            return fail(c, INVALID_REQUEST, "--%.*s needs a value", SARG(name));
        value = argv[++*i];
    }
    if (!has_value && inline_value)
        return fail(c, INVALID_REQUEST, "--%.*s takes no value", SARG(name));
    if (args_flag(args, str_c(c->arena, name), NULL))
        return fail(c, INVALID_REQUEST, "--%.*s is given twice", SARG(name));
    if (args->flag_count == ARGS_FLAGS)
        return fail(c, INVALID_REQUEST, "there are too many flags");
    args->flag[args->flag_count].name = name;
    args->flag[args->flag_count++].value = value;
    return E_OK;
}

enum err args_parse(struct ctx *c, const struct commands *const *lists, size_t list_count,
    const struct str *argv, size_t argc, const struct command **ret_command, struct args *ret)
{
    size_t own = 0;
    struct args args = { .word_count = 0 };
    const struct command *command = find(lists, list_count, argv, argc, &own);
    if (command == NULL)
        return argc == 0 ? fail(c, INVALID_REQUEST, "no command; see: purser --help")
                         : fail(c, INVALID_REQUEST,
                               "there is no command \"%.*s\"; see: purser --help", SARG(argv[0]));
    bool flags_over = false;
    for (size_t i = own; i < argc; i++) {
        if (!flags_over && str_eq(argv[i], S("--"))) {
            flags_over = true;
        } else if (!flags_over && str_starts(argv[i], S("--"))) {
            TRY(read_flag(c, command, argv, argc, &i, &args));
        } else {
            if (args.word_count == ARGS_WORDS)
                return fail(c, INVALID_REQUEST, "there are too many words after %s", command->name);
            args.word[args.word_count++] = argv[i];
        }
    }
    *ret_command = command;
    *ret = args;
    return E_OK;
}

void command_help(const struct command *command, struct buf *out)
{
    buf_fmt(out, "purser %s%s%s\n\n%s\n", command->name, command->usage[0] == 0 ? "" : " ",
        command->usage, command->about);
    if (command->more != NULL)
        buf_fmt(out, "\n%s\n", command->more);
}

size_t commands_help(
    const struct commands *const *lists, size_t list_count, struct str first, struct buf *out)
{
    size_t found = 0;
    buf_add(out,
        S("purser COMMAND [--database URL] [--catalog FILE] [--env FILE] [--json] [--help]\n\n"));
    for (size_t l = 0; l < list_count; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            const struct command *k = &lists[l]->command[i];
            struct str word, rest;
            str_cut(str_of_c(k->name), ' ', &word, &rest);
            if (first.n > 0 && !str_eq(word, first))
                continue;
            found++;
            struct str line = str_fmt(out->arena, "%s %s", k->name, k->usage);
            buf_fmt(out, "  %-46.*s%s%s\n", SARG(line),
                line.n > 45 ? "\n                                                " : "", k->about);
        }
    buf_add(out,
        S("\npurser COMMAND --help says more.  Exit 0: done; 1: refused, or something was found;"
          " 2: wrong usage or configuration.\n"));
    return found;
}
