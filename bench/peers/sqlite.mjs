// The peers' store on SQLite: one connection, WAL, every commit synced, statements prepared once.
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { CREDIT, creditSteps, gateAnswer } from './credit.mjs';
import { confirmSteps, HINT, takeSteps } from './hint.mjs';
import { RENEW, renewSteps } from './renew.mjs';
import { differs, factsOf, orderAnswer, Refusal } from './words.mjs';

export function openSqlite(file) {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -65536');
  return db;
}

export function createSqlite(db) {
  const text = readFileSync(new URL('schema.sql', import.meta.url), 'utf8');
  db.exec(text.replaceAll('{key}', 'INTEGER PRIMARY KEY').replaceAll('{bytes}', 'BLOB'));
}

export function sqliteStore(file) {
  const db = openSqlite(file);
  const known = db.prepare('SELECT 1 FROM event WHERE event_key = ?');
  const look = db.prepare(
    `SELECT a.n, a.id AS attempt_id, a.status, a.amount, a.currency, o.n AS order_n,
       o.id AS order_id, o.status AS order_status, o.subtotal, o.tax, o.total
     FROM attempt a JOIN purchase o ON o.n = a.order_n WHERE a.session_id = ?`,
  );
  const keep = db.prepare(
    `INSERT INTO event (id, event_key, name, reference, status, headers, body, order_n, received_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const capture = db.prepare(
    `UPDATE attempt SET status = 'captured', method = ?, confirmed_by = 'webhook', captured_ms = ?,
       version = version + 1 WHERE n = ? AND status = 'open'`,
  );
  const complete = db.prepare(
    `UPDATE purchase SET status = 'completed', completed_ms = ?, version = version + 1
     WHERE n = ? AND status = 'pending'`,
  );
  const tell = db.prepare(
    `INSERT INTO fact (at_ms, kind, actor, subject, data)
     VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?), (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)`,
  );
  const tellOne = db.prepare(
    'INSERT INTO fact (at_ms, kind, actor, subject, data) VALUES (?, ?, ?, ?, ?)',
  );
  const book = db.prepare(
    `INSERT INTO ledger_entry (order_n, account, currency, amount, at_ms)
     VALUES (?, 1, ?, ?, ?), (?, 2, ?, ?, ?), (?, 3, ?, ?, ?)`,
  );
  const later = db.prepare('INSERT INTO job (kind, subject, due_ms) VALUES (?, ?, ?)');

  function settleBody(n) {
    if (known.get(n.key)) return;
    const row = look.get(n.session);
    if (!row || differs(n, row)) throw new Refusal(409, 'CONFLICT', 'this is not what we sold');
    keep.run(n.id, n.key, n.name, n.session, 'applied', n.headers, n.raw, row.order_n, n.at);
    if (capture.run(n.method, n.at, row.n).changes !== 1) throw new Error('captured meanwhile');
    if (complete.run(n.at, row.order_n).changes !== 1) throw new Error('completed meanwhile');
    book.run(
      ...[row.order_n, row.currency, row.total, n.at],
      ...[row.order_n, row.currency, row.tax - row.total, n.at],
      ...[row.order_n, row.currency, -row.tax, n.at],
    );
    tell.run(factsOf(n, row).flat());
    later.run('order_mail', `paid:${row.order_id}`, n.at);
  }

  const before = db.prepare('SELECT state, status, body, fingerprint FROM operation WHERE key = ?');
  const begin = db.prepare(
    `INSERT INTO operation (key, fingerprint, state, created_ms) VALUES (?, ?, 'open', ?)`,
  );
  const same = db.prepare(
    'SELECT id FROM purchase WHERE basket = ? AND created_ms >= ? ORDER BY n DESC LIMIT 1',
  );
  const order = db.prepare(
    `INSERT INTO purchase (id, status, email, country, currency, subtotal, tax, total, lines,
       basket, created_ms, expires_ms, version)
     VALUES (?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  const attempt = db.prepare(
    `INSERT INTO attempt (id, order_n, status, amount, currency, created_ms, version)
     VALUES (?, ?, 'created', ?, ?, ?, 1)`,
  );
  const opened = db.prepare(
    `UPDATE attempt SET status = 'open', session_id = ?, checkout_url = ?, version = version + 1
     WHERE n = ? AND status = 'created'`,
  );
  const end = db.prepare(
    `UPDATE operation SET state = 'done', status = 200, body = ? WHERE key = ? AND state = 'open'`,
  );

  function planBody({ operation, order: o }) {
    const was = before.get(operation.key);
    if (was && !was.fingerprint.equals(operation.fingerprint))
      throw new Refusal(422, 'IDEMPOTENCY_MISMATCH', 'the same key with another body');
    if (was?.state === 'done') return { answer: was.body };
    if (was) throw new Refusal(409, 'IDEMPOTENCY_IN_PROGRESS', 'still running');
    if (same.get(o.basket, o.at - 60_000))
      throw new Refusal(409, 'DUPLICATE_PURCHASE', 'you have just ordered this');
    begin.run(operation.key, operation.fingerprint, o.at);
    const n = order.run(
      ...[o.id, o.email, o.country, o.currency, o.subtotal, o.tax, o.total, o.lines, o.basket],
      ...[o.at, o.expires],
    ).lastInsertRowid;
    tellOne.run(o.at, 'ORDER_CREATED', 'key', o.id, JSON.stringify({ total: o.total }));
    return { n, attempt: attempt.run(o.attempt, n, o.total, o.currency, o.at).lastInsertRowid };
  }

  function recordBody({ operation, order: o, planned, page, answer }) {
    if (opened.run(page.session, page.url, planned.attempt).changes !== 1)
      throw new Error('opened meanwhile');
    const data = JSON.stringify({ attemptId: o.attempt, gateway: 'moneymotion', outcome: 'done' });
    tellOne.run(o.at, 'CHECKOUT_SESSION_CREATED', 'key', o.id, data);
    later.run('payment_poll', String(planned.attempt), o.at + 60_000);
    end.run(answer, operation.key);
  }

  const orderById = db.prepare('SELECT * FROM purchase WHERE id = ?');
  const attemptsOf = db.prepare('SELECT * FROM attempt WHERE order_n = ? ORDER BY n');

  // The steps that both engines share: $1 is ?1 here, and nobody else writes.
  const compiled = (texts) =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => {
        const words = text.replace(/\$(\d+)/g, '?$1').replace(' FOR UPDATE', '');
        return [name, db.prepare(words)];
      }),
    );
  const named = (values) => Object.fromEntries(values.map((value, i) => [i + 1, value]));
  function run(statements, steps) {
    let next = steps.next();
    while (!next.done) {
      const [name, ...values] = next.value;
      const st = statements[name];
      const got = st.reader ? st.get(named(values)) : st.run(named(values)).changes;
      next = steps.next(got);
    }
    return next.value;
  }
  const shop = compiled({
    ...HINT,
    tellOne: 'INSERT INTO fact (at_ms, kind, actor, subject, data) VALUES ($1, $2, $3, $4, $5)',
    later: 'INSERT INTO job (kind, subject, due_ms) VALUES ($1, $2, $3)',
    capture: `UPDATE attempt SET status = 'captured', method = $1, confirmed_by = 'webhook+query',
      captured_ms = $2, version = version + 1 WHERE n = $3 AND status = 'open'`,
    complete: `UPDATE purchase SET status = 'completed', completed_ms = $1, version = version + 1
      WHERE n = $2 AND status = 'pending'`,
    book: `INSERT INTO ledger_entry (order_n, account, currency, amount, at_ms)
      VALUES ($1, 1, $2, $3, $6), ($1, 2, $2, $4, $6), ($1, 3, $2, $5, $6)`,
  });
  const credit = compiled(CREDIT);

  const bodies = {
    settle: settleBody,
    plan: planBody,
    record: recordBody,
    take: (n) => run(shop, takeSteps(n)),
    confirm: (n) => run(shop, confirmSteps(n, look.get(n.session))),
  };
  for (const [kind, steps] of Object.entries(creditSteps))
    bodies[kind] = (arg) => run(credit, steps(arg));
  const renewal = compiled(RENEW);
  for (const [kind, steps] of Object.entries(renewSteps))
    bodies[kind] = (arg) => run(renewal, steps(arg));
  const alone = db.transaction((kind, arg) => bodies[kind](arg)).immediate;
  const store = {
    db,
    bodies,
    gate: async (said) => gateAnswer(credit.gate.get(named([said.customerId])), said),
    read: async (id) => {
      const o = orderById.get(id);
      return o ? orderAnswer(o, attemptsOf.all(o.n)) : null;
    },
  };
  for (const kind of Object.keys(bodies)) store[kind] = async (arg) => alone(kind, arg);
  return store;
}
