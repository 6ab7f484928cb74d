#include "gateway/eversend_fixture.h"

#include "base/clock.h"
#include "base/crypto.h"

static void put(const char **env, size_t *n, const char *setting)
{
    if (setting != NULL)
        env[(*n)++] = setting;
}

struct wire *eversend_wire_with(struct test *t, const char *setting, const char *other)
{
    const char *lines[8] = { "PURSER_SITE_URL=https://pay.example.com",
        "EVERSEND_CLIENT_ID=evs_client_sim_0001", "EVERSEND_CLIENT_SECRET=evs_secret_sim_0001",
        ("EVERSEND_WEBHOOK_SECRET=an_older_secret_0000," EV_SECRET) };
    char *env[ARRAY_LEN(lines)];
    size_t n = 4;
    put(lines, &n, setting);
    put(lines, &n, other);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        env[i] = (char *)(uintptr_t)lines[i]; /* read only, whatever an environment's type says */
    struct wire *w = wire_open_env(t, env);
    EXPECT(time_parse_iso(S("2026-11-20T10:00:00Z"), &t->c->wall_ms));
    return w;
}

struct wire *eversend_wire(struct test *t)
{
    return eversend_wire_with(t, NULL, NULL);
}

void eversend_next(struct wire *w, int status, const char *name)
{
    wire_next(w, status, eversend_ours(w->t, name));
}

const char *eversend_ours(struct test *t, const char *name)
{
    return str_c(t->c->arena,
        flutterwave_replaced(t, eversend_fixture(name), "ord9f2c41c0x1", EV_REFERENCE));
}

/* ---- webhooks */

static struct str header(const void *self, struct str name)
{
    const char *signature = self;
    return signature != NULL && str_eq_nocase(name, S("x-eversend-signature")) ? str_of_c(signature)
                                                                               : S("");
}

static int header_count(const void *self, struct str name)
{
    return self != NULL && str_eq_nocase(name, S("x-eversend-signature")) ? 1 : 0;
}

struct gateway_webhook eversend_webhook(struct str body, const char *signature)
{
    return (struct gateway_webhook) {
        .body = body, .header = header, .header_count = header_count, .self = signature
    };
}

struct str eversend_fixture(const char *name)
{
    for (size_t i = 0; i < eversend_fixture_count; i++)
        if (str_eq(str_of_c(eversend_fixtures[i].name), str_of_c(name)))
            return str_of_c(eversend_fixtures[i].body);
    never("no such fixture");
}

