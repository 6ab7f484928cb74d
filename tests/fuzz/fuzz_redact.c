/* Redaction and the log line, whatever text comes:
 *   - a secret that stands in the text between white space is gone, whatever stands around it;
 *   - who asks for the first bytes only gets little more than those;
 *   - the line that the log writes of it is one valid JSON text, and holds no secret either.
 * Input: which secret, where in the text it is put, the text. */
#include "base/json.h"
#include "base/log.h"

static const struct str secrets[] = { S_INIT(" sk_live_CANARY01234 "), S_INIT(" 4242424242424242 "),
    S_INIT("\n4242 4242 4242 4242\n"), S_INIT(" whsec_CANARY0123456 "),
    S_INIT(" FLWSECK-CANARY-X "), S_INIT("\teyJhbGciOiJIUzI1NiJ9.CANARY.CANARY\t"),
    S_INIT(" Bearer CANARY0123456 "), S_INIT("\npassword=CANARY\n"),
    S_INIT(" {\"cvc\":\"CANARY\"} "), S_INIT("") };

static bool leaks(struct str out, struct str text)
{
    return (str_has(out, S("CANARY")) && !str_has(text, S("CANARY"))) ||
        (str_has(out, S("4242424242424242")) && !str_has(text, S("42"))) ||
        (str_has(out, S("4242 4242 4242 4242")) && !str_has(text, S("42")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    struct str text = { (const char *)data + 2, size - 2 };
    struct str secret = secrets[data[0] % ARRAY_LEN(secrets)];
    size_t at = text.n == 0 ? 0 : data[1] % (text.n + 1);
    struct buf b = BUF(&arena);
    buf_add(&b, str_part(text, 0, at));
    buf_add(&b, secret);
    buf_add(&b, str_from(text, at));
    struct str all = buf_str(&b);

    struct str once = redact(&arena, all);
    must(!leaks(redact(&arena, once), text));
    must(!leaks(once, text));
    must(once.n <= 8 * all.n + 16);
    must(redact_up_to(&arena, all, 50).n <= all.n + 100);

    c.log = log_open_kept(LOG_INFO);
    log_info(&c, "fuzz", L("f", all));
    (void)fail(&c, INVALID_REQUEST, "because of %.*s", SARG(all));
    log_failure(&c, "failed");
    struct str rest = log_kept(c.log, &arena), line;
    must(!leaks(rest, text));
    while (str_cut(rest, '\n', &line, &rest))
        must(str_is_text(line) && json_check(&c, line) == E_OK);
    must(rest.n == 0);
    log_close(c.log);
    arena_free(&arena);
    return 0;
}
