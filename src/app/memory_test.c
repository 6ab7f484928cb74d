#include "app/shop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"
#include "db/scratch.h"

/* R96, F41: the n-th allocation of a checkout, or of its webhook, fails: once, or it and all later
 * ones; ours and those of every library.  It happens in a process of its own, which may end itself
 * (decision 1) but may not crash, and whatever it answered must be so for the next one.  The usual
 * run takes every MEMORY_EVERY-th allocation; MEMORY_EVERY=1 takes all. */

/* Sanitizers have an allocator of their own: there everything succeeds, once. */
#ifdef SANITIZED
#define STANDS_BEFORE(name) mem_##name
#else
#define STANDS_BEFORE(name) name
#endif

static struct {
    int64_t left; /* allocations until one fails; negative: none will */
    bool for_ever, failed;
} memory = { .left = -1 };

static bool fails(void)
{
    if (memory.left < 0 || memory.left-- > 0)
        return false;
    memory.left = memory.for_ever ? 0 : -1;
    memory.failed = true;
    errno = ENOMEM;
    return true;
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *STANDS_BEFORE(malloc)(size_t n);
void *STANDS_BEFORE(calloc)(size_t n, size_t size);
void *STANDS_BEFORE(realloc)(void *p, size_t n);

void *STANDS_BEFORE(malloc)(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *STANDS_BEFORE(calloc)(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *STANDS_BEFORE(realloc)(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}

/* ---- the process that runs out of memory */

/* What it leaves behind for the one that waits for it. */
struct left {
    bool failed;
    int status;
    size_t body_n;
    char body[4096];
    /* A gateway remembers what was opened there, whoever dies. */
    size_t sessions;
    struct shop_session newest;
    char attempt[64];
};

struct place {
    struct test own;
    struct ctx c;
    struct str url;
    struct shop *shop;
    struct net net; /* in front of the shop's */
    struct left *left;
};

static void open_store(struct place *p)
{
    scratch_open_with(
        &p->c, &(struct store_options) { .url = p->url, .readers = 1, .inline_pump = true });
}

static enum err call_and_tell(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct place *p = (struct place *)((char *)net - offsetof(struct place, net));
    struct shop *s = p->shop;
    size_t before = s->sessions;
    enum err e = s->net.call(&s->net, c, in, ret);
    if (s->sessions > before) {
        const struct shop_session *k = &s->session[s->sessions - 1];
        p->left->newest = *k;
        must(k->attempt.n < sizeof p->left->attempt);
        memcpy(p->left->attempt, k->attempt.p, k->attempt.n);
        p->left->newest.attempt.n = k->attempt.n;
        p->left->sessions = s->sessions;
    }
    return e;
}

static void ask_without_memory(
    struct place *p, int64_t n, const char *path, const char *headers, struct str body)
{
    alarm(20);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    open_store(p);
    p->shop->dispatch.callers = NULL; /* no other thread came along */
    memory.for_ever = n % 2 == 1;
    memory.left = n;
    struct req *r = shop_ask(p->shop, "POST", path, headers, body);
    memory.left = -1;
    p->left->status = r->out.status;
    if (r->out.body.n <= sizeof p->left->body) {
        memcpy(p->left->body, r->out.body.p, r->out.body.n);
        p->left->body_n = r->out.body.n;
    }
    p->left->failed = memory.failed;
    _exit(0);
}

/* Ended by itself, in whatever way: a process that was told no. */
static bool ended_itself(int status)
{
    return WIFEXITED(status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* True when an allocation failed before the answer, or instead of one. */
static bool in_another_process(
    struct place *p, int64_t n, const char *path, const char *headers, struct str body)
{
    struct test *t = &p->own;
    int status = 0;
    memset(p->left, 0, sizeof *p->left);
    p->left->failed = true;
    fflush(stdout);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0)
        ask_without_memory(p, n, path, headers, body);
    must(waitpid(pid, &status, 0) == pid);
    EXPECT(ended_itself(status));
    struct shop *s = p->shop;
    if (p->left->sessions > s->sessions) {
        s->session[s->sessions] = p->left->newest;
        s->session[s->sessions++].attempt =
            str_copy(p->c.arena, (struct str) { p->left->attempt, p->left->newest.attempt.n });
    }
    open_store(p);
    EXPECT_OK(operation_end_leases(&p->c));
    return p->left->failed;
}

/* ---- an order under it */

static struct place *place_new(struct test *t)
{
    struct place *p = arena_new(t->c->arena, struct place);
    *p = (struct place) { .c = ctx_sibling(t->c, t->c->arena), .url = scratch_file(t->c) };
    p->own = (struct test) { .c = &p->c, .name = t->name, .file = t->file };
    p->left =
        mmap(NULL, sizeof *p->left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(p->left != MAP_FAILED);
    open_store(p);
    p->shop = shop_open(&p->own);
    p->net.call = call_and_tell;
    p->c.net = &p->net;
    return p;
}

static const char *const asking = "{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\","
                                  "\"again\":true}";

/* A checkout, of which the n-th allocation fails; then the same key with memory. */
static bool buy(struct place *p, int64_t n)
{
    struct test *t = &p->own;
    struct ctx *c = &p->c;
    const char *headers = str_fmt(c->arena,
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nContent-Type: application/json\r\n"
        "Idempotency-Key: k%lld\r\n",
        (long long)n)
                              .p;
    store_close(c->store);
    bool failed = in_another_process(p, n, "/api/checkout/create", headers, str_of_c(asking));
    struct req *r = shop_ask(p->shop, "POST", "/api/checkout/create", headers, str_of_c(asking));
    EXPECT_I64(r->out.status, 200);
    if (p->left->status == 200)
        EXPECT_STR(buf_str(&r->out.body), ((struct str) { p->left->body, p->left->body_n }));
    return failed;
}

static bool hear(struct place *p, int64_t n)
{
    struct test *t = &p->own;
    struct ctx *c = &p->c;
    struct shop_session *k = &p->shop->session[p->shop->sessions - 1];
    struct str raw;
    k->status = "completed";
    struct str body = str_fmt(c->arena,
        "{\"checkoutSession\":{\"id\":\"%s\",\"status\":\"x\",\"totalInCents\":%lld},\"event\":"
        "\"checkout_session:complete\",\"customer\":{\"email\":\"ada@example.com\"}}",
        k->id, (long long)k->total);
    EXPECT_OK(
        hmac_sign(c, HMAC_SHA512, secret_of(S("mm_whsec_test_0123456789abcdef")), body, &raw));
    const char *headers =
        str_fmt(c->arena, "Content-Type: application/json\r\nx-moneymotion-signature: %.*s\r\n",
            SARG(base64_text(c->arena, raw)))
            .p;
    store_close(c->store);
    bool failed = in_another_process(p, n, "/api/webhooks/moneymotion", headers, body);
    /* What was answered with 200 is not sent again. */
    if (p->left->status != 200)
        EXPECT_I64(shop_webhook(p->shop, "complete", k, k->total), 200);
    shop_jobs(p->shop);
    return failed;
}

static int64_t step(void)
{
    int64_t every = 41;
    const char *said = getenv("MEMORY_EVERY");
    must(said == NULL || str_to_i64(str_of_c(said), &every));
    return every;
}

struct progress {
    int64_t n, whole, orders, failed;
};

/* As many orders as one gateway in a test can hold. */
static void fill_place(struct test *t, struct progress *k)
{
    struct place *p = place_new(t);
    int64_t orders = 0;
    for (; k->whole < 2 && orders < SHOP_SESSIONS / 2 - 1; k->n += step(), orders++) {
        bool bought = buy(p, k->n), heard = hear(p, k->n);
        k->failed += bought + heard;
        k->whole = bought || heard ? 0 : k->whole + 1;
    }
    EXPECT_I64(shop_facts(p->shop, "ORDER_COMPLETED"), orders);
    EXPECT_I64(shop_balance(p->shop, LEDGER_GATEWAY, CUR_USD), 1000 * orders);
    shop_verify(p->shop);
    store_close(p->c.store);
    scratch_file_remove(t->c, p->url);
    munmap(p->left, sizeof *p->left);
    k->orders += orders;
}

TEST("R96 an allocation that fails leaves no half effect, and what was answered is so")
{
    struct progress k = { .n = 0 };
    alarm(0); /* all of them take longer than a test may */
    while (k.whole < 2)
        fill_place(t, &k);
    if (getenv("VERBOSE") != NULL || getenv("MEMORY_EVERY") != NULL)
        printf(
            "  %lld allocations failed in %lld orders\n", (long long)k.failed, (long long)k.orders);
}
