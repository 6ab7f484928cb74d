#include "base/clock.h"
#include "checkout/phone_page.h"
#include "order/order_part.h"
#include "web/page.h"

/* What each step of a phone that pays looks like. */

enum {
    UNKNOWN_AFTER_MS = 15 * 1000
};

const struct gateway_land *phone_land(const struct phone_view *v, struct str code)
{
    for (size_t i = 0; i < v->lands; i++)
        if (str_eq(v->land[i]->code, code))
            return v->land[i];
    return v->lands > 0 ? v->land[0] : NULL;
}

bool phone_is_asked(const struct phone_view *v)
{
    bool open = v->a.status == ATTEMPT_OPEN || v->a.status == ATTEMPT_PROCESSING;
    return open && v->a.prompted_ms > 0;
}

static bool takes_number(const struct ctx *c, const struct phone_view *v)
{
    return v->s.order.status == ORDER_PENDING && v->a.status == ATTEMPT_OPEN &&
        v->a.expires_ms > c->now_ms && v->a.prompted_ms == 0;
}

int64_t phone_version(const struct phone_view *v)
{
    return v->s.order.version + v->a.version + v->p.version;
}

/* ---- words */

static struct str operator_words(const struct phone_view *v)
{
    return v->p.operator.n> 0 ? v->p.operator: SAY(PHONE_YOUR_OPERATOR);
}

/* "+256 700 000 041" */
static struct str grouped(struct arena *a, const struct gateway_land *land, struct str phone)
{
    struct buf b = BUF(a);
    size_t dial = land != NULL ? land->dial.n + 1 : 0;
    buf_add(&b, str_part(phone, 0, dial));
    struct str rest = str_from(phone, dial < phone.n ? dial : phone.n);
    for (size_t i = 0; i < rest.n; i++) {
        if (i % 3 == 0 && rest.n - i > 1)
            buf_add(&b, S("\u00a0"));
        buf_char(&b, rest.p[i]);
    }
    return buf_str(&b);
}

/* "+256 ••• ••• 041": enough to know one's own. */
static struct str veiled(struct arena *a, const struct gateway_land *land, struct str phone)
{
    struct buf b = BUF(a);
    size_t dial = land != NULL ? land->dial.n + 1 : 0;
    struct str end = str_from(phone, phone.n > 3 ? phone.n - 3 : 0);
    buf_add(&b, str_part(phone, 0, dial));
    buf_add(&b, S("\u00a0•••\u00a0"));
    buf_add(&b, end);
    return buf_str(&b);
}

/* "+256700000000" as it might be typed there */
struct str phone_example(struct arena *a, const struct gateway_land *land)
{
    struct buf b = BUF(a);
    buf_fmt(&b, "+%.*s7", SARG(land->dial));
    for (int i = 1; i < land->digits; i++)
        buf_char(&b, (char)('0' + i % 10));
    return grouped(a, land, buf_str(&b));
}

static struct str clock_text(struct arena *a, int64_t ms)
{
    return str_part(time_iso(a, ms), S("2026-11-20T").n, S("02:14").n);
}

/* What gateways and operators say of it, in words for who pays; theirs differ from day to day. */
static struct str reason_of(struct arena *a, const struct phone_view *v, struct str said)
{
    static const struct {
        struct str has;
        enum text words;
    } rows[] = {
        { S_INIT("insufficient"), TEXT_PHONE_WHY_FUNDS },
        { S_INIT("balance"), TEXT_PHONE_WHY_FUNDS },
        { S_INIT("funds"), TEXT_PHONE_WHY_FUNDS },
        { S_INIT("declin"), TEXT_PHONE_WHY_DECLINED },
        { S_INIT("reject"), TEXT_PHONE_WHY_DECLINED },
        { S_INIT("cancel"), TEXT_PHONE_WHY_DECLINED },
        { S_INIT("respond"), TEXT_PHONE_WHY_TIME },
        { S_INIT("timeout"), TEXT_PHONE_WHY_TIME },
        { S_INIT("timed out"), TEXT_PHONE_WHY_TIME },
        { S_INIT("expired"), TEXT_PHONE_WHY_TIME },
        { S_INIT("limit"), TEXT_PHONE_WHY_LIMIT },
        { S_INIT("regist"), TEXT_PHONE_WHY_STRANGER },
        { S_INIT("not found"), TEXT_PHONE_WHY_STRANGER },
        { S_INIT("phone"), TEXT_PHONE_WHY_STRANGER },
        { S_INIT("pin"), TEXT_PHONE_WHY_PIN },
    };
    struct str lower = str_lower(a, said);
    enum text words = TEXT_PHONE_WHY_OTHER;
    for (size_t i = 0; words == TEXT_PHONE_WHY_OTHER && i < ARRAY_LEN(rows); i++)
        if (str_has(lower, rows[i].has))
            words = rows[i].words;
    return str_sentence(a, STR_FILL(a, text(words), { "operator", operator_words(v) }));
}

