#include "gateway/flutterwave_fixture.h"

static void put(const char **env, size_t *n, const char *setting)
{
    if (setting != NULL)
        env[(*n)++] = setting;
}

struct wire *flutterwave_wire_with(struct test *t, const char *setting, const char *other)
{
    const char *lines[8] = { "PURSER_SITE_URL=https://pay.example.com",
        "PURSER_BRAND_NAME=Example Shop", "FLUTTERWAVE_SECRET_KEY=FLWSECK_TEST-simulator0001-X",
        ("FLUTTERWAVE_SECRET_HASH=an_older_secret_hash_00," FW_HASH) };
    char *env[ARRAY_LEN(lines)];
    size_t n = 4;
    put(lines, &n, setting);
    put(lines, &n, other);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        env[i] = (char *)(uintptr_t)lines[i]; /* read only, whatever an environment's type says */
    return wire_open_env(t, env);
}

struct wire *flutterwave_wire(struct test *t)
{
    return flutterwave_wire_with(t, NULL, NULL);
}

struct gateway_open flutterwave_order(void)
{
    static const struct gateway_line line = { S_INIT("Order ord_9f2c41a7"), S_INIT(""), 3999, 1,
        S_INIT("") };
    return (struct gateway_open) {
        .attempt = S(FW_ATTEMPT),
        .order = S("ord_9f2c41a7"),
        .order_number = S("ORD-2026-000007"),
        .description = S("Order ord_9f2c41a7"),
        .total = { 3999, CUR_USD },
        .lines = &line,
        .line_count = 1,
        .method = S("card"),
        .buyer_mail = S("ada@example.com"),
        .buyer_name = S("Ada Example"),
        .success_url = S("https://shop.example.com/return/flutterwave"),
        .cancel_url = S("https://shop.example.com/cancelled"),
        .expires_ms = INT64_C(1790185800000),
    };
}

struct str flutterwave_replaced(struct test *t, struct str text, const char *from, const char *to)
{
    struct buf b = BUF(t->c->arena);
    struct str before = str_of_c(from);
    while (text.n > 0) {
        bool here = str_starts(text, before);
        buf_add(&b, here ? str_of_c(to) : str_part(text, 0, 1));
        text = str_from(text, here ? before.n : 1);
    }
    return buf_str(&b);
}

const char *flutterwave_ours(struct test *t, const char *name)
{
    return str_c(t->c->arena,
        flutterwave_replaced(t, flutterwave_fixture(name), "ord_9f2c41a7_1", FW_ATTEMPT));
}

/* ---- webhooks */

struct delivered {
    const char *hash, *signature;
};

static const char *value_of(const void *self, struct str name)
{
    const struct delivered *d = self;
    return str_eq(name, S("verif-hash"))           ? d->hash
        : str_eq(name, S("flutterwave-signature")) ? d->signature
                                                   : NULL;
}

static struct str header(const void *self, struct str name)
{
    const char *value = value_of(self, name);
    return value != NULL ? str_of_c(value) : S("");
}

/* A value that begins with "twice" was. */
static int header_count(const void *self, struct str name)
{
    const char *value = value_of(self, name);
    return value == NULL ? 0 : str_starts(str_of_c(value), S("twice")) ? 2 : 1;
}

struct gateway_webhook flutterwave_webhook(
    struct wire *w, struct str body, const char *hash, const char *signature)
{
    struct delivered *d = arena_new(w->t->c->arena, struct delivered);
    *d = (struct delivered) { hash, signature };
    return (struct gateway_webhook) { body, header, header_count, d };
}

struct str flutterwave_fixture(const char *name)
{
    for (size_t i = 0; i < flutterwave_fixture_count; i++)
        if (str_eq(str_of_c(flutterwave_fixtures[i].name), str_of_c(name)))
            return str_of_c(flutterwave_fixtures[i].body);
    never("no fixture has this name");
}

