/* What is frozen of an invoice, as it lies in a store that somebody else may have written to, and
 * the paper that is drawn of it: a text is refused, or it is a PDF, and reads again as what it was.
 */
#include "invoice/invoice.h"

enum {
    LARGEST = 8 * 1024 /* a sheet is drawn for each few lines */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    struct invoice_content k, again;
    struct str pdf, text = { (const char *)data, size };
    const struct invoice row = { .email = text, .method = text };
    if (size > LARGEST)
        return 0;
    enum err e = invoice_content_read(&c, text, &k);
    if (e != E_OK) {
        must(c.err.code == CODE_STORE_CORRUPT);
        arena_free(&arena);
        return 0;
    }
    text = invoice_content_text(&arena, &k);
    must(invoice_content_read(&c, text, &again) == E_OK);
    must(str_eq(invoice_content_text(&arena, &again), text));
    must(invoice_pdf(&c, &row, &k, &pdf) == E_OK && str_starts(pdf, S("%PDF-")));
    arena_free(&arena);
    return 0;
}