static struct str trouble_words(const struct ctx *c, struct arena *a, const struct phone_view *v)
{
    const struct prompt *p = &v->p;
    int64_t left = PROMPT_TRIES - p->wrong;
    switch (p->trouble) {
    case TROUBLE_NONE:
        return S("");
    case TROUBLE_WRONG_CODE:
        return SAY_WITH(a, PHONE_WRONG_CODE,
            { "n",
                left == 1 ? SAY(PHONE_TRY)
                          : SAY_WITH(a, PHONE_TRIES, { "n", number_text(a, left) }) });
    case TROUBLE_CODE_OVER:
        return SAY(PHONE_CODE_OVER);
    case TROUBLE_TOO_MANY: {
        int64_t at = p->codes_ms + PROMPT_CODES_MS;
        return SAY_WITH(a, PHONE_TOO_MANY,
            { "time", clock_text(a, (at > c->now_ms ? at : c->now_ms) + 59 * 1000) });
    }
    case TROUBLE_TOO_SOON:
        return SAY(PHONE_TOO_SOON);
    case TROUBLE_TOO_LITTLE:
        return SAY_WITH(a, PHONE_TOO_LITTLE, { "gateway", v->g->title });
    case TROUBLE_TOO_MUCH:
        return SAY_WITH(a, PHONE_TOO_MUCH, { "gateway", v->g->title });
    case TROUBLE_REFUSED:
        return str_fmt(a, "%.*s %.*s", SARG(reason_of(a, v, p->words)), SARG(SAY(PHONE_NOTHING)));
    case TROUBLE_AWAY:
        return SAY_WITH(a, PHONE_AWAY, { "gateway", v->g->title });
    case TROUBLE_LOST:
        return SAY(PHONE_LOST);
    }
    never("ten kinds of trouble");
}

/* ---- what all steps have */

static struct buf *step_open(struct req *r, const struct phone_view *v, int64_t n, struct str title)
{
    struct arena *a = r->c->arena;
    bool codes = v->g->phone->codes(r->c->config);
    bool waits = phone_is_asked(v);
    struct buf *b = page_open(r,
        &(struct page_head) {
            .status = v->tried ? 422 : 0,
            .title = title,
            .errors = v->tried,
            .live = waits ? phone_page_path(a, &v->s, &v->a) : S(""),
            .version = phone_version(v),
        });
    const struct part_field wrong = {
        .name = S("phone"), .label = SAY(PHONE_NUMBER), .error = v->phone_error
    };
    part_summary(b, &wrong, 1);
    const bool member = membership_name(a, &v->s).n > 0; /* which has steps of its own */
    membership_progress(b, &v->s, MEMBERSHIP_PAY);
    html(b, "<div class=\"pair\"><section class=\"card stack\">");
    if (n > 0 && !member)
        html(b, "<p class=\"muted\">",
            SAY_WITH(a, PHONE_STEP, { "n", number_text(a, codes || n == 1 ? n : n - 1) },
                { "of", number_text(a, codes ? 3 : 2) }),
            "</p>");
    html(b, "<h1>", title, "</h1>\n");
    struct str trouble = trouble_words(r->c, a, v);
    if (trouble.n > 0 && !waits && !v->tried) {
        part_note_open(
            b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT, .news = true });
        html(b, trouble);
        part_note_close(b);
    }
    return b;
}

static void step_close(struct req *r, struct buf *b, const struct phone_view *v)
{
    html(b, "</section>\n<section class=\"card stack\"><h2>", SAY(YOUR_ORDER), "</h2>");
    shown_bill(b, &v->s);
    html(b, "</section></div>");
    page_close(r);
}

static struct part_form form_of(struct req *r, const struct phone_view *v)
{
    return (struct part_form) {
        .action = phone_page_path(r->c->arena, &v->s, &v->a), .csrf = r->csrf, .tried = v->tried
    };
}

static void another_way(struct buf *b, const struct phone_view *v)
{
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .words = SAY(PHONE_ANOTHER_WAY),
            .href = str_fmt(b->arena, "/payment/cancelled?%.*s", SARG(v->s.query)) });
}

