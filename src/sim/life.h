#ifndef SIM_LIFE_H
#define SIM_LIFE_H

#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/fault.h"
#include "edge/dispatch.h"
#include "net/net.h"
#include "sandbox/sandbox.h"
#include "sim/sim.h"

/* Private to sim/: one life.  What is here belongs to the world around purser and survives its
 * death, but for struct process. */

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR
};

struct life;
struct sim;
struct tale;
struct away;

/* ---- what purser is in a life */

enum {
    WAITING_MAX = 64,
    CALLS_MAX = 1024
};
/* A request under way, or answered and not yet forgotten. */
struct ask {
    struct arena arena;
    struct ctx c;
    struct req r;
    bool answered, lost;
    int64_t asked_ms;
    void (*done)(struct life *l, struct ask *a); /* NULL: whoever sent it looks itself */
    int64_t of;
    struct ask *next;
};
struct process {
    bool up, dead, booting;
    int64_t generation, up_at_ms;
    struct arena arena;
    struct ctx c;
    struct secret secret;
    struct store *store; /* survives */
    struct dispatch dispatch;
    struct faults faults;
    struct net net;
    struct tx *waiting[WAITING_MAX];
    size_t waiting_n;
    struct {
        void (*run)(void *arg, bool late);
        void *arg;
        int64_t due_ms;
    } call[CALLS_MAX];
    size_t calls;
    struct away *away; /* jobs with callers */
    struct ask *asks;
    struct job_kinds jobs;
    int64_t jobs_held_ms;          /* nobody runs jobs until then */
    int64_t due_ms, due_at_commit; /* the next job, and after which commit that was asked */
    const char *died_at;
};

/* ---- what is for sale (shelf.c) */

enum {
    SHELF_MAX = 64,
    BASKET_MAX = 3
};
struct good {
    struct str price, product;
    int64_t amount;
    struct str currency;
    int64_t credits; /* of a pack */
    /* Of a plan. */
    struct str group, vendor;
    int64_t months, allowance, cap; /* cap: the most that is left after a new allowance */
};
struct promo {
    struct str code, applies_to; /* JSON list */
    int64_t bps, amount, max_uses, per_customer, min_subtotal, expires_ms;
    struct str currency; /* of amount */
    bool active;
};
struct duty {
    struct str country;
    int64_t bps;
};
struct shelf {
    struct str text;
    struct good good[SHELF_MAX];
    struct promo code[SHELF_MAX];
    struct duty duty[SHELF_MAX];
    size_t goods, plans, codes, duties; /* plans: their prices, behind the goods */
    bool inclusive;
    int64_t ttl_ms, grace_ms;
};
struct pick {
    size_t good[BASKET_MAX];
    int64_t quantity[BASKET_MAX];
    size_t n;
    int code; /* -1: none */
    int duty; /* -1: no country */
};
struct cost {
    int64_t subtotal, discount, tax, total;
    struct str currency;
};
enum err shelf_read(struct ctx *c, struct str text, struct shelf *ret);
extern const char shelf_own[]; /* the simulator's own catalogue */
/* What it costs; discounted: with its code. */
struct cost shelf_cost(const struct shelf *s, const struct pick *p, bool discounted);
int64_t shelf_credits(const struct shelf *s, const struct pick *p); /* that it brings */
/* May the code be used for it at all, whoever else has used it? */
bool shelf_code_fits(const struct shelf *s, const struct pick *p, int64_t now_ms);
int iso_digits(struct str currency); /* ISO 4217 */

/* ---- what the world knows (the reference model) */

enum {
    WISHES_MAX = 96,
    DEEDS_MAX = 160,
    ORDERS_MAX = 128,
    SESSIONS_MAX = 512,
    PARCELS_MAX = 4096,
    MAILS_MAX = 8192,
    MEMBERS_MAX = 3,
    PURSES = 3,
    ERRANDS_MAX = 64,
    GIVINGS_MAX = 64,
    STANDINGS_MAX = 32,
    BILLS_MAX = 256,
    WATCHED_MAX = 1024
};
/* What somebody wants to buy, under one Idempotency-Key. */
struct wish {
    int n, tries;
    struct str key, body, who;
    struct pick pick;
    int plan;
    bool again, asking, given_up;
    bool kept; /* an answer that must be the same for ever */
    int status;
    struct str answer;
    int64_t kept_by; /* the process's generation */
    int order;       /* -1: none */
    struct str session;
};
/* What somebody does with credits, under one Idempotency-Key. */
struct deed {
    int kind, customer, tries, of; /* of: the deed whose id it names; -1: none */
    int64_t amount;
    bool refused, kept; /* answered no, or yes: the latter for ever */
    struct str key, id, answer;
};
/* What a customer of credits was told in the end. */
struct purse {
    bool seen;
    int64_t balance, reserved;
};
struct bought {
    struct str id; /* ord_… */
    uint64_t topic;
    bool touched, seen;
    int status;
    int64_t version;
    bool decided, accepted;
    bool ended; /* expired, cancelled or failed at some time: its code was given back */
    int first_wish;
    int64_t review_ms;
};
/* A page to pay on, as it is at the gateway: written by what was asked of it and what it answered,
 * never by what purser thinks. */
