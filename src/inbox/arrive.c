#include "base/crypto.h"
#include "base/id.h"
#include "fact/fact.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job.h"

/* What a gateway told, however it came here: its webhook, or its own list of what it told. */

static struct str hash_of(struct arena *a, struct str text)
{
    struct sha256 sum = sha256(text);
    return str_copy(a, (struct str) { (const char *)sum.b, sizeof sum.b });
}

enum err arrival_read(struct ctx *c, enum gateway_id gateway, struct str body, struct arrival *ret)
{
    struct arrival a = { .gateway = gateway, .body = body, .confirmed_by = S("webhook") };
    const struct gateway *g = gateway_by_id(gateway);
    must(g != NULL);
    TRY(g->translate(c, body, &a.notice));
    a.event = id_new(c);
    a.hash = hash_of(c->arena, body);
    a.key = a.notice.event_id.n > 0 ? hash_of(c->arena, a.notice.event_id) : a.hash;
    *ret = a;
    return E_OK;
}

static struct str about_of(const struct notice *n)
{
    if (n->kind == NOTICE_SUBSCRIPTION)
        return n->subscription;
    if (n->kind == NOTICE_DISPUTE)
        return n->dispute;
    return n->session_id.n > 0 ? n->session_id : n->payment;
}

static struct event event_of(struct ctx *c, const struct arrival *a)
{
    bool matters = notice_matters(&a->notice);
    struct str about = about_of(&a->notice);
    return (struct event) {
        .id = a->event,
        .gateway = a->gateway,
        .status = matters ? EVENT_RECEIVED : EVENT_IGNORED,
        .name = str_is_text(a->notice.name) ? str_part(a->notice.name, 0, 100) : S("?"),
        .reference = str_is_text(about) ? about : S(""),
        .headers = a->headers.n > 0 ? a->headers : S("{}"),
        .body = a->body,
        .body_hash = a->hash,
        .outcome = matters ? S("") : notice_text(a->notice.kind),
        .received_ms = c->now_ms,
    };
}

static bool is_proof(const struct arrival *a)
{
    return a->notice.proof && notice_matters(&a->notice);
}

uint64_t arrival_root(const struct arrival *a)
{
    struct str about = about_of(&a->notice);
    return str_hash(is_proof(a) && about.n > 0 ? about : a->key);
}

/* The order is locked before the event is looked for: of two that come at once, the second finds
 * what the first has stored. */
enum err arrival_look(struct ctx *c, struct arrival *a)
{
    a->known = false;
    a->settle = (struct settle) {
        .gateway = a->gateway,
        .notice = a->notice,
        .confirmed_by = a->confirmed_by,
        .event = id_text(c->arena, S("evt"), a->event),
    };
    if (!is_proof(a))
        return E_OK;
    TRY(fact_draw(c, &a->fact_n));
    TRY(settle_look(c, &a->settle));
    return event_db_ask(c, a->gateway, a->key, &a->known);
}

/* What asks the gateway about it: one question for all that it told of a subscription, or of a
 * dispute. */
static enum err ask_later(struct ctx *c, const struct arrival *a, const struct event *e, bool fresh)
{
    bool dispute = a->notice.kind == NOTICE_DISPUTE;
    bool mirror = dispute || a->notice.kind == NOTICE_SUBSCRIPTION;
    struct str kind = mirror ? INBOX_MIRROR : INBOX_CONFIRM;
    struct str subject = mirror ? str_fmt(c->arena, "%.*s %s%.*s", SARG(gateway_name(a->gateway)),
                                      dispute ? "dispute " : "", SARG(e->reference))
                                : str_fmt(c->arena, "%lld", (long long)e->n);
    return fresh ? job_add(c, kind, subject, c->now_ms) : job_hurry(c, kind, subject);
}

/* A hint, a proof that could not be settled, or what was delivered before. */
static enum err keep(struct ctx *c, const struct arrival *a, struct event *e, const char *deed)
{
    bool fresh = false;
    TRY(event_db_take(c, e, a->key, &fresh));
    bool waits = e->status == EVENT_RECEIVED || e->status == EVENT_RETRYING;
    if (!fresh)
        return waits ? ask_later(c, a, e, false) : E_OK;
    TRY(event_fact(c, e, deed, 0));
    return waits ? ask_later(c, a, e, true) : E_OK;
}

enum err arrival_take(struct ctx *c, const struct arrival *a, const char *deed, bool proofs)
{
    struct event e = event_of(c, a);
    struct settle s = a->settle;
    if (!proofs || !is_proof(a) || a->known)
        return keep(c, a, &e, deed);
    TRY(event_fact(c, &e, deed, a->fact_n));
    return event_settle_new(c, &e, a->key, &s);
}
