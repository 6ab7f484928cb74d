/* A form with documents, whatever it is: what is accepted stands in the body where it was, part
 * behind part, each with a name; and nothing of a part holds the border.
 * Input: the border's length and the border, then the body. */
#include "base/multipart.h"
#include "base/must.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct multipart part[MULTIPART_MAX];
    char type[128] = "multipart/form-data; boundary=";
    size_t n = 0, head = strlen(type), border = size > 0 ? data[0] % 64u : 0;
    if (size < border + 1)
        return 0;
    memcpy(type + head, data + 1, border);
    const struct str said = { type, head + border };
    const struct str body = { (const char *)data + 1 + border, size - 1 - border };
    if (!multipart_read(said, body, part, &n))
        return 0;
    must(n <= MULTIPART_MAX && border > 0);
    const char *at = body.p;
    for (size_t i = 0; i < n; i++) {
        const struct multipart *p = &part[i];
        must(p->name.n > 0 && p->name.p > at && p->body.p >= p->name.p + p->name.n);
        must(p->body.p + p->body.n <= body.p + body.n);
        must(p->is_file || p->file_name.n == 0);
        at = p->body.p + p->body.n;
    }
    return 0;
}
