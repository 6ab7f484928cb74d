#include "sandbox/stripe_card.h"

#include "base/must.h"

#define VISA S_INIT("visa")
#define NO S_INIT("")
#define GENERIC S_INIT("Your card was declined.")
#define PAYS(number, token, brand, what)                                                           \
    {                                                                                              \
        S_INIT(number), S_INIT(token), S_INIT(brand), S_INIT(what), CARD_PAYS, NO, NO, NO, NO, NO  \
    }
#define DECLINES(number, token, what, decline, advice, message)                                    \
    {                                                                                              \
        S_INIT(number), S_INIT(token), VISA, S_INIT(what), CARD_DECLINES, S_INIT("card_declined"), \
            S_INIT(decline), NO, S_INIT(advice), S_INIT(message)                                   \
    }
#define DOES(number, token, what, does, reason)                                                    \
    {                                                                                              \
        S_INIT(number), S_INIT(token), VISA, S_INIT(what), does, NO, S_INIT(reason), NO, NO, NO    \
    }

const struct card stripe_cards[] = {
    PAYS("4242424242424242", "visa", "visa", "Pays"),
    PAYS("4000056655665556", "visa_debit", "visa", "Pays"),
    PAYS("5555555555554444", "mastercard", "mastercard", "Pays"),
    PAYS("2223003122003222", "", "mastercard", "Pays"),
    PAYS("5200828282828210", "mastercard_debit", "mastercard", "Pays"),
    PAYS("5105105105105100", "mastercard_prepaid", "mastercard", "Pays"),
    PAYS("378282246310005", "amex", "amex", "Pays"),
    PAYS("6011111111111117", "discover", "discover", "Pays"),
    PAYS("3056930009020004", "diners", "diners", "Pays"),
    PAYS("3566002020360505", "jcb", "jcb", "Pays"),
    PAYS("6200000000000005", "unionpay", "unionpay", "Pays"),
    PAYS("4000000000000077", "bypassPending", "visa", "Pays"),
    PAYS("4000000000009235", "riskLevelElevated", "visa", "Pays, at an elevated risk"),
    PAYS("4000000000004954", "riskLevelHighest", "visa", "Pays, at the highest risk"),
    DECLINES("4000000000000002", "visa_chargeDeclined", "Is declined", "generic_decline",
        "try_again_later", "Your card was declined."),
    DECLINES("4000000000009995", "visa_chargeDeclinedInsufficientFunds", "Has no funds",
        "insufficient_funds", "try_again_later", "Your card has insufficient funds."),
    DECLINES("4000000000009987", "visa_chargeDeclinedLostCard", "Was lost", "lost_card",
        "do_not_try_again", "Your card was declined."),
    DECLINES("4000000000009979", "visa_chargeDeclinedStolenCard", "Was stolen", "stolen_card",
        "do_not_try_again", "Your card was declined."),
    DECLINES("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", "Is used too often",
        "card_velocity_exceeded", "try_again_later", "Your card was declined."),
    DECLINES("4100000000000019", "radarBlock", "Is blocked as fraudulent", "fraudulent", "",
        "Your card was declined."),
    { S_INIT("4000000000000069"), S_INIT("chargeDeclinedExpiredCard"), VISA, S_INIT("Has expired"),
        CARD_DECLINES, S_INIT("expired_card"), S_INIT("expired_card"), S_INIT("exp_month"),
        S_INIT("confirm_card_data"), S_INIT("Your card has expired.") },
    { S_INIT("4000000000000127"), S_INIT("chargeDeclinedIncorrectCvc"), VISA,
        S_INIT("Has another security code"), CARD_DECLINES, S_INIT("incorrect_cvc"),
        S_INIT("incorrect_cvc"), S_INIT("cvc"), S_INIT("confirm_card_data"),
        S_INIT("Your card's security code is incorrect.") },
    { S_INIT("4000000000000119"), S_INIT("chargeDeclinedProcessingError"), VISA,
        S_INIT("Is not processed"), CARD_DECLINES, S_INIT("processing_error"),
        S_INIT("processing_error"), NO, S_INIT("try_again_later"),
        S_INIT("An error occurred while processing your card. Try again in a little bit.") },
    { S_INIT("4000000000000341"), S_INIT("chargeCustomerFail"), VISA,
        S_INIT("Can be saved, and is declined each time"), CARD_DECLINES_LATER,
        S_INIT("card_declined"), S_INIT("generic_decline"), NO, S_INIT("try_again_later"),
        GENERIC },
    DOES("4000002760003184", "authenticationRequired", "Asks for authentication", CARD_ASKS, ""),
    DOES("4000000000003220", "threeDSecure2Required", "Asks for authentication", CARD_ASKS, ""),
    DOES("4000002500003155", "authenticationRequiredOnSetup",
        "Asks for authentication, not again once saved", CARD_ASKS_UNLESS_SAVED, ""),
    DOES("4000003800000446", "authenticationRequiredSetupForOffSession",
        "Asks for authentication, not again once saved", CARD_ASKS_UNLESS_SAVED, ""),
    { S_INIT("4000008260003178"), S_INIT("authenticationRequiredChargeDeclinedInsufficientFunds"),
        VISA, S_INIT("Asks for authentication, then has no funds"), CARD_ASKS_THEN_DECLINES,
        S_INIT("card_declined"), S_INIT("insufficient_funds"), NO, S_INIT("try_again_later"),
        S_INIT("Your card has insufficient funds.") },
    { S_INIT("4000008400001629"), S_INIT("threeDSecureRequiredChargeDeclined"), VISA,
        S_INIT("Asks for authentication, then is declined"), CARD_ASKS_THEN_DECLINES,
        S_INIT("card_declined"), S_INIT("generic_decline"), NO, S_INIT("try_again_later"),
        GENERIC },
    DOES("4000000000000259", "createDispute", "Pays, and is disputed", CARD_DISPUTES, "fraudulent"),
    DOES("4000000000002685", "createDisputeProductNotReceived", "Pays, and is disputed",
        CARD_DISPUTES, "product_not_received"),
    DOES("4000000000001976", "createDisputeInquiry", "Pays, and is inquired about", CARD_INQUIRES,
        "general"),
    DOES("4000000000007726", "pendingRefund", "Pays; a refund is pending first", CARD_REFUNDS_LATE,
        ""),
    DOES("4000000000005126", "refundFail", "Pays; a refund fails later", CARD_REFUND_FAILS, ""),
};
const size_t stripe_card_count = ARRAY_LEN(stripe_cards);

const struct card *card_by_number(struct str digits)
{
    for (size_t i = 0; i < stripe_card_count; i++)
        if (str_eq(stripe_cards[i].number, digits))
            return &stripe_cards[i];
    return NULL;
}

const struct card *card_by_token(struct str token)
{
    /* What the vendor calls by two names. */
    if (str_eq(token, S("pm_card_chargeDeclined")))
        token = S("pm_card_visa_chargeDeclined");
    if (str_eq(token, S("pm_card_chargeDeclinedInsufficientFunds")))
        token = S("pm_card_visa_chargeDeclinedInsufficientFunds");
    if (str_eq(token, S("pm_card_chargeDeclinedFraudulent")))
        token = S("pm_card_radarBlock");
    if (str_eq(token, S("pm_card_threeDSecureRequired")))
        token = S("pm_card_threeDSecure2Required");
    struct str name = str_starts(token, S("pm_card_")) ? str_from(token, 8)
        : str_starts(token, S("tok_"))                 ? str_from(token, 4)
                                                       : S("");
    for (size_t i = 0; i < stripe_card_count && name.n > 0; i++)
        if (str_eq(stripe_cards[i].token, name))
            return &stripe_cards[i];
    return NULL;
}
