#include "app/app.h"

#include <pthread.h>

#include "app/drawer_page.h"
#include "base/origin.h"
#include "fact/fact.h"
#include "sandbox/sandbox_card.h"

/* GET and POST /_sandbox: what the drawer shows and turns. */

/* ---- GET */

static enum err note_event(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct drawer *d = arg;
    const struct fact_kind *kind = fact_kind_find(row->kind);
    if (d->events < DRAWER_EVENTS && kind != NULL)
        d->event[d->events++] = (struct drawer_event) {
            .words = kind->about,
            .href = str_fmt(c->arena, "/admin/explain/%.*s", SARG(row->subject)),
            .at_ms = row->at_ms,
        };
    return E_OK;
}

static enum err show(struct req *r)
{
    struct ctx *c = r->c;
    struct drawer d = { .now_ms = c->now_ms };
    struct sandbox *sb = app_of(c) == NULL ? NULL : app_of(c)->simulators;
    const struct fact_filter newest = { .limit = DRAWER_EVENTS, .newest_first = true };
    d.card = sandbox_cards(c->arena, &d.cards);
    d.mails = str_fmt(
        c->arena, "%.*s/_sandbox/mail", SARG(config_str(c->config, CFG_MONEYMOTION_API_URL)));
    TRY(fact_list(c, &newest, note_event, &d));
    if (sb != NULL)
        TRY(sandbox_troubles(c, sb, d.trouble, DRAWER_GATEWAYS, &d.troubles));
    drawer_write(r, &d);
    return E_OK;
}

/* ---- POST: moving the clock runs jobs and sends webhooks to this very server, so it has a thread
 * of its own */

struct turning {
    struct app *app;
    struct req *r;
    struct str act, by, next;
    struct sandbox_trouble trouble;
};

static enum err turn(struct turning *w)
{
    struct ctx *c = w->r->c;
    struct sandbox *sb = w->app->simulators;
    struct duration by;
    struct sandbox_moved moved;
    if (sb == NULL)
        return fail(c, CONFLICT, "the simulators are not running");
    if (str_eq(w->act, S("trouble")))
        return sandbox_trouble_set(c, sb, &w->trouble);
    if (!str_eq(w->act, S("clock")) || !duration_parse(w->by, &by))
        return fail(c, INVALID_REQUEST, "this is no button of the page");
    return sandbox_advance(c, sb, by, &moved);
}

static void *turning_thread(void *arg)
{
    struct turning *w = arg;
    struct req *r = w->r;
    enum err e = turn(w);
    if (e == E_OK)
        answer_redirect(r, 303, w->next);
    else
        answer_error(r, e);
    w->app->dispatch.answer(r);
    return NULL;
}

static enum err field(struct req *r, const char *name, struct str *ret)
{
    bool given = false;
    *ret = S("");
    return req_form(r, name, &given, ret);
}

static enum err act(struct req *r)
{
    struct turning *w = arena_new(r->c->arena, struct turning);
    struct str away;
    w->app = app_of(r->c);
    w->r = r;
    TRY(field(r, "do", &w->act));
    TRY(field(r, "by", &w->by));
    TRY(field(r, "next", &w->next));
    TRY(field(r, "gateway", &w->trouble.gateway));
    TRY(field(r, "webhooks", &w->trouble.webhooks));
    TRY(field(r, "away", &away));
    w->trouble.away = str_eq(away, S("yes"));
    if (!path_is_local(r->c->arena, w->next))
        w->next = S("/_sandbox");
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attr, turning_thread, w);
    pthread_attr_destroy(&attr);
    if (failed != 0)
        return fail(r->c, BUSY, "no thread for it");
    r->out.later = true;
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/_sandbox", SHAPE_READ, NULL, show, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE | ROUTE_FORM, 0,
        "Sandbox: test cards, the clock, what goes wrong, what just happened." },
    { "POST", "/_sandbox", SHAPE_PLAIN, NULL, act, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 8192,
        "Sandbox: its forms: do=clock (by), do=trouble (gateway, away, webhooks)." },
};
const struct routes sandbox_pages = { table, ARRAY_LEN(table) };
