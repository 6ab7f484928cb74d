#include "console/console_page.h"
#include "web/part.h"

/* The words that statuses have in the console, and where ids lead. */

struct word {
    enum tone tone;
    enum icon icon;
    struct str word;
};

static void badge(struct buf *b, const struct word *w)
{
    part_badge(b, w->tone, w->icon, w->word);
}

void console_attempt_badge(struct buf *b, const struct attempt *k)
{
    static const struct word words[] = {
        [ATTEMPT_CREATED] = { TONE_REST, ICON_DOTS, S_INIT("Created") },
        [ATTEMPT_OPEN] = { TONE_INFO, ICON_SEND, S_INIT("Open") },
        [ATTEMPT_PROCESSING] = { TONE_INFO, ICON_SEND, S_INIT("Processing") },
        [ATTEMPT_CAPTURED] = { TONE_OK, ICON_CHECK, S_INIT("Captured") },
        [ATTEMPT_DECLINED] = { TONE_BAD, ICON_CROSS, S_INIT("Declined") },
        [ATTEMPT_FAILED] = { TONE_BAD, ICON_CROSS, S_INIT("Failed") },
        [ATTEMPT_UNKNOWN] = { TONE_WAIT, ICON_ALERT, S_INIT("Unknown, asking") },
        [ATTEMPT_ABANDONED] = { TONE_REST, ICON_DOTS, S_INIT("Abandoned") },
        [ATTEMPT_EXPIRED] = { TONE_REST, ICON_DOTS, S_INIT("Expired") },
        [ATTEMPT_CANCELLED] = { TONE_REST, ICON_CROSS, S_INIT("Cancelled") },
    };
    static const struct word held = { TONE_ODD, ICON_EYE, S_INIT("Held, unexplained") };
    static const struct word back = { TONE_REST, ICON_BACK, S_INIT("Given back") };
    _Static_assert(ARRAY_LEN(words) == ATTEMPT_STATUS_COUNT, "every status has its word");
    static const struct word part = { TONE_REST, ICON_HALF, S_INIT("Partly given back") };
    if (k->refunded_minor > 0)
        badge(b, k->refunded_minor < k->amount.minor ? &part : &back);
    else
        badge(b, k->extra ? &held : &words[k->status]);
}

void console_event_badge(struct buf *b, enum event_status s)
{
    static const struct word words[] = {
        [EVENT_RECEIVED] = { TONE_WAIT, ICON_CLOCK, S_INIT("Received") },
        [EVENT_APPLIED] = { TONE_OK, ICON_CHECK, S_INIT("Applied") },
        [EVENT_IGNORED] = { TONE_REST, ICON_DOTS, S_INIT("Nothing to do") },
        [EVENT_RETRYING] = { TONE_WAIT, ICON_CLOCK, S_INIT("Will retry") },
        [EVENT_PARKED] = { TONE_BAD, ICON_ALERT, S_INIT("Failed") },
    };
    _Static_assert(ARRAY_LEN(words) == EVENT_STATUS_COUNT, "every status has its word");
    badge(b, &words[s]);
}

void console_mail_badge(struct buf *b, enum mail_state s)
{
    static const struct word words[] = {
        [MAIL_QUEUED] = { TONE_WAIT, ICON_CLOCK, S_INIT("Waiting") },
        [MAIL_SENT] = { TONE_OK, ICON_SEND, S_INIT("Sent") },
        [MAIL_KEPT] = { TONE_REST, ICON_BOX, S_INIT("Kept here") },
        [MAIL_REFUSED] = { TONE_BAD, ICON_CROSS, S_INIT("Refused") },
        [MAIL_PARKED] = { TONE_BAD, ICON_ALERT, S_INIT("Not delivered") },
    };
    badge(b, &words[s]);
}

void console_job_badge(struct buf *b, const struct job *job, int64_t now_ms)
{
    static const struct word stuck = { TONE_BAD, ICON_ALERT, S_INIT("Stuck") },
                             runs = { TONE_INFO, ICON_SEND, S_INIT("Running") },
                             again = { TONE_WAIT, ICON_CLOCK, S_INIT("Retrying") },
                             waits = { TONE_REST, ICON_CLOCK, S_INIT("Waiting") };
    if (job->state == JOB_PARKED)
        badge(b, &stuck);
    else if (job->leased_until_ms > now_ms)
        badge(b, &runs);
    else
        badge(b, job->last_error.n > 0 ? &again : &waits);
}

