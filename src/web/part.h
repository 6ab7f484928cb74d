#ifndef WEB_PART_H
#define WEB_PART_H

#include "base/html.h"

/* The parts that pages are made of, one function each, so that no page spells a part's markup
 * itself.  Words are data and escaped.  What a part looks like in each state is in
 * tests/golden/part_*.html and, in the sandbox, on /_sandbox/parts.
 *
 * Parts that hold others come as _open and _close; between them write with html(). */

enum icon {
    ICON_NONE,
#define ICON(id, name) ICON_##id,
#include "web/icon.def"
#undef ICON
    ICON_COUNT
};
void part_icon(struct buf *b, enum icon icon);

/* What a colour says again after icon and word have said it. */
enum tone {
    TONE_OK,
    TONE_WAIT, /* somebody is being waited for */
    TONE_BAD,
    TONE_INFO,
    TONE_ODD,  /* a person has to look */
    TONE_REST, /* over, nothing to do */
    TONE_COUNT
};
struct str tone_class(enum tone tone);

void part_badge(struct buf *b, enum tone tone, enum icon icon, struct str word);

/* What happened, after a POST and a redirect, or what one must know first.  Focused by the script
 * when it is news. */
struct part_note {
    enum tone tone;
    enum icon icon;
    bool news;
};
void part_note_open(struct buf *b, const struct part_note *note);
void part_note_close(struct buf *b);

/* Times.  Buyers read words, which the script turns into local time; the console reads
 * milliseconds of UTC. */
void part_time(struct buf *b, int64_t ms);       /* 20 November 2026, 02:14 UTC */
void part_time_exact(struct buf *b, int64_t ms); /* 2026-11-20 02:14:07.412 UTC */

/* A mail address, which breaks at its joints where it has to. */
void part_mail(struct buf *b, struct str address);

void part_money(struct buf *b, struct money m);
/* The code behind an amount that only has a symbol. */
void part_currency(struct buf *b, struct money m);
void part_money_big(struct buf *b, struct money m); /* the page's one figure, its code named */

/* A button, or with href a link that looks like one. */
enum button_kind {
    BUTTON_FILLED, /* one on a page */
    BUTTON_QUIET,
    BUTTON_PLAIN,
    BUTTON_DANGER,
    BUTTON_KIND_COUNT
};
struct part_button {
    struct str words;
    enum button_kind kind;
    enum icon icon;
    bool small;      /* lower where there is a mouse */
    bool pays;       /* tall and wide: the one that moves money */
    struct str busy; /* "Opening Stripe…": what it says while its form is on the way */
    struct str name, value;
    struct str href;
    struct str form; /* the id of the form it belongs to, where it stands outside */
    bool any;        /* sends the form as it stands, whatever is missing in it */
    bool unscripted; /* only where no script does the same */
};
void part_button(struct buf *b, const struct part_button *button);

/* A form that posts.  key is the idempotency key of this rendering, empty where no money moves. */
struct part_form {
    struct str action, csrf, key;
    struct str id;  /* for what belongs to it and stands outside, or empty */
    bool tried;     /* there were errors: the browser's own bubbles stay away */
    bool documents; /* some of its fields are files */
};
void part_form_open(struct buf *b, const struct part_form *form);
void part_form_close(struct buf *b);

/* A field with its label, hint and error.  type is the input's; "textarea" and "select" are what
 * they say. */
struct part_option {
    struct str value, words;
};
struct part_field {
    struct str name; /* also its id */
    struct str label, hint, error;
    struct str type; /* empty: text */
    struct str value, autocomplete, inputmode;
    const struct part_option *options; /* select */
    size_t option_count;
    int64_t max; /* longest text, 0: not said */
    bool optional;
    bool quote; /* a change of it changes the total: the script asks for it at once */
};
void part_field(struct buf *b, const struct part_field *field);
/* What is wrong with the control of this name, below it; nothing when it is empty. */
void part_error(struct buf *b, struct str name, struct str error);
/* The errors of all fields, to stand first in main.  Writes nothing when there is none. */
void part_summary(struct buf *b, const struct part_field *fields, size_t n);
bool part_has_errors(const struct part_field *fields, size_t n);

