#include "base/redact.h"

#include <string.h>

/* Walks over words and hides what a name or a shape gives away; a second pass (redact_card.c)
 * looks at nothing but digits.  Both copy a byte only after having looked at it, so no construct
 * can carry a secret past them. */

static const struct str hidden = S_INIT("[redacted]");

struct scan {
    struct str in;
    size_t at, kept; /* what stands from kept to at goes into out as it is */
    struct buf out;
};

/* What a byte can be part of: letters and digits, words, and tokens (base64 of both alphabets,
 * JWTs, our keys). */
enum {
    ALNUM = 1,
    WORD = 2,
    TOKEN = 4,
    TITLE = 8, /* capitals and spaces */
    BLANK = 16
};
static const unsigned char classes[256] = {
    ['0' ... '9'] = ALNUM | WORD | TOKEN,
    ['a' ... 'z'] = ALNUM | WORD | TOKEN,
    ['A' ... 'Z'] = ALNUM | WORD | TOKEN | TITLE,
    ['_'] = WORD | TOKEN,
    ['-'] = WORD | TOKEN,
    ['.'] = TOKEN,
    ['~'] = TOKEN,
    ['+'] = TOKEN,
    ['/'] = TOKEN,
    ['='] = TOKEN,
    [' '] = TITLE | BLANK,
    ['\t'] = BLANK,
};

static bool is(char c, int class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

/* The byte at i, or 0 past the end. */
static char peek(const struct scan *s, size_t i)
{
    return i < s->in.n ? s->in.p[i] : 0;
}

static bool looking_at(const struct scan *s, size_t i, struct str what)
{
    return peek(s, i) == what.p[0] && str_starts(str_from(s->in, i), what);
}

static size_t run_end(const struct scan *s, size_t i, int class)
{
    while (i < s->in.n && is(s->in.p[i], class))
        i++;
    return i;
}

/* What comes next is looked at; it stays as it is. */
static void copy_to(struct scan *s, size_t to)
{
    s->at = to;
}

static void flush(struct scan *s)
{
    buf_add(&s->out, str_part(s->in, s->kept, s->at - s->kept));
    s->kept = s->at;
}

static void hide_to(struct scan *s, size_t to)
{
    flush(s);
    buf_add(&s->out, hidden);
    s->at = s->kept = to;
}

bool redact_name(struct str name)
{
    static const struct str parts[] = { S_INIT("secret"), S_INIT("password"), S_INIT("passwd"),
        S_INIT("passphrase"), S_INIT("token"), S_INIT("signature"), S_INIT("authorization"),
        S_INIT("cookie"), S_INIT("apikey"), S_INIT("privatekey"), S_INIT("cardnumber"),
        S_INIT("verifhash"), S_INIT("csrf"), S_INIT("hmac"), S_INIT("credential"), S_INIT("jwt"),
        S_INIT("securitycode") };
    static const struct str whole[] = { S_INIT("pan"), S_INIT("pin"), S_INIT("otp"), S_INIT("cvv"),
        S_INIT("cvv2"), S_INIT("cvc"), S_INIT("cvn"), S_INIT("pass"), S_INIT("pwd"), S_INIT("auth"),
        S_INIT("sig"), S_INIT("sid"), S_INIT("assertion"), S_INIT("phone"), S_INIT("phonenumber"),
        S_INIT("msisdn") };
    char folded[64];
    size_t n = 0;
    name = str_from(name, name.n > sizeof folded ? name.n - sizeof folded : 0);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c != '_' && c != '-')
            folded[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    struct str key = { folded, n };
    for (size_t i = 0; i < ARRAY_LEN(whole); i++)
        if (str_eq(key, whole[i]))
            return true;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            if (folded[k] == parts[i].p[0] && str_starts(str_from(key, k), parts[i]))
                return true;
    return false;
}

/* ---- the value behind a name */

/* A quotation mark with the backslashes in front of it: JSON inside a JSON string has one, JSON
 * inside that has three. */
struct quote {
    char mark; /* 0: none */
    size_t slashes, at;
};

static struct quote quote_at(const struct scan *s, size_t i, size_t *ret_end)
{
    size_t k = i;
    while (peek(s, k) == '\\')
        k++;
    char mark = peek(s, k);
    if (mark != '"' && mark != '\'')
        return (struct quote) { .at = i };
    *ret_end = k + 1;
    return (struct quote) { mark, k - i, i };
}

/* Where the text that q opened before i ends: at the first backslash of its closing mark, or of a
 * mark that closes an outer text. */
static size_t quoted_end(const struct scan *s, size_t i, struct quote q)
{
    size_t slashes = 0;
    for (; i < s->in.n; i++) {
        char c = s->in.p[i];
        if (c == '\\') {
            slashes++;
            continue;
        }
        bool own = slashes >= q.slashes && (slashes - q.slashes) / (q.slashes + 1) % 2 == 0;
        if (c == q.mark && (slashes < q.slashes || own))
            return i - (slashes < q.slashes ? slashes : q.slashes);
        slashes = 0;
    }
    return s->in.n;
}

/* The end of an array or object that begins at i; marks inside its texts do not count. */
static size_t bracket_end(const struct scan *s, size_t i)
{
    size_t depth = 0;
    while (i < s->in.n) {
        size_t after = 0;
        struct quote q = quote_at(s, i, &after);
        if (q.mark != 0) {
            i = quoted_end(s, after, q) + q.slashes + 1;
            continue;
        }
        char c = s->in.p[i++];
        while (c == '\\' && peek(s, i) == '\\')
            i++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && --depth == 0)
            return i;
    }
    return s->in.n;
}

