#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "credit/credit.h"
#include "inbox/inbox.h"
#include "mail/mail.h"
#include "payment/back.h"
#include "privacy/privacy.h"
#include "privacy/privacy_db.h"
#include "subscription/subscription.h"

/* The document: a list for each table of privacy.def, its rows in the order of their making,
 * members named like the columns.  Times are ISO texts, amounts minor units beside their currency;
 * orderN and attemptN are the n of that order and payment. */

struct document {
    const struct privacy_table *table;
    struct json j;
    struct buf *out;
};

/* created_ms → createdAt, method_last4 → methodLast4, body → body. */
static const char *member(struct arena *a, const struct privacy_column *column)
{
    struct str name = column->name;
    struct buf b = BUF(a);
    const bool time = column->shape == SHAPE_TIME && str_ends(name, S("_ms"));
    if (time)
        name.n -= S("_ms").n;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '_' && i + 1 < name.n && name.p[i + 1] >= 'a' && name.p[i + 1] <= 'z')
            buf_char(&b, (char)(name.p[++i] - 'a' + 'A'));
        else
            buf_char(&b, name.p[i]);
    if (time)
        buf_add(&b, S("At"));
    return str_c(a, buf_str(&b));
}

static struct str words_of(enum privacy_shape shape, int64_t n)
{
    if (shape == SHAPE_ORDER_STATUS)
        return order_status_text((enum order_status)n);
    if (shape == SHAPE_ATTEMPT_STATUS)
        return attempt_status_text((enum attempt_status)n);
    if (shape == SHAPE_EVENT_STATUS)
        return event_status_text((enum event_status)n);
    if (shape == SHAPE_MAIL_STATE)
        return mail_state_text((enum mail_state)n);
    if (shape == SHAPE_CREDIT_KIND)
        return credit_kind_text((enum credit_kind)n);
    if (shape == SHAPE_CREDIT_CHANGE)
        return credit_change_text((enum credit_change)n);
    if (shape == SHAPE_SUBSCRIPTION_STATUS)
        return subscription_status_text((enum subscription_status)n);
    if (shape == SHAPE_REFUND_STATUS)
        return refund_status_text((enum refund_status)n);
    return gateway_name((enum gateway_id)n);
}

/* JSON as it is, text as text, other bytes in hexadecimal. */
static void json_body(struct ctx *c, struct json *j, const char *name, struct str body)
{
    if (body.n > 0 && json_check(c, body) == E_OK) {
        json_raw(j, name, body);
        return;
    }
    err_clear(c);
    json_str(j, name, str_is_text(body) ? body : hex_text(c->arena, body));
}

static void json_value_of(struct ctx *c, struct json *j, const struct privacy_column *column,
    const struct privacy_value *v)
{
    static const char *const prefix[] = { [SHAPE_CUS] = "cus",
        [SHAPE_ORD] = "ord",
        [SHAPE_ATT] = "att",
        [SHAPE_EVT] = "evt",
        [SHAPE_CRD] = "crd",
        [SHAPE_RES] = "res",
        [SHAPE_SUB] = "sub",
        [SHAPE_REF] = "ref",
        [SHAPE_INV] = "inv",
        [SHAPE_DSP] = "dsp" };
    const char *name = member(c->arena, column);
    switch (column->shape) {
    case SHAPE_NONE:
        return;
    case SHAPE_MAYBE_NUMBER:
        if (v->number == INT64_MIN) {
            json_raw(j, name, S("null"));
            return;
        }
        json_i64(j, name, v->number);
        return;
    case SHAPE_NUMBER:
        json_i64(j, name, v->number);
        return;
    case SHAPE_FLAG:
        json_bool(j, name, v->flag);
        return;
    case SHAPE_TEXT:
        json_str(j, name, v->text);
        return;
    case SHAPE_MAYBE:
    case SHAPE_CLIENT:
        json_str_or_null(j, name, v->text);
        return;
    case SHAPE_JSON:
    case SHAPE_BODY:
        json_body(c, j, name, v->text);
        return;
    case SHAPE_BYTES:
        json_str(j, name, hex_text(c->arena, v->text));
        return;
    case SHAPE_TIME:
        json_time(j, name, v->number);
        return;
    case SHAPE_CUS:
    case SHAPE_ORD:
    case SHAPE_ATT:
    case SHAPE_EVT:
    case SHAPE_CRD:
    case SHAPE_RES:
    case SHAPE_SUB:
    case SHAPE_REF:
    case SHAPE_INV:
    case SHAPE_DSP:
        json_str(j, name, id_text(c->arena, str_of_c(prefix[column->shape]), v->id));
        return;
    case SHAPE_ORDER_STATUS:
    case SHAPE_ATTEMPT_STATUS:
    case SHAPE_EVENT_STATUS:
    case SHAPE_GATEWAY:
    case SHAPE_MAIL_STATE:
    case SHAPE_CREDIT_KIND:
    case SHAPE_CREDIT_CHANGE:
    case SHAPE_SUBSCRIPTION_STATUS:
    case SHAPE_REFUND_STATUS:
        json_str(j, name, words_of(column->shape, v->number));
        return;
    }
    never("a value of the document has one of these shapes");
}

/* The address of somebody of the business is not the customer's to have. */
static bool is_of_staff(const struct privacy_table *table, const struct privacy_value *value)
{
    for (size_t i = 0, k = 0; i < table->columns; i++) {
        if (table->column[i].shape == SHAPE_NONE)
            continue;
        if (str_eq(table->column[i].name, S("actor")))
            return str_starts(value[k].text, S("admin:"));
        k++;
    }
    return false;
}

static enum err write_row(struct ctx *c, const struct privacy_value *value, void *arg)
{
    struct document *d = arg;
    const struct privacy_table *t = d->table;
    const bool staff = is_of_staff(t, value);
    json_open(&d->j, NULL, '{');
    for (size_t i = 0, k = 0; i < t->columns; i++) {
        if (t->column[i].shape == SHAPE_NONE)
            continue;
        if (t->column[i].shape != SHAPE_CLIENT || !staff)
            json_value_of(c, &d->j, &t->column[i], &value[k]);
        k++;
    }
    json_close(&d->j, '}');
    if (d->out->n > PRIVACY_EXPORT_MAX)
        return fail(c, CONFLICT,
            "there is more than %d MiB about this person: read it from a backup, table by table",
            PRIVACY_EXPORT_MAX / (1024 * 1024));
    return E_OK;
}

enum err privacy_export(struct ctx *c, const struct somebody *who, struct buf *out)
{
    struct document d = { .j = JSON(out), .out = out };
    json_open(&d.j, NULL, '{');
    json_time(&d.j, "exportedAt", c->now_ms);
    json_open(&d.j, "person", '{');
    json_str_or_null(&d.j, "id", who->n > 0 ? id_text(c->arena, S("cus"), who->id) : S(""));
    json_str_or_null(&d.j, "customerId", who->external_id);
    json_str_or_null(&d.j, "email", who->email);
    json_close(&d.j, '}');
    for (size_t i = 0; i < privacy_table_count; i++) {
        d.table = &privacy_tables[i];
        if (d.table->nobody.n > 0)
            continue;
        json_open(&d.j, str_c(c->arena, d.table->as), '[');
        TRY(privacy_each(c, d.table, who, write_row, &d));
        json_close(&d.j, ']');
    }
    json_close(&d.j, '}');
    buf_char(out, '\n');
    return E_OK;
}
