#include "web/part_sample.h"

#define AT INT64_C(1795141047412) /* 20 November 2026, 02:17:27.412 UTC */

static void words(struct buf *b)
{
    html(b,
        "<p class=\"lead\">A lead is one sentence in a quieter voice.</p>\n"
        "<p>Text is at most thirty-four rem wide, <a href=\"#main\">links</a> are underlined, "
        "<strong>strong words</strong> are few, <code>names of things</code> are in code.</p>\n"
        "<p class=\"small muted\">Small and muted says what one may skip.</p>\n<p>");
    part_money(b, (struct money) { 2569, CUR_USD });
    html(b, " · ");
    part_money(b, (struct money) { 37000, CUR_UGX });
    html(b, " · ");
    part_money(b, (struct money) { -240, CUR_USD });
    html(b, " · ");
    part_mail(b, S("maximiliane.von-und-zu-langenscheidt@versicherungsgesellschaft.example"));
    html(b, " · ");
    part_time(b, AT);
    html(b, " · ");
    part_time_exact(b, AT);
    html(b, "</p>\n<ul class=\"ticks\"><li>");
    part_icon(b, ICON_CHECK);
    html(b, "<span>What it has</span></li></ul>");
}

static void icons(struct buf *b)
{
    html(b, "<div class=\"row\">");
    for (int icon = ICON_NONE + 1; icon < ICON_COUNT; icon++)
        part_icon(b, (enum icon)icon);
    html(b, "</div>");
}

static void buttons(struct buf *b)
{
    const struct part_button all[] = {
        { .words = S("Create the key") },
        { .words = S("See plans"), .kind = BUTTON_QUIET },
        { .words = S("Keep my plan"), .kind = BUTTON_PLAIN, .href = S("/account") },
        { .words = S("Revoke the key"), .kind = BUTTON_DANGER },
        { .words = S("Explain"), .kind = BUTTON_QUIET, .small = true, .href = S("/admin") },
        { .words = S("Copy"), .kind = BUTTON_QUIET, .icon = ICON_COPY, .small = true },
    };
    html(b, "<div class=\"row\">");
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        part_button(b, &all[i]);
    html(b, "</div>\n<p class=\"stack\">");
    part_button(b,
        &(struct part_button) {
            .words = S("Pay $25.69"),
            .icon = ICON_LOCK,
            .pays = true,
            .busy = S("Opening Stripe…"),
            .name = S("do"),
            .value = S("pay"),
        });
    html(b,
        "<button class=\"btn tall wide\" aria-disabled=\"true\" aria-busy=\"true\">"
        "Opening Stripe…</button></p>");
}

static void badges(struct buf *b)
{
    html(b, "<div class=\"row\">");
    part_badge(b, TONE_OK, ICON_CHECK, S("Paid"));
    part_badge(b, TONE_WAIT, ICON_CLOCK, S("Waiting"));
    part_badge(b, TONE_BAD, ICON_CROSS, S("Failed"));
    part_badge(b, TONE_INFO, ICON_SEND, S("Processing"));
    part_badge(b, TONE_ODD, ICON_EYE, S("Needs review"));
    part_badge(b, TONE_REST, ICON_DOTS, S("Expired"));
    part_badge(b, TONE_REST, ICON_NONE, S("Not yet"));
    html(b, "</div>");
}

static void notes(struct buf *b)
{
    static const struct {
        enum tone tone;
        enum icon icon;
        struct str words;
    } all[] = {
        { TONE_OK, ICON_CHECK, S_INIT("The key was created. You will not see it again.") },
        { TONE_WAIT, ICON_ALERT,
            S_INIT("We do not know yet whether this went through. We are asking, and will not "
                   "send it twice.") },
        { TONE_BAD, ICON_ALERT, S_INIT("Three jobs have failed since 02:10 UTC.") },
        { TONE_INFO, ICON_SEND, S_INIT("The backup is being written.") },
        { TONE_ODD, ICON_EYE, S_INIT("One payment needs a person to look at it.") },
        { TONE_REST, ICON_BOX, S_INIT("The body was deleted after 90 days; its hash remains.") },
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        part_note_open(b, &(struct part_note) { .tone = all[i].tone, .icon = all[i].icon });
        html(b, all[i].words);
        part_note_close(b);
        html(b, "\n");
    }
}