struct str console_gateway_title(enum gateway_id id)
{
    const struct gateway *g = gateway_by_id(id);
    return g == NULL ? S("None") : g->title;
}

struct str console_href(struct arena *a, struct str id)
{
    static const struct {
        struct str prefix, path;
    } pages[] = {
        { S_INIT("ord_"), S_INIT("/admin/orders/") },
        { S_INIT("att_"), S_INIT("/admin/explain/") },
        { S_INIT("pay_"), S_INIT("/admin/explain/") },
        { S_INIT("cus_"), S_INIT("/admin/customers/") },
        { S_INIT("aud_"), S_INIT("/admin/explain/") },
        { S_INIT("evt_"), S_INIT("/admin/webhooks/") },
        { S_INIT("mail_"), S_INIT("/admin/mails/") },
        { S_INIT("job_"), S_INIT("/admin/explain/") },
    };
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (str_starts(id, pages[i].prefix))
            return str_fmt(a, "%.*s%.*s", SARG(pages[i].path), SARG(url_encode(a, id)));
    return S("");
}

void console_id(struct buf *b, struct str id)
{
    struct str href = console_href(b->arena, id);
    if (href.n == 0) {
        html(b, "<code class=\"any\">", id, "</code>");
        return;
    }
    html(b, "<a class=\"any\" href=\"");
    html_url(b, href);
    html(b, "\"><code>", id, "</code></a>");
}

void console_joints(struct buf *b, struct str name)
{
    size_t from = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == ':' || name.p[i] == '_' || name.p[i] == '.') {
            html(b, str_part(name, from, i + 1 - from), "<wbr>");
            from = i + 1;
        }
    html(b, str_from(name, from));
}

/* ---- the story */

static const struct word moods[] = {
    [CHAIN_PLAIN] = { TONE_REST, ICON_DOTS, S_INIT("") },
    [CHAIN_GOOD] = { TONE_OK, ICON_CHECK, S_INIT("") },
    [CHAIN_BAD] = { TONE_BAD, ICON_CROSS, S_INIT("") },
    [CHAIN_ODD] = { TONE_ODD, ICON_EYE, S_INIT("") },
    [CHAIN_WAITS] = { TONE_WAIT, ICON_CLOCK, S_INIT("") },
};

static enum icon icon_of(const struct chain_step *s)
{
    if (s->mood != CHAIN_PLAIN)
        return moods[s->mood].icon;
    switch (s->kind) {
    case CHAIN_GATEWAY:
        return str_starts(s->id, S("evt_")) ? ICON_HOOK : ICON_SEND;
    case CHAIN_MAIL:
        return ICON_SEND;
    case CHAIN_MONEY:
        return ICON_BACK;
    case CHAIN_PEOPLE:
        return ICON_KEY;
    case CHAIN_ORDER:
    case CHAIN_WORK:
    case CHAIN_KIND_COUNT:
        break;
    }
    return ICON_DOTS;
}

static void step(struct buf *b, const struct chain_step *s)
{
    part_event_open(b,
        &(struct part_event) { .tone = s->kind == CHAIN_PEOPLE && s->mood == CHAIN_PLAIN
                ? TONE_INFO
                : moods[s->mood].tone,
            .icon = icon_of(s),
            .title = s->title,
            .at_ms = s->at_ms,
            .exact = true });
    html(b, "<span class=\"any\">", s->more, "</span>");
    if (s->books.n > 0)
        html(b, s->more.n > 0 ? S(". ") : S(""), "<strong>", s->books, "</strong>");
    if (s->id.n > 0) {
        html(b, s->more.n > 0 || s->books.n > 0 ? S(". ") : S(""));
        console_id(b, s->id);
    }
    part_event_close(b);
}

void console_story(struct buf *b, const struct chain *chain, enum chain_kind kind)
{
    size_t shown = 0;
    part_story_open(b);
    for (size_t i = chain->n; i-- > 0;)
        if (kind == CHAIN_KIND_COUNT || chain->step[i].kind == kind) {
            step(b, &chain->step[i]);
            shown++;
        }
    part_story_close(b);
    if (shown == 0)
        html(b, "<p class=\"muted\">Nothing of this kind happened.</p>");
    if (chain->more)
        html(b, "<p class=\"small muted\">There is more than can be shown here.</p>");
}

void console_order_link(struct buf *b, struct str number)
{
    html(b, "<a href=\"/admin/orders/", number, "\">", number, "</a>");
}
