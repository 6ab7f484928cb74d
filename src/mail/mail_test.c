#include "mail/mail.h"

#include <string.h>

#include "alert/alert.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "net/net.h"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE
};

/* A mail server that says what the test wants: of one recipient, or of all. */
static struct smtp {
    struct net net;
    int tries, taken;
    struct net_mail_reply says;
    struct str about;     /* only this recipient gets it; the others' mails are taken */
    char last_id[2][300]; /* of the last try, and of the one before */
    char last_to[300];
    struct str server, from;
} smtp;

static const struct net_mail_reply taken = {
    .outcome = OUTCOME_DONE, .reached = true, .status = 250
};

static void note(char *to, size_t room, struct str s)
{
    must(s.n < room);
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
}

static enum err smtp_mail(
    struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret)
{
    (void)net;
    if (str_eq(in->subject, S("unsendable")))
        return fail(c, INVALID_REQUEST, "nobody could read this");
    smtp.tries++;
    memcpy(smtp.last_id[1], smtp.last_id[0], sizeof smtp.last_id[0]);
    note(smtp.last_id[0], sizeof smtp.last_id[0], in->message_id);
    note(smtp.last_to, sizeof smtp.last_to, in->to_address);
    smtp.server = in->server;
    smtp.from = in->from_address;
    bool meant = smtp.about.n == 0 || str_eq(smtp.about, in->to_address);
    *ret = meant ? smtp.says : taken;
    smtp.taken += ret->outcome == OUTCOME_DONE;
    return E_OK;
}

static const struct job_kind kinds[] = {
    { .name = S_INIT("mail_send"), .run = mail_send_job, .every_ms = MINUTE },
    { .name = S_INIT("alert_mail"), .run = mail_alert_job },
    { .name = S_INIT("alert_tell"), .run = alert_tell_job },
    { .name = S_INIT("alert_raise"), .run = alert_raise_job },
};
static const struct job_kinds all = { kinds, ARRAY_LEN(kinds) };

static void free_config(void *config)
{
    config_free(config);
}

static void configure(struct test *t, const struct config_preset *presets, size_t n)
{
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *const env[] = { NULL };
    const struct config_sources sources = {
        .env = env, .env_file = "", .presets = presets, .preset_count = n
    };
    EXPECT_OK(config_load(t->c, &sources, &notices, &config));
    arena_defer(t->c->arena, free_config, config);
    t->c->config = config;
}

static void begin(struct test *t)
{
    static const struct config_preset presets[] = {
        { "PURSER_SMTP_URL", "smtp://user:secret@mail.example.com:587" },
        { "PURSER_MAIL_FROM", "shop@example.com" },
        { "PURSER_OWNER_MAIL", "owner@example.com" },
        { "PURSER_BRAND_NAME", "Northwind" },
    };
    configure(t, presets, ARRAY_LEN(presets));
    smtp = (struct smtp) { .net = { .mail = smtp_mail }, .says = taken };
    t->c->net = &smtp.net;
    EXPECT_OK(job_start(t->c, &all));
}

static const struct mail hello = {
    .kind = S_INIT("hello"),
    .about = S_INIT("ord_1"),
    .to_address = S_INIT("ada@example.org"),
    .to_name = S_INIT("Ada"),
    .subject = S_INIT("Hello"),
    .text = S_INIT("Hello Ada.\n"),
    .html = S_INIT("<p>Hello Ada.</p>"),
};

static enum err queue_tx(struct ctx *c, void *arg)
{
    return mail_queue(c, arg);
}

static void queue(struct test *t, struct mail m)
{
    EXPECT_OK(db_tx(t->c, "test", queue_tx, &m));
}

static void run_jobs(struct test *t)
{
    int64_t ran = 1;
    while (ran > 0)
        EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
}

struct seen {
    struct mail_filter filter;
    int64_t n;
    struct mail_row row[4]; /* newest first */
    struct mail_row oldest;
};

static enum err see(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct seen *seen = arg;
    (void)c;
    if (seen->n < (int64_t)ARRAY_LEN(seen->row))
        seen->row[seen->n] = *row;
    seen->oldest = *row;
    seen->n++;
    return E_OK;
}

static enum err list(struct ctx *c, void *arg)
{
    struct seen *seen = arg;
    return mail_list(c, &seen->filter, see, seen);
}

static struct seen look(struct test *t)
{
    struct seen seen = { .filter = { .state_or_minus_1 = -1, .limit = 100 } };
    EXPECT_OK(db_read(t->c, list, &seen));
    return seen;
}

