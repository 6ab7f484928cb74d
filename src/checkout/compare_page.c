#include "base/json.h"
#include "checkout/checkout_page.h"
#include "web/page.h"

/* What several plans have, side by side, as the catalogue says it. */

enum {
    PLANS_MAX = 8,
    NAMES_MAX = 40
};

struct plans {
    const struct product *const *plan;
    size_t n;
};

struct str camel_words(struct arena *a, struct str name)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];
        bool upper = ch >= 'A' && ch <= 'Z';
        if (upper && i > 0)
            buf_char(&b, ' ');
        buf_char(&b, upper && i > 0 ? (char)(ch - 'A' + 'a') : ch);
    }
    /* Two letters are no word: "ai" is AI. */
    return name.n == 2 ? str_upper(a, name) : str_sentence(a, buf_str(&b));
}

static bool is_in(const struct str *list, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

/* What any of them says below this member, each name once. */
static size_t names_in(struct arena *a, const struct plans *k, const char *member, struct str *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        struct json_value all = json_at(json_root(k->plan[i]->source), member);
        for (struct json_iter it = json_iter(all); json_next(&it) && n < NAMES_MAX;) {
            struct str name = json_name(a, &it);
            if (!is_in(ret, n, name))
                ret[n++] = name;
        }
    }
    return n;
}

static struct str credits_words(struct arena *a, const struct product *p)
{
    struct json_value credits = json_at(json_root(p->source), "credits");
    int64_t n = 0;
    json_to_i64(json_at(credits, "allowance"), &n);
    if (n == 0)
        return SAY(COMPARE_NONE);
    if (json_is(json_at(credits, "every"), "once"))
        return SAY_WITH(a, COMPARE_CREDITS_ONCE, { "n", number_text(a, n) });
    if (json_is(json_at(credits, "every"), "year"))
        return SAY_WITH(a, COMPARE_CREDITS_YEAR, { "n", number_text(a, n) });
    return number_text(a, n);
}

bool plans_have_credits(const struct product *const *plan, size_t n)
{
    int64_t allowance = 0;
    for (size_t i = 0; i < n; i++)
        if (json_to_i64(json_at(json_root(plan[i]->source), "credits.allowance"), &allowance) &&
            allowance > 0)
            return true;
    return false;
}

static void compare_limits(struct part_compare *t, const struct plans *k)
{
    struct arena *a = t->b->arena;
    struct str name[NAMES_MAX];
    size_t n = names_in(a, k, "limits", name);
    for (size_t i = 0; i < n; i++) {
        part_compare_row(t, camel_words(a, name[i]));
        for (size_t j = 0; j < k->n; j++) {
            int64_t most = -1;
            struct json_value limits = json_at(json_root(k->plan[j]->source), "limits");
            json_to_i64(json_member(limits, name[i]), &most);
            part_compare_cell(t, most < 0 ? SAY(COMPARE_NO_LIMIT) : number_text(a, most));
        }
    }
}

static void compare_features(struct part_compare *t, const struct plans *k)
{
    struct str name[NAMES_MAX];
    size_t n = names_in(t->b->arena, k, "features", name);
    for (size_t i = 0; i < n; i++) {
        part_compare_row(t, camel_words(t->b->arena, name[i]));
        for (size_t j = 0; j < k->n; j++) {
            bool yes = false;
            struct json_value features = json_at(json_root(k->plan[j]->source), "features");
            json_to_bool(json_member(features, name[i]), &yes);
            part_compare_yes(t, yes, yes ? SAY(YES) : SAY(NO));
        }
    }
}

void plans_compare(struct buf *b, const struct product *const *plan, size_t n)
{
    const struct plans all = { plan, n };
    struct str column[PLANS_MAX], name[NAMES_MAX];
    bool credits = plans_have_credits(plan, n);
    size_t rows = names_in(b->arena, &all, "features", name) +
        names_in(b->arena, &all, "limits", name) + (credits ? 1 : 0);
    if (n < 2 || n > PLANS_MAX || rows == 0)
        return;
    for (size_t i = 0; i < n; i++)
        column[i] = plan[i]->name;
    html(b, "<details><summary>", SAY(COMPARE), "</summary>");
    struct part_compare t = part_compare_open(b, SAY(COMPARE_CAPTION), column, n);
    if (credits) {
        part_compare_row(&t, SAY(COMPARE_CREDITS_MONTH));
        for (size_t i = 0; i < n; i++)
            part_compare_cell(&t, credits_words(b->arena, plan[i]));
    }
    compare_limits(&t, &all);
    compare_features(&t, &all);
    part_compare_close(&t);
    html(b, "</details>\n");
}