const struct flutterwave_fixture flutterwave_fixtures[] = {
    { "FW-RQ-05",
        "{\"token\":\"flw-t1nf-00112233445566778899aabbccddeeff-m03k\",\"currency\":\"USD\","
        "\"country\":\"US\",\"amount\":\"29.99\",\"email\":\"ada@example.com\",\"first_name\""
        ":\"Ada\",\"last_name\":\"Example\",\"ip\":\"192.0.2.10\",\"narration\":\"Pro monthly"
        " renewal\",\"tx_ref\":\"ord_9f2c41a7_r2\"}",
        NULL, "cc8559b19ebc6b0d3428bde06e70f8dec9aaa88f1890fe4e66be9bf7feb5094d" },
    { "FW-RS-15",
        "{\"status\":\"success\",\"message\":\"Charge successful\",\"data\":{\"id\":910000010"
        ",\"tx_ref\":\"ord_9f2c41a7_r2\",\"flw_ref\":\"FLW-MOCK-00000000000000000000000000000"
        "010\",\"redirect_url\":\"http://127.0.0\",\"device_fingerprint\":\"N/A\",\"amount\":"
        "29.99,\"charged_amount\":29.99,\"app_fee\":1.14,\"merchant_fee\":0,\"processor_respo"
        "nse\":\"APPROVED\",\"auth_model\":\"noauth\",\"currency\":\"USD\",\"ip\":\"192.0.2.1"
        "0\",\"narration\":\"Pro monthly renewal\",\"status\":\"successful\",\"payment_type\""
        ":\"card\",\"created_at\":\"2026-12-20T10:16:02.000Z\",\"account_id\":73001,\"custome"
        "r\":{\"id\":470000001,\"phone_number\":null,\"name\":\"Ada Example\",\"email\":\"ada"
        "@example.com\",\"created_at\":\"2026-11-20T10:16:01.000Z\"},\"card\":{\"first_6digit"
        "s\":\"553188\",\"last_4digits\":\"2950\",\"issuer\":\"MASTERCARD TEST ISSUER\",\"cou"
        "ntry\":\"NG\",\"type\":\"MASTERCARD\",\"expiry\":\"09/32\",\"token\":\"flw-t1nf-0011"
        "2233445566778899aabbccddeeff-m03k\"}}}",
        NULL, "430c4a4576be3d9a40045f55566176ba14b9f75983a52a5ee3b9621a358c5c8f" },
    { "FW-RQ-01",
        "{\"tx_ref\":\"ord_9f2c41a7_1\",\"amount\":\"39.99\",\"currency\":\"USD\",\"redirect_"
        "url\":\"https://shop.example.com/return/flutterwave\",\"customer\":{\"email\":\"ada@"
        "example.com\",\"name\":\"Ada Example\",\"phonenumber\":\"+256700000001\"},\"customiz"
        "ations\":{\"title\":\"Example Shop\",\"description\":\"Order ord_9f2c41a7\"},\"meta"
        "\":{\"order_id\":\"ord_9f2c41a7\"},\"payment_options\":\"card, applepay, googlepay\""
        ",\"session_duration\":30}",
        NULL, "c03223388c76ad29c673aa47fae2a38e940f8b529e9d6e47639c4d54cbe18d38" },
    { "FW-RQ-02",
        "{\"link\":\"https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000"
        "000000a\"}",
        NULL, "920bff594719eccc40971eddbc55d25a753cc86049727fc9120de112b384eabe" },
    { "FW-RQ-03", "{\"amount\":\"10.00\",\"comments\":\"ord_9f2c41a7 refund 1\"}", NULL,
        "e7f5142d022a5855f3c3d0e0868b2dc10ceeda2cd5e7912581d19aaf8665fcb0" },
    { "FW-RS-01",
        "{\"status\":\"success\",\"message\":\"Hosted Link\",\"data\":{\"link\":\"https://che"
        "ckout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a\"}}",
        NULL, "73d8b126d1044e90018539096a2ff9c0459f1a821bf8d47858610f8ce9d161f6" },
    { "FW-RS-02",
        "{\"status\":\"success\",\"message\":\"Transaction fetched successfully\",\"data\":{"
        "\"id\":910000001,\"tx_ref\":\"ord_9f2c41a7_1\",\"flw_ref\":\"FLW-MOCK-a1b2c3d4e5f607"
        "18293a4b5c6d7e8f90\",\"device_fingerprint\":\"N/A\",\"amount\":39.99,\"currency\":\""
        "USD\",\"charged_amount\":39.99,\"app_fee\":1.52,\"merchant_fee\":0,\"processor_respo"
        "nse\":\"Approved by Financial Institution\",\"auth_model\":\"PIN\",\"ip\":\"192.0.2."
        "10\",\"narration\":\"CARD Transaction \",\"status\":\"successful\",\"payment_type\":"
        "\"card\",\"created_at\":\"2026-11-20T10:16:02.000Z\",\"account_id\":73001,\"card\":{"
        "\"first_6digits\":\"553188\",\"last_4digits\":\"2950\",\"issuer\":\"MASTERCARD TEST "
        "ISSUER\",\"country\":\"NG\",\"type\":\"MASTERCARD\",\"token\":\"flw-t1nf-00112233445"
        "566778899aabbccddeeff-m03k\",\"expiry\":\"09/32\"},\"meta\":{\"__CheckoutInitAddress"
        "\":\"https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a"
        "\",\"order_id\":\"ord_9f2c41a7\"},\"amount_settled\":38.47,\"customer\":{\"id\":4700"
        "00001,\"name\":\"Ada Example\",\"phone_number\":\"+256700000001\",\"email\":\"ada@ex"
        "ample.com\",\"created_at\":\"2026-11-20T10:16:01.000Z\"}}}",
        NULL, "4047919587a4b985a85414e8d8281a8538b1bbb0828587a73c8ff691c7cb8986" },
    { "FW-RS-03",
        "{\"status\":\"success\",\"message\":\"Transaction fetched successfully\",\"data\":{"
        "\"id\":910000002,\"tx_ref\":\"ord_9f2c41a7_1\",\"flw_ref\":\"FLW-MOCK-00000000000000"
        "000000000000000002\",\"device_fingerprint\":\"N/A\",\"amount\":39.99,\"currency\":\""
        "USD\",\"charged_amount\":39.99,\"app_fee\":0,\"merchant_fee\":0,\"processor_response"
        "\":\"Insufficient Funds\",\"auth_model\":\"PIN\",\"ip\":\"192.0.2.10\",\"narration\""
        ":\"CARD Transaction \",\"status\":\"failed\",\"payment_type\":\"card\",\"created_at"
        "\":\"2026-11-20T10:16:02.000Z\",\"account_id\":73001,\"card\":{\"first_6digits\":\"5"
        "53188\",\"last_4digits\":\"2950\",\"issuer\":\"MASTERCARD TEST ISSUER\",\"country\":"
        "\"NG\",\"type\":\"MASTERCARD\",\"token\":\"flw-t1nf-00112233445566778899aabbccddeeff"
        "-m03k\",\"expiry\":\"09/32\"},\"meta\":{\"__CheckoutInitAddress\":\"https://checkout"
        ".flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000a\",\"order_id\":\"ord"
        "_9f2c41a7\"},\"amount_settled\":0,\"customer\":{\"id\":470000001,\"name\":\"Ada Exam"
        "ple\",\"phone_number\":\"+256700000001\",\"email\":\"ada@example.com\",\"created_at"
        "\":\"2026-11-20T10:16:01.000Z\"}}}",
        NULL, "eea03335f326a854399f3ff1f9d634983b4484421b2cb1bf6fbe38d11fea3912" },
    { "FW-RS-04",
        "{\"status\":\"error\",\"message\":\"No transaction was found for this id\",\"data\":"
        "null}",
        NULL, "9aad18a0dde507d39629edcca93e6840100825625258ae8d273696a159d81aef" },
    { "FW-RS-05", "{\"status\":\"error\",\"message\":\"Invalid authorization key\",\"data\":null}",
        NULL, "3ab546e3972267cafe3a79e8a75b78b9293a95004fae5d9bdaa56ec56cd11082" },
    { "FW-RS-06", "{\"status\":\"error\",\"message\":\"tx_ref is required\",\"data\":null}", NULL,
        "20876e642955925f86bbd3a0cb8424af085b333aba6a9ec16d7d5b2467fe39b7" },
    { "FW-RS-07",
        "{\"status\":\"error\",\"message\":\"An error occurred. Please contact support\",\"da"
        "ta\":null}",
        NULL, "190f0b07a35089506c1fce76609615923ec67e41f357d8cd9e0822329f350a2d" },
    { "FW-RS-08",
        "{\"status\":\"success\",\"message\":\"Transaction fetched successfully\",\"data\":{"
        "\"id\":910000003,\"tx_ref\":\"ord_9f2c41a8_1\",\"flw_ref\":\"FLW-MOCK-a1b2c3d4e5f607"
        "18293a4b5c6d7e8f90\",\"device_fingerprint\":\"N/A\",\"amount\":39.9,\"currency\":\"U"
        "SD\",\"charged_amount\":41.425,\"app_fee\":1.525,\"merchant_fee\":0,\"processor_resp"
        "onse\":\"Approved by Financial Institution\",\"auth_model\":\"PIN\",\"ip\":\"192.0.2"
        ".10\",\"narration\":\"CARD Transaction \",\"status\":\"successful\",\"payment_type\""
        ":\"card\",\"created_at\":\"2026-11-20T10:16:02.000Z\",\"account_id\":73001,\"card\":"
        "{\"first_6digits\":\"553188\",\"last_4digits\":\"2950\",\"issuer\":\"MASTERCARD TEST"
        " ISSUER\",\"country\":\"NG\",\"type\":\"MASTERCARD\",\"token\":\"flw-t1nf-0011223344"
        "5566778899aabbccddeeff-m03k\",\"expiry\":\"09/32\"},\"meta\":{\"__CheckoutInitAddres"
        "s\":\"https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01sim0000000000000000000"
        "a\",\"order_id\":\"ord_9f2c41a7\"},\"amount_settled\":39.9,\"customer\":{\"id\":4700"
        "00001,\"name\":\"Ada Example\",\"phone_number\":\"+256700000001\",\"email\":\"ada@ex"
        "ample.com\",\"created_at\":\"2026-11-20T10:16:01.000Z\"}}}",
        NULL, "68a5e434c26e6b06436b37252aa289e6da9e2d9c98a3cc48218e3c8d41154ad9" },
    { "FW-RS-09",
        "{\"status\":\"success\",\"message\":\"Payment link has been disabled successfully\"}",
        NULL, "4153e3142a90983dbea53568e9a24db24c37bc8ca54ec9812150d5b0fde94e79" },
    { "FW-RS-10",
        "{\"status\":\"success\",\"message\":\"Transaction refund initiated\",\"data\":{\"id"
        "\":75001,\"account_id\":73001,\"tx_id\":910000001,\"flw_ref\":\"FLW-MOCK-a1b2c3d4e5f"
        "60718293a4b5c6d7e8f90\",\"wallet_id\":74001,\"amount_refunded\":10,\"status\":\"comp"
        "leted\",\"destination\":\"payment_source\",\"meta\":{\"source\":\"availablebalance\""
        "},\"created_at\":\"2026-11-20T11:00:00.000Z\"}}",
        NULL, "6e5620e6a75da9ea20667a9f685cd086f430a8b66367e6354e88456c4a243f21" },
    { "FW-RS-16",
        "{\"status\":\"success\",\"message\":\"Charge initiated\",\"data\":{\"id\":910000020,"
        "\"tx_ref\":\"ord_9f2c41b0_1\",\"flw_ref\":\"2993000001\",\"device_fingerprint\":\"N/"
        "A\",\"amount\":150,\"charged_amount\":150,\"app_fee\":4.35,\"merchant_fee\":0,\"proc"
        "essor_response\":\"Successful\",\"auth_model\":\"LIPA_MPESA\",\"currency\":\"KES\","
        "\"ip\":\"::127.0.0.1\",\"narration\":\"FLW-PBF MPESA Transaction \",\"status\":\"pen"
        "ding\",\"auth_url\":\"N/A\",\"payment_type\":\"mpesa\",\"fraud_status\":\"ok\",\"cha"
        "rge_type\":\"normal\",\"created_at\":\"2026-11-20T12:00:00.000Z\",\"account_id\":730"
        "01,\"customer\":{\"id\":470000002,\"phone_number\":\"254700000001\",\"name\":\"Ada E"
        "xample\",\"email\":\"ada@example.com\",\"created_at\":\"2026-11-20T12:00:00.000Z\"}}"
        "}",
        NULL, "ec6f409f1236de2d29326ae06a61dccc2a7172279dff4d61b234198d815319b6" },
    { "FW-WH-01",
        "{\"event\":\"charge.completed\",\"data\":{\"id\":910000001,\"tx_ref\":\"ord_9f2c41a7"
        "_1\",\"flw_ref\":\"FLW-MOCK-a1b2c3d4e5f60718293a4b5c6d7e8f90\",\"device_fingerprint"
        "\":\"N/A\",\"amount\":39.99,\"currency\":\"USD\",\"charged_amount\":39.99,\"app_fee"
        "\":1.52,\"merchant_fee\":0,\"processor_response\":\"Approved by Financial Institutio"
        "n\",\"auth_model\":\"PIN\",\"ip\":\"192.0.2.10\",\"narration\":\"CARD Transaction \""
        ",\"status\":\"successful\",\"payment_type\":\"card\",\"created_at\":\"2026-11-20T10:"
        "16:02.000Z\",\"account_id\":73001,\"card\":{\"first_6digits\":\"553188\",\"last_4dig"
        "its\":\"2950\",\"issuer\":\"MASTERCARD TEST ISSUER\",\"country\":\"NG\",\"type\":\"M"
        "ASTERCARD\",\"expiry\":\"09/32\"},\"customer\":{\"id\":470000001,\"name\":\"Ada Exam"
        "ple\",\"phone_number\":\"+256700000001\",\"email\":\"ada@example.com\",\"created_at"
        "\":\"2026-11-20T10:16:01.000Z\"}},\"event.type\":\"CARD_TRANSACTION\"}",
        "7w83sF/IyIr9f7amLDZKYkX2wmjG8kggNH4pEA3Vt6k=",
        "17605d97a6d162ab0642e091d4f4ad05435bf959312257fe1d59fd7442488e05" },
    { "FW-WH-02",
        "{\"event\":\"charge.completed\",\"data\":{\"id\":910000002,\"tx_ref\":\"ord_9f2c41a7"
        "_1\",\"flw_ref\":\"FLW-MOCK-00000000000000000000000000000002\",\"device_fingerprint"
        "\":\"N/A\",\"amount\":39.99,\"currency\":\"USD\",\"charged_amount\":39.99,\"app_fee"
        "\":0,\"merchant_fee\":0,\"processor_response\":\"Insufficient Funds\",\"auth_model\""
        ":\"PIN\",\"ip\":\"192.0.2.10\",\"narration\":\"CARD Transaction \",\"status\":\"fail"
        "ed\",\"payment_type\":\"card\",\"created_at\":\"2026-11-20T10:16:02.000Z\",\"account"
        "_id\":73001,\"card\":{\"first_6digits\":\"553188\",\"last_4digits\":\"2950\",\"issue"
        "r\":\"MASTERCARD TEST ISSUER\",\"country\":\"NG\",\"type\":\"MASTERCARD\",\"expiry\""
        ":\"09/32\"},\"customer\":{\"id\":470000001,\"name\":\"Ada Example\",\"phone_number\""
        ":\"+256700000001\",\"email\":\"ada@example.com\",\"created_at\":\"2026-11-20T10:16:0"
        "1.000Z\"}},\"event.type\":\"CARD_TRANSACTION\"}",
        "pnvBQHQwZrztYywePnKDwk0LN9GxpKaRewEeSIg2M1Y=",
        "5e2968485fa6e18a312ced3d99784226cfd5e96b481ad273f5a0252e8a626859" },
    { "FW-WH-03",
        "{\"event\":\"charge.completed\",\"data\":{\"id\":910000020,\"tx_ref\":\"ord_9f2c41b0"
        "_1\",\"flw_ref\":\"2993000001\",\"device_fingerprint\":\"N/A\",\"amount\":150,\"curr"
        "ency\":\"KES\",\"charged_amount\":150,\"app_fee\":4.35,\"merchant_fee\":0,\"processo"
        "r_response\":\"Successful\",\"auth_model\":\"LIPA_MPESA\",\"ip\":\"192.0.2.10\",\"na"
        "rration\":\"FLW-PBF MPESA Transaction \",\"status\":\"successful\",\"payment_type\":"
        "\"mpesa\",\"created_at\":\"2026-11-20T10:16:02.000Z\",\"account_id\":73001,\"custome"
        "r\":{\"id\":470000002,\"name\":\"Ada Example\",\"phone_number\":\"254700000001\",\"e"
        "mail\":\"ada@example.com\",\"created_at\":\"2026-11-20T12:00:00.000Z\"}},\"event.typ"
        "e\":\"MPESA_TRANSACTION\"}",
        "G2qinl9uV6AYGWv9m8ss25h+VwAs+O8OYwsw1pmJOes=",
        "2e2d4fd4f712b504cc6abbab85368ab313e2ee717e229622f4642f1ace36ac47" },
    { "FW-WH-04",
        "{\"id\":910000001,\"txRef\":\"ord_9f2c41a7_1\",\"flwRef\":\"FLW-MOCK-a1b2c3d4e5f6071"
        "8293a4b5c6d7e8f90\",\"orderRef\":\"URF_1763633762001_0000001\",\"paymentPlan\":null,"
        "\"paymentPage\":null,\"createdAt\":\"2026-11-20T10:16:02.000Z\",\"amount\":39.99,\"c"
        "harged_amount\":39.99,\"status\":\"successful\",\"IP\":\"192.0.2.10\",\"currency\":"
        "\"USD\",\"appfee\":1.52,\"merchantfee\":0,\"merchantbearsfee\":1,\"charge_type\":\"n"
        "ormal\",\"customer\":{\"id\":470000001,\"phone\":\"+256700000001\",\"fullName\":\"Ad"
        "a Example\",\"customertoken\":null,\"email\":\"ada@example.com\",\"createdAt\":\"202"
        "6-11-20T10:16:01.000Z\",\"updatedAt\":\"2026-11-20T10:16:01.000Z\",\"deletedAt\":nul"
        "l,\"AccountId\":73001},\"entity\":{\"card6\":\"553188\",\"card_last4\":\"2950\",\"ca"
        "rd_country_iso\":\"NG\",\"createdAt\":\"2026-11-20T10:16:01.000Z\"},\"event.type\":"
        "\"CARD_TRANSACTION\"}",
        "yw5q8DkuHiaWd3um8o9YUMOKi3GG8BMjo7YOBiomxR4=",
        "2139a7e8923df37f61de08bf59a5ac564b068273206ecbb26940120a90a7b430" },
    { "FW-WH-05",
        "{\"event\":\"transfer.completed\",\"event.type\":\"Transfer\",\"data\":{\"id\":39600"
        "1,\"account_number\":\"0690000040\",\"bank_name\":\"ACCESS BANK NIGERIA\",\"bank_cod"
        "e\":\"044\",\"fullname\":\"Test Beneficiary\",\"created_at\":\"2026-11-20T13:00:00.0"
        "00Z\",\"currency\":\"NGN\",\"debit_currency\":\"NGN\",\"amount\":5500,\"fee\":26.875"
        ",\"status\":\"SUCCESSFUL\",\"reference\":\"po_0001\",\"meta\":null,\"narration\":\"P"
        "ayout 1\",\"approver\":null,\"complete_message\":\"Transaction was successful\",\"re"
        "quires_approval\":0,\"is_approved\":1}}",
        "LxCX5GroHng75G7GSdwBE35A0xaGB1Cov97+n1OPotM=",
        "794626a5ee5ec9d3034720e587a7169701be29c890a97409c9fc5c17e288de1b" },
    { "FW-WH-06",
        "{\"event\":\"transfer.completed\",\"event.type\":\"Transfer\",\"data\":{\"id\":39600"
        "2,\"account_number\":\"0690000040\",\"bank_name\":\"ACCESS BANK NIGERIA\",\"bank_cod"
        "e\":\"044\",\"fullname\":\"Test Beneficiary\",\"created_at\":\"2026-11-20T13:00:00.0"
        "00Z\",\"currency\":\"NGN\",\"debit_currency\":\"NGN\",\"amount\":5500,\"fee\":26.875"
        ",\"status\":\"FAILED\",\"reference\":\"po_0002\",\"meta\":null,\"narration\":\"Payou"
        "t 1\",\"approver\":null,\"complete_message\":\"DISBURSE FAILED: Insufficient funds\""
        ",\"requires_approval\":0,\"is_approved\":1}}",
        "b7b56l/nX1Krll22/6BwYUmfEgKJp0B0zLkPHOOegzc=",
        "cc95f33254d8342e432437c1257e39c0fa3c6fa662c93a85c73e1be7accb3da3" },
    { "FW-WH-07",
        "{\"event.type\":\"Transfer\",\"transfer\":{\"id\":396001,\"account_number\":\"069000"
        "0040\",\"bank_code\":\"044\",\"fullname\":\"Test Beneficiary\",\"date_created\":\"20"
        "26-11-20T13:00:00.000Z\",\"currency\":\"NGN\",\"debit_currency\":\"NGN\",\"amount\":"
        "5500,\"fee\":26.875,\"status\":\"SUCCESSFUL\",\"reference\":\"po_0001\",\"meta\":nul"
        "l,\"narration\":\"Payout 1\",\"approver\":null,\"complete_message\":\"Transaction wa"
        "s successful\",\"requires_approval\":0,\"is_approved\":1,\"bank_name\":\"ACCESS BANK"
        " NIGERIA\"}}",
        "OZUqBc6y3DCOa19JyOm/3UYlk/py6oG4GM92tiKKU/k=",
        "6467d614fe0f5b8e72d705f291c616ca4f5cc42133ee506f675988e94427e2a0" },
    { "FW-WH-08",
        "{\"id\":75001,\"AmountRefunded\":10,\"status\":\"completed\",\"FlwRef\":\"FLW-MOCK-a"
        "1b2c3d4e5f60718293a4b5c6d7e8f90\",\"destination\":\"payment_source\",\"comments\":\""
        "ord_9f2c41a7 refund 1\",\"settlement_id\":\"NEW\",\"meta\":\"{\\\"source\\\":\\\"ava"
        "ilablebalance\\\"}\",\"createdAt\":\"2026-11-20T11:00:00.000Z\",\"updatedAt\":\"2026"
        "-11-20T11:00:00.000Z\",\"deletedAt\":null,\"walletId\":74001,\"AccountId\":73001,\"T"
        "ransactionId\":910000001}",
        "sGe9gwEp4hfNfP+ca3LURfmmqtQtTKLPKIhGbhHenl8=",
        "98706a89a9882de1477269121eeba991fffe5c862ee5abc33334503abfc65545" },
    { "FW-WH-09",
        "{\"event\":\"subscription.cancelled\",\"data\":{\"id\":4101,\"status\":\"deactivated"
        "\",\"currency\":\"USD\",\"amount\":29.99,\"customer\":{\"email\":\"ada@example.com\""
        ",\"full_name\":\"Ada Example\"},\"plan\":{\"id\":52001,\"name\":\"Pro monthly\",\"am"
        "ount\":29.99,\"currency\":\"USD\",\"interval\":\"monthly\",\"duration\":0,\"status\""
        ":\"active\",\"date_created\":\"2026-11-20T09:00:00.000Z\"}}}",
        "6AbKNQWs08i7j5JthEDIRKSCoMEi76b/+3EuA3kzezc=",
        "0b6f0905e94b50ea5a74dc538373a55ac25fb4c822e755e39302fe7a3b7af47d" },
    { "FW-WH-10",
        "{\"webhook_id\":\"wbk_sim0000000000000001\",\"timestamp\":1763633763000,\"type\":\"c"
        "harge.completed\",\"data\":{\"id\":\"chg_sim0000000001\",\"amount\":39.99,\"currency"
        "\":\"USD\",\"customer\":{\"id\":\"cus_sim0000000001\",\"address\":null,\"email\":\"a"
        "da@example.com\",\"name\":{\"first\":\"Ada\",\"middle\":null,\"last\":\"Example\"},"
        "\"phone\":null,\"meta\":{},\"created_datetime\":\"2026-11-20T10:16:01.000Z\"},\"desc"
        "ription\":null,\"meta\":{},\"payment_method\":{\"type\":\"card\",\"card\":{\"expiry_"
        "month\":9,\"expiry_year\":32,\"first6\":\"553188\",\"last4\":\"2950\",\"network\":\""
        "mastercard\"},\"id\":\"pmd_sim0000000001\",\"customer_id\":\"cus_sim0000000001\",\"m"
        "eta\":{},\"created_datetime\":\"2026-11-20T10:16:01.000Z\"},\"redirect_url\":null,\""
        "reference\":\"ord9f2c41a7x1\",\"status\":\"succeeded\",\"processor_response\":{\"typ"
        "e\":\"approved\",\"code\":\"00\"},\"created_datetime\":\"2026-11-20T10:16:02.000Z\"}"
        "}",
        "lfG3O/8t9krLygJsuk5mczK6/MkcchCGPjNuPEE5YuA=",
        "75f9aa9b2359cd034f7e41a922f1570f92fa5a64d65811a61abb9288326620e6" },
    { "FW-WH-11",
        "{\"event\":\"charge.completed\",\"data\":{\"id\":910000001,\"tx_ref\":\"ord_9f2c41a7"
        "_1\",\"flw_ref\":\"FLW-MOCK-a1b2c3d4e5f60718293a4b5c6d7e8f90\",\"device_fingerprint"
        "\":\"N/A\",\"amount\":39.99,\"currency\":\"NGN\",\"charged_amount\":39.99,\"app_fee"
        "\":1.52,\"merchant_fee\":0,\"processor_response\":\"Approved by Financial Institutio"
        "n\",\"auth_model\":\"PIN\",\"ip\":\"192.0.2.10\",\"narration\":\"CARD Transaction \""
        ",\"status\":\"successful\",\"payment_type\":\"card\",\"created_at\":\"2026-11-20T10:"
        "16:02.000Z\",\"account_id\":73001,\"card\":{\"first_6digits\":\"553188\",\"last_4dig"
        "its\":\"2950\",\"issuer\":\"MASTERCARD TEST ISSUER\",\"country\":\"NG\",\"type\":\"M"
        "ASTERCARD\",\"expiry\":\"09/32\"},\"customer\":{\"id\":470000001,\"name\":\"Ada Exam"
        "ple\",\"phone_number\":\"+256700000001\",\"email\":\"ada@example.com\",\"created_at"
        "\":\"2026-11-20T10:16:01.000Z\"}},\"event.type\":\"CARD_TRANSACTION\"}",
        "5fwuzm3ash+Q5GkxWKp9akWuRBbXDlVUjUjSWdg/GBU=",
        "91aec1202036db2f934e479251be048405a498fa854122052d3c0e5a9e73ab98" },
};
const size_t flutterwave_fixture_count = ARRAY_LEN(flutterwave_fixtures);