/* clang-format off */
const struct eversend_fixture eversend_fixtures[] = {
    { "EV-RS-01",
        "{\"status\":200,\"token\":\"evs.sim.token.0001\",\"expires\":\"2026-11-20T11:00:00Z\"}",
        NULL,
        NULL,
        "75123a9e5a6ef77d35c09982a3ba5e78962d6cefe735be2936b3d1d02be46a3c" },
    { "EV-RS-02",
        "{\"status\":401,\"message\":\"Invalid credentials\"}",
        NULL,
        NULL,
        "4dd8f67ce41f6e6b804f76629c1d392534b530765a41fc10fb3f3cba4d8f69a1" },
    { "EV-RS-03",
        "{\"message\":\"Invalid request origin\"}",
        NULL,
        NULL,
        "8fe87248b4e77b03d224530795efe0f2e2728c21c0c19cbf1bce2e80c4858928" },
    { "EV-RQ-01",
        "{\"method\":\"momo\",\"currency\":\"UGX\",\"amount\":20000}",
        NULL,
        NULL,
        "2e2deed7fc436818f755c2a4ca3abd9ac4a787066f31ff80e0ce29b514a651c8" },
    { "EV-RS-04",
        "{\"code\":200,\"data\":{\"currency\":\"UGX\",\"min_load_amount\":\"500.00\",\"max_load"
        "_amount\":\"4000000.00\",\"max_limit\":\"40000000.00\",\"amount_available_to_load\":\""
        "39970000.00\",\"charges\":\"300\",\"total_to_pay\":\"20300\",\"amount\":\"20000\",\"pa"
        "yment_method\":\"16\",\"new_balance\":\"42000.00\"},\"success\":true}",
        NULL,
        NULL,
        "ca106f3f3791cefc288733eca4e323e92fba4d777e325f0a00a164160384b993" },
    { "EV-RQ-02",
        "{\"phone\":\"+256700000000\"}",
        NULL,
        NULL,
        "a01b757d4e54d92169a0679b61c2d340c2d51113d3b6de8bda3e6f9152579912" },
    { "EV-RS-05",
        "{\"code\":200,\"data\":{\"pinId\":\"VE00112233445566778899aabbccddeeff00\"},\"success"
        "\":true}",
        NULL,
        NULL,
        "4594b41af34c2f56fd5e5a06ea132df2480fcd818f518ed41e9436b7e13d3f1d" },
    { "EV-RQ-03",
        "{\"phone\":\"+256700000000\",\"amount\":20000,\"country\":\"UG\",\"currency\":\"UGX\","
        "\"transactionRef\":\"ord9f2c41c0x1\",\"otp\":{\"pin\":\"123456\",\"pinId\":\"VE0011223"
        "3445566778899aabbccddeeff00\"}}",
        NULL,
        NULL,
        "2946a2865e9a2ea999574552e9b70f7dd498a73bcb2e52f07f136b1d5ee6e8ce" },
    { "EV-RS-06",
        "{\"code\":200,\"data\":{\"transactionId\":\"BE11763640000001\",\"transactionRef\":\"or"
        "d9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"UGX\",\"amount\":\"20000\",\"cust"
        "omer\":null,\"balanceBefore\":null,\"balanceAfter\":null,\"status\":\"pending\",\"crea"
        "tedAt\":\"2026-11-20T12:00:00.000Z\",\"updatedAt\":\"2026-11-20T12:00:00.001Z\"},\"suc"
        "cess\":true}",
        NULL,
        NULL,
        "1946b485b4ff3a3c4a7b64b71abf101cc40c0c34a4ad575cabda614eb188a610" },
    { "EV-RS-07",
        "{\"code\":200,\"data\":{\"transactions\":[{\"id\":90001,\"transactionId\":\"BE11763640"
        "000001\",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"U"
        "GX\",\"amount\":\"20000\",\"fees\":\"300\",\"balanceBefore\":\"1000.00\",\"balanceAfte"
        "r\":\"1000.00\",\"sourceCurrency\":null,\"destinationCurrency\":null,\"destinationAmou"
        "nt\":null,\"sourceCountry\":null,\"destinationCountry\":\"UG\",\"accountId\":3001,\"us"
        "erId\":null,\"beneficiaryId\":null,\"customer\":null,\"meta\":null,\"reason\":null,\"i"
        "sRefunded\":false,\"status\":\"pending\",\"createdAt\":\"2026-11-20T12:00:00.000Z\",\""
        "updatedAt\":\"2026-11-20T12:01:30.000Z\",\"user\":null,\"beneficiary\":null}]},\"succe"
        "ss\":true}",
        NULL,
        NULL,
        "64c80545147f02838ed84ebc8182d5d41b8c3bed31763de01589f643c9e252c8" },
    { "EV-RS-08",
        "{\"code\":200,\"data\":{\"transactions\":[{\"id\":90001,\"transactionId\":\"BE11763640"
        "000001\",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"U"
        "GX\",\"amount\":\"20000\",\"fees\":\"300\",\"balanceBefore\":\"1000.00\",\"balanceAfte"
        "r\":\"21000.00\",\"sourceCurrency\":null,\"destinationCurrency\":null,\"destinationAmo"
        "unt\":null,\"sourceCountry\":null,\"destinationCountry\":\"UG\",\"accountId\":3001,\"u"
        "serId\":null,\"beneficiaryId\":null,\"customer\":null,\"meta\":null,\"reason\":null,\""
        "isRefunded\":false,\"status\":\"successful\",\"createdAt\":\"2026-11-20T12:00:00.000Z"
        "\",\"updatedAt\":\"2026-11-20T12:01:30.000Z\",\"user\":null,\"beneficiary\":null}]},\""
        "success\":true}",
        NULL,
        NULL,
        "63fa31ad9f5d40d71a46a780f8de8f7e3d2194eb1efbd72f8298001379793efd" },
    { "EV-RS-09",
        "{\"code\":200,\"data\":{\"transactions\":[{\"id\":90001,\"transactionId\":\"BE11763640"
        "000001\",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"U"
        "GX\",\"amount\":\"20000\",\"fees\":\"300\",\"balanceBefore\":\"1000.00\",\"balanceAfte"
        "r\":\"1000.00\",\"sourceCurrency\":null,\"destinationCurrency\":null,\"destinationAmou"
        "nt\":null,\"sourceCountry\":null,\"destinationCountry\":\"UG\",\"accountId\":3001,\"us"
        "erId\":null,\"beneficiaryId\":null,\"customer\":null,\"meta\":null,\"reason\":\"Payer "
        "declined\",\"isRefunded\":false,\"status\":\"failed\",\"createdAt\":\"2026-11-20T12:00"
        ":00.000Z\",\"updatedAt\":\"2026-11-20T12:01:30.000Z\",\"user\":null,\"beneficiary\":nu"
        "ll}]},\"success\":true}",
        NULL,
        NULL,
        "5b09e332072e1b0e1a570a28cdaa492c1f25005935119ed260a01ac2c219ffd7" },
    { "EV-RS-10",
        "{\"code\":200,\"data\":{\"transactions\":[{\"id\":90001,\"transactionId\":\"BE11763640"
        "000001\",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"U"
        "GX\",\"amount\":\"20000\",\"fees\":\"300\",\"balanceBefore\":\"1000.00\",\"balanceAfte"
        "r\":\"21000.00\",\"sourceCurrency\":null,\"destinationCurrency\":null,\"destinationAmo"
        "unt\":null,\"sourceCountry\":null,\"destinationCountry\":\"UG\",\"accountId\":3001,\"u"
        "serId\":null,\"beneficiaryId\":null,\"customer\":null,\"meta\":null,\"reason\":null,\""
        "isRefunded\":true,\"status\":\"successful\",\"createdAt\":\"2026-11-20T12:00:00.000Z\""
        ",\"updatedAt\":\"2026-11-20T12:01:30.000Z\",\"user\":null,\"beneficiary\":null}]},\"su"
        "ccess\":true}",
        NULL,
        NULL,
        "0b6ad64217c433111012deea151c0a6d6425fa30b50bfe2f9297bb1d15e17dc6" },
    { "EV-RS-11",
        "{\"code\":200,\"data\":{\"id\":90001,\"transactionId\":\"BE11763640000001\",\"transact"
        "ionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"UGX\",\"amount\":\"2"
        "0000\",\"fees\":\"300\",\"balanceBefore\":\"1000.00\",\"balanceAfter\":\"21000.00\",\""
        "sourceCurrency\":null,\"destinationCurrency\":null,\"destinationAmount\":null,\"source"
        "Country\":null,\"destinationCountry\":\"UG\",\"accountId\":3001,\"userId\":null,\"bene"
        "ficiaryId\":null,\"customer\":null,\"meta\":null,\"reason\":null,\"isRefunded\":false,"
        "\"status\":\"successful\",\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"updatedAt\":\"2"
        "026-11-20T12:01:30.000Z\",\"user\":null,\"beneficiary\":null},\"success\":true}",
        NULL,
        NULL,
        "aa3c2160d2289a3333df558447210e85e6caa175cc4cb2239e460afaa96e9d21" },
    { "EV-RQ-04",
        "{\"sourceWallet\":\"UGX\",\"amount\":20000,\"type\":\"momo\",\"amountType\":\"SOURCE\""
        ",\"destinationCountry\":\"UG\",\"destinationCurrency\":\"UGX\"}",
        NULL,
        NULL,
        "b9c208b3c281c0ac18fd69809d6921cc42adb3ff2b0e8418809801be901486a3" },
    { "EV-RS-12",
        "{\"code\":200,\"data\":{\"token\":\"evs.sim.quote.0001\",\"quotation\":{\"sourceCountr"
        "y\":\"UG\",\"sourceCurrency\":\"UGX\",\"sourceAmount\":\"20000\",\"destinationCountry"
        "\":\"UG\",\"destinationCurrency\":\"UGX\",\"destinationAmount\":\"20000\",\"exchangeRa"
        "te\":\"1\",\"totalFees\":\"800\",\"totalAmount\":\"20800.00\",\"type\":\"momo\",\"amou"
        "ntType\":\"SOURCE\",\"amount\":\"20000\"}},\"success\":true}",
        NULL,
        NULL,
        "5e3cb6c69da8eca0a05e6436f3eb4f9c5c0146223c5f67c206448314c1557be9" },
    { "EV-RQ-05",
        "{\"token\":\"evs.sim.quote.0001\",\"firstName\":\"Ada\",\"lastName\":\"Example\",\"pho"
        "neNumber\":\"+256700000000\",\"country\":\"UG\",\"transactionRef\":\"rf9f2c41c0x1\"}",
        NULL,
        NULL,
        "0cf68418f338051823ea079689ccabcb15926d0238e13601bf273ac58e96710b" },
    { "EV-RS-13",
        "{\"code\":200,\"data\":{\"transaction\":{\"transactionId\":\"BP11763650000001\",\"curr"
        "ency\":\"UGX\",\"type\":\"payout\",\"amount\":20000,\"fees\":800,\"userId\":3,\"balanc"
        "eBefore\":0,\"balanceAfter\":0,\"sourceCurrency\":\"UGX\",\"destinationCurrency\":\"UG"
        "X\",\"destinationAmount\":\"20000\",\"destinationCountry\":\"UG\",\"beneficiary\":{\"i"
        "d\":272001,\"firstName\":\"Ada\",\"lastName\":\"Example\",\"phoneNumber\":\"+256700000"
        "000\",\"country\":\"UG\",\"bankCode\":null,\"bankName\":null,\"bankAccountName\":null,"
        "\"bankAccountNumber\":null,\"createdAt\":\"2026-11-20T13:00:00.000Z\",\"updatedAt\":\""
        "2026-11-20T13:00:00.000Z\"},\"reason\":null,\"status\":\"pending\",\"createdAt\":\"202"
        "6-11-20T13:00:00.100Z\",\"updatedAt\":\"2026-11-20T13:00:00.101Z\"}},\"success\":true}",
        NULL,
        NULL,
        "ccbfe20f3bc1fa45669487a5adde87f16afa161493799f1847f05916c95a41a9" },
    { "EV-RS-14",
        "{\"code\":400,\"message\":\"transactionRef already exists\",\"success\":false}",
        NULL,
        NULL,
        "2d90d7ed1975855a723b4a12e2773dd7cdbd0b3703f13aa19927522111ad6ea4" },
    { "EV-WH-01",
        "{\"eventType\":\"transaction.success\",\"data\":{\"transactionId\":\"BE11763640000001"
        "\",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"UGX\","
        "\"amount\":\"20000\",\"status\":\"successful\",\"createdAt\":\"2026-11-20T12:00:00.000"
        "Z\",\"updatedAt\":\"2026-11-20T12:01:30.000Z\"}}",
        "12ab1f92333ee454250db94481c40d4b7e8b0af4cfe8e92fac528514ec0598409c0424b179e5ad9de2f280"
        "073d020ca3c6f699ec8fd1d98d9de6634697629a19",
        "934d2513d6d9d1dbb884e986d9dbbb332ee5827f1cf5b170816b428766967471",
        "590181e4f180a247ec67c76751e9e5670e9031f8684af9fc31cf2fa5985cbe96" },
    { "EV-WH-02",
        "{\"eventType\":\"transaction.failed\",\"data\":{\"transactionId\":\"BE11763640000001\""
        ",\"transactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"UGX\",\"a"
        "mount\":\"20000\",\"status\":\"failed\",\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"u"
        "pdatedAt\":\"2026-11-20T12:01:30.000Z\"}}",
        "88450268f9689c5d90e6449241da773f13895d1dc8d6a0b99f5eb8c1bbd74ec3bb32d9f5ab6e996062002f"
        "0c2cb7764723800d6f5737060626883d9ae2a2e66c",
        "4d6bfbac1e262fefd224ed613a76602fb43102868fe147e5b4d82ed123acfab2",
        "4c4d7ccebd8fa14edc4fa88cc9b1bd813c475cb7e6cc24778c24c295ad58e394" },
    { "EV-WH-03",
        "{\"type\":\"collection.success\",\"data\":{\"transactionId\":\"BE11763640000001\",\"tr"
        "ansactionRef\":\"ord9f2c41c0x1\",\"type\":\"collection\",\"currency\":\"UGX\",\"amount"
        "\":\"20000\",\"status\":\"successful\",\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"up"
        "datedAt\":\"2026-11-20T12:01:30.000Z\"}}",
        "0bf3ac54f120fee0235943346e31a8bd7d5c4918dae2401e4355094ded07af9f560fde30a1efbcca592333"
        "83d4feab25aa54c0aa1f0a2bd979e0157f2489c8ca",
        "ea258cd3ce7ed471430f74e3a046a84fc5fc0e29aacc33401e5f38dbe4257a4c",
        "324655575904e15460431a45c1b5ff98bd94bd44af3cca375e8ab7ff8f9f46af" },
    { "EV-WH-04",
        "{\"reference\":\"ord9f2c41c0x1\",\"status\":\"completed\",\"amount\":20000,\"phoneNumb"
        "er\":\"+256700000000\",\"timestamp\":1763640090000}",
        "05d14c356a3494353248e0dd2a61fd5e675515436faea48e5c99f9456355d3446742aa354f7936e6a42e8b"
        "3729e24e970d1929625ccd3031c49921051b5b3c59",
        "79eda1e125e4cfd479b63fbfd815e7fb0ffeae840956ebc088405aa4310a594b",
        "e86c9c90828eb201032ab6a1b3045277699e488c259c83beda08cee4332241b3" },
};
/* clang-format on */
const size_t eversend_fixture_count = ARRAY_LEN(eversend_fixtures);

TEST("Eversend's recorded messages are those that were recorded")
{
    for (size_t i = 0; i < eversend_fixture_count; i++) {
        struct sha256 sum = sha256(str_of_c(eversend_fixtures[i].body));
        EXPECT_STR(hex_text(t->c->arena, (struct str) { (const char *)sum.b, sizeof sum.b }),
            str_of_c(eversend_fixtures[i].sha256));
    }
    EXPECT_I64((int64_t)eversend_fixture_count, 23);
}