/* ---- the number */

static void write_operators(struct buf *b, const struct phone_view *v)
{
    enum {
        MOST = PHONE_LANDS * PHONE_OPERATORS + 1
    };
    struct part_pick pick[MOST];
    size_t n = 0;
    for (size_t i = 0; i < v->lands; i++)
        for (size_t k = 0; k < PHONE_OPERATORS && v->land[i]->operators[k].n > 0; k++)
            pick[n++] = (struct part_pick) { .value = v->land[i]->operators[k],
                .words = v->land[i]->operators[k] };
    pick[n++] = (struct part_pick) { .value = S("other"), .words = SAY(PHONE_OTHER) };
    part_picks(b,
        &(struct part_picks) { .name = S("operator"),
            .legend = SAY(PHONE_OPERATOR),
            .chosen = v->operator,
            .error = v->operator_error,
            .pick = pick,
            .n = n });
}

static void write_country(struct buf *b, const struct phone_view *v)
{
    struct part_option option[PHONE_LANDS];
    const struct gateway_land *land = phone_land(v, v->country);
    if (v->lands == 1) {
        html(b, "<p>", SAY_WITH(b->arena, PHONE_IN, { "land", land->name }, { "dial", land->dial }),
            "</p><input type=\"hidden\" name=\"country\" value=\"", land->code, "\">\n");
        return;
    }
    for (size_t i = 0; i < v->lands; i++)
        option[i] = (struct part_option) { v->land[i]->code, v->land[i]->name };
    part_field(b,
        &(struct part_field) { .name = S("country"),
            .label = SAY(PHONE_COUNTRY),
            .type = S("select"),
            .value = land->code,
            .options = option,
            .option_count = v->lands });
}

void phone_write_number(struct req *r, const struct phone_view *v)
{
    struct arena *a = r->c->arena;
    struct buf *b = step_open(r, v, 1, SAY(PHONE_WHICH));
    const struct gateway_land *land = phone_land(v, v->country);
    bool codes = v->g->phone->codes(r->c->config);
    struct part_form form = form_of(r, v);
    part_form_open(b, &form);
    write_country(b, v);
    write_operators(b, v);
    part_field(b,
        &(struct part_field) { .name = S("phone"),
            .label = SAY(PHONE_NUMBER),
            .hint = SAY_WITH(a, PHONE_NUMBER_HINT, { "example", phone_example(a, land) }),
            .error = v->phone_error,
            .type = S("tel"),
            .value = v->phone,
            .autocomplete = S("tel"),
            .inputmode = S("tel"),
            .max = 30 });
    part_button(b,
        &(struct part_button) { .words = codes
                ? SAY(PHONE_SEND_CODE)
                : SAY_WITH(a, PHONE_ASK_IT, { "total", money_text(a, v->a.amount) }),
            .pays = true,
            .busy = codes ? SAY(PHONE_SENDING) : SAY(PHONE_ASKING),
            .name = S("do"),
            .value = S("number") });
    part_form_close(b);
    another_way(b, v);
    step_close(r, b, v);
}

/* ---- the code */

static void write_fee(struct buf *b, const struct phone_view *v)
{
    struct money fee = { v->p.fee_minor, v->a.amount.cur }, sum;
    if (fee.minor == 0 || !money_add(v->a.amount, fee, &sum))
        return;
    html(b, "<p>",
        SAY_WITH(b->arena, PHONE_FEE, { "sum", money_text(b->arena, sum) },
            { "fee", money_text(b->arena, fee) }),
        "</p>\n");
}

static void write_code(struct req *r, const struct phone_view *v)
{
    struct arena *a = r->c->arena;
    const struct gateway_land *land = phone_land(v, v->p.country);
    struct buf *b = step_open(r, v, 2, SAY(PHONE_CODE_TITLE));
    struct part_form form = form_of(r, v);
    html(
        b, "<p>", SAY_WITH(a, PHONE_CODE_SENT, { "phone", veiled(a, land, v->p.phone) }), "</p>\n");
    write_fee(b, v);
    part_form_open(b, &form);
    part_field(b,
        &(struct part_field) { .name = S("code"),
            .label = SAY(PHONE_CODE),
            .hint = SAY(PHONE_CODE_HINT),
            .autocomplete = S("one-time-code"),
            .inputmode = S("numeric"),
            .max = 10 });
    part_button(b,
        &(struct part_button) {
            .words = SAY_WITH(a, PHONE_ASK, { "phone", grouped(a, land, v->p.phone) },
                { "total", money_text(a, v->a.amount) }),
            .pays = true,
            .busy = SAY(PHONE_ASKING),
            .name = S("do"),
            .value = S("code") });
    part_form_close(b);
    part_form_open(b, &form);
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .words = SAY(PHONE_RESEND),
            .busy = SAY(PHONE_SENDING),
            .name = S("do"),
            .value = S("again") });
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .words = SAY(PHONE_CHANGE),
            .name = S("do"),
            .value = S("change") });
    html(b, "</p>");
    part_form_close(b);
    step_close(r, b, v);
}

