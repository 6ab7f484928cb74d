#include "base/clock.h"
#include "invoice/invoice.h"

/* What an invoice says besides its lines: the same on paper and on a page. */

struct str invoice_figure(struct arena *a, int64_t minor, enum currency currency)
{
    const int digits = currency_digits(currency);
    const uint64_t all = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    uint64_t unit = 1;
    for (int i = 0; i < digits; i++)
        unit *= 10;
    struct str whole = number_text(a, (int64_t)(all / unit));
    if (digits == 0)
        return str_fmt(a, "%s%.*s", minor < 0 ? "\u2212" : "", SARG(whole));
    return str_fmt(a, "%s%.*s.%0*llu", minor < 0 ? "\u2212" : "", SARG(whole), digits,
        (unsigned long long)(all % unit));
}

struct str invoice_rate(struct arena *a, int64_t bps)
{
    const long long whole = bps / 100, part = bps % 100;
    return part == 0     ? str_fmt(a, "%lld%%", whole)
        : part % 10 == 0 ? str_fmt(a, "%lld.%lld%%", whole, part / 10)
                         : str_fmt(a, "%lld.%02lld%%", whole, part);
}

size_t invoice_sums(
    struct arena *a, const struct invoice_content *k, struct invoice_sum ret[INVOICE_SUMS])
{
    const struct str tax =
        str_fmt(a, "%.*s %.*s", SARG(k->tax_name), SARG(invoice_rate(a, k->tax_bps)));
    size_t n = 0;
    ret[n++] = (struct invoice_sum) { S("Subtotal"), k->subtotal_minor, false };
    if (k->discount_minor != 0)
        ret[n++] =
            (struct invoice_sum) { k->coupon.n > 0 ? str_fmt(a, "Discount (%.*s)", SARG(k->coupon))
                                                   : S("Discount"),
                -k->discount_minor, false };
    if (!k->tax_inclusive && k->tax_minor != 0)
        ret[n++] = (struct invoice_sum) { tax, k->tax_minor, false };
    ret[n++] = (struct invoice_sum) { str_fmt(a, "Total %.*s", SARG(currency_code(k->currency))),
        k->total_minor, true };
    if (k->tax_inclusive && k->tax_minor != 0) {
        ret[n++] =
            (struct invoice_sum) { str_fmt(a, "of which %.*s", SARG(tax)), k->tax_minor, false };
        ret[n++] = (struct invoice_sum) { S("without tax"), k->total_minor - k->tax_minor, false };
    }
    ret[n++] = (struct invoice_sum) { k->kind == INVOICE_CREDIT ? S("Paid back") : S("Paid"),
        k->paid_minor, false };
    if (k->kind != INVOICE_CREDIT)
        ret[n++] = (struct invoice_sum) { S("Due"), 0, false };
    must(n <= INVOICE_SUMS);
    return n;
}

static struct str period(struct arena *a, const struct invoice_content *k)
{
    return str_fmt(a, "%.*s to %.*s", SARG(time_day(a, k->start_ms)), SARG(time_day(a, k->end_ms)));
}

size_t invoice_facts(struct arena *a, const struct invoice *i, const struct invoice_content *k,
    struct invoice_fact ret[INVOICE_FACTS])
{
    const bool back = k->kind == INVOICE_CREDIT;
    size_t n = 0;
    ret[n++] = (struct invoice_fact) { S("Number"), k->number };
    ret[n++] = (struct invoice_fact) { S("Order"), k->order };
    if (k->refers.n > 0)
        ret[n++] =
            (struct invoice_fact) { back ? S("Credit note for") : S("Refers to"), k->refers };
    ret[n++] = (struct invoice_fact) { S("Date of issue"), time_day(a, k->issued_ms) };
    if (k->start_ms > 0 && k->end_ms > 0)
        ret[n++] = (struct invoice_fact) { S("Period"), period(a, k) };
    if (k->paid_ms > 0)
        ret[n++] = (struct invoice_fact) { back ? S("Paid back on") : S("Paid on"),
            time_day(a, k->paid_ms) };
    if (i->method.n > 0)
        ret[n++] =
            (struct invoice_fact) { back ? S("To") : S("Paid with"), str_sentence(a, i->method) };
    must(n <= INVOICE_FACTS);
    return n;
}