/* After a name: its closing bracket and quote, then ':' or '=', also percent-encoded. */
static bool value_begin(
    const struct scan *s, size_t i, struct quote *ret_quote, bool *ret_colon, size_t *ret_at)
{
    while (peek(s, i) == ']' || looking_at(s, i, S("%5D")) || looking_at(s, i, S("%5d")))
        i += peek(s, i) == ']' ? 1 : 3;
    size_t after = i;
    struct quote q = quote_at(s, i, &after);
    i = run_end(s, q.mark != 0 ? after : i, BLANK);
    bool encoded = looking_at(s, i, S("%3A")) || looking_at(s, i, S("%3a"));
    bool colon = peek(s, i) == ':' || encoded;
    encoded = encoded || looking_at(s, i, S("%3D")) || looking_at(s, i, S("%3d"));
    if (!colon && !encoded && peek(s, i) != '=')
        return false;
    i += encoded ? 3 : 1;
    if (peek(s, i) == '>')
        i++;
    *ret_at = run_end(s, i, BLANK);
    *ret_quote = q;
    *ret_colon = colon;
    return true;
}

/* "authorization=Bearer …": what matters comes after the word. */
static bool is_scheme(struct str word)
{
    return str_eq_nocase(word, S("bearer")) || str_eq_nocase(word, S("basic"));
}

/* The end of a value without quotes: a JSON number or word, a field of a form or a URL (which may
 * stand in a JSON text), or the rest of a header's line. */
static size_t bare_end(const struct scan *s, size_t from, bool in_json, bool colon)
{
    size_t i = from;
    for (; i < s->in.n; i++) {
        char c = s->in.p[i];
        if (c == '\r' || c == '\n' || looking_at(s, i, S("\\r")) || looking_at(s, i, S("\\n")))
            break;
        if (in_json && (c == ',' || c == '}' || c == ']' || c == '"'))
            break;
        if (!in_json && !colon && (c == '&' || c == '"'))
            break;
        if ((in_json || !colon) && is(c, BLANK) && !is(s->in.p[i - 1], BLANK) &&
            !is_scheme(str_part(s->in, from, i - from)))
            break;
    }
    return i;
}

