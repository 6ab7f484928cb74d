#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/str.h"

/* What must never be written down (R65), found by its name or by its shape, whatever the caller
 * believed to be passing:
 *   - the value behind a telling name (password, token, x-api-key, card[cvc], …) in JSON, JSON in
 *     a JSON string, forms, headers and sentences;
 *   - bearer and basic credentials, the password of a URL, private key blocks, password hashes;
 *   - keys by their first letters: sk_ rk_ whsec_ mk_ FLWSECK, JWTs, Stripe's client secrets, the
 *     v1 of a signature;
 *   - card numbers: 13 to 19 digits with a valid check digit, also with spaces or dashes.  Times in
 *     milli-, micro- and nanoseconds have as many digits and are left alone.
 * Each becomes [redacted]; text that holds none comes back as it is, not copied. */
struct str redact(struct arena *a, struct str text);
/* The same for one who wants only about the first `max` bytes: what is longer ends in "…". */
struct str redact_up_to(struct arena *a, struct str text, size_t max);
/* Does a value of this name have to be hidden, whatever it looks like? */
bool redact_name(struct str name);

/* The part of it that knows card numbers only; and text without the digits at its end, which may
 * be the beginning of one. */
struct str redact_cards(struct arena *a, struct str text);
struct str redact_without_number(struct str text);
/* Mail addresses become "[a mail]": for sentences that outlive whom they are about. */
struct str redact_mails(struct arena *a, struct str text);
/* How many bytes at i belong to the escape that begins before them ("%5B", "\n", "\u0020"), and
 * not to the word or number behind it. */
size_t redact_escape_len(struct str text, size_t i);

#endif
