#ifndef SANDBOX_TREE_H
#define SANDBOX_TREE_H

#include "base/json.h"

/* JSON that can be changed: what a simulated gateway holds, is asked and answers.  A tree lives in
 * one arena.  Numbers are kept as they are spelled. */
struct tree {
    enum json_kind kind; /* never ABSENT */
    struct str name;     /* as a member of an object */
    struct str text;     /* a string unescaped; a number or truth value as it is written */
    struct tree *first, *last, *next;
    struct tree *up;
    bool seen; /* somebody asked for it (stripe_param.c) */
};
struct tree *tree_parse(struct arena *a, struct str checked_json);
struct tree *tree_of(struct arena *a, enum json_kind kind);
struct tree *tree_of_str(struct arena *a, struct str text);
struct tree *tree_of_i64(struct arena *a, int64_t v);
struct tree *tree_copy(struct arena *a, const struct tree *t);

/* "data.object.id", "lines.0.price"; NULL when it is not there.  A name from outside goes through
 * tree_member, it may hold dots. */
struct tree *tree_at(const struct tree *t, const char *path);
struct tree *tree_member(const struct tree *t, struct str name);
/* What stands there, or what stands for nothing: "", 0, false. */
struct str tree_str(const struct tree *t, const char *path);
int64_t tree_i64(const struct tree *t, const char *path);
bool tree_true(const struct tree *t, const char *path);
bool tree_null(const struct tree *t, const char *path); /* null, or not there */
size_t tree_count(const struct tree *t);

/* Put there, in the place of what was; objects on the way are made where they are missing.  v
 * itself is what stands there then, so it must not stand anywhere else. */
void tree_set(struct arena *a, struct tree *t, const char *path, struct tree *v);
void tree_set_str(struct arena *a, struct tree *t, const char *path, struct str v);
void tree_set_str_or_null(struct arena *a, struct tree *t, const char *path, struct str v);
void tree_set_i64(struct arena *a, struct tree *t, const char *path, int64_t v);
void tree_set_bool(struct arena *a, struct tree *t, const char *path, bool v);
void tree_set_null(struct arena *a, struct tree *t, const char *path);
/* A member under this name, in the place of one that has it. */
void tree_put(struct tree *t, struct str name, struct tree *v);
void tree_push(struct tree *t, struct tree *v); /* the last element */
void tree_drop(struct tree *t, const char *path);
void tree_cut(struct tree *gone); /* out of what it is a part of */
/* t holds what v held, in its own place and under its own name. */
void tree_become(struct tree *t, const struct tree *v);

bool tree_equal(const struct tree *x, const struct tree *y); /* members in any order */
/* The members of before that are others in after, as they were; names that are only in after are
 * null.  Objects inside are compared member by member; arrays, and objects that say of themselves
 * that they are a list, as a whole. */
struct tree *tree_before(struct arena *a, const struct tree *before, const struct tree *after);

struct str tree_text(struct arena *a, const struct tree *t);
struct str tree_pretty(struct arena *a, const struct tree *t); /* two spaces a level */

#define tree_each(it, t) for (struct tree * (it) = (t)->first; (it) != NULL; (it) = (it)->next)

#endif