static enum err keep_alert(struct ctx *c, const struct alert *alert, void *arg)
{
    (void)c;
    *(struct alert *)arg = *alert;
    return E_OK;
}

static enum err list_alerts(struct ctx *c, void *arg)
{
    return alert_list(c, -1, 0, 1, keep_alert, arg);
}

static struct alert newest_alert(struct test *t)
{
    struct alert a = { .n = 0 };
    EXPECT_OK(db_read(t->c, list_alerts, &a));
    return a;
}

TEST("a mail that is queued is sent once, by the configured server and in the configured name")
{
    begin(t);
    queue(t, hello);
    EXPECT_I64(look(t).row[0].state, MAIL_QUEUED);
    run_jobs(t);
    EXPECT_I64(smtp.tries, 1);
    EXPECT_STR(str_of_c(smtp.last_to), S("ada@example.org"));
    EXPECT_STR(smtp.server, S("smtp://user:secret@mail.example.com:587"));
    EXPECT_STR(smtp.from, S("shop@example.com"));
    EXPECT(str_ends(str_of_c(smtp.last_id[0]), S("@example.com")));
    struct mail_row row = look(t).row[0];
    EXPECT_I64(row.state, MAIL_SENT);
    EXPECT_I64(row.done_ms, t->c->now_ms);
    EXPECT_STR(row.message_id, str_of_c(smtp.last_id[0]));
    t->c->now_ms += HOUR;
    run_jobs(t);
    EXPECT_I64(smtp.tries, 1);
}

static enum err queue_and_fail(struct ctx *c, void *arg)
{
    TRY(mail_queue(c, arg));
    return fail(c, CONFLICT, "no");
}

TEST("R35 a mail of a transaction that is undone was never queued")
{
    begin(t);
    struct mail m = hello;
    EXPECT_FAIL(db_tx(t->c, "test", queue_and_fail, &m), CONFLICT);
    EXPECT_I64(look(t).n, 0);
    run_jobs(t);
    EXPECT_I64(smtp.tries, 0);
}

TEST("a mail with a key is queued only once under it")
{
    begin(t);
    struct mail m = hello;
    m.key = S("receipt:ord_1");
    queue(t, m);
    queue(t, m);
    m.key = S("receipt:ord_2");
    queue(t, m);
    queue(t, hello);
    queue(t, hello);
    EXPECT_I64(look(t).n, 4);
}

TEST("R63 a mail that cannot be sent as it is undoes no payment: it is stored as refused")
{
    begin(t);
    struct mail bad[4] = { hello, hello, hello, hello };
    bad[0].to_address = S("not an address");
    bad[1].to_name = S("Ada\r\nBcc: eve@example.org");
    bad[2].subject = S("Hi\xff");
    bad[3].text = S("a\0b");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        queue(t, bad[i]);
        struct mail_row row = look(t).row[0];
        EXPECT_I64(row.state, MAIL_REFUSED);
        EXPECT(row.last_error.n > 0);
        EXPECT_I64(row.done_ms, t->c->now_ms);
    }
    run_jobs(t);
    EXPECT_I64(smtp.tries, 0);
}

TEST("F40 a mail server that is away delays mails: they keep their place, their id and their peace")
{
    begin(t);
    smtp.says =
        (struct net_mail_reply) { .outcome = OUTCOME_NOT_SENT, .why = S("nobody is there") };
    queue(t, hello);
    struct mail second = hello;
    second.to_address = S("bob@example.org");
    queue(t, second);
    int64_t ran = 0;
    EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
    EXPECT_I64(smtp.tries, 1); /* the second is not even tried */
    struct seen seen = look(t);
    EXPECT_I64(seen.row[1].state, MAIL_QUEUED);
    EXPECT_STR(seen.row[1].last_error, S("nobody is there"));
    EXPECT_I64(seen.row[1].tries, 0);
    for (int i = 0; i < 30; i++) { /* a day and more of it */
        t->c->now_ms += HOUR;
        run_jobs(t);
    }
    EXPECT_I64(look(t).row[1].state, MAIL_QUEUED);
    EXPECT_STR(newest_alert(t).kind, S("job_failing"));
    EXPECT_STR(newest_alert(t).subject, S("mail_send"));
    char id[300];
    memcpy(id, smtp.last_id[0], sizeof id);
    smtp.says = taken;
    t->c->now_ms += HOUR;
    run_jobs(t);
    seen = look(t);
    EXPECT_I64(seen.oldest.state, MAIL_SENT);
    EXPECT_STR(seen.oldest.message_id, str_of_c(id));
    EXPECT_STR(seen.oldest.last_error, S(""));
    EXPECT_I64(smtp.taken, seen.n); /* the owner's mail about it too */
}

