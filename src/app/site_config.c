#include "app/app.h"

#include <stdio.h>

/* Whom the pages speak for, from PURSER_BRAND_….  Logos are files, read once and kept in memory. */

static enum err read_logo(
    struct ctx *c, struct app *a, enum cfg which, struct str *ret_bytes, struct str *ret_type)
{
    struct str path = config_str(a->config, which);
    if (path.n == 0)
        return E_OK;
    FILE *f = fopen(str_c(c->arena, path), "rbe");
    if (f == NULL)
        return fail(c, INVALID_REQUEST, "cannot read the logo %.*s: %m", SARG(path));
    enum {
        LOGO_MAX = 64 * 1024
    };
    char *bytes = arena_alloc(&a->arena, LOGO_MAX + 1);
    size_t n = fread(bytes, 1, LOGO_MAX + 1, f);
    fclose(f);
    struct str logo = { bytes, n };
    bool png = str_starts(logo, S("\x89PNG")), svg = str_has(str_part(logo, 0, 1000), S("<svg"));
    if (n == 0 || n > LOGO_MAX || (!png && !svg))
        return fail(
            c, INVALID_REQUEST, "the logo %.*s is an SVG or PNG of at most 64 KiB", SARG(path));
    *ret_bytes = logo;
    *ret_type = png ? S("image/png") : S("image/svg+xml");
    return E_OK;
}

enum err app_read_site(struct ctx *c, struct app *a)
{
    const struct config *cfg = a->config;
    struct site *site = arena_new(&a->arena, struct site);
    *site = (struct site) {
        .name = config_str(cfg, CFG_BRAND_NAME),
        .color = config_str(cfg, CFG_BRAND_COLOR),
        .origin = config_str(cfg, CFG_SITE_URL),
        .url = config_str(cfg, CFG_BRAND_URL),
        .support = config_str(cfg, CFG_BRAND_SUPPORT),
        .statement = config_str(cfg, CFG_BRAND_STATEMENT),
        .terms = config_str(cfg, CFG_BRAND_TERMS),
        .privacy = config_str(cfg, CFG_BRAND_PRIVACY),
        .refunds = config_str(cfg, CFG_BRAND_REFUNDS),
        .sandbox = a->sandbox,
        .drawer = a->sandbox ? S("/_sandbox") : S(""),
    };
    if (site->name.n == 0)
        site->name = S("This shop");
    TRY(read_logo(c, a, CFG_BRAND_LOGO, &site->logo, &site->logo_type));
    TRY(read_logo(c, a, CFG_BRAND_LOGO_DARK, &site->logo_dark, &site->logo_dark_type));
    a->site = site;
    return E_OK;
}
