#include "sandbox/stripe_account.h"

#include "base/crypto.h"

/* What is still asked of a seller, and what follows from it.  Requirements have Stripe's names; the
 * page asks for several of them in one field. */

enum {
    VERIFIED_MS = 60 * 1000
};

const struct question st_questions[] = {
    { "name", "Name of who sells", "A person's full name, or the company's", "Jenny Rosen",
        "individual.first_name individual.last_name",
        "company.name representative.first_name representative.last_name" },
    { "born", "Date of birth", "Of the person, or of who stands for the company; like 1990-01-31",
        "1990-01-31", "individual.dob.day individual.dob.month individual.dob.year",
        "representative.dob.day representative.dob.month representative.dob.year" },
    { "address", "Address", "Street, postal code and city",
        "510 Townsend Street, 94103 San Francisco",
        "individual.address.city individual.address.line1 individual.address.postal_code",
        "company.address.city company.address.line1 company.address.postal_code" },
    { "tax", "Tax number", "A person's last four digits of the social security number are enough",
        "0000", "individual.ssn_last_4", "company.tax_id" },
    { "site", "Website", "Where the seller is found", "https://accessible.stripe.com",
        "business_profile.url", "business_profile.url" },
    { "trade", "What is sold", "Four digits of the trade, like 5734 for software", "5734",
        "business_profile.mcc", "business_profile.mcc" },
    { "bank", "Bank account", "A test number. Never type a real one.", "000123456789",
        "external_account", "external_account" },
    { "document", "Identity document", "The name of a file; nothing is sent", "passport.png",
        "individual.verification.document", "representative.verification.document" },
};
const size_t st_question_count = ARRAY_LEN(st_questions);

static bool is(const struct question *q, const char *field)
{
    return str_eq(str_of_c(q->field), str_of_c(field));
}

static bool is_person(const struct tree *account)
{
    return str_eq(tree_str(account, "business_type"), S("individual"));
}

static bool submitted(const struct tree *account)
{
    return tree_true(account, "details_submitted");
}

static bool unreadable(const struct tree *account)
{
    return str_eq(tree_str(account, "_verdict"), S("unreadable"));
}

bool st_account_rejected(const struct tree *account)
{
    return str_starts(tree_str(account, "_verdict"), S("rejected."));
}

bool st_question_due(const struct tree *account, const struct question *q)
{
    if (st_account_rejected(account))
        return false;
    if (is(q, "document"))
        return unreadable(account);
    if (is(q, "site"))
        return tree_null(account, "business_profile.url");
    if (is(q, "trade"))
        return tree_null(account, "business_profile.mcc");
    if (is(q, "bank"))
        return tree_at(account, "external_accounts.data")->first == NULL;
    if (is(q, "tax") && is_person(account) && !str_eq(tree_str(account, "country"), S("US")))
        return false;
    return tree_member(tree_at(account, "_given"), str_of_c(q->field)) == NULL;
}

/* ---- answers */

static void add_bank(struct st *s, struct tree *account, struct str number)
{
    struct tree *bank = st_shape(s, "bank_account");
    struct sha256 print = sha256(number);
    tree_set_str(s->a, bank, "id", st_fresh(s, "ba_1", 23));
    tree_set_str(s->a, bank, "account", tree_str(account, "id"));
    tree_set_str(s->a, bank, "country", tree_str(account, "country"));
    tree_set_str(s->a, bank, "currency", tree_str(account, "default_currency"));
    tree_set_str(s->a, bank, "fingerprint",
        str_part(base64url_text(s->a, (struct str) { (const char *)print.b, 32 }), 0, 16));
    tree_set_str(s->a, bank, "last4", str_from(number, number.n - 4));
    if (str_eq(tree_str(account, "country"), S("US")))
        tree_set_str(s->a, bank, "routing_number", S("110000000"));
    tree_push(tree_at(account, "external_accounts.data"), bank);
    tree_set_i64(s->a, account, "external_accounts.total_count", 1);
}

void st_question_met(struct st *s, struct tree *account, const struct question *q, struct str text)
{
    if (is(q, "document"))
        return; /* what it shows is found when it is sent off */
    if (is(q, "bank"))
        add_bank(s, account, text);
    else if (is(q, "site"))
        tree_set_str(s->a, account, "business_profile.url", text);
    else if (is(q, "trade"))
        tree_set_str(s->a, account, "business_profile.mcc", text);
    else
        tree_put(tree_at(account, "_given"), str_of_c(q->field), tree_of_str(s->a, text));
    if (is(q, "name") && tree_null(account, "business_profile.name"))
        tree_set_str(s->a, account, "business_profile.name", text);
}

