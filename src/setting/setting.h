#ifndef SETTING_SETTING_H
#define SETTING_SETTING_H

#include "base/crypto.h"

/* What this installation remembers about itself: named values in the store, few and small.  Inside
 * a transaction (put) or a snapshot (find). */
enum err setting_find(struct ctx *c, struct str name, bool *ret_found, struct str *ret_value);
enum err setting_put(struct ctx *c, struct str name, struct str value);

/* This database's own secret: 32 random bytes, made at the first start, in a transaction of its
 * own.  Idempotency keys are stored as MACs under it.  The program reads it once and hangs it into
 * c->secret; it leaves with a backup, as it must: a restored database has to know the keys that
 * it answered. */
enum err server_secret(struct ctx *c, struct secret *ret);

/* The key pair that signs what purser issues (ES256), made at the first start like the secret, and
 * kept beside it.  make: in no transaction; find: in a snapshot. */
enum err server_key_make(struct ctx *c);
enum err server_key_find(struct ctx *c, struct secret *ret_pem);

/* In a transaction: both of them under the master key as it is now (base/sealed.h). */
struct resealing;
enum err server_secrets_reseal(struct ctx *c, struct resealing *k);

#endif