/* False when the word is no telling name, or names an empty value. */
static bool hide_value(struct scan *s, size_t word_end)
{
    struct quote key_quote = { .mark = 0 };
    bool colon = false;
    size_t i = 0, end = 0;
    if (!value_begin(s, word_end, &key_quote, &colon, &i) ||
        !redact_name(str_part(s->in, s->at, word_end - s->at)))
        return false;
    size_t from = i;
    struct quote q = quote_at(s, i, &from);
    bool in_json = key_quote.mark != 0 && q.mark == 0;
    if (q.mark != 0)
        end = quoted_end(s, from, q);
    else if (peek(s, i) == '{' || (peek(s, i) == '[' && !looking_at(s, i, hidden)))
        end = in_json ? bracket_end(s, i) : bare_end(s, bracket_end(s, i), in_json, colon);
    else
        end = bare_end(s, i, in_json, colon);
    struct str value = str_part(s->in, from, end - from);
    if (value.n == 0 || (in_json && str_eq(value, S("null"))))
        return false;
    copy_to(s, from);
    flush(s);
    struct str mark = str_part(s->in, key_quote.at, in_json ? key_quote.slashes + 1 : 0);
    buf_add(&s->out, mark);
    hide_to(s, end);
    buf_add(&s->out, mark);
    return true;
}

/* ---- shapes */

/* Ours and the gateways' keys, and JWTs, where a word or a part of one begins. */
static bool is_key_at(const struct scan *s, size_t i)
{
    static const struct str prefixes[] = { S_INIT("sk_"), S_INIT("rk_"), S_INIT("whsec_"),
        S_INIT("mk_"), S_INIT("FLWSECK") };
    enum {
        SHORTEST = 4,
        SHORTEST_JWT = 20
    };
    char first = s->in.p[i];
    for (size_t k = 0; k < ARRAY_LEN(prefixes); k++)
        if (first == prefixes[k].p[0] && looking_at(s, i, prefixes[k]))
            return run_end(s, i, TOKEN) - i >= prefixes[k].n + SHORTEST;
    return first == 'e' && looking_at(s, i, S("eyJ")) && run_end(s, i, TOKEN) - i >= SHORTEST_JWT;
}

static bool hide_key(struct scan *s, size_t word_end)
{
    for (size_t i = s->at; i < word_end; i++) {
        if (s->in.p[i] == '_' && looking_at(s, i, S("_secret_"))) { /* a client secret */
            hide_to(s, run_end(s, word_end, TOKEN));
            return true;
        }
        bool begins = i == s->at || !is(s->in.p[i - 1], ALNUM);
        if (begins && is_key_at(s, i)) {
            copy_to(s, i);
            hide_to(s, run_end(s, i, TOKEN));
            return true;
        }
    }
    return false;
}

/* Is the token behind "Bearer " or "Basic " a credential, and not the next word of a sentence? */
static bool is_credential(struct str token, bool basic)
{
    bool digit = false, upper = false, lower = false;
    for (size_t i = 0; i < token.n; i++) {
        char c = token.p[i];
        digit = digit || (c >= '0' && c <= '9') || c == '=' || c == '_';
        upper = upper || (i > 0 && c >= 'A' && c <= 'Z');
        lower = lower || (c >= 'a' && c <= 'z');
    }
    if (basic)
        return token.n >= 8 && token.n % 4 == 0 && lower && (digit || upper);
    return token.n >= 20 || (token.n >= 8 && digit);
}

static bool hide_credential(struct scan *s, size_t word_end)
{
    struct str word = str_part(s->in, s->at, word_end - s->at);
    bool basic = str_eq_nocase(word, S("basic"));
    if ((!basic && !str_eq_nocase(word, S("bearer"))) || !is(peek(s, word_end), BLANK))
        return false;
    size_t from = run_end(s, word_end, BLANK), end = run_end(s, from, TOKEN);
    if (!is_credential(str_part(s->in, from, end - from), basic))
        return false;
    copy_to(s, from);
    hide_to(s, end);
    return true;
}

