// The peers' store on PostgreSQL: a pool, READ COMMITTED, the order locked first, named statements
// (prepared once for each connection), several rows in one INSERT.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { CREDIT, creditSteps, gateAnswer } from './credit.mjs';
import { confirmSteps, HINT, takeSteps } from './hint.mjs';
import { RENEW, renewSteps } from './renew.mjs';
import { differs, factsOf, orderAnswer, Refusal } from './words.mjs';

export async function createPg(url) {
  const text = readFileSync(new URL('schema.sql', import.meta.url), 'utf8');
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    text.replaceAll('{key}', 'BIGSERIAL PRIMARY KEY').replaceAll('{bytes}', 'BYTEA'),
  );
  await client.end();
}

const TEXT = {
  look: `SELECT a.n, a.id AS attempt_id, a.status, a.amount, a.currency, o.n AS order_n,
      o.id AS order_id, o.status AS order_status, o.subtotal, o.tax, o.total
    FROM purchase o JOIN attempt a ON a.order_n = o.n WHERE a.session_id = $1 FOR UPDATE`,
  keep: `INSERT INTO event (id, event_key, name, reference, status, headers, body, order_n,
      received_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (event_key) DO NOTHING`,
  capture: `UPDATE attempt SET status = 'captured', method = $1, confirmed_by = 'webhook',
      captured_ms = $2, version = version + 1 WHERE n = $3 AND status = 'open'`,
  complete: `UPDATE purchase SET status = 'completed', completed_ms = $1, version = version + 1
    WHERE n = $2 AND status = 'pending'`,
  tell: `INSERT INTO fact (at_ms, kind, actor, subject, data)
    VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15),
      ($16, $17, $18, $19, $20)`,
  tellOne: 'INSERT INTO fact (at_ms, kind, actor, subject, data) VALUES ($1, $2, $3, $4, $5)',
  book: `INSERT INTO ledger_entry (order_n, account, currency, amount, at_ms)
    VALUES ($1, 1, $2, $3, $6), ($1, 2, $2, $4, $6), ($1, 3, $2, $5, $6)`,
  later: 'INSERT INTO job (kind, subject, due_ms) VALUES ($1, $2, $3)',
  before: 'SELECT state, status, body, fingerprint FROM operation WHERE key = $1',
  begin: `INSERT INTO operation (key, fingerprint, state, created_ms) VALUES ($1, $2, 'open', $3)
    ON CONFLICT (key) DO NOTHING`,
  same: `SELECT id FROM purchase WHERE basket = $1 AND created_ms >= $2 ORDER BY n DESC LIMIT 1`,
  order: `INSERT INTO purchase (id, status, email, country, currency, subtotal, tax, total, lines,
      basket, created_ms, expires_ms, version)
    VALUES ($1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) RETURNING n`,
  attempt: `INSERT INTO attempt (id, order_n, status, amount, currency, created_ms, version)
    VALUES ($1, $2, 'created', $3, $4, $5, 1) RETURNING n`,
  opened: `UPDATE attempt SET status = 'open', session_id = $1, checkout_url = $2,
      version = version + 1 WHERE n = $3 AND status = 'created'`,
  end: `UPDATE operation SET state = 'done', status = 200, body = $1
    WHERE key = $2 AND state = 'open'`,
  orderById: 'SELECT * FROM purchase WHERE id = $1',
  attemptsOf: 'SELECT * FROM attempt WHERE order_n = $1 ORDER BY n',
  ...HINT,
};
for (const [name, text] of Object.entries(CREDIT)) TEXT[`credit.${name}`] = text;
for (const [name, text] of Object.entries(RENEW)) TEXT[`renew.${name}`] = text;