/* ---- what follows */

static void push_names(struct st *s, struct tree *list, const char *names)
{
    struct str rest = str_of_c(names), one;
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ' ', &one, &rest);
        tree_push(list, tree_of_str(s->a, one));
    }
}

/* While nobody has said whether a person or a company sells, only what both are asked. */
static struct tree *due(struct st *s, const struct tree *account)
{
    struct tree *list = tree_of(s->a, JSON_ARRAY);
    bool typed = !tree_null(account, "business_type"), person = is_person(account);
    if (st_account_rejected(account))
        return list;
    if (!typed)
        push_names(s, list, "business_type");
    for (size_t i = 0; i < st_question_count; i++) {
        const struct question *q = &st_questions[i];
        bool both = str_eq(str_of_c(q->person), str_of_c(q->firm));
        if ((typed || both) && st_question_due(account, q))
            push_names(s, list, person ? q->person : q->firm);
    }
    if (!submitted(account))
        push_names(s, list, "tos_acceptance.date tos_acceptance.ip");
    return list;
}

static struct tree *errors(struct st *s, const struct tree *account)
{
    struct tree *list = tree_of(s->a, JSON_ARRAY);
    if (!unreadable(account))
        return list;
    struct tree *one = tree_of(s->a, JSON_OBJECT);
    const struct question *q = &st_questions[st_question_count - 1];
    tree_set_str(s->a, one, "code", S("verification_document_not_readable"));
    tree_set_str(s->a, one, "reason",
        S("The document could not be read. Upload a colour image of it that is in focus."));
    tree_set_str(s->a, one, "requirement", str_of_c(is_person(account) ? q->person : q->firm));
    tree_push(list, one);
    return list;
}

static struct str disabled_by(const struct tree *account, bool asks)
{
    if (st_account_rejected(account))
        return tree_str(account, "_verdict");
    if (asks)
        return S("requirements.past_due");
    return str_eq(tree_str(account, "_verdict"), S("pending"))
        ? S("requirements.pending_verification")
        : S("");
}

void st_account_settle(struct st *s, struct tree *account)
{
    struct tree *asked = due(s, account), *requirements = tree_at(account, "requirements");
    struct tree *capabilities = tree_at(account, "capabilities");
    struct tree *pending = tree_of(s->a, JSON_ARRAY);
    struct str why = disabled_by(account, asked->first != NULL);
    bool waits = str_eq(why, S("requirements.pending_verification"));
    if (waits)
        push_names(s, pending,
            is_person(account) ? "individual.verification.document"
                               : "representative.verification.document");
    tree_set(s->a, requirements, "currently_due", asked);
    tree_set(s->a, requirements, "eventually_due", tree_copy(s->a, asked));
    tree_set(s->a, requirements, "past_due", tree_copy(s->a, asked));
    tree_set(s->a, requirements, "pending_verification", pending);
    tree_set(s->a, requirements, "errors", errors(s, account));
    tree_set_str_or_null(s->a, requirements, "disabled_reason", why);
    bool open = submitted(account) && why.n == 0;
    struct str status = open ? S("active") : waits ? S("pending") : S("inactive");
    tree_each (one, capabilities)
        one->text = status;
    bool charges = open && tree_at(capabilities, "card_payments") != NULL;
    tree_set_bool(s->a, account, "charges_enabled", charges);
    tree_set_bool(s->a, account, "payouts_enabled", open && capabilities->first != NULL);
}

enum err st_account_submit(struct st *s, struct thing *account, struct str verdict)
{
    if (!submitted(account->body))
        tree_set_i64(s->a, account->body, "tos_acceptance.date", st_now(s));
    tree_set_bool(s->a, account->body, "details_submitted", true);
    tree_set_str(s->a, account->body, "_verdict", verdict);
    account->turn_ms = str_eq(verdict, S("pending")) ? s->c->now_ms + VERIFIED_MS : 0;
    return st_account_save(s, account);
}

/* Verification has ended, and found nothing. */
enum err st_account_turns(struct st *s, struct thing *account)
{
    account->turn_ms = 0;
    tree_set_str(s->a, account->body, "_verdict", S(""));
    return st_account_save(s, account);
}

enum err st_account_save(struct st *s, struct thing *account)
{
    st_account_settle(s, account->body);
    return st_save_and_tell(s, account, "account.updated");
}
