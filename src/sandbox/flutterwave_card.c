#include "sandbox/flutterwave.h"

/* Flutterwave's own test cards, each with what its row says.  When they expire drifts as the
 * vendor's table is renewed, so any date will do; PIN 3310 and code 12345 are what it would ask. */

#define PAYS S_INIT("")
const struct fw_card fw_cards[] = {
    { S_INIT("5531886652142950"), S_INIT("MASTERCARD"), S_INIT("pays, with a PIN"), S_INIT("PIN"),
        PAYS },
    { S_INIT("5438898014560229"), S_INIT("MASTERCARD"), S_INIT("pays, with 3-D Secure"),
        S_INIT("VBVSECURECODE"), PAYS },
    { S_INIT("4187427415564246"), S_INIT("VISA"), S_INIT("pays, with 3-D Secure"),
        S_INIT("VBVSECURECODE"), PAYS },
    { S_INIT("5061460410120223210"), S_INIT("VERVE"), S_INIT("pays, with a PIN"), S_INIT("PIN"),
        PAYS },
    { S_INIT("5061460166976054667"), S_INIT("VERVE"), S_INIT("pays, and asks nothing"),
        S_INIT("NOAUTH"), PAYS },
    { S_INIT("4556052704172643"), S_INIT("VISA"), S_INIT("pays, with an address"), S_INIT("AVS"),
        PAYS },
    { S_INIT("5377283645077450"), S_INIT("MASTERCARD"), S_INIT("pays, once authorised"),
        S_INIT("NOAUTH"), PAYS },
    { S_INIT("340614670471041"), S_INIT("AMEX"), S_INIT("pays, with 3-D Secure"),
        S_INIT("VBVSECURECODE"), PAYS },
    { S_INIT("374614826981843"), S_INIT("AMEX"), S_INIT("pays, and asks nothing"), S_INIT("NOAUTH"),
        PAYS },
    { S_INIT("348784578661852"), S_INIT("AMEX"), S_INIT("pays, and asks nothing"), S_INIT("NOAUTH"),
        PAYS },
    { S_INIT("5399834697894723"), S_INIT("MASTERCARD"), S_INIT("has another PIN"), S_INIT("PIN"),
        S_INIT("Incorrect PIN") },
    { S_INIT("5590131743294314"), S_INIT("MASTERCARD"), S_INIT("is taken for stolen"),
        S_INIT("VBVSECURECODE"), S_INIT("Transaction declined: fraudulent") },
    { S_INIT("5143010522339965"), S_INIT("MASTERCARD"), S_INIT("is not honoured"), S_INIT("AVS"),
        S_INIT("Do Not Honour") },
    { S_INIT("5258585922666506"), S_INIT("MASTERCARD"), S_INIT("has no funds"), S_INIT("PIN"),
        S_INIT("Insufficient Funds") },
};
const size_t fw_card_count = ARRAY_LEN(fw_cards);

const struct fw_card *fw_card_find(struct str number)
{
    for (size_t i = 0; i < fw_card_count; i++)
        if (str_eq(fw_cards[i].number, number))
            return &fw_cards[i];
    return NULL;
}