TEST("F40 a mail of which nobody knows whether it arrived is sent again with the same id")
{
    begin(t);
    smtp.says = (struct net_mail_reply) { .outcome = OUTCOME_UNKNOWN,
        .reached = true,
        .status = 354,
        .why = S("it broke after the last byte") };
    queue(t, hello);
    run_jobs(t);
    EXPECT_I64(smtp.tries, 1);
    EXPECT_I64(look(t).row[0].due_ms, t->c->now_ms + MINUTE);
    smtp.says = taken;
    t->c->now_ms += MINUTE;
    run_jobs(t);
    EXPECT_I64(smtp.tries, 2);
    EXPECT_STR(str_of_c(smtp.last_id[0]), str_of_c(smtp.last_id[1]));
    EXPECT_I64(look(t).row[0].state, MAIL_SENT);
}

TEST("F40 a mail that is put off holds up no other, and is parked with an alert after a day")
{
    begin(t);
    smtp.says = (struct net_mail_reply) {
        .outcome = OUTCOME_NOT_SENT, .reached = true, .status = 450, .why = S("mailbox full")
    };
    smtp.about = S("ada@example.org");
    queue(t, hello);
    struct mail bob = hello;
    bob.to_address = S("bob@example.org");
    queue(t, bob);
    int64_t from = t->c->now_ms;
    run_jobs(t);
    EXPECT_I64(look(t).row[0].state, MAIL_SENT);
    EXPECT_I64(look(t).row[1].state, MAIL_QUEUED);
    while (look(t).row[1].state == MAIL_QUEUED && t->c->now_ms - from < 48 * HOUR) {
        t->c->now_ms += MINUTE;
        run_jobs(t);
    }
    struct seen seen = look(t);
    struct mail_row row = seen.oldest;
    EXPECT_I64(row.state, MAIL_PARKED);
    EXPECT(t->c->now_ms - from >= 24 * HOUR && t->c->now_ms - from < 26 * HOUR);
    EXPECT(row.tries > 20 && row.tries < 40); /* 1, 2, 4 … 60 minutes apart */
    EXPECT_STR(newest_alert(t).kind, S("mail_parked"));
    EXPECT(str_ends(newest_alert(t).sentence, S("was tried for a day: mailbox full")));
}

TEST("a mail that is refused for good is not tried again, and the owner hears of all of them once")
{
    begin(t);
    smtp.says = (struct net_mail_reply) {
        .outcome = OUTCOME_DECLINED, .reached = true, .status = 550, .why = S("nobody here")
    };
    smtp.about = S("ada@example.org");
    for (int i = 0; i < 5; i++)
        queue(t, hello);
    run_jobs(t);
    struct seen seen = look(t);
    EXPECT_I64(seen.oldest.state, MAIL_REFUSED);
    EXPECT_I64(newest_alert(t).raised, 5);
    EXPECT_STR(newest_alert(t).kind, S("mail_refused"));
    EXPECT_I64(smtp.taken, 1);
    EXPECT_STR(str_of_c(smtp.last_to), S("owner@example.com"));
    EXPECT_STR(seen.row[0].mail.kind, S("alert"));
    t->c->now_ms += 50 * HOUR;
    run_jobs(t);
    EXPECT_I64(smtp.tries, 6);
}

TEST("a mail that can no longer be sent as it is does not stand in front of the others")
{
    begin(t);
    struct mail m = hello;
    m.subject = S("unsendable");
    queue(t, m);
    queue(t, hello);
    int64_t ran = 0;
    EXPECT_OK(job_run_due(t->c, &all, 1, &ran));
    EXPECT_I64(look(t).oldest.state, MAIL_REFUSED);
    EXPECT_STR(look(t).oldest.last_error, S("nobody could read this"));
    EXPECT_I64(smtp.taken, 1);
}

TEST("without a mail server mails are kept, and can be sent when there is one")
{
    configure(t, NULL, 0);
    queue(t, hello);
    struct mail_row row = look(t).row[0];
    EXPECT_I64(row.state, MAIL_KEPT);
    EXPECT(str_ends(row.message_id, S("@purser.invalid")));
    begin(t);
    run_jobs(t);
    EXPECT_I64(smtp.tries, 0);
    EXPECT_I64(look(t).row[0].state, MAIL_KEPT);
}

static enum err resend_tx(struct ctx *c, void *arg)
{
    return mail_resend(c, *(struct id *)arg);
}

static enum err keep_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    (void)c;
    *(struct fact_row *)arg = *row;
    return E_OK;
}