static void form(struct buf *b)
{
    static const struct part_option roles[] = { { S_INIT("app"), S_INIT("App") },
        { S_INIT("admin"), S_INIT("Admin") } };
    const struct part_field fields[] = {
        { .name = S("mail"),
            .label = S("Email"),
            .hint = S("The receipt goes here."),
            .type = S("email"),
            .autocomplete = S("email"),
            .inputmode = S("email"),
            .value = S("ada@"),
            .error = S("Enter an email address, like ada@example.com") },
        { .name = S("name"), .label = S("Name"), .max = 80, .value = S("Ada \"A\" <Lovelace>") },
        { .name = S("secret"),
            .label = S("Password"),
            .type = S("password"),
            .autocomplete = S("current-password"),
            .value = S("never sent back") },
        { .name = S("role"),
            .label = S("Role"),
            .type = S("select"),
            .options = roles,
            .option_count = ARRAY_LEN(roles),
            .value = S("admin") },
        { .name = S("reason"),
            .label = S("Reason"),
            .hint = S("Colleagues read it."),
            .type = S("textarea"),
            .optional = true },
    };
    part_summary(b, fields, ARRAY_LEN(fields));
    html(b, "\n");
    part_form_open(b,
        &(struct part_form) {
            .action = S("/_sandbox/parts"), .csrf = S("csrf"), .key = S("key"), .tried = true });
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        html(b, "\n");
        part_field(b, &fields[i]);
    }
    html(b, "\n");
    part_check(b,
        &(struct part_check) {
            .name = S("terms"),
            .label = S("I agree to the terms of Northwind"),
            .error = S("Tick the box to agree to the terms"),
            .href = S("https://northwind.example/terms"),
            .link = S("Read the terms"),
            .required = true,
        });
    html(b, "\n<p class=\"row\">");
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Save") });
    html(b, "</p>");
    part_form_close(b);
}

static void rows(struct buf *b)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Job"), .whole = true },
        { .label = S_INIT("Amount"), .number = true, .whole = true },
        { .label = S_INIT("Status") },
        { .label = S_INIT("Tries"), .number = true, .labelled = true },
        { .label = S_INIT("For"), .full = true, .any = true },
        { .label = S_INIT("Next run"), .full = true, .muted = true, .whole = true },
    };
    static const struct {
        struct str id, mail;
        enum tone tone;
        enum icon icon;
        struct str word;
        int64_t minor;
        int64_t tries;
    } lines[] = {
        { S_INIT("job_01kg0qv6z1ehx"), S_INIT("ada@example.com"), TONE_REST, ICON_CLOCK,
            S_INIT("Waiting"), 2569, 0 },
        { S_INIT("job_01kg0qv6z1ehy"),
            S_INIT("maximiliane.von-und-zu-langenscheidt@versicherungsgesellschaft.example"),
            TONE_WAIT, ICON_CLOCK, S_INIT("Retrying"), 12345678900, 4 },
        { S_INIT("job_01kg0qv6z1ehz"), S_INIT("grace@example.org"), TONE_BAD, ICON_ALERT,
            S_INIT("Stuck"), -240, 20 },
    };
    struct part_rows table =
        part_rows_open(b, S("Jobs, the next one first"), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        part_row(&table);
        part_cell(&table);
        html(b, "<a href=\"#main\">", lines[i].id, "</a>");
        part_cell(&table);
        part_money(b, (struct money) { lines[i].minor, CUR_USD });
        part_cell(&table);
        part_badge(b, lines[i].tone, lines[i].icon, lines[i].word);
        part_cell(&table);
        html(b, lines[i].tries);
        part_cell(&table);
        html(b, lines[i].mail);
        part_cell(&table);
        part_time_exact(b, AT + (int64_t)i * 61007);
    }
    part_rows_close(&table);
}

static void pages(struct buf *b)
{
    part_pages(b, &(struct part_pages) { .shown = 20, .older = S("?after=x"), .newest = S("?") });
}

static void empty(struct buf *b)
{
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_BOX,
            .title = S("No jobs yet"),
            .sentence = S("They appear here when something is to be done later."),
            .href = S("/admin"),
            .action = S("Back to the overview"),
        });
}

static void box(struct buf *b)
{
    part_box(b,
        &(struct part_box) {
            .id = S("sample"),
            .label = S("Example request"),
            .text = S("curl -H \"Authorization: Bearer sk_test_…\" http://127.0.0.1:8080/api/"
                      "status?with=a&long=line"),
        });
}

