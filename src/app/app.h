#ifndef APP_APP_H
#define APP_APP_H

#include "base/clock.h"
#include "base/command.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/mishap.h"
#include "base/zone.h"
#include "catalog/catalog.h"
#include "db/db.h"
#include "edge/dispatch.h"
#include "job/job.h"
#include "net/net.h"
#include "operation/operation.h"
#include "web/server.h"
#include "web/site.h"
#include "web/web.h"

/* What a process holds from start to end; every ctx points at its parts. */
struct app {
    struct arena arena; /* configuration, tables: never freed while it runs */
    struct ids ids;
    struct clock clock;
    struct faults faults; /* armed by PURSER_CRASH_AT only */
    struct config *config;
    struct log *log;
    struct metrics *metrics;
    struct net *net;
    struct store *store;
    struct secret secret; /* this database's own */
    struct rates *rates;
    struct security *security;
    struct mishaps *mishaps;
    struct edge *edge;
    const struct site *site;
    struct catalogs *catalogs;
    struct zones *zones;
    bool sandbox;
    struct server_listen sandbox_at;
    struct str webhooks; /* of the sandbox alone: where purser is */
    struct sandbox *simulators;

    /* While it serves. */
    struct server *server;
    struct server *_Atomic serving; /* the server, once all parts stand */
    struct callers *callers;
    struct router *router;
    struct dispatch dispatch;
    struct runners *runners;
    int64_t started_wall_ms;
};

/* The process behind a ctx; NULL in tests. */
struct app *app_of(const struct ctx *c);

/* A ctx for a piece of work in this process, with the times read now. */
struct ctx app_ctx(struct app *a, struct arena *arena, struct str request_id);

/* What the command line says before the command's own words. */
struct app_flags {
    struct str database, catalog, env, listen, sandbox_listen, webhooks;
    bool help, version;
};

/* Configuration and log; then, when asked for, the store.  Each fails with one precise line. */
enum err app_configure(struct ctx *c, struct app *a, const struct app_flags *flags, char **env,
    bool serves, bool sandbox, struct buf *notices);
struct app_store {
    bool threads;      /* a writer thread, readers: serve */
    bool quiet_schema; /* migrate, restore */
    void (*committed)(void *self, int64_t commit_no, const uint64_t *topics, size_t n);
    void (*concern)(void *self, const char *what, struct str about);
};
enum err app_open_store(struct ctx *c, struct app *a, const struct app_store *how);
/* On PostgreSQL facts wait for a job: whoever verifies a store that nobody serves any more finds a
 * whole chain. */
void app_seal_rest(struct app *a, struct str place);
/* Needs the store. */
enum err app_open_edge(struct ctx *c, struct app *a);
void app_close(struct app *a);
/* A value that holds where nobody says otherwise. */
void app_preset(struct app *a, struct config_sources *sources, const char *name, struct str value);
enum err app_read_site(struct ctx *c, struct app *a); /* site_config.c */

/* Pages of the database, foreign keys, ledger and chain; CONFLICT, with lines that say what. */
enum err store_verify(struct ctx *c, struct buf *out); /* store_command.c */
/* Its rows alone, in a snapshot: what does not hold is said, and no failure. */
enum err store_verify_rows(struct ctx *c, struct buf *out, bool *ret_any);

/* The tables of the program (commands.c, routes.c, jobs.c). */
extern const struct commands *const app_commands[];
extern const size_t app_command_count;
extern const struct routes *const app_routes[]; /* the sandbox's last */
extern const size_t app_route_count, app_sandbox_route_count;
struct job_kinds app_jobs(const struct store *store);
extern const struct operation_kinds app_operations;

/* ---- the control socket: commands beside a running server (control.c) */

/* Where the socket of this database lies: "purser.db-ctl"; empty for PostgreSQL and :memory:. */
struct str control_path(struct arena *a, struct str database_url);
struct control_reply {
    int exit_code;
    struct str out, error;
};
/* Hands the words over and prints what comes back. */
enum err control_send(struct ctx *c, struct str path, const struct str *argv, size_t argc,
    struct str stdin_text, struct control_reply *ret);
extern const struct routes control_routes;

/* Runs one command in this process, as main and the control socket both do. */
int app_run_command(struct ctx *c, const struct command *command, struct args *args,
    struct buf *out, struct buf *error);

/* ---- serve (serve_command.c) and its job runners (runners.c) */
extern const struct commands doctor_commands, serve_commands, seal_commands, store_commands,
    about_commands;
extern const struct routes privacy_pages, front_routes, parts_routes, sandbox_pages, health_routes;
extern const struct commands simulate_commands;
extern const struct commands catalog_commands; /* catalog check, diff, apply */
int app_serve(struct app *a);

/* Calls to gateways: the server's, and for commands that ask without one. */
void app_open_net(struct app *a);

/* Two threads that run due jobs; woken by commits that touch JOB_TOPIC. */
struct runners *runners_start(struct app *a);
void runners_wake(struct runners *r);
/* Nobody waits for what came due: they look within a moment, at all of it together. */
void runners_gather(struct runners *r);
/* Held: what runs has ended when this returns, and nothing begins; somebody else runs jobs. */
void runners_hold(struct runners *r, bool held);
void runners_stop(struct runners *r);

/* ---- the simulated gateways, beside serve or alone (sandbox_command.c) */
extern const struct commands sandbox_commands;
/* Where they listen, and the addresses under which purser and buyers find them. */
enum err app_plan_sandbox(
    struct ctx *c, struct app *a, const struct app_flags *flags, struct config_sources *sources);
enum err app_open_sandbox(struct ctx *c, struct app *a); /* beside serve, before jobs run */
void app_close_sandbox(struct app *a);
int app_sandbox(struct app *a);           /* alone, until a signal */
extern const struct routes caught_routes; /* on the sandbox's port: purser's caught mails */

#endif
