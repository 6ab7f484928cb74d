#include "order/order_part.h"

#include "base/clock.h"
#include "web/part.h"

static const struct {
    enum tone tone;
    enum icon icon;
    struct str console, buyer, headline, sentence;
} words[] = {
    [ORDER_PENDING] = { TONE_WAIT, ICON_CLOCK, S_INIT("Waiting"), S_INIT("Waiting for payment"),
        S_INIT("Waiting for your payment"),
        S_INIT("We have not received a payment yet. Your order is kept until {until}.") },
    [ORDER_PROCESSING] = { TONE_INFO, ICON_SEND, S_INIT("Processing"), S_INIT("Payment on its way"),
        S_INIT("Your payment is on its way"),
        S_INIT("{gateway} is confirming your payment. That takes minutes or, from a bank account, "
               "some days. We will write to you; do not pay again.") },
    [ORDER_COMPLETED] = { TONE_OK, ICON_CHECK, S_INIT("Paid"), S_INIT("Paid"),
        S_INIT("Paid. Thank you."), S_INIT("You paid {total} on {when}{with}.") },
    [ORDER_FAILED] = { TONE_BAD, ICON_CROSS, S_INIT("Failed"), S_INIT("Not paid"),
        S_INIT("The payment did not go through"),
        S_INIT("Nothing was charged. Try again, or choose another way to pay.") },
    [ORDER_EXPIRED] = { TONE_REST, ICON_DOTS, S_INIT("Expired"), S_INIT("Expired"),
        S_INIT("This order has expired"),
        S_INIT(
            "The time to pay ran out. If you paid in the last minutes, we will find it and write "
            "to you.") },
    [ORDER_CANCELLED] = { TONE_REST, ICON_CROSS, S_INIT("Cancelled"), S_INIT("Cancelled"),
        S_INIT("This order is cancelled"),
        S_INIT("You cancelled this order, and nothing was charged.") },
    [ORDER_PARTIALLY_REFUNDED] = { TONE_REST, ICON_HALF, S_INIT("Partly refunded"),
        S_INIT("Partly refunded"), S_INIT("Part of your money is on its way back"),
        S_INIT("{refunded} of {total} went back{to}. Banks need up to 10 days to show it.") },
    [ORDER_REFUNDED] = { TONE_REST, ICON_BACK, S_INIT("Refunded"), S_INIT("Refunded"),
        S_INIT("Your money is on its way back"),
        S_INIT("{refunded} went back{to}. Banks need up to 10 days to show it.") },
    [ORDER_DISPUTED] = { TONE_ODD, ICON_FLAG, S_INIT("Disputed"), S_INIT("With your bank"),
        S_INIT("This payment is with your bank"),
        S_INIT("Your bank is looking at this payment. Access is paused until it decides.") },
    [ORDER_REVIEW] = { TONE_ODD, ICON_EYE, S_INIT("Needs review"), S_INIT("Being checked"),
        S_INIT("Your payment is being checked"),
        S_INIT("We have your payment and are checking it, usually within one working day. Do not "
               "pay again.") },
};
_Static_assert(ARRAY_LEN(words) == ORDER_STATUS_COUNT, "every status has its words");

struct str order_word(enum order_status s, enum order_reader reader)
{
    must(s < ORDER_STATUS_COUNT);
    return reader == ORDER_FOR_CONSOLE ? words[s].console : words[s].buyer;
}

void order_badge(struct buf *b, enum order_status s, enum order_reader reader)
{
    must(s < ORDER_STATUS_COUNT);
    part_badge(b, words[s].tone, words[s].icon, order_word(s, reader));
}

struct str order_headline(enum order_status s)
{
    must(s < ORDER_STATUS_COUNT);
    return words[s].headline;
}

/* "Visa ending 4242" has a name; "card" has none: one pays by it, and gets back the way one paid.
 */
static bool is_named(struct str with)
{
    return with.n > 0 && (with.p[0] < 'a' || with.p[0] > 'z');
}

static struct str paid_with(struct arena *a, struct str with)
{
    if (with.n == 0)
        return S("");
    return str_fmt(a, is_named(with) ? " with %.*s" : " by %.*s", SARG(with));
}

static struct str back_to(struct arena *a, struct str with)
{
    return is_named(with) ? str_fmt(a, " to %.*s", SARG(with)) : S(" the way you paid");
}

struct str order_sentence(struct arena *a, const struct order_told *told)
{
    const struct order *o = told->order;
    if (o->status == ORDER_CANCELLED && o->risk == ORDER_RISK_REFUSE)
        return S(
            "We cannot take this order, and nothing was charged. Write to us if you think that "
            "this is a mistake.");
    return STR_FILL(a, words[o->status].sentence,
        { "total", money_text(a, (struct money) { o->total_minor, o->currency }) },
        { "refunded", money_text(a, (struct money) { o->refunded_minor, o->currency }) },
        { "until", time_words(a, o->expires_ms) }, { "when", time_words(a, o->completed_ms) },
        { "with", paid_with(a, told->with) }, { "to", back_to(a, told->with) },
        { "gateway", told->gateway.n > 0 ? told->gateway : S("The payment provider") });
}