struct paypage {
    struct str vendor, id, attempt, currency, success_url;
    int order;
    int64_t units; /* what the buyer is asked for, in the gateway's units */
    bool recorded; /* its opening's answer reached purser */
    bool answer_lost;
    bool lied;     /* somebody named another amount for it, or a contradiction was sent */
    bool wavered;  /* what was true of it was not later: a dispute won */
    bool disputed; /* at any time */
    /* From the gateway's own state, in the end. */
    bool captured;
    struct str state;
    int64_t truth_units, refunded_units;
    struct str truth_currency;
};
/* A webhook on its way, as bytes. */
struct parcel {
    struct str url, body;
    struct net_header header[8];
    size_t headers;
    struct sha256 hash;
    struct str session, event, id; /* id: its own, where it has one */
    bool genuine;                  /* signed by the gateway */
    bool acked;
    bool dropped; /* for good */
    int losses;
};
struct letter {
    struct str message_id, to;
    int64_t times;
};
/* Who has a plan, or wants one. */
struct member {
    struct str id, group;
    struct str payer, reference; /* at the gateway, of the plan that was paid for last */
    int pages_paid, hurries;
};
/* What a member asks for, under one Idempotency-Key. */
struct errand {
    int kind, member, tries;
    bool refused, kept, unsure; /* unsure: nobody told what became of it */
    struct str key, path, body, answer;
};
/* A refund that somebody asks purser for, under one Idempotency-Key. */
struct giving {
    int order, tries;
    bool part, refused, kept;
    struct str key, body, answer;
};
/* A subscription and an invoice at the gateway that renews, as its own people see them. */
struct standing {
    struct str id, payer, status, order;
    int64_t amount, months, start_ms, end_ms, cancel_at_ms;
};
struct bill {
    struct str id, standing, reason, status, payment;
    int64_t amount, start_ms, end_ms; /* amount: that was paid */
};
/* How a plan stood here when somebody looked last. */
struct seen_plan {
    int64_t n, status, start_ms, end_ms, amount, months, cancel_at_ms;
    size_t watch; /* it is not older than this one of those that were watched */
};

struct happening {
    int64_t at_ms;
    uint64_t seq;
    void (*run)(struct life *l, int64_t of);
    int64_t of;
};

/* ---- a life */

struct life {
    struct sim *sim;
    uint64_t seed;
    struct arena arena, scratch; /* scratch: until the next step */
    struct ctx c;                /* the world's own, over scratch */
    /* Streams of their own, so that another fault does not make other buyers. */
    struct ids people, chaos, purser_ids, gateway_ids;
    int level[SIM_FAULTS]; /* 0: off; 1 to 4 */
    bool tidy;             /* nobody needs to run reconcile */
    bool calm;             /* the trouble is over */
    struct clock clock;
    bool long_one;                         /* months of subscribers instead of days of a shop */
    int64_t now_ms, begun_ms, standing_ms; /* standing: when standing jobs were last looked at */
    int64_t trouble_ms;                    /* so long */
    int depth;                             /* of things done while a call is out */
    struct process process;
    struct sandbox *sandbox;
    int64_t gateways_due_ms; /* INT64_MIN: something happened there since that was asked */
    struct net hook_net;
    const struct config *config;
    struct happening *queue;
    size_t queued;
    uint64_t seq;

    struct wish wish[WISHES_MAX];
    struct deed deed[DEEDS_MAX];
    struct purse purse[PURSES];
    struct bought order[ORDERS_MAX];
    struct paypage page[SESSIONS_MAX];
    struct parcel parcel[PARCELS_MAX];
    struct letter mail[MAILS_MAX];
    struct member member[MEMBERS_MAX];
    struct errand errand[ERRANDS_MAX];
    struct giving giving[GIVINGS_MAX];
    struct standing standing[STANDINGS_MAX];
    struct bill bill[BILLS_MAX];
    struct standing watch[WATCHED_MAX]; /* as it was whenever purser asked, in that order */
    size_t watched, givings, deeds, wishes, orders, pages, parcels, mails, members, errands,
        standings, bills;
    struct seen_plan seen[STANDINGS_MAX];
    size_t seen_n;
    bool wrote; /* something was committed since plans were last looked at */

    uint64_t trace;
    bool met[SIM_SOMETIMES];
    struct sim_result sum; /* of this life */
    bool telling;          /* keeps the story */
    struct tale *tale;
    size_t tales, tales_cap;
    int violated_order; /* -1: nobody's */
};

