/* A configuration from anybody:
 *   - it is loaded, or refused with one line of text;
 *   - neither that line, nor the notices, nor the printed configuration holds a secret of another
 *     setting, or the value of a setting that is one;
 *   - what is loaded can be read by every name, and reloaded.
 * Input: how it is given (environment or file), then lines NAME=value.  A name that ends in '!'
 * stands for a secret setting whose value is the canary followed by what is given. */
#include "base/config.h"
#include "base/config_value.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char canary[] = "CANARY-0123456789-0123456789";

static void no_canary(struct str text)
{
    must(!str_has(text, S("CANARY")));
}

static void read_everything(struct ctx *c, struct config *cfg)
{
    for (enum cfg id = 0; id < CFG_COUNT; id++) {
        enum config_kind kind = config_row(id)->kind;
        struct secret secret;
        struct str item;
        if (config_is_secret(kind)) {
            for (size_t i = 0; config_secret(cfg, id, i, &secret); i++)
                must(secret_len(secret) >= 8);
            continue;
        }
        must(config_str(cfg, id).p != NULL);
        for (size_t i = 0; config_item(cfg, id, i, &item); i++)
            must(item.n > 0);
        if (kind == CONFIG_INT || kind == CONFIG_BOOL)
            must(config_i64(cfg, id) >= 0);
        if (kind == CONFIG_DURATION)
            must(config_ms(cfg, id) > 0);
    }
    struct buf out = BUF(c->arena);
    config_print(cfg, c->arena, &out);
    no_canary(buf_str(&out));
    if (config_reload(c, cfg) != E_OK)
        no_canary(c->err.message);
}

/* "NAME!=x" becomes "NAME=CANARY…x" where NAME may hold a secret, and nothing elsewhere. */
static char *env_line(struct ctx *c, struct str line)
{
    struct str name, value;
    struct buf b = BUF(c->arena);
    str_cut(line, '=', &name, &value);
    if (!str_ends(name, S("!")))
        return (char *)(uintptr_t)str_c(c->arena, line);
    name.n--;
    for (enum cfg id = 0; id < CFG_COUNT; id++)
        if (str_eq(name, str_of_c(config_row(id)->name)) &&
            config_holds_secret(config_row(id)->kind))
            buf_fmt(&b, "%.*s=%s", SARG(name), canary);
    buf_add(&b, b.n > 0 ? value : S(""));
    buf_char(&b, 0);
    return b.p;
}

static char **env_of(struct ctx *c, struct str text)
{
    enum {
        MOST = 64
    };
    char **env = arena_array(c->arena, char *, MOST + 1);
    struct str line;
    size_t n = 0;
    for (bool more = true; more && n < MOST; n++) {
        more = str_cut(text, '\n', &line, &text);
        env[n] = env_line(c, line);
    }
    return env;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    struct str text = { (const char *)data + 1, size - 1 };
    if (size == 0 || str_has(text, S("CANARY")))
        return 0;
    int fd = -1;
    struct config_sources sources = { .env_file = "" };
    if (data[0] % 2 == 0) {
        sources.env = env_of(&c, text);
    } else {
        fd = memfd_create("env", MFD_CLOEXEC);
        must(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
        sources.env_file = str_c(&arena, str_fmt(&arena, "/proc/self/fd/%d", fd));
    }
    if (data[0] % 4 >= 2) {
        sources.presets = config_sandbox_presets;
        sources.preset_count = config_sandbox_preset_count;
    }
    struct buf notices = BUF(&arena);
    struct config *cfg = NULL;
    if (config_load(&c, &sources, &notices, &cfg) == E_OK) {
        read_everything(&c, cfg);
        config_free(cfg);
    } else {
        struct str why = c.err.message;
        must(cfg == NULL && c.err.code == CODE_INVALID_REQUEST && why.n > 0);
        must(str_is_text(why) && !str_has(why, S("\n")));
        no_canary(why);
    }
    no_canary(buf_str(&notices));
    if (fd >= 0)
        close(fd);
    arena_free(&arena);
    return 0;
}
