#include "web/part_sample.h"

/* Samples of the parts of buying. */

#define USD(minor)                                                                                 \
    {                                                                                              \
        minor, CUR_USD                                                                             \
    }

void part_sample_picks(struct buf *b)
{
    static const struct part_pick methods[] = {
        { S_INIT("card"), S_INIT("Card"), S_INIT("Visa, Mastercard"),
            S_INIT("On the next page, at Stripe."), S_INIT("") },
        { S_INIT("mobile_money"), S_INIT("Mobile money"), S_INIT("MTN, Airtel, M-Pesa"),
            S_INIT("You approve it on your phone."), S_INIT("") },
        { S_INIT("crypto"), S_INIT("Crypto"), S_INIT(""), S_INIT(""),
            S_INIT("Not for amounts below $5.00.") },
    };
    part_picks(b,
        &(struct part_picks) { .name = S("method"),
            .legend = S("How would you like to pay?"),
            .chosen = S("card"),
            .pick = methods,
            .n = ARRAY_LEN(methods) });
    html(b, "\n");
    part_picks(b,
        &(struct part_picks) { .name = S("every"),
            .legend = S("How often?"),
            .error = S("Choose one"),
            .pick = methods,
            .n = 2 });
}

void part_sample_bill(struct buf *b)
{
    static const struct part_item items[] = {
        { .words = S_INIT("200 credits"),
            .more = S_INIT("they do not expire"),
            .quantity = 1,
            .amount = USD(1999) },
        { .words =
                S_INIT("Sticker sheet, Donaudampfschifffahrtsgesellschaftskapitänsmütze edition"),
            .quantity = 2,
            .amount = USD(400) },
        { .words = S_INIT("Notebook"),
            .quantity = 3,
            .field = S_INIT("q9"),
            .form = S_INIT("pay"),
            .amount = USD(0) },
    };
    html(b, "<div class=\"card\"><form id=\"pay\"></form>");
    part_bill_open(b, S("Order lines and total"));
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        part_bill_item(b, &items[i]);
    part_bill_foot(b);
    part_bill_line(b, S("Subtotal"), (struct money)USD(2399));
    part_bill_line(b, S("Discount (WELCOME10)"), (struct money)USD(-240));
    part_bill_line(b, S("Tax 19%, Germany"), (struct money)USD(410));
    part_bill_total(b, S("To pay today"), (struct money)USD(2569));
    part_bill_close(b);
    html(b, "</div>\n");
    part_trust(b,
        S("Your card details go to Stripe only; Northwind never sees them. "
          "Your statement will say NORTHWIND."));
}

void part_sample_coupon(struct buf *b)
{
    /* Closed it is the second without what was typed; ids stand once on a page. */
    static const struct {
        struct str code, error;
        bool applied;
    } states[] = {
        { S_INIT("SPRING\"25"), S_INIT("This code ended on 1 May 2026"), false },
        { S_INIT("WELCOME10"), S_INIT(""), true },
    };
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        part_coupon(b,
            &(struct part_coupon) {
                .form = S("pay"),
                .code = states[i].code,
                .error = states[i].error,
                .applied = states[i].applied,
                .ask = S("Have a code?"),
                .label = S("Discount code"),
                .apply = S("Apply code"),
                .drop = S("Remove WELCOME10"),
            });
        html(b, "\n");
    }
}

void part_sample_shelf(struct buf *b)
{
    static const struct part_product products[] = {
        { .href = S_INIT("#main"),
            .name = S_INIT("Sticker sheet"),
            .more = S_INIT("Twelve vinyl stickers that survive rain and dishwashers."),
            .badge = S_INIT("Popular"),
            .price = USD(400) },
        { .name = S_INIT("Tape loops, volume one"),
            .more = S_INIT("Forty loops from a worn reel-to-reel."),
            .why = S_INIT("Not for sale yet"),
            .price = USD(10000) },
        { .href = S_INIT("#main"),
            .name = S_INIT("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"),
            .more = S_INIT("A long name."),
            .price = { 123456789, CUR_UGX } },
    };
    part_shelf_open(b);
    for (size_t i = 0; i < ARRAY_LEN(products); i++)
        part_product(b, &products[i]);
    part_shelf_close(b);
}