/* Choices as cards, each a radio with what it means; why: it cannot be chosen now, and why not. */
struct part_pick {
    struct str value, words, aside, more, why;
};
struct part_picks {
    struct str name, legend, chosen, error;
    const struct part_pick *pick;
    size_t n;
};
void part_picks(struct buf *b, const struct part_picks *picks);

/* A checkbox with the whole line as its label; what it is about can be read at href. */
struct part_check {
    struct str name, label, error;
    struct str href, link;
    bool checked, required;
};
void part_check(struct buf *b, const struct part_check *check);

/* A table that becomes a list where it is narrow: the first two columns make the first line, the
 * next two the second, those that are full a line each.
 *
 *   struct part_rows rows = part_rows_open(b, S("Orders, newest first"), columns, 3);
 *   for (…) {
 *       part_row(&rows);
 *       part_cell(&rows); html(b, …);
 *       …one for each column
 *   }
 *   part_rows_close(&rows); */
struct part_column {
    struct str label;
    bool number; /* to the right, digits under digits */
    bool whole;  /* never wraps: ids, money, times */
    bool any;    /* may break anywhere: mails, urls */
    bool full;   /* a line of its own in the list */
    bool muted;
    bool labelled; /* a bare number, which says what it is in the list */
};
struct part_rows {
    struct buf *b;
    const struct part_column *columns;
    size_t n, at;
    bool in_row;
};
struct part_rows part_rows_open(
    struct buf *b, struct str caption, const struct part_column *columns, size_t n);
void part_row(struct part_rows *rows);
void part_cell(struct part_rows *rows);
void part_rows_close(struct part_rows *rows);

/* What is paid for: items, then in the foot what leads from them to the total.  An item whose
 * quantity can be changed names the field; the fields belong to the form of that id. */
struct part_item {
    struct str words, more;
    int64_t quantity;
    struct str field, form; /* empty: the quantity is only said */
    struct money amount;
};
void part_bill_open(struct buf *b, struct str caption);
void part_bill_item(struct buf *b, const struct part_item *item);
void part_bill_foot(struct buf *b);
void part_bill_line(struct buf *b, struct str words, struct money amount);
void part_bill_total(struct buf *b, struct str words, struct money total);
void part_bill_close(struct buf *b);

/* A code that takes something off: a field that is closed until it is asked for, or has an error;
 * one that is applied stands in the bill, and is only sent along. */
struct part_coupon {
    struct str form, code, error;
    struct str ask, label, apply, drop; /* words: "Have a code?", "Discount code", … */
    bool applied;
};
void part_coupon(struct buf *b, const struct part_coupon *coupon);

/* One fact in small letters under the button that pays. */
void part_trust(struct buf *b, struct str sentence);

/* What it is made of, in pairs. */
void part_facts_open(struct buf *b);
void part_fact_open(struct buf *b, struct str label);
void part_fact_close(struct buf *b);
void part_facts_close(struct buf *b);
void part_fact(struct buf *b, struct str label, struct str value);

/* A picture 4:3, or its place. */
void part_media(struct buf *b, struct str image, struct str words);
/* Something for sale, on a shelf of them. */
struct part_product {
    struct str href, image, name, more, badge, why;
    struct money price; /* CUR_NONE: none, and why says so */
};
void part_shelf_open(struct buf *b);
void part_product(struct buf *b, const struct part_product *product);
void part_shelf_close(struct buf *b);

/* A figure under what it is: as a link where there is more of it.  whole > 0 draws how much of it
 * part is; low: soon nothing. */
struct part_tile {
    struct str label, href, figure, below;
    int64_t part, whole;
    bool low;
    bool balance;        /* the customer's credits: the script follows them */
    struct str measured; /* the drawing in words: "412 of 1,500 credits left" */
};
void part_tiles_open(struct buf *b);
void part_tile(struct buf *b, const struct part_tile *tile);
void part_tiles_close(struct buf *b);

/* A plan, or a pack, beside others: what it costs, what it has, one way on.  flag lifts it out
 * ("Most popular"); mine says that one has it, beside the way to what one has; why stands where
 * nothing can be done. */
