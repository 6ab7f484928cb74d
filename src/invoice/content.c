#include "invoice/invoice.h"

#include "base/json.h"

/* What stands on an invoice, as the text that is frozen.  Members are only ever added: what was
 * issued years ago is read by the same function. */

static void write_texts(struct json *j, const char *name, struct invoice_lines_of_text lines)
{
    json_open(j, name, '[');
    for (size_t i = 0; i < lines.n; i++)
        json_str(j, NULL, lines.v[i]);
    json_close(j, ']');
}

static void write_lines(struct json *j, const struct invoice_content *k)
{
    json_open(j, "lines", '[');
    for (size_t i = 0; i < k->lines; i++) {
        const struct invoice_line *l = &k->line[i];
        json_open(j, NULL, '{');
        json_str(j, "name", l->name);
        json_str(j, "description", l->description);
        json_i64(j, "quantity", l->quantity);
        json_i64(j, "unit", l->unit_minor);
        json_i64(j, "amount", l->amount_minor);
        json_close(j, '}');
    }
    json_close(j, ']');
}

struct str invoice_content_text(struct arena *a, const struct invoice_content *k)
{
    struct buf b = BUF(a);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_i64(&j, "kind", (int64_t)k->kind);
    json_str(&j, "number", k->number);
    json_str(&j, "order", k->order);
    json_str(&j, "refers", k->refers);
    json_i64(&j, "refersMs", k->refers_ms);
    json_i64(&j, "issuedMs", k->issued_ms);
    json_i64(&j, "paidMs", k->paid_ms);
    json_i64(&j, "startMs", k->start_ms);
    json_i64(&j, "endMs", k->end_ms);
    write_texts(&j, "seller", k->seller);
    json_str(&j, "sellerCountry", k->seller_country);
    write_texts(&j, "foot", k->foot);
    write_texts(&j, "buyer", k->buyer);
    json_str(&j, "buyerTaxId", k->buyer_tax_id);
    json_str(&j, "currency", currency_code(k->currency));
    write_lines(&j, k);
    json_i64(&j, "subtotal", k->subtotal_minor);
    json_i64(&j, "discount", k->discount_minor);
    json_i64(&j, "tax", k->tax_minor);
    json_i64(&j, "total", k->total_minor);
    json_i64(&j, "paid", k->paid_minor);
    json_str(&j, "coupon", k->coupon);
    json_str(&j, "taxName", k->tax_name);
    json_i64(&j, "taxBps", k->tax_bps);
    json_bool(&j, "taxInclusive", k->tax_inclusive);
    write_texts(&j, "notes", k->notes);
    json_str(&j, "support", k->support);
    json_str(&j, "color", k->color);
    json_str(&j, "url", k->url);
    json_close(&j, '}');
    return buf_str(&b);
}

/* ---- back */

static size_t count(struct json_value list)
{
    size_t n = 0;
    for (struct json_iter it = json_iter(list); json_next(&it);)
        n++;
    return n;
}

static struct invoice_lines_of_text read_texts(
    struct arena *a, struct json_value root, const char *name)
{
    struct json_value list = json_at(root, name);
    struct invoice_lines_of_text lines = { .n = 0 };
    if (list.kind != JSON_ARRAY)
        return lines;
    lines.v = arena_array(a, struct str, count(list) + 1);
    for (struct json_iter it = json_iter(list); json_next(&it);)
        if (json_to_str(a, it.value, &lines.v[lines.n]))
            lines.n++;
    return lines;
}

/* Of what was frozen here none is larger: sums and differences of them fit. */
static int64_t number(struct json_value root, const char *name)
{
    const int64_t most = INT64_C(1000000000000000);
    int64_t v = 0;
    return json_to_i64(json_at(root, name), &v) && v >= -most && v <= most ? v : 0;
}

static void read_lines(struct arena *a, struct json_value root, struct invoice_content *k)
{
    struct json_value list = json_at(root, "lines");
    if (list.kind != JSON_ARRAY)
        return;
    k->line = arena_array(a, struct invoice_line, count(list) + 1);
    for (struct json_iter it = json_iter(list); json_next(&it); k->lines++)
        k->line[k->lines] = (struct invoice_line) {
            .name = json_text(a, it.value, "name"),
            .description = json_text(a, it.value, "description"),
            .quantity = number(it.value, "quantity"),
            .unit_minor = number(it.value, "unit"),
            .amount_minor = number(it.value, "amount"),
        };
}

static void read_sums(struct arena *a, struct json_value root, struct invoice_content *k)
{
    k->subtotal_minor = number(root, "subtotal");
    k->discount_minor = number(root, "discount");
    k->tax_minor = number(root, "tax");
    k->total_minor = number(root, "total");
    k->paid_minor = number(root, "paid");
    k->coupon = json_text(a, root, "coupon");
    k->tax_name = json_text(a, root, "taxName");
    k->tax_bps = number(root, "taxBps");
    json_to_bool(json_at(root, "taxInclusive"), &k->tax_inclusive);
}

enum err invoice_content_read(struct ctx *c, struct str text, struct invoice_content *ret)
{
    struct arena *a = c->arena;
    struct invoice_content k = { .kind = INVOICE_SALE };
    if (json_check(c, text) != E_OK)
        return fail(c, STORE_CORRUPT, "an invoice cannot be read");
    struct json_value root = json_root(text);
    int64_t kind = number(root, "kind");
    k.number = json_text(a, root, "number");
    if (kind < 0 || kind >= INVOICE_KIND_COUNT || k.number.n == 0 ||
        !currency_parse(json_text(a, root, "currency"), &k.currency))
        return fail(c, STORE_CORRUPT, "an invoice cannot be read");
    k.kind = (enum invoice_kind)kind;
    k.order = json_text(a, root, "order");
    k.refers = json_text(a, root, "refers");
    k.refers_ms = number(root, "refersMs");
    k.issued_ms = number(root, "issuedMs");
    k.paid_ms = number(root, "paidMs");
    k.start_ms = number(root, "startMs");
    k.end_ms = number(root, "endMs");
    k.seller = read_texts(a, root, "seller");
    k.seller_country = json_text(a, root, "sellerCountry");
    k.foot = read_texts(a, root, "foot");
    k.buyer = read_texts(a, root, "buyer");
    k.buyer_tax_id = json_text(a, root, "buyerTaxId");
    read_lines(a, root, &k);
    read_sums(a, root, &k);
    k.notes = read_texts(a, root, "notes");
    k.support = json_text(a, root, "support");
    k.color = json_text(a, root, "color");
    k.url = json_text(a, root, "url");
    *ret = k;
    return E_OK;
}
