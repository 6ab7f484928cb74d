// fill.mjs DATABASE LIST pending|plans: the peers' tables, and in them the orders of the list
// ("session attempt order total"), each with two lines and a page to pay on, and customers with
// credits; or its subscriptions, each with its month's credits.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { CUSTOMERS, GIVEN } from './credit.mjs';
import { CREDITS, PRICE } from './renew.mjs';
import { createPg } from './pg.mjs';
import { createSqlite, openSqlite } from './sqlite.mjs';
import { priced } from './words.mjs';

const [database, list, kind] = process.argv.slice(2);
const sample = priced({
  email: 'buyer@example.com',
  country: 'DE',
  items: [
    { price: 'mug-usd', quantity: 1 },
    { price: 'pen-usd', quantity: 3 },
  ],
});
const rows = readFileSync(list, 'utf8').trimEnd().split('\n');
const FAR_MS = Date.UTC(2099, 0, 1);
const about = '{"total":3568}';

function fillSqlite() {
  const db = openSqlite(database);
  createSqlite(db);
  db.pragma('synchronous = OFF');
  const order = db.prepare(
    `INSERT INTO purchase (n, id, status, email, country, currency, subtotal, tax, total, lines,
       basket, created_ms, expires_ms, version)
     VALUES (?, ?, 'pending', ?, 'DE', 'USD', ?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  const attempt = db.prepare(
    `INSERT INTO attempt (n, id, order_n, status, amount, currency, session_id, checkout_url,
       created_ms, version) VALUES (?, ?, ?, 'open', ?, 'USD', ?, ?, ?, 2)`,
  );
  const fact = db.prepare(
    `INSERT INTO fact (at_ms, kind, actor, subject, data)
     VALUES (?, 'ORDER_CREATED', 'key', ?, ?), (?, 'CHECKOUT_SESSION_CREATED', 'key', ?, ?)`,
  );
  const job = db.prepare(`INSERT INTO job (kind, subject, due_ms) VALUES ('payment_poll', ?, ?)`);
  const account = db.prepare(
    `INSERT INTO credit_account (n, customer, plan, balance, version) VALUES (?, ?, 'free', ?, 1)`,
  );
  const lot = db.prepare(
    'INSERT INTO credit_lot (account_n, remaining, ends_ms) VALUES (?, ?, ?)',
  );
  db.transaction(() => {
    for (let i = 0; i < CUSTOMERS; i++) {
      account.run(i + 1, `cus-${i}`, GIVEN);
      lot.run(i + 1, GIVEN, FAR_MS);
    }
    rows.forEach((line, i) => {
      const [session, attemptId, orderId, total] = line.split(' ');
      const s = sample;
      const words = [orderId, `buyer-${i}@example.com`, s.subtotal, s.tax, Number(total), s.lines];
      order.run(i + 1, ...words, Buffer.from(orderId), s.at, s.expires);
      attempt.run(i + 1, attemptId, i + 1, Number(total), session, `https://x/${session}`, s.at);
      fact.run(s.at, orderId, about, s.at, orderId, about);
      job.run(String(i + 1), s.at + 3600_000);
    });
  })();
  db.close();
}