struct part_plan {
    struct str name, flag;
    struct str price, per, more; /* "$9.99", "a month", "$99.90 by the year" */
    const struct str *tick;
    size_t ticks;
    struct str mine, why;
    struct part_button button; /* href empty: none */
};
void part_plans_open(struct buf *b);
void part_ticks(struct buf *b, const struct str *tick, size_t n); /* what it has */
void part_plan(struct buf *b, const struct part_plan *plan);
void part_plans_close(struct buf *b);

/* What several have, side by side: it scrolls within itself where it is narrow.  A cell that is yes
 * or no says so in a word with its sign. */
struct part_compare {
    struct buf *b;
    const struct part_column *column; /* of figures; NULL: all cells are alike */
    size_t columns, at;
};
struct part_compare part_compare_open(
    struct buf *b, struct str caption, const struct str *column, size_t columns);
/* The same for figures: digits under digits, and no figure wraps; of a column label and number
 * count, and the first stands over the labels of the rows. */
struct part_compare part_figures_open(
    struct buf *b, struct str caption, const struct part_column *column, size_t columns);
void part_compare_row(struct part_compare *k, struct str label);
void part_compare_row_link(struct part_compare *k, struct str href, struct str label);
void part_compare_link(struct part_compare *k, struct str href, struct str words);
void part_compare_cell(struct part_compare *k, struct str words);
void part_compare_yes(struct part_compare *k, bool yes, struct str words);
void part_compare_close(struct part_compare *k);

/* A question that opens to its answer. */
void part_question(struct buf *b, struct str question, struct str answer);

/* A number of credits that a script keeps true while somebody looks. */
void part_balance(struct buf *b, int64_t credits);

/* The tick that draws itself once. */
void part_tick(struct buf *b);

/* Nothing here yet: one sentence and one action (none when href is empty). */
struct part_empty {
    enum icon icon;
    struct str title, sentence;
    struct str href, action;
};
void part_empty(struct buf *b, const struct part_empty *empty);

/* Text to be copied: the script shows the button. */
struct part_box {
    struct str id, label, text;
    bool brief; /* a few characters: the button stays beside them on a phone */
};
void part_box(struct buf *b, const struct part_box *box);

/* Short texts to be copied, each under what it is. */
struct part_copy {
    struct str what, text;
};
void part_copies(struct buf *b, struct str id, const struct part_copy *copy, size_t n);

/* Links that look like tabs. */
struct part_link {
    struct str href, words;
};
void part_tabs(
    struct buf *b, struct str label, const struct part_link *links, size_t n, struct str here);

/* Links of which one is in force: a small choice that is an address. */
void part_segment(
    struct buf *b, struct str label, const struct part_link *links, size_t n, size_t here);

/* Where one is on a way of several pages; a step that can be gone back to has an address. */
struct part_steps {
    struct str label, now; /* "Progress", "Step 2 of 4" */
    const struct part_link *step;
    size_t n, here;
};
void part_steps(struct buf *b, const struct part_steps *steps);

/* Under a list: how many are shown and the way to older ones; newest leads back. */
struct part_pages {
    int64_t shown;
    struct str older, newest; /* addresses, or empty */
};
void part_pages(struct buf *b, const struct part_pages *pages);

/* Amounts of one currency over time, as bars; below them the same as a table with its total.
 * CUR_NONE: no money, but a count. */
struct part_bar {
    struct str label; /* "20 Nov" */
    int64_t minor;    /* what is below zero is in the table only */
};
struct part_chart {
    struct str id, title;
    struct str finding;   /* what it shows, in a sentence */
    struct str described; /* for who does not see it */
    enum currency cur;
    const struct part_bar *bar; /* 7 to 40 */
    size_t n;
};
void part_chart(struct buf *b, const struct part_chart *chart);

/* What happened, one fact after the other. */
struct part_event {
    enum tone tone;
    enum icon icon;
    struct str title;
    int64_t at_ms;
    bool exact; /* the console's time */
};
/* A sentence in which the numbers of orders and invoices are not broken at their hyphens. */
void part_words(struct buf *b, struct str text);
void part_story_open(struct buf *b);
void part_event_open(struct buf *b, const struct part_event *event);
void part_event_close(struct buf *b);
void part_story_close(struct buf *b);

#endif
