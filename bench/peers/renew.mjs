// A subscription's next period: invoice.paid is stored and answered, with a job beside it; then
// Stripe is asked, and what it says is an order that was paid, a period and its credits.
import { randomUUID } from 'node:crypto';
import { HINT } from './hint.mjs';
import { Refusal } from './words.mjs';

export const CREDITS = 500; // of a month
export const PRICE = 999;

export const RENEW = {
  take: HINT.take,
  applied: HINT.applied,
  ended: HINT.ended,
  tellOne: 'INSERT INTO fact (at_ms, kind, actor, subject, data) VALUES ($1, $2, $3, $4, $5)',
  later: 'INSERT INTO job (kind, subject, due_ms) VALUES ($1, $2, $3)',
  book: `INSERT INTO ledger_entry (order_n, account, currency, amount, at_ms)
    VALUES ($1, 1, $2, $3, $6), ($1, 2, $2, $4, $6), ($1, 3, $2, $5, $6)`,
  look: `SELECT s.n, s.account_n, s.email, s.price, s.ends_ms, s.status, a.balance
    FROM subscription s JOIN credit_account a ON a.n = s.account_n WHERE s.reference = $1
    FOR UPDATE`,
  order: `INSERT INTO purchase (id, status, email, country, currency, subtotal, tax, total, lines,
      basket, created_ms, expires_ms, completed_ms, version)
    VALUES ($1, 'completed', $2, 'DE', 'USD', $3, $4, $5, $6, $7, $8, $8, $8, 2) RETURNING n`,
  attempt: `INSERT INTO attempt (id, order_n, status, amount, currency, session_id, method,
      confirmed_by, created_ms, captured_ms, version)
    VALUES ($1, $2, 'captured', $3, 'USD', $4, $5, 'query', $6, $6, 2)`,
  period: `UPDATE subscription SET begins_ms = $1, ends_ms = $2, version = version + 1
    WHERE n = $3 AND ends_ms = $1`,
  lot: 'INSERT INTO credit_lot (account_n, remaining, ends_ms) VALUES ($1, $2, $3)',
  give: 'UPDATE credit_account SET balance = balance + $1, version = version + 1 WHERE n = $2',
  tellFour: `INSERT INTO fact (at_ms, kind, actor, subject, data)
    VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15),
      ($16, $17, $18, $19, $20)`,
};

const received = (n) =>
  JSON.stringify({ event: n.name, reference: n.session, sha256: n.key.toString('hex') });

function* take(n) {
  const words = [n.id, n.key, n.name, n.session, n.headers, n.raw, n.at];
  if ((yield ['take', ...words]) === 0) return false;
  yield ['tellOne', n.at, 'STRIPE_WEBHOOK_RECEIVED', 'purser', n.id, received(n)];
  yield ['later', 'inbox_mirror', n.id, n.at];
  return true;
}

function one(changes) {
  if (changes !== 1) throw new Error('somebody was faster');
}

const lineOf = (n) =>
  JSON.stringify([{ plan: 'basic', amount: n.subtotal, tax: n.tax, total: n.amount }]);

// What n holds beside the webhook is what Stripe said.
function* renew(n) {
  const sub = yield ['look', n.session];
  if (!sub || sub.status !== 'active' || Number(sub.price) !== n.price)
    throw new Refusal(409, 'CONFLICT', 'this is not what we sold');
  if (Number(sub.ends_ms) !== n.begins) return; // known
  const id = `ord_${randomUUID()}`;
  const attempt = `att_${randomUUID()}`;
  const money = [n.subtotal, n.tax, n.amount];
  const order = yield ['order', id, sub.email, ...money, lineOf(n), Buffer.from(id), n.at];
  yield ['attempt', attempt, order.n, n.amount, n.invoice, n.method, n.at];
  yield ['book', order.n, 'USD', n.amount, n.tax - n.amount, -n.tax, n.at];
  one(yield ['period', n.begins, n.ends, sub.n]);
  yield ['lot', sub.account_n, CREDITS, n.ends];
  one(yield ['give', CREDITS, sub.account_n]);
  const balance = Number(sub.balance) + CREDITS;
  const paid = JSON.stringify({ orderId: id, attemptId: attempt, gateway: 'stripe', ...n, raw: 0 });
  const facts = [
    [n.at, 'PAYMENT_RECEIVED', 'purser', id, paid],
    [n.at, 'ORDER_COMPLETED', 'purser', id, paid],
    [n.at, 'SUBSCRIPTION_RENEWED', 'purser', n.session, JSON.stringify({ ends: n.ends })],
    [n.at, 'CREDITS_GRANTED', 'purser', n.session, JSON.stringify({ amount: CREDITS, balance })],
  ];
  yield ['tellFour', ...facts.flat()];
  one(yield ['applied', order.n, n.key]);
  yield ['tellOne', n.at, 'STRIPE_WEBHOOK_PROCESSED', 'purser', n.id, received(n)];
  yield ['later', 'order_mail', `paid:${id}`, n.at];
  one(yield ['ended', 'inbox_mirror', n.id]);
}

export const renewSteps = { takeInvoice: take, renew };