void part_sample_paid(struct buf *b)
{
    html(b, "<div class=\"card stack\">");
    part_tick(b);
    part_money_big(b, (struct money)USD(2569));
    part_facts_open(b);
    part_fact(b, S("Order"), S("ORD-2026-000123"));
    part_fact(b, S("Paid with"), S("Visa ending 4242, by Stripe"));
    part_fact(b, S("Receipt"),
        S("sent to maximiliane.von-und-zu-langenscheidt@versicherungsgesellschaft.example"));
    part_fact(b, S("Left out"), S(""));
    part_facts_close(b);
    html(b, "</div>");
}

static void figures(struct buf *b)
{
    static const struct part_column columns[] = { { .label = S_INIT("Month") },
        { .label = S_INIT("Gateway") }, { .label = S_INIT("New"), .number = true },
        { .label = S_INIT("Growth"), .number = true } };
    struct part_compare k = part_figures_open(b, S("What came in"), columns, ARRAY_LEN(columns));
    part_compare_row_link(&k, S("/admin/orders"), S("November"));
    part_compare_cell(&k, S("Stripe"));
    part_compare_link(&k, S("/admin/orders"), S("$1,019.99"));
    part_compare_cell(&k, S("12.50%"));
    part_compare_close(&k);
}

void part_sample_plans(struct buf *b)
{
    static const struct str some[] = { S_INIT("500 credits a month"),
        S_INIT("Commercial licence") };
    static const struct str more[] = { S_INIT("1,500 credits a month"), S_INIT("Stem separation"),
        S_INIT("Priority queue, also for Rinderkennzeichnungsfleischetikettierungsüberwachung") };
    static const struct str names[] = { S_INIT("Basic"), S_INIT("Creator"), S_INIT("Team") };
    part_tiles_open(b);
    part_tile(b,
        &(struct part_tile) { .label = S("Credits left"),
            .figure = S("412"),
            .below = S("1,500 more on 20 December 2026"),
            .part = 412,
            .whole = 1500,
            .measured = S("412 of 1,500 credits left") });
    part_tile(b,
        &(struct part_tile) { .label = S("Today"),
            .figure = S("149"),
            .below = S("of 150"),
            .part = 149,
            .whole = 150,
            .low = true,
            .measured = S("149 of 150 used today") });
    part_tile(b,
        &(struct part_tile) { .label = S("Your plan"),
            .figure = S("Creator"),
            .below = S("Renews on 20 December 2026"),
            .href = S("/account") });
    part_tiles_close(b);
    html(b, "\n");
    part_plans_open(b);
    part_plan(b,
        &(struct part_plan) { .name = names[0],
            .price = S("$9.99"),
            .per = S("a month"),
            .more = S("$99.90 by the year: 2 months free"),
            .tick = some,
            .ticks = ARRAY_LEN(some),
            .mine = S("Your plan"),
            .button = { .words = S("Manage"), .kind = BUTTON_PLAIN, .href = S("/account") } });
    part_plan(b,
        &(struct part_plan) { .name = names[1],
            .flag = S("Most popular"),
            .price = S("$19.99"),
            .per = S("a month"),
            .more = S("$199.90 by the year: 2 months free"),
            .tick = more,
            .ticks = ARRAY_LEN(more),
            .button = { .words = S("Upgrade to Creator"), .href = S("/account") } });
    part_plan(b,
        &(struct part_plan) { .name = names[2],
            .price = S("$29.99"),
            .per = S("a month"),
            .tick = some,
            .ticks = ARRAY_LEN(some),
            .why = S("Not for sale now") });
    part_plans_close(b);
    html(b, "\n");
    struct part_compare k = part_compare_open(b, S("What each plan has"), names, ARRAY_LEN(names));
    part_compare_row(&k, S("Credits a month"));
    part_compare_cell(&k, S("500"));
    part_compare_cell(&k, S("1,500"));
    part_compare_cell(&k, S("5,000"));
    part_compare_row(&k, S("Stem separation"));
    part_compare_yes(&k, false, S("No"));
    part_compare_yes(&k, true, S("Yes"));
    part_compare_yes(&k, true, S("Yes"));
    part_compare_close(&k);
    figures(b);
    html(b, "\n");
    part_question(b, S("How do I cancel?"), S("In your account, in two clicks."));
}
