#include "mail/alert_mail.h"

#include "base/clock.h"
#include "base/config.h"
#include "mail/mail_part.h"

static void add_facts(struct mail_draft *d, const struct alert *a)
{
    struct arena *arena = d->c->arena;
    mail_lines_open(d);
    mail_fact(d, S("What"), str_fmt(arena, "%.*s: %.*s", SARG(a->kind), SARG(a->subject)));
    mail_fact(d, S("How often"), number_text(arena, a->raised));
    mail_fact(d, S("Since"), time_words(arena, a->first_ms));
    mail_fact(d, S("Last"), time_words(arena, a->last_ms));
    if (a->state == ALERT_CLOSED)
        mail_fact(d, S("Closed"), time_words(arena, a->closed_ms));
    mail_lines_close(d);
}

struct mail mail_of_alert(struct ctx *c, const struct alert *a)
{
    bool closed = a->state == ALERT_CLOSED;
    struct str meaning = a->info != NULL ? a->info->meaning : a->kind;
    struct str title = closed ? str_fmt(c->arena, "Over: %.*s", SARG(meaning)) : meaning;
    struct str site = c->config != NULL ? config_str(c->config, CFG_SITE_URL) : S("");
    struct mail_draft d = mail_open(c, title, a->sentence);
    mail_paragraph(&d, a->sentence);
    if (a->info != NULL && !closed)
        mail_paragraph(&d, a->info->remedy);
    add_facts(&d, a);
    if (site.n > 0)
        mail_button(&d, S("Open the alerts"), str_fmt(c->arena, "%.*s/admin/alerts", SARG(site)));
    mail_close(&d,
        S("You get this because PURSER_OWNER_MAIL names this address. At most one mail an "
          "hour is sent about the same thing."));
    return (struct mail) {
        .kind = S("alert"),
        .about = alert_id(c->arena, a),
        .key = str_fmt(c->arena, "alert:%lld:%lld", (long long)a->n, (long long)a->told_ms),
        .subject = str_clean(c->arena, title, 200),
        .text = buf_str(&d.text),
        .html = buf_str(&d.html),
    };
}