enum {
    CONFIGS = 6
};
struct sim {
    struct ctx *c;
    const struct sim_options *options;
    struct shelf shelf;
    struct router *router;
    struct config *config[CONFIGS]; /* of each way to confirm, over each wire */
    /* Empty, and migrated: each life's begin as these. */
    struct store *store;
    struct sandbox *sandbox;
    struct clock clock;
    struct ids ids;
    struct net nobody;
};

/* life.c */
enum err life_run(struct sim *sim, uint64_t seed, bool telling, struct life *l);
void life_free(struct life *l);
void life_at(struct life *l, int64_t at_ms, void (*run)(struct life *l, int64_t of), int64_t of);
/* Something that is due now, at random: what goes on while a call is out. */
void life_meanwhile(struct life *l);

/* luck.c */
int64_t draw(struct ids *stream, int64_t below);
/* Is this trouble on, and does it strike now, one in so many times at its weakest? */
bool strikes(struct life *l, enum sim_fault f, int64_t one_in);
void swarm_draw(struct life *l);
void trace(struct life *l, uint64_t what);
void trace_str(struct life *l, struct str s);
void meet(struct life *l, enum sim_sometimes s);

/* process.c */
enum err process_open(struct life *l);
void process_close(struct life *l);
bool process_boot(struct life *l); /* false: it died again */
/* At the top of the stack: what dies with it is gone. */
void process_bury(struct life *l);
/* A request: bytes in, and later an answer.  headers end in \r\n each. */
struct request {
    const char *method;
    struct str path, headers, body;
    void (*done)(struct life *l, struct ask *a);
    int64_t of;
};
struct ask *process_ask(struct life *l, const struct request *in); /* NULL: nobody is there */
void process_finish(struct life *l, struct ask *a); /* drives it until it is answered, or lost */
void process_batch(struct life *l, struct tx *must_go);
void process_call(struct life *l, size_t i);
void process_later(struct life *l, void (*run)(void *arg, bool late), void *arg);
bool process_jobs(struct life *l); /* false: nothing was due */
int64_t process_next_job(struct life *l);
void process_reap(struct life *l);

/* away.c: jobs that wait for a gateway */
struct job_run;
void away_take(void *self, const struct job_run *run, size_t n);
void away_forget_all(struct process *p);

/* wire.c */
void wire_begin(struct life *l);
int wire_deliver(struct life *l, size_t parcel); /* the status; 0: no answer */
void wire_deliver_at(struct life *l, int64_t parcel);
enum err wire_read_truth(struct life *l);
/* A control route of the simulated gateways: what is in data; ABSENT when it was refused. */
struct json_value;
bool gateway_control(struct life *l, const char *path, struct str body, struct json_value *ret);
enum err gateway_ask(struct life *l, const struct net_request *in, struct net_reply *ret);
int64_t gateways_due(struct life *l);
int64_t gateways_run(struct life *l); /* what is due; how much that was */

/* desk.c: at the gateway that renews */
bool desk_do(struct life *l, const char *method, struct str path, struct str form,
    struct json_value *ret);                     /* false: it refused */
void desk_read(struct life *l);                  /* all standings and bills */
void desk_watch(struct life *l, struct str url); /* purser has just asked there about one */
const struct standing *desk_standing(const struct life *l, struct str id); /* or NULL */
int64_t desk_ms(struct json_value v, const char *path);

/* calendar.c: months, counted once more */
int64_t calendar_month(int64_t anchor_ms, int64_t months);
/* Ten years of each anchor; empty, or what is wrong. */
struct str calendar_wrong(struct arena *a, int64_t *ret_looked);

/* model.c */
int order_named(struct life *l, struct str id); /* made known if it is new */
int page_named(struct life *l, struct str session);
size_t parcel_add(struct life *l, const struct net_request *in);
void parcel_sign(struct life *l, size_t parcel); /* for one more delivery, now */

/* story.c */
void tell(struct life *l, int order, const char *fmt, ...) PRINTF(3, 4);
void tell_wish(struct life *l, int wish, const char *fmt, ...) PRINTF(3, 4);
struct str story_of(struct life *l, struct arena *a, int order);
void violate(struct life *l, enum sim_invariant i, int order, const char *fmt, ...) PRINTF(4, 5);
bool violated(const struct life *l);

/* check.c */
void check_step(struct life *l);                               /* after each step: what is cheap */
void check_call(struct life *l, const struct net_request *in); /* before purser asks a gateway */
void check_end(struct life *l);                                /* when all is quiet */

/* check_plan.c */
void check_plans_step(struct life *l);
void check_plans_now(struct life *l); /* what holds at any moment, with the gateway's books open */

#endif
