#include "gateway/gateway.h"

#include "base/redact.h"

#define GATEWAY(name) extern const struct gateway gateway_##name;
#include "gateway/all.def"
#undef GATEWAY

static const struct gateway *const table[] = {
    [GATEWAY_NONE] = NULL,
#define GATEWAY(name) [GATEWAY_ID_##name] = &gateway_##name,
#include "gateway/all.def"
#undef GATEWAY
};
_Static_assert(ARRAY_LEN(table) == GATEWAY_COUNT, "every gateway has a row");

const struct gateway *gateway_by_id(enum gateway_id id)
{
    return id < GATEWAY_COUNT ? table[id] : NULL;
}

enum gateway_id gateway_by_name(struct str name)
{
    for (size_t i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++)
        if (str_eq(table[i]->name, name))
            return (enum gateway_id)i;
    return GATEWAY_NONE;
}

struct str gateway_name(enum gateway_id id)
{
    const struct gateway *g = gateway_by_id(id);
    return g == NULL ? S("none") : g->name;
}

enum err gateway_accepts(
    struct ctx *c, const struct gateway *g, struct str method, struct money total)
{
    if (g->takes != NULL)
        TRY(g->takes(c, method, total.cur));
    return g->accepts(c, total);
}

bool gateway_is_page(struct str url, struct str api_url)
{
    bool plain = str_starts(api_url, S("http://"));
    return str_is_visible(url) && url.n <= 4096 &&
        (str_starts(url, S("https://")) || (plain && str_starts(url, S("http://"))));
}

void gateway_amount(struct ctx *c, enum gateway_id id, enum currency cur, struct notice *n)
{
    const struct gateway *g = gateway_by_id(id);
    struct money m = { 0, cur };
    if (!n->in_units)
        return;
    must(g != NULL && g->amount_in != NULL);
    n->in_units = false;
    n->has_amount = n->has_amount && g->amount_in(c, n->amount_minor, cur, &m);
    n->amount_minor = m.minor;
}

struct str notice_text(enum notice_kind kind)
{
    static const struct str names[] = {
        [NOTICE_STRANGE] = S_INIT("unknown to purser"),
        [NOTICE_OPENED] = S_INIT("opened"),
        [NOTICE_PENDING] = S_INIT("pending"),
        [NOTICE_PAID] = S_INIT("paid"),
        [NOTICE_FAILED] = S_INIT("failed"),
        [NOTICE_EXPIRED] = S_INIT("expired"),
        [NOTICE_REFUNDED] = S_INIT("refunded"),
        [NOTICE_DISPUTED] = S_INIT("disputed"),
        [NOTICE_NOTED] = S_INIT("noted"),
        [NOTICE_DECLINED] = S_INIT("declined"),
        [NOTICE_SUBSCRIPTION] = S_INIT("subscription"),
        [NOTICE_REFUND] = S_INIT("a refund"),
        [NOTICE_DISPUTE] = S_INIT("dispute"),
    };
    _Static_assert(ARRAY_LEN(names) == NOTICE_KIND_COUNT, "every kind has a name");
    must(kind < NOTICE_KIND_COUNT);
    return names[kind];
}

/* ---- evidence */

const struct evidence_field evidence_fields[] = {
#define TEXT(about, name, there, title)                                                            \
    { S_INIT(name), S_INIT(there), S_INIT(title), EVIDENCE_OF_##about, false, false },
#define LINES(about, name, there, title)                                                           \
    { S_INIT(name), S_INIT(there), S_INIT(title), EVIDENCE_OF_##about, false, true },
#define DOCUMENT(about, name, there, title)                                                        \
    { S_INIT(name), S_INIT(there), S_INIT(title), EVIDENCE_OF_##about, true, false },
#include "gateway/evidence.def"
#undef TEXT
#undef LINES
#undef DOCUMENT
};
const size_t evidence_field_count = ARRAY_LEN(evidence_fields);

const struct evidence_field *evidence_field_find(struct str name)
{
    for (size_t i = 0; i < evidence_field_count; i++)
        if (str_eq(evidence_fields[i].name, name))
            return &evidence_fields[i];
    return NULL;
}

int notice_progress(enum notice_kind kind)
{
    switch (kind) {
    case NOTICE_STRANGE:
    case NOTICE_NOTED:
    case NOTICE_SUBSCRIPTION:
    case NOTICE_DISPUTE:
    case NOTICE_DECLINED:
    case NOTICE_OPENED:
    case NOTICE_REFUND:
        return 0;
    case NOTICE_PENDING:
        return 1;
    case NOTICE_FAILED:
    case NOTICE_EXPIRED:
        return 2;
    case NOTICE_PAID:
        return 3;
    case NOTICE_REFUNDED:
    case NOTICE_DISPUTED:
        return 4;
    case NOTICE_KIND_COUNT:
        break;
    }
    never("all kinds of notice");
}

struct str gateway_words(struct ctx *c, struct str said)
{
    enum {
        WORDS_MAX = 200
    };
    return redact_up_to(c->arena, said, WORDS_MAX);
}

/* ---- a total spread over lines */

/* n things for so much together: one line when it divides, else a second one of quantity 1 that
 * carries the remainder, so that the sum is exact and no unit price is below one. */
static void add_split(
    struct ctx *c, const struct gateway_priced *p, struct gateway_line *line, size_t *n)
{
    int64_t unit = p->amount_minor / p->quantity, rest = p->amount_minor % p->quantity;
    if (rest == 0) {
        line[(*n)++] =
            (struct gateway_line) { p->name, p->description, unit, p->quantity, p->listed };
        return;
    }
    if (p->quantity > 1 && unit > 0)
        line[(*n)++] =
            (struct gateway_line) { p->name, p->description, unit, p->quantity - 1, S("") };
    int64_t last = p->amount_minor - (unit > 0 ? unit * (p->quantity - 1) : 0);
    struct str name = unit > 0
        ? p->name
        : str_fmt(c->arena, "%lld × %.*s", (long long)p->quantity, SARG(p->name));
    line[(*n)++] = (struct gateway_line) { name, p->description, last, 1, S("") };
}

void gateway_one_line(struct ctx *c, struct gateway_open *in)
{
    struct gateway_line *all = arena_array(c->arena, struct gateway_line, 1);
    *all = (struct gateway_line) { in->description, in->order_number, in->total.minor, 1, S("") };
    in->lines = all;
    in->line_count = 1;
}

enum err gateway_lines(struct ctx *c, const struct gateway_priced *lines, size_t n,
    struct str tax_name, int64_t tax_minor, struct gateway_line **ret, size_t *ret_n)
{
    struct gateway_line *line = arena_array(c->arena, struct gateway_line, 2 * n + 1);
    size_t count = 0;
    int64_t want = tax_minor, have = 0;
    for (size_t i = 0; i < n; i++) {
        must(lines[i].quantity > 0 && lines[i].amount_minor >= 0);
        want += lines[i].amount_minor;
        if (lines[i].amount_minor > 0) /* what costs nothing is no line: gateways refuse zero */
            add_split(c, &lines[i], line, &count);
    }
    if (tax_minor > 0)
        line[count++] = (struct gateway_line) { tax_name, tax_name, tax_minor, 1, S("") };
    for (size_t i = 0; i < count; i++) {
        must(line[i].unit_minor > 0);
        have += line[i].unit_minor * line[i].quantity;
    }
    must(have == want);
    *ret = line;
    *ret_n = count;
    return E_OK;
}
