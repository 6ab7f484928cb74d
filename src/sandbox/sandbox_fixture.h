#ifndef SANDBOX_SANDBOX_FIXTURE_H
#define SANDBOX_SANDBOX_FIXTURE_H

#include "base/config.h"
#include "base/test.h"
#include "sandbox/simulator.h"

/* A sandbox for a test, asked without a wire: t->c->net is the simulators'. */
struct fixture {
    struct test *t;
    struct clock clock;
    struct config *config;
    struct sandbox *sb;
    struct str api_key; /* sent as x-api-key */
    struct str bearer;  /* sent as Authorization */
    struct sandbox_options options;
};
/* env: "NAME=value" …, NULL; over the sandbox's own presets. */
void fixture_open(struct test *t, struct fixture *f, const char *const *env);
/* As a process that was killed and started again. */
void fixture_again(struct fixture *f);
void fixture_close(struct fixture *f);

/* POST with a body, GET without. */
struct net_reply fixture_ask(struct fixture *f, const char *path, struct str body);
/* The control routes: must answer 200; what is in data. */
struct json_value fixture_control(struct fixture *f, const char *path, struct str body);
/* MoneyMotion's MM-RQ-01; the session's id. */
struct str fixture_session(struct fixture *f);
extern const char mm_rq_01[];

#endif
