#include "alert/alert.h"
#include "base/json.h"
#include "db/db.h"
#include "dispute/apply.h"
#include "dispute/dispute_db.h"
#include "dispute/evidence_db.h"
#include "fact/fact.h"
#include "job/job.h"

/* What we have to say, sent: each document under its own id as key, then all of it under one that
 * rises with each sending, so that a lost answer is asked for and nothing is said twice. */

struct sending {
    int64_t n;
    struct dispute dispute;
    const struct gateway *gateway;
    struct evidence_text *text;
    struct dispute_file *file;
    size_t texts, files;
    struct dispute_file whole; /* the one that is uploaded */
    struct gateway_uploaded uploaded;
    enum outcome outcome;
    struct str refusal;
};

static enum err read_all(struct ctx *c, void *arg)
{
    struct sending *s = arg;
    TRY(dispute_by_n(c, s->n, &s->dispute));
    s->gateway = gateway_by_id(s->dispute.gateway);
    TRY(evidence_texts(c, &s->dispute, &s->text, &s->texts));
    return dispute_files(c, &s->dispute, &s->file, &s->files);
}

static enum err read_file(struct ctx *c, void *arg)
{
    struct sending *s = arg;
    return dispute_file_get(c, s->whole.id, &s->whole);
}

static enum err note_upload(struct ctx *c, void *arg)
{
    const struct sending *s = arg;
    return evidence_db_uploaded(c, s->whole.n, s->uploaded.id);
}

static enum err note_end(struct ctx *c, void *arg)
{
    const struct sending *s = arg;
    struct dispute d;
    struct order o;
    TRY(order_lock(c, s->dispute.order_n, &o));
    TRY(dispute_by_n(c, s->n, &d));
    if (d.evidence_state != EVIDENCE_SENDING || d.sendings != s->dispute.sendings)
        return E_OK;
    bool sent = s->outcome == OUTCOME_DONE;
    d.evidence_state = sent ? EVIDENCE_SENT : EVIDENCE_REFUSED;
    d.evidence_why = sent ? S("") : s->refusal;
    d.sent_ms = sent ? c->now_ms : 0;
    TRY(dispute_db_update(c, &d));
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, &o));
    json_str(&j, "outcome", sent ? S("sent") : S("refused"));
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("DISPUTE_ANSWERED"),
        .subject = dispute_id(c->arena, &d),
        .customer_n = o.customer_n,
        .version = d.version + 1,
        .data = buf_str(&b),
    };
    TRY(fact_add(c, &fact, NULL));
    if (sent)
        return alert_over(c, ALERT_DISPUTE, dispute_id(c->arena, &d));
    return alert_raise(c, ALERT_DISPUTE, dispute_id(c->arena, &d),
        str_fmt(c->arena, "the gateway refused what we said about the order %.*s; open the dispute",
            SARG(order_number(c->arena, &o))));
}

static enum err ends(struct ctx *c, struct sending *s, enum outcome outcome, struct str refusal)
{
    s->outcome = outcome;
    s->refusal = str_clean(c->arena, refusal, 500);
    return db_tx_job(c, "evidence sent", note_end, s);
}

static enum err not_now(struct ctx *c, const struct sending *s, struct str refusal)
{
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s has not said that it took our evidence: %.*s",
        SARG(s->gateway->title), SARG(refusal));
}

/* *ret_refused: the gateway does not want one of them. */
static enum err upload(struct ctx *c, struct sending *s, bool *ret_refused)
{
    *ret_refused = false;
    for (size_t i = 0; i < s->files; i++) {
        if (s->file[i].uploaded.n > 0)
            continue;
        s->whole = s->file[i];
        TRY(db_read(c, read_file, s));
        const struct gateway_document document = {
            .dispute = dispute_id(c->arena, &s->dispute),
            .key = dispute_file_id(c->arena, &s->whole),
            .name = s->whole.name,
            .type = s->whole.type,
            .body = s->whole.body,
        };
        TRY(s->gateway->upload(c, &document, &s->uploaded));
        if (s->uploaded.outcome == OUTCOME_DECLINED) {
            *ret_refused = true;
            return ends(c, s, OUTCOME_DECLINED, s->uploaded.refusal);
        }
        if (s->uploaded.outcome != OUTCOME_DONE)
            return not_now(c, s, s->uploaded.refusal);
        s->file[i].uploaded = s->uploaded.id;
        TRY(db_tx_job(c, "evidence uploaded", note_upload, s));
    }
    return E_OK;
}

static struct gateway_evidence evidence_of(struct ctx *c, const struct sending *s)
{
    size_t n = 0;
    struct evidence_said *said = arena_array(c->arena, struct evidence_said, s->texts + s->files);
    for (size_t i = 0; i < s->texts; i++)
        said[n++] = (struct evidence_said) { s->text[i].field, s->text[i].text };
    for (size_t i = 0; i < s->files; i++)
        said[n++] = (struct evidence_said) { s->file[i].field, s->file[i].uploaded };
    struct str id = dispute_id(c->arena, &s->dispute);
    return (struct gateway_evidence) {
        .dispute = id,
        .reference = s->dispute.reference,
        .key = str_fmt(c->arena, "%.*s-%lld", SARG(id), (long long)s->dispute.sendings),
        .said = said,
        .count = n,
    };
}

enum err dispute_send(struct ctx *c, struct str dispute_n)
{
    struct sending s = { .n = 0 };
    struct gateway_disputes answer;
    bool refused = false;
    if (!str_to_i64(dispute_n, &s.n))
        return fail(c, STORE_CORRUPT, "a job answers the dispute \"%.*s\"", SARG(dispute_n));
    TRY(db_read(c, read_all, &s));
    if (s.dispute.evidence_state != EVIDENCE_SENDING || s.gateway->answer == NULL)
        return E_OK;
    TRY(upload(c, &s, &refused));
    if (refused)
        return E_OK;
    const struct gateway_evidence evidence = evidence_of(c, &s);
    TRY(s.gateway->answer(c, &evidence, &answer));
    if (answer.outcome != OUTCOME_DONE && answer.outcome != OUTCOME_DECLINED)
        return not_now(c, &s, answer.refusal);
    TRY(ends(c, &s, answer.outcome, answer.refusal));
    struct dispute_mirror m = { .gateway = s.dispute.gateway, .reference = s.dispute.reference };
    return dispute_mirror(c, &m);
}
