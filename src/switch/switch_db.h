#ifndef SWITCH_SWITCH_DB_H
#define SWITCH_SWITCH_DB_H

#include "switch/switch.h"

/* Fills off, reason, actor and since of row->name. */
enum err switch_db_read(struct ctx *c, struct switch_row *row);
enum err switch_db_hold(struct ctx *c, const struct switch_row *row);
enum err switch_db_release(struct ctx *c, struct str name);

#endif
