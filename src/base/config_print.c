#include "base/config_value.h"

#include "base/redact.h"
#include "base/url.h"

static struct str shown(const struct config *cfg, struct arena *a, const struct config_row *row)
{
    const struct config_secrets *s = cfg->secrets[row->id];
    struct str text = cfg->value[row->id].text;
    struct url url;
    const char *why = NULL;
    if (s != NULL)
        return s->count == 1 ? S("********") : str_fmt(a, "******** (%zu of them)", s->count);
    if (text.n == 0)
        return S("-");
    if (row->kind == CONFIG_PUBLIC_KEY)
        return S("a public key");
    if (row->kind == CONFIG_DOCUMENT) {
        struct str first, rest;
        str_cut(text, '\n', &first, &rest);
        return str_fmt(a, "%.*s …", SARG(first));
    }
    if (row->kind == CONFIG_HOOK && url_parse(a, text, 0, &url, &why))
        return str_fmt(a, "%.*s/********", SARG(url_origin(a, &url)));
    return config_holds_secret(row->kind) ? redact(a, text) : text;
}

void config_print(const struct config *cfg, struct arena *a, struct buf *out)
{
    for (size_t i = 0; i < CFG_COUNT; i++) {
        struct str value = shown(cfg, a, config_row((enum cfg)i));
        buf_fmt(out, "%-37s %.*s", config_row((enum cfg)i)->name, SARG(value));
        if (cfg->source[i].n > 0)
            buf_fmt(out, "  (%.*s)", SARG(cfg->source[i]));
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < cfg->prices; i++)
        buf_fmt(out, "%-37.*s %.*s\n", SARG(cfg->price[i].name), SARG(cfg->price[i].value));
}

/* ---- the page about it */

/* What is written behind the '='. */
static const char *const kind_words[] = {
    [CONFIG_TEXT] = "text",
    [CONFIG_WORD] = "a word",
    [CONFIG_WORDS] = "words, with commas",
    [CONFIG_SECRET] = "a secret",
    [CONFIG_SECRETS] = "a secret, or several with commas",
    [CONFIG_API_KEY] = "a secret, `sk_…`",
    [CONFIG_INT] = "a number",
    [CONFIG_BOOL] = "`yes` or `no`",
    [CONFIG_DURATION] = "a duration",
    [CONFIG_CHOICE] = "one of",
    [CONFIG_COLOR] = "`#rrggbb`",
    [CONFIG_URL] = "an https URL",
    [CONFIG_LINK] = "an https URL",
    [CONFIG_HOOK] = "an https URL, secret",
    [CONFIG_ORIGIN] = "an origin",
    [CONFIG_ORIGINS] = "origins, with commas",
    [CONFIG_MAIL] = "a mail address",
    [CONFIG_CONTACT] = "a mail address or an https URL",
    [CONFIG_SMTP] = "a URL, secret",
    [CONFIG_DATABASE] = "a URL, secret",
    [CONFIG_LISTEN] = "HOST:PORT, several with commas",
    [CONFIG_NETWORKS] = "networks, with commas",
    [CONFIG_FILE] = "a file",
    [CONFIG_DOCUMENT] = "a file",
    [CONFIG_FOLDER] = "a folder",
    [CONFIG_PUBLIC_KEY] = "PEM, or a file",
    [CONFIG_ZONE] = "a time zone",
};

static void print_rule(const struct config_row *row, struct buf *out)
{
    struct str word, rest = str_of_c(row->rule);
    if (row->kind == CONFIG_INT || row->kind == CONFIG_DURATION) {
        str_cut(rest, '.', &word, &rest);
        buf_fmt(out, ", %.*s to %.*s", SARG(word), SARG(str_from(rest, 1)));
    } else if (row->kind == CONFIG_CHOICE) {
        for (bool more = true; more;) {
            more = str_cut(rest, '|', &word, &rest);
            buf_fmt(out, " `%.*s`", SARG(word));
        }
    } else if (config_is_secret(row->kind)) {
        buf_fmt(out, ", at least %s characters", row->rule);
    } else if (row->rule[0] != 0) {
        buf_fmt(out, ", at most %s bytes", row->rule);
    }
}

void config_document(struct buf *out)
{
    buf_add(out,
        S("# Configuration\n\n"
          "From the environment, or from a file of `NAME=value` lines given by `--env FILE` (`.env` if it is\n"
          "there); the environment wins. All of it is checked at start: any doubt is one line and exit 2.\n"
          "Secrets may be given as `NAME_FILE=path`, a file of mode 0600 that is read again on SIGHUP.\n"
          "This page is printed from `src/base/config.def`; `make golden` writes it.\n"));
    struct str group = S("");
    for (enum cfg id = 0; id < CFG_COUNT; id++) {
        const struct config_row *row = config_row(id);
        struct str head, tail;
        str_cut(str_of_c(row->name), '_', &head, &tail);
        if (!str_eq(head, group))
            buf_fmt(out,
                "\n## %.*s_…\n\n| name | value | default | what it means |\n|---|---|---|---|\n",
                SARG(head));
        group = head;
        buf_fmt(out, "| `%s` | %s", row->name, kind_words[row->kind]);
        print_rule(row, out);
        if (row->fallback[0] != 0)
            buf_fmt(out, " | `%s` | %s |\n", row->fallback, row->help);
        else
            buf_fmt(out, " | | %s |\n", row->help);
    }
}