static void tabs(struct buf *b)
{
    static const struct part_link links[] = {
        { S_INIT("?tab=all"), S_INIT("All") },
        { S_INIT("?tab=waiting"), S_INIT("Waiting") },
        { S_INIT("?tab=running"), S_INIT("Running") },
        { S_INIT("?tab=retrying"), S_INIT("Retrying") },
        { S_INIT("?tab=stuck"), S_INIT("Stuck") },
        { S_INIT("?tab=done"), S_INIT("Done") },
    };
    part_tabs(b, S("Jobs"), links, ARRAY_LEN(links), S("?tab=waiting"));
    html(b, "\n");
    part_segment(b, S("Newest jobs"), links, 3, 1);
}

static void story(struct buf *b)
{
    static const struct {
        enum tone tone;
        enum icon icon;
        struct str title, more;
    } facts[] = {
        { TONE_OK, ICON_CHECK, S_INIT("Order completed"),
            S_INIT("Amount, currency, account and reference match. 200 credits granted, mail "
                   "queued.") },
        { TONE_INFO, ICON_HOOK, S_INIT("Webhook checkout.session.completed"),
            S_INIT("Stripe evt_1Q… verified.") },
        { TONE_BAD, ICON_CROSS, S_INIT("Card declined"),
            S_INIT("insufficient_funds, reported by Stripe. The buyer tried again.") },
        { TONE_INFO, ICON_SEND, S_INIT("Session opened at Stripe"),
            S_INIT("Key derived from the attempt; answered in 214 ms.") },
        { TONE_REST, ICON_BOX, S_INIT("Order placed"),
            S_INIT("Price snapshot, coupon WELCOME10, VAT 19%.") },
    };
    part_story_open(b);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        html(b, "\n");
        part_event_open(b,
            &(struct part_event) {
                .tone = facts[i].tone,
                .icon = facts[i].icon,
                .title = facts[i].title,
                .at_ms = AT - (int64_t)i * 23014,
                .exact = true,
            });
        html(b, facts[i].more);
        part_event_close(b);
    }
    part_story_close(b);
}

static void chart(struct buf *b)
{
    static const struct part_bar bar[] = { { S_INIT("14 Nov"), 2400 }, { S_INIT("15 Nov"), 0 },
        { S_INIT("16 Nov"), 12 }, { S_INIT("17 Nov"), 6100 }, { S_INIT("18 Nov"), -300 },
        { S_INIT("19 Nov"), 1999 }, { S_INIT("20 Nov"), 2569 } };
    part_chart(b,
        &(struct part_chart) { .id = S("chart"),
            .title = S("Sales per day"),
            .finding = S("$127.80 in 7 days. Best day: 17 Nov, $61.00."),
            .described = S("Bars for 7 days; the numbers are in the table below."),
            .cur = CUR_USD,
            .bar = bar,
            .n = ARRAY_LEN(bar) });
}

static void steps(struct buf *b)
{
    static const struct part_link step[] = {
        { S_INIT("/membership?tier=insider"), S_INIT("How often") }, { S_INIT(""), S_INIT("How") },
        { S_INIT(""), S_INIT("Pay") }, { S_INIT(""), S_INIT("Done") }
    };
    static const struct str now[] = { S_INIT("Step 1 of 4"), S_INIT("Step 2 of 4"),
        S_INIT("Step 4 of 4") };
    static const size_t here[] = { 0, 1, 3 };
    for (size_t i = 0; i < ARRAY_LEN(here); i++) {
        part_steps(b,
            &(struct part_steps) { .label = now[i],
                .now = now[i],
                .step = step,
                .n = ARRAY_LEN(step),
                .here = here[i] });
        html(b, "\n");
    }
}

const struct part_sample part_samples[] = {
    { "words", words },
    { "icon", icons },
    { "button", buttons },
    { "badge", badges },
    { "note", notes },
    { "form", form },
    { "rows", rows },
    { "pages", pages },
    { "empty", empty },
    { "box", box },
    { "tabs", tabs },
    { "story", story },
    { "chart", chart },
    { "picks", part_sample_picks },
    { "bill", part_sample_bill },
    { "coupon", part_sample_coupon },
    { "shelf", part_sample_shelf },
    { "paid", part_sample_paid },
    { "plans", part_sample_plans },
    { "steps", steps },
};
const size_t part_sample_count = ARRAY_LEN(part_samples);
