#include "web/site.h"

#include "base/html.h"

static const struct site nobody = { .name = S_INIT("purser") };

const struct site *site_of(const struct ctx *c)
{
    return c->site != NULL ? c->site : &nobody;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
        : c >= 'a' && c <= 'f'  ? c - 'a' + 10
        : c >= 'A' && c <= 'F'  ? c - 'A' + 10
                                : -1;
}

bool site_color_ok(struct str color)
{
    if (color.n != 7 || color.p[0] != '#')
        return false;
    for (size_t i = 1; i < 7; i++)
        if (hex_digit(color.p[i]) < 0)
            return false;
    return true;
}

struct str site_css(struct arena *a, const struct site *site)
{
    must(site_color_ok(site->color));
    return str_fmt(a, ":root{--brand:%.*s}\n", SARG(site->color));
}

/* The colour is all that is in it, so the colour names it. */
struct str site_css_url(struct arena *a, const struct site *site)
{
    must(site_color_ok(site->color));
    return str_fmt(a, "/brand/brand.%.*s.css", SARG(str_from(site->color, 1)));
}

/* How bright the eye finds it, of 255. */
static int brightness(struct str color)
{
    int part[3];
    for (size_t i = 0; i < 3; i++)
        part[i] = hex_digit(color.p[1 + 2 * i]) * 16 + hex_digit(color.p[2 + 2 * i]);
    return (part[0] * 299 + part[1] * 587 + part[2] * 114) / 1000;
}

/* Without a logo: the name's first letter on the brand's colour. */
static void draw_initial(struct buf *b, const struct site *site)
{
    struct str color = site_color_ok(site->color) ? site->color : S("#355bbd"), letter = S("?");
    uint32_t point = 0;
    if (site->name.n > 0)
        letter = str_part(site->name, 0, utf8_at(site->name, 0, &point));
    if (letter.n == 1 && letter.p[0] >= 'a' && letter.p[0] <= 'z')
        letter = str_fmt(b->arena, "%c", letter.p[0] - 'a' + 'A');
    html(b,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">"
        "<rect width=\"32\" height=\"32\" rx=\"8\" fill=\"",
        color,
        "\"/><text x=\"16\" y=\"22.5\" text-anchor=\"middle\" font-family=\"system-ui,sans-serif\" "
        "font-weight=\"700\" font-size=\"18\" fill=\"",
        brightness(color) > 150 ? S("#111") : S("#fff"), "\">", letter, "</text></svg>\n");
}

static void keep(struct req *r, bool forever)
{
    answer_header(r, S("Cache-Control"),
        forever ? S("public, max-age=31536000, immutable") : S("public, max-age=300"));
}

static enum err logo(struct req *r)
{
    const struct site *site = site_of(r->c);
    if (site->logo.n > 0) {
        answer_fixed(r, 200, site->logo_type, site->logo);
    } else {
        struct buf b = BUF(r->c->arena);
        draw_initial(&b, site);
        answer_text(r, 200, S("image/svg+xml"), buf_str(&b));
    }
    keep(r, false);
    return E_OK;
}

static enum err logo_dark(struct req *r)
{
    const struct site *site = site_of(r->c);
    if (site->logo_dark.n == 0)
        return logo(r);
    answer_fixed(r, 200, site->logo_dark_type, site->logo_dark);
    keep(r, false);
    return E_OK;
}

static enum err style(struct req *r)
{
    const struct site *site = site_of(r->c);
    struct str url = str_fmt(r->c->arena, "/brand/%.*s", SARG(r->params[0]));
    if (site->color.n == 0 || !str_eq(url, site_css_url(r->c->arena, site)))
        return fail(r->c, NOT_FOUND, "There is no such file.");
    answer_text(r, 200, S("text/css; charset=utf-8"), site_css(r->c->arena, site));
    keep(r, true);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/brand/logo", SHAPE_PLAIN, NULL, logo, NULL, 0, ALLOW_ANYONE, 0, 0,
        "The business's logo." },
    { "GET", "/brand/logo-dark", SHAPE_PLAIN, NULL, logo_dark, NULL, 0, ALLOW_ANYONE, 0, 0,
        "The business's logo on dark ground." },
    { "GET", "/brand/{file}", SHAPE_PLAIN, NULL, style, NULL, 0, ALLOW_ANYONE, 0, 0,
        "The business's colour, as a style sheet." },
};
const struct routes site_routes = { table, ARRAY_LEN(table) };