/* ---- waiting for the phone */

static void write_waiting(struct req *r, const struct phone_view *v)
{
    struct ctx *c = r->c;
    struct arena *a = c->arena;
    const struct gateway_land *land = phone_land(v, v->p.country);
    bool late = c->now_ms >= v->p.ends_ms;
    bool unknown = v->a.status == ATTEMPT_OPEN && c->now_ms - v->a.prompted_ms >= UNKNOWN_AFTER_MS;
    struct str title = late ? SAY(PHONE_LATE) : unknown ? SAY(PHONE_UNKNOWN) : SAY(PHONE_APPROVE);
    struct buf *b = step_open(r, v, 3, title);
    html(b, "<p>",
        SAY_WITH(a, PHONE_ASKED, { "phone", veiled(a, land, v->p.phone) },
            { "total", money_text_code(a, v->a.amount) }),
        "</p>\n");
    if (late || unknown) {
        html(b, "<p>",
            late ? SAY_WITH(a, PHONE_LATE_MORE, { "gateway", v->g->title })
                 : SAY_WITH(a, PHONE_UNKNOWN_MORE, { "gateway", v->g->title }),
            "</p>\n");
    } else {
        write_fee(b, v);
        html(b, "<p>", SAY_WITH(a, PHONE_PIN, { "operator", operator_words(v) }), "</p>\n<p>");
        part_badge(b, TONE_WAIT, ICON_CLOCK, SAY(PHONE_WAITING));
        html(b, " ", SAY(PHONE_ENDS), " <span class=\"nb\" data-until=\"", v->p.ends_ms, "\">",
            SAY_WITH(a, PHONE_ENDS_AT, { "time", clock_text(a, v->p.ends_ms) }), "</span></p>\n");
    }
    part_button(b,
        &(struct part_button) { .words = late || unknown ? SAY(CHECK_NOW) : SAY(PHONE_HAVE),
            .busy = SAY(PHONE_LOOKING),
            .pays = true,
            .href = str_fmt(a, "%.*s&wait=25&version=%lld", SARG(phone_page_path(a, &v->s, &v->a)),
                (long long)phone_version(v)) });
    step_close(r, b, v);
}

/* ---- what came of it */

static void write_failed(struct req *r, const struct phone_view *v)
{
    struct arena *a = r->c->arena;
    struct str order, token, number = order_number(a, &v->s.order);
    struct buf *b = step_open(r, v, 0, SAY(PHONE_NOT));
    str_cut(v->s.query, '&', &order, &token);
    html(b, "<p>", reason_of(a, v, v->a.why), " ", SAY(PHONE_NOTHING), "</p>\n");
    part_form_open(b,
        &(struct part_form) {
            .action = str_fmt(a, "/order/%.*s/pay?%.*s", SARG(number), SARG(token)),
            .csrf = r->csrf,
            .key = str_fmt(a, "pay-%.*s-%zu", SARG(number), v->s.attempts) });
    part_button(b, &(struct part_button) { .words = SAY(PHONE_AGAIN), .pays = true });
    part_form_close(b);
    another_way(b, v);
    step_close(r, b, v);
}

static void write_ended(struct req *r, const struct phone_view *v)
{
    struct buf *b = step_open(r, v, 0, SAY(GO_ENDED));
    html(b, "<p>", SAY(GO_ENDED_MORE), "</p>\n");
    part_button(b,
        &(struct part_button) { .words = SAY(GO_NEW),
            .href = str_fmt(b->arena, "/payment/cancelled?%.*s", SARG(v->s.query)) });
    step_close(r, b, v);
}

void phone_write(struct req *r, const struct phone_view *v)
{
    if (phone_is_asked(v))
        write_waiting(r, v);
    else if (v->a.status == ATTEMPT_FAILED)
        write_failed(r, v);
    else if (!takes_number(r->c, v))
        write_ended(r, v);
    else if (v->p.state == PROMPT_CODE)
        write_code(r, v);
    else
        phone_write_number(r, v);
}