async function fillPg() {
  await createPg(database);
  const client = new pg.Client(database);
  await client.connect();
  const s = sample;
  for (let from = 0; from < rows.length; from += 5000) {
    const part = rows.slice(from, from + 5000).map((line) => line.split(' '));
    const column = (i) => part.map((row) => row[i]);
    await client.query(
      `INSERT INTO purchase (id, status, email, country, currency, subtotal, tax, total, lines,
         basket, created_ms, expires_ms, version)
       SELECT id, 'pending', 'buyer-' || id || '@example.com', 'DE', 'USD', $2, $3, $4, $5,
         decode(md5(id), 'hex'), $6, $7, 1 FROM unnest($1::text[]) WITH ORDINALITY AS t (id, i)
       ORDER BY i`,
      [column(2), s.subtotal, s.tax, s.total, s.lines, s.at, s.expires],
    );
    await client.query(
      `INSERT INTO attempt (id, order_n, status, amount, currency, session_id, checkout_url,
         created_ms, version)
       SELECT t.id, o.n, 'open', $4, 'USD', t.session, 'https://x/' || t.session, $5, 2
       FROM unnest($1::text[], $2::text[], $3::text[]) AS t (id, session, order_id)
       JOIN purchase o ON o.id = t.order_id`,
      [column(1), column(0), column(2), s.total, s.at],
    );
  }
  await client.query(
    `INSERT INTO fact (at_ms, kind, actor, subject, data)
     SELECT created_ms, kind, 'key', id, $1 FROM purchase,
       (VALUES ('ORDER_CREATED'), ('CHECKOUT_SESSION_CREATED')) AS k (kind) ORDER BY n`,
    [about],
  );
  await client.query(
    `INSERT INTO job (kind, subject, due_ms)
     SELECT 'payment_poll', n::text, created_ms + 3600000 FROM attempt ORDER BY n`,
  );
  await client.query(
    `INSERT INTO credit_account (customer, plan, balance, version)
     SELECT 'cus-' || i, 'free', $1, 1 FROM generate_series(0, $2 - 1) AS g (i)`,
    [GIVEN, CUSTOMERS],
  );
  await client.query(
    `INSERT INTO credit_lot (account_n, remaining, ends_ms) SELECT n, $1, $2 FROM credit_account`,
    [GIVEN, FAR_MS],
  );
  await client.end();
}

// ---- subscriptions that began where those of purser did

const BEGAN_MS = Number(process.env.PEER_BEGAN);
const ENDS_MS = Number(process.env.PEER_RENEWED);
const SUBSCRIPTION = `INSERT INTO subscription (reference, account_n, email, status, price,
  begins_ms, ends_ms, version)`;

function plansSqlite() {
  const db = openSqlite(database);
  createSqlite(db);
  db.pragma('synchronous = OFF');
  const account = db.prepare(
    `INSERT INTO credit_account (n, customer, plan, balance, version) VALUES (?, ?, 'basic', ?, 1)`,
  );
  const lot = db.prepare(
    'INSERT INTO credit_lot (account_n, remaining, ends_ms) VALUES (?, ?, ?)',
  );
  const begin = db.prepare(`${SUBSCRIPTION} VALUES (?, ?, ?, 'active', ?, ?, ?, 1)`);
  db.transaction(() => {
    rows.forEach((line, i) => {
      account.run(i + 1, `sub-${i}`, CREDITS);
      lot.run(i + 1, CREDITS, ENDS_MS);
      const mail = `buyer-${i}@example.com`;
      begin.run(line.split(' ')[0], i + 1, mail, PRICE, BEGAN_MS, ENDS_MS);
    });
  })();
  db.close();
}

async function plansPg() {
  await createPg(database);
  const client = new pg.Client(database);
  await client.connect();
  await client.query(
    `INSERT INTO credit_account (customer, plan, balance, version)
     SELECT 'sub-' || i, 'basic', $1, 1 FROM generate_series(0, $2 - 1) AS g (i) ORDER BY i`,
    [CREDITS, rows.length],
  );
  await client.query(
    `INSERT INTO credit_lot (account_n, remaining, ends_ms) SELECT n, $1, $2 FROM credit_account`,
    [CREDITS, ENDS_MS],
  );
  await client.query(
    `${SUBSCRIPTION} SELECT id, i, 'buyer-' || i || '@example.com', 'active', $2, $3, $4, 1
     FROM unnest($1::text[]) WITH ORDINALITY AS t (id, i) ORDER BY i`,
    [rows.map((line) => line.split(' ')[0]), PRICE, BEGAN_MS, ENDS_MS],
  );
  await client.end();
}

const postgres = database.startsWith('postgres:');
if (kind === 'plans') await (postgres ? plansPg() : plansSqlite());
else await (postgres ? fillPg() : fillSqlite());
