#include "base/crypto.h"
#include "base/test.h"

TEST("a hash of pieces is the hash of the whole")
{
    struct sha256_run *run = sha256_begin();
    sha256_add(run, S("a"));
    sha256_add(run, S(""));
    sha256_add(run, S("bc"));
    struct sha256 got = sha256_end(run);
    static const unsigned char want[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41,
        0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
        0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
    EXPECT_STR(((struct str) { (const char *)got.b, sizeof got.b }),
        ((struct str) { (const char *)want, sizeof want }));
}