static enum err newest_fact(struct ctx *c, void *arg)
{
    struct fact_filter filter = { .limit = 1, .newest_first = true };
    return fact_list(c, &filter, keep_fact, arg);
}

TEST("R59 a person sends a mail again: a new message, and a fact")
{
    begin(t);
    queue(t, hello);
    run_jobs(t);
    struct mail_row row = look(t).row[0];
    struct id id = id_of_row(row.created_ms, row.n);
    t->c->now_ms += HOUR;
    EXPECT_OK(db_tx(t->c, "test", resend_tx, &id));
    EXPECT_I64(look(t).row[0].state, MAIL_QUEUED);
    run_jobs(t);
    EXPECT_I64(smtp.taken, 2);
    EXPECT(!str_eq(str_of_c(smtp.last_id[0]), str_of_c(smtp.last_id[1])));
    struct fact_row fact;
    int64_t sealed = 0;
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(db_read(t->c, newest_fact, &fact));
    EXPECT_STR(fact.kind, S("MAIL_RESENT"));
    EXPECT_STR(fact.subject, mail_id(t->c->arena, &row));
    EXPECT_STR(fact.data, S("{\"kind\":\"hello\",\"about\":\"ord_1\",\"was\":\"sent\"}"));
    configure(t, NULL, 0);
    EXPECT_FAIL(db_tx(t->c, "test", resend_tx, &id), CONFLICT);
    id = id_of_row(row.created_ms + 1, row.n);
    EXPECT_FAIL(db_tx(t->c, "test", resend_tx, &id), NOT_FOUND);
}

TEST("F40 a process that dies after a mail was taken sends it once more, with the same id")
{
    begin(t);
    queue(t, hello);
    t->c->faults->crash_countdown = 0;
    t->c->faults->crash_at = "mail.after";
    int64_t ran = 0;
    EXPECT_I64(job_run_due(t->c, &all, 100, &ran), E_DEAD);
    EXPECT_I64(smtp.taken, 1);
    t->c->dead = false;
    EXPECT_I64(look(t).row[0].state, MAIL_QUEUED);
    t->c->now_ms += 10 * MINUTE; /* the lease of the dead runner is over */
    run_jobs(t);
    EXPECT_I64(smtp.taken, 2);
    EXPECT_STR(str_of_c(smtp.last_id[0]), str_of_c(smtp.last_id[1]));
    EXPECT_I64(look(t).row[0].state, MAIL_SENT);
}

TEST("many mails leave in the order in which they came, in one run")
{
    begin(t);
    for (int i = 0; i < 150; i++) {
        struct mail m = hello;
        m.to_address = str_fmt(t->c->arena, "reader%d@example.org", i);
        queue(t, m);
    }
    run_jobs(t);
    EXPECT_I64(smtp.taken, 150);
    EXPECT_STR(str_of_c(smtp.last_to), S("reader149@example.org"));
}

TEST("R83 mails that are done are forgotten after ninety days, those that wait are not")
{
    begin(t);
    for (int i = 0; i < 230; i++)
        queue(t, hello);
    run_jobs(t);
    t->c->now_ms += 90 * INT64_C(24) * HOUR;
    EXPECT_OK(mail_forget_job(t->c, S("")));
    EXPECT_I64(look(t).n, 100); /* the limit of this look: nothing is gone yet */
    queue(t, hello);
    t->c->now_ms += 1;
    EXPECT_OK(mail_forget_job(t->c, S("")));
    EXPECT_I64(look(t).n, 1);
    EXPECT_I64(look(t).row[0].state, MAIL_QUEUED);
}

TEST("an alert is one mail to the owner, also when its job runs twice")
{
    begin(t);
    EXPECT_OK(
        alert_raise_now(t->c, ALERT_GATEWAY_AWAY, S("stripe"), S("10 of 20 calls had no answer")));
    run_jobs(t);
    EXPECT_I64(smtp.taken, 1);
    EXPECT_STR(str_of_c(smtp.last_to), S("owner@example.com"));
    struct alert a = newest_alert(t);
    EXPECT_OK(mail_alert_job(t->c, str_fmt(t->c->arena, "%lld", (long long)a.n)));
    run_jobs(t);
    EXPECT_I64(smtp.taken, 1);
    EXPECT_STR(look(t).row[0].mail.subject,
        S("A gateway does not answer; payments go to others where the catalogue allows it."));
    EXPECT_STR(look(t).row[0].mail.about, alert_id(t->c->arena, &a));
    EXPECT_FAIL(mail_alert_job(t->c, S("nonsense")), INTERNAL);
    EXPECT_FAIL(mail_alert_job(t->c, S("4711")), NOT_FOUND);
}