/* v1=HEX of Stripe, v1,BASE64 of Standard Webhooks. */
static bool hide_signature(struct scan *s, size_t word_end)
{
    enum {
        SHORTEST = 32
    };
    struct str word = str_part(s->in, s->at, word_end - s->at);
    char sign = peek(s, word_end);
    if ((!str_eq(word, S("v1")) && !str_eq(word, S("v0"))) || (sign != '=' && sign != ','))
        return false;
    size_t end = run_end(s, word_end + 1, TOKEN);
    if (end - word_end <= SHORTEST)
        return false;
    copy_to(s, word_end + 1);
    hide_to(s, end);
    return true;
}

static bool is_authority(char c)
{
    return c != '/' && c != '?' && c != '#' && c != '"' && c != '\'' && c != '<' && c != '>' &&
        (unsigned char)c > ' ';
}

/* scheme://user:password@host: the password, or all of it when there is no colon. */
static bool hide_userinfo(struct scan *s, size_t word_end)
{
    if (!looking_at(s, word_end, S("://")))
        return false;
    size_t from = word_end + 3, at = from;
    while (at < s->in.n && is_authority(s->in.p[at]))
        at++;
    while (at > from && peek(s, at) != '@')
        at--;
    if (at == from)
        return false;
    for (size_t i = from; i < at; i++)
        if (s->in.p[i] == ':') {
            from = i + 1;
            break;
        }
    copy_to(s, from);
    hide_to(s, at);
    return true;
}

static size_t find(const struct scan *s, size_t i, struct str what)
{
    while (i < s->in.n && !looking_at(s, i, what))
        i++;
    return i;
}

/* A private key block, up to its last line or the end; a password hash. */
static bool hide_block(struct scan *s, size_t word_end)
{
    struct str word = str_part(s->in, s->at, word_end - s->at);
    if (str_eq(word, S("scrypt")) && s->at > 0 && s->in.p[s->at - 1] == '$' &&
        peek(s, word_end) == '$') {
        size_t end = word_end;
        while (peek(s, end) == '$' || peek(s, end) == ',' || is(peek(s, end), TOKEN))
            end++;
        hide_to(s, end);
        return true;
    }
    size_t title = run_end(s, word_end, TITLE);
    if (!str_ends(word, S("-----BEGIN")) || !looking_at(s, title, S("-----")) ||
        !str_ends(str_part(s->in, word_end, title - word_end), S("PRIVATE KEY")))
        return false;
    size_t end = find(s, title, S("-----END"));
    end = find(s, end + 8, S("-----")) + 5;
    hide_to(s, end < s->in.n ? end : s->in.n);
    return true;
}

static bool hide_word(struct scan *s, size_t word_end)
{
    return hide_value(s, word_end) || hide_credential(s, word_end) || hide_signature(s, word_end) ||
        hide_userinfo(s, word_end) || hide_block(s, word_end) || hide_key(s, word_end);
}

static bool inside_char(const struct scan *s, size_t n, size_t max)
{
    return n < max + 3 && ((unsigned char)s->in.p[s->at] & 0xc0) == 0x80;
}

static struct str without_names_and_shapes(struct arena *a, struct str text, size_t max)
{
    struct scan s = { .in = text, .out = BUF(a) };
    while (s.at < s.in.n) {
        size_t n = s.out.n + (s.at - s.kept);
        if (n >= max && !inside_char(&s, n, max))
            break;
        size_t word_end = run_end(&s, s.at, WORD);
        if (word_end == s.at)
            copy_to(&s, s.at + 1);
        else if (!hide_word(&s, word_end)) {
            size_t escape = redact_escape_len(s.in, s.at);
            copy_to(&s, escape > 0 ? s.at + escape : word_end);
        }
    }
    if (s.kept == 0 && s.at == s.in.n)
        return text;
    flush(&s);
    if (s.at < s.in.n) { /* digits at the end may be the beginning of a card number */
        s.out.n = redact_without_number(buf_str(&s.out)).n;
        buf_add(&s.out, S("…"));
    }
    return buf_str(&s.out);
}

struct str redact_up_to(struct arena *a, struct str text, size_t max)
{
    return redact_cards(a, without_names_and_shapes(a, text, max));
}

struct str redact(struct arena *a, struct str text)
{
    return redact_up_to(a, text, SIZE_MAX);
}
