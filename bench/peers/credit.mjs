// Credits: spent at once, or held first; each use under an idempotency key, with its history.
import { randomUUID } from 'node:crypto';
import { Refusal } from './words.mjs';

export const CUSTOMERS = 1000; // cus-0 …
export const GIVEN = 1_000_000_000; // credits to each

export const CREDIT = {
  kept: 'SELECT state, status, body, fingerprint FROM operation WHERE key = $1',
  account: 'SELECT n, plan, balance FROM credit_account WHERE customer = $1 FOR UPDATE',
  gate: 'SELECT n, plan, balance FROM credit_account WHERE customer = $1',
  lot: `SELECT n FROM credit_lot WHERE account_n = $1 AND remaining >= $2 AND ends_ms > $3
    ORDER BY ends_ms, n LIMIT 1`,
  take: 'UPDATE credit_lot SET remaining = remaining - $1 WHERE n = $2 AND remaining >= $1',
  balance: `UPDATE credit_account SET balance = balance - $1, version = version + 1
    WHERE n = $2 AND balance >= $1`,
  use: `INSERT INTO credit_use (id, account_n, lot_n, state, amount, balance, at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
  held: `UPDATE credit_use SET state = 'settled' WHERE id = $1 AND account_n = $2
    AND state = 'held' RETURNING amount`,
  tell: 'INSERT INTO fact (at_ms, kind, actor, subject, data) VALUES ($1, $2, $3, $4, $5)',
  keep: `INSERT INTO operation (key, fingerprint, state, status, body, created_ms)
    VALUES ($1, $2, 'done', 200, $3, $4) ON CONFLICT (key) DO NOTHING`,
};

function one(changes) {
  if (changes !== 1) throw new Error('somebody was faster');
}

function replayed(was, operation) {
  if (!was) return null;
  if (!was.fingerprint.equals(operation.fingerprint))
    throw new Refusal(422, 'IDEMPOTENCY_MISMATCH', 'the same key with another body');
  return was.body;
}

function* end(operation, kind, id, data, at) {
  const body = JSON.stringify({ success: true, data });
  yield ['tell', at, kind, 'key', id, JSON.stringify(data)];
  one(yield ['keep', operation.key, operation.fingerprint, body, at]);
  return body;
}

// Each yield is a statement: rows of a SELECT come back as the first one, else how many changed.
function* use({ operation, said }, state, kind, name, prefix) {
  const was = replayed(yield ['kept', operation.key], operation);
  if (was) return was;
  const at = Date.now();
  const account = yield ['account', said.customerId];
  if (!account) throw new Refusal(404, 'NOT_FOUND', 'there is no such customer');
  if (!Number.isInteger(said.amount) || said.amount < 1)
    throw new Refusal(400, 'INVALID_REQUEST', 'amount is a number of credits');
  const lot = yield ['lot', account.n, said.amount, at];
  if (Number(account.balance) < said.amount || !lot)
    throw new Refusal(402, 'INSUFFICIENT_CREDITS', 'that is more than there is');
  const id = `${prefix}_${randomUUID()}`;
  const balance = Number(account.balance) - said.amount;
  one(yield ['take', said.amount, lot.n]);
  one(yield ['balance', said.amount, account.n]);
  yield ['use', id, account.n, lot.n, state, said.amount, balance, at];
  return yield* end(operation, kind, id, { [name]: id, amount: said.amount, balance }, at);
}

function* settle({ operation, said }) {
  const was = replayed(yield ['kept', operation.key], operation);
  if (was) return was;
  const account = yield ['account', said.customerId];
  const held = account && (yield ['held', said.reservationId, account.n]);
  if (!held) throw new Refusal(404, 'NOT_FOUND', 'there is no such reservation');
  const id = said.reservationId.replace('res_', 'crd_');
  const data = { transactionId: id, amount: Number(held.amount), balance: Number(account.balance) };
  return yield* end(operation, 'CREDITS_SPENT', id, data, Date.now());
}

export const creditSteps = {
  spend: (arg) => use(arg, 'settled', 'CREDITS_SPENT', 'transactionId', 'crd'),
  reserve: (arg) => use(arg, 'held', 'CREDITS_RESERVED', 'reservationId', 'res'),
  settleHeld: settle,
};

export function gateAnswer(account, said) {
  if (!account) throw new Refusal(404, 'NOT_FOUND', 'there is no such customer');
  const balance = Number(account.balance);
  const allowed = balance >= said.amount;
  const reason = allowed ? null : 'INSUFFICIENT_CREDITS';
  return JSON.stringify({ success: true, data: { allowed, reason, cost: said.amount, balance } });
}
