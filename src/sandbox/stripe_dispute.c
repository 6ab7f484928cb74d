#include "sandbox/stripe_money.h"

/* Disputes and inquiries: the bank takes the money first and hears both sides later. */

enum {
    FEE = 1500,
    ANSWER_S = 9 * 24 * 60 * 60,
    DECIDED_MS = 60 * 1000
};

static enum err moved(struct st *s, struct thing *t, int64_t amount, int64_t fee)
{
    struct thing m;
    struct movement in = { "adjustment", "dispute", amount, fee, tree_str(t->body, "currency"),
        t->id };
    TRY(st_move(s, &in, &m));
    tree_push(tree_at(t->body, "balance_transactions"), tree_copy(s->a, m.body));
    if (tree_null(t->body, "balance_transaction"))
        tree_set_str(s->a, t->body, "balance_transaction", m.id);
    return E_OK;
}

/* The charge, and what the control routes say of it. */
static enum err mark(struct st *s, const struct thing *t, bool withdrawn, int64_t lost)
{
    struct thing charge;
    TRY(st_own(s, tree_str(t->body, "charge"), &charge));
    tree_set_bool(s->a, charge.body, "disputed", true);
    tree_set_str(s->a, charge.body, "dispute", t->id);
    tree_set_bool(s->a, charge.body, "_withdrawn", withdrawn || lost > 0);
    int64_t back = tree_i64(charge.body, "amount_refunded") + lost;
    TRY(st_hosted_becomes(s, tree_str(charge.body, "_reference"),
        withdrawn                                              ? HOSTED_DISPUTED
            : back == tree_i64(charge.body, "amount_captured") ? HOSTED_REFUNDED
                                                               : HOSTED_PAID,
        back));
    return st_save_and_tell(s, &charge, "charge.updated");
}

enum err st_dispute(struct st *s, struct thing *charge, struct str reason, bool inquiry)
{
    struct thing t = st_new(s, "dispute");
    struct tree *b = charge->body;
    int64_t amount = tree_i64(b, "amount_captured") - tree_i64(b, "amount_refunded");
    if (!tree_null(b, "dispute"))
        return st_refuse(s, 400, "", S(""), "Charge %.*s is disputed already.", SARG(charge->id));
    if (amount == 0)
        return st_refuse(s, 400, "", S(""), "Nothing is left of charge %.*s.", SARG(charge->id));
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "charge", charge->id);
    tree_set_str_or_null(s->a, t.body, "payment_intent", tree_str(b, "payment_intent"));
    tree_set_str(s->a, t.body, "currency", tree_str(b, "currency"));
    tree_set_str(s->a, t.body, "reason", reason.n > 0 ? reason : S("fraudulent"));
    tree_set_str(
        s->a, t.body, "status", inquiry ? S("warning_needs_response") : S("needs_response"));
    tree_set_bool(s->a, t.body, "is_charge_refundable", inquiry);
    tree_set_i64(s->a, t.body, "evidence_details.due_by", st_now(s) + ANSWER_S);
    tree_set_str(s->a, t.body, "payment_method_details.card.brand",
        tree_str(b, "payment_method_details.card.brand"));
    if (inquiry)
        tree_set_str(s->a, t.body, "payment_method_details.card.case_type", S("inquiry"));
    t.turn_ms = s->c->now_ms + ANSWER_S * INT64_C(1000);
    if (!inquiry)
        TRY(moved(s, &t, -amount, FEE));
    TRY(st_add_and_tell(s, &t, "charge.dispute.created"));
    TRY(mark(s, &t, !inquiry, 0));
    return inquiry ? E_OK : st_tell(s, "charge.dispute.funds_withdrawn", t.body, NULL);
}

static bool inquiry(const struct thing *t)
{
    return str_starts(tree_str(t->body, "status"), S("warning_"));
}

enum err st_dispute_ends(struct st *s, struct thing *t, bool won)
{
    struct str status = tree_str(t->body, "status");
    bool asked = inquiry(t);
    int64_t amount = tree_i64(t->body, "amount");
    if (str_eq(status, S("won")) || str_eq(status, S("lost")) ||
        str_eq(status, S("warning_closed")))
        return st_refuse(s, 400, "", S(""), "This dispute is already closed.");
    tree_set_str(s->a, t->body, "status", asked ? S("warning_closed") : won ? S("won") : S("lost"));
    t->turn_ms = 0;
    if (won && !asked)
        TRY(moved(s, t, amount, 0));
    struct tree *was = t->was;
    TRY(st_save(s, t));
    TRY(mark(s, t, false, won || asked ? 0 : amount));
    TRY(st_tell(s, "charge.dispute.closed", t->body, was));
    return won && !asked ? st_tell(s, "charge.dispute.funds_reinstated", t->body, NULL) : E_OK;
}

/* The time to answer is over, or the bank has decided. */
enum err st_dispute_turns(struct st *s, struct thing *t)
{
    return st_dispute_ends(s, t, tree_true(t->body, "_wins"));
}

/* ---- routes */

enum err v1_dispute_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "dispute", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_dispute_list(struct st *s)
{
    static const struct filter filters[] = { { "charge", NULL }, { "payment_intent", NULL } };
    return st_list(s, &(struct listing) { .kind = "dispute", filters, ARRAY_LEN(filters) });
}

static bool is_document(struct str name)
{
    static const char *const names[] = { "cancellation_policy", "customer_communication",
        "customer_signature", "duplicate_charge_documentation", "receipt", "refund_policy",
        "service_documentation", "shipping_documentation", "uncategorized_file" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(name, str_of_c(names[i])))
            return true;
    return false;
}

static enum err submit(struct st *s, struct thing *t)
{
    struct str words = tree_str(t->body, "evidence.uncategorized_text");
    tree_set_i64(s->a, t->body, "evidence_details.submission_count",
        tree_i64(t->body, "evidence_details.submission_count") + 1);
    tree_set_str(
        s->a, t->body, "status", inquiry(t) ? S("warning_under_review") : S("under_review"));
    tree_set_bool(s->a, t->body, "_wins", str_eq(words, S("winning_evidence")));
    t->turn_ms = s->c->now_ms + DECIDED_MS;
    return E_OK;
}

enum err v1_dispute_update(struct st *s)
{
    struct thing t;
    bool now = false;
    TRY(st_need(s, "dispute", &t));
    struct tree *given = param_group(s, NULL, "evidence");
    TRY(param_bool(s, NULL, "submit", &now));
    TRY(param_metadata(s, NULL, t.body));
    if (given != NULL || now) {
        struct str status = tree_str(t.body, "status");
        if (!str_ends(status, S("needs_response")) && !str_ends(status, S("under_review")))
            return st_refuse(s, 400, "", S(""), "This dispute is already closed.");
    }
    for (struct tree *e = given != NULL ? given->first : NULL; e != NULL; e = e->next) {
        struct tree *into = tree_member(tree_at(t.body, "evidence"), e->name);
        if (into == NULL || e->kind != JSON_STRING)
            continue;
        e->seen = true;
        struct thing file;
        if (is_document(e->name) && e->text.n > 0)
            TRY(st_refer(s, "file", e->text, "evidence", &file));
        tree_become(into, e->text.n > 0 ? tree_of_str(s->a, e->text) : tree_of(s->a, JSON_NULL));
        tree_set_bool(s->a, t.body, "evidence_details.has_evidence", true);
    }
    if (now)
        TRY(submit(s, &t));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "charge.dispute.updated");
}

enum err v1_dispute_close(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "dispute", &t));
    TRY(st_dispute_ends(s, &t, false));
    s->answer = t.body;
    return E_OK;
}