export function pgStore(url) {
  const pool = new pg.Pool({ connectionString: url, max: 16 });
  const ask = (client, name, ...values) => client.query({ name, text: TEXT[name], values });

  async function inTransaction(body) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const result = await body(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  async function change(client, name, ...values) {
    const { rowCount } = await ask(client, name, ...values);
    if (rowCount !== 1) throw new Error(`${name}: somebody was faster`);
  }

  async function settle(n) {
    await inTransaction(async (client) => {
      const row = (await ask(client, 'look', n.session)).rows[0];
      if (row?.status === 'captured') return;
      if (!row || differs(n, row)) throw new Refusal(409, 'CONFLICT', 'this is not what we sold');
      const words = [n.id, n.key, n.name, n.session, 'applied', n.headers, n.raw];
      if ((await ask(client, 'keep', ...words, row.order_n, n.at)).rowCount === 0) return;
      await change(client, 'capture', n.method, n.at, row.n);
      await change(client, 'complete', n.at, row.order_n);
      const [total, tax] = [Number(row.total), Number(row.tax)];
      await ask(client, 'book', row.order_n, row.currency, total, tax - total, -tax, n.at);
      await ask(client, 'tell', ...factsOf(n, row).flat());
      await ask(client, 'later', 'order_mail', `paid:${row.order_id}`, n.at);
    });
  }

  const plan = ({ operation, order: o }) =>
    inTransaction(async (client) => {
      const was = (await ask(client, 'before', operation.key)).rows[0];
      if (was && !was.fingerprint.equals(operation.fingerprint))
        throw new Refusal(422, 'IDEMPOTENCY_MISMATCH', 'the same key with another body');
      if (was?.state === 'done') return { answer: was.body };
      const begun = was
        ? { rowCount: 0 }
        : await ask(client, 'begin', operation.key, operation.fingerprint, o.at);
      if (begun.rowCount === 0)
        throw new Refusal(409, 'IDEMPOTENCY_IN_PROGRESS', 'still running');
      if ((await ask(client, 'same', o.basket, o.at - 60_000)).rowCount > 0)
        throw new Refusal(409, 'DUPLICATE_PURCHASE', 'you have just ordered this');
      const money = [o.subtotal, o.tax, o.total];
      const order = [o.id, o.email, o.country, o.currency, ...money, o.lines, o.basket];
      const { n } = (await ask(client, 'order', ...order, o.at, o.expires)).rows[0];
      const attempt = await ask(client, 'attempt', o.attempt, n, o.total, o.currency, o.at);
      const data = JSON.stringify({ total: o.total });
      await ask(client, 'tellOne', o.at, 'ORDER_CREATED', 'key', o.id, data);
      return { n, attempt: attempt.rows[0].n };
    });

  const record = ({ operation, order: o, planned, page, answer }) =>
    inTransaction(async (client) => {
      await change(client, 'opened', page.session, page.url, planned.attempt);
      const data = JSON.stringify({
        attemptId: o.attempt,
        gateway: 'moneymotion',
        outcome: 'done',
      });
      await ask(client, 'tellOne', o.at, 'CHECKOUT_SESSION_CREATED', 'key', o.id, data);
      await ask(client, 'later', 'payment_poll', String(planned.attempt), o.at + 60_000);
      await ask(client, 'end', answer, operation.key);
    });

  async function read(id) {
    const order = (await ask(pool, 'orderById', id)).rows[0];
    return order ? orderAnswer(order, (await ask(pool, 'attemptsOf', order.n)).rows) : null;
  }

  // The steps that both engines share.
  async function run(client, of, steps) {
    let next = steps.next();
    while (!next.done) {
      const [name, ...values] = next.value;
      const got = await ask(client, of + name, ...values);
      const rows = got.command === 'SELECT' || TEXT[of + name].includes('RETURNING');
      next = steps.next(rows ? got.rows[0] : got.rowCount);
    }
    return next.value;
  }
  const store = {
    settle,
    plan,
    record,
    read,
    take: (n) => inTransaction((client) => run(client, '', takeSteps(n))),
    confirm: (n) =>
      inTransaction(async (client) => {
        const row = (await ask(client, 'look', n.session)).rows[0];
        await run(client, '', confirmSteps(n, row));
      }),
    gate: async (said) =>
      gateAnswer((await ask(pool, 'credit.gate', said.customerId)).rows[0], said),
  };
  for (const [kind, steps] of Object.entries(creditSteps))
    store[kind] = (arg) => inTransaction((client) => run(client, 'credit.', steps(arg)));
  for (const [kind, steps] of Object.entries(renewSteps))
    store[kind] = (arg) => inTransaction((client) => run(client, 'renew.', steps(arg)));
  return store;
}
