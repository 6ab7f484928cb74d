#include "payment/prompt_db.h"

#include "db/db.h"

enum err prompt_db_of(struct ctx *c, int64_t attempt_n, struct prompt *ret)
{
    struct prompt p = { .attempt_n = attempt_n };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT attempt_n, state, country, operator, phone, fee_minor, code_id, codes, wrong,"
        " codes_ms, code_ms, ends_ms, trouble, words, version FROM prompt WHERE attempt_n = $1",
        DB_IN(in_i64(attempt_n)),
        DB_OUT(out_i64(&p.attempt_n), out_enum(&p.state), out_str(&p.country), out_str(&p.operator),
            out_str(&p.phone), out_i64(&p.fee_minor), out_str(&p.code_id), out_i64(&p.codes),
            out_i64(&p.wrong), out_i64(&p.codes_ms), out_i64(&p.code_ms), out_i64(&p.ends_ms),
            out_enum(&p.trouble), out_str(&p.words), out_i64(&p.version))));
    *ret = p;
    return E_OK;
}

static enum err insert(struct ctx *c, const struct prompt *p)
{
    return db_exec(c, 1,
        "INSERT INTO prompt (attempt_n, state, country, operator, phone, fee_minor, code_id, codes,"
        " wrong, codes_ms, code_ms, ends_ms, trouble, words, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)",
        DB_IN(in_i64(p->attempt_n), in_i64((int64_t)p->state), in_str(p->country),
            in_str(p->operator), in_str(p->phone), in_i64(p->fee_minor), in_str(p->code_id),
            in_i64(p->codes), in_i64(p->wrong), in_i64(p->codes_ms), in_i64(p->code_ms),
            in_i64(p->ends_ms), in_i64((int64_t)p->trouble), in_str(p->words)));
}

enum err prompt_db_put(struct ctx *c, struct prompt *p)
{
    if (p->version == 0)
        TRY(insert(c, p));
    else
        TRY(db_exec(c, 1,
            "UPDATE prompt SET state = $1, country = $2, operator = $3, phone = $4, fee_minor = $5,"
            " code_id = $6, codes = $7, wrong = $8, codes_ms = $9, code_ms = $10, ends_ms = $11,"
            " trouble = $12, words = $13, version = version + 1"
            " WHERE attempt_n = $14 AND version = $15",
            DB_IN(in_i64((int64_t)p->state), in_str(p->country), in_str(p->operator),
                in_str(p->phone), in_i64(p->fee_minor), in_str(p->code_id), in_i64(p->codes),
                in_i64(p->wrong), in_i64(p->codes_ms), in_i64(p->code_ms), in_i64(p->ends_ms),
                in_i64((int64_t)p->trouble), in_str(p->words), in_i64(p->attempt_n),
                in_i64(p->version))));
    p->version++;
    return E_OK;
}
