// check.mjs DATABASE: is what a peer stored right?  Prints how many orders it settled; ends with 1
// when the books do not sum to zero, or the rows of an order are not all there.
import pg from 'pg';
import { GIVEN } from './credit.mjs';
import { CREDITS } from './renew.mjs';
import { openSqlite } from './sqlite.mjs';

const QUESTIONS = {
  settled: `SELECT COUNT(*) AS n FROM attempt WHERE status = 'captured'`,
  completed: `SELECT COUNT(*) AS n FROM purchase WHERE status = 'completed'`,
  events: 'SELECT COUNT(*) AS n FROM event WHERE order_n > 0',
  facts: `SELECT COUNT(*) AS n FROM fact
    WHERE kind NOT IN ('ORDER_CREATED', 'CHECKOUT_SESSION_CREATED',
      'CREDITS_SPENT', 'CREDITS_RESERVED')`,
  mails: `SELECT COUNT(*) AS n FROM job WHERE kind = 'order_mail'`,
  hints: `SELECT COUNT(*) AS n FROM job WHERE kind LIKE 'inbox_%'`,
  spent: `SELECT COALESCE(SUM(amount), 0) AS n FROM credit_use`,
  missing: `SELECT COALESCE(SUM(${GIVEN} - balance), 0) AS n FROM credit_account`,
  uses: 'SELECT COUNT(*) AS n FROM credit_use',
  kept: `SELECT COUNT(*) AS n FROM fact WHERE kind IN ('CREDITS_SPENT', 'CREDITS_RESERVED')`,
  answers: `SELECT COUNT(*) AS n FROM operation WHERE status = 200 AND body LIKE '%"balance"%'`,
  subscriptions: 'SELECT COUNT(*) AS n FROM subscription',
  renewed: `SELECT COUNT(*) AS n FROM attempt WHERE confirmed_by = 'query'`,
  periods: 'SELECT COUNT(*) AS n FROM subscription WHERE version > 1',
  balance: 'SELECT COALESCE(SUM(balance), 0) AS n FROM credit_account',
  unused: 'SELECT COALESCE(SUM(remaining), 0) AS n FROM credit_lot',
  entries: 'SELECT COUNT(*) AS n FROM ledger_entry',
  sum: 'SELECT COALESCE(SUM(amount), 0) AS n FROM ledger_entry',
  taken: 'SELECT COALESCE(SUM(amount), 0) AS n FROM ledger_entry WHERE account = 1',
  sold: `SELECT COALESCE(SUM(total), 0) AS n FROM purchase WHERE status = 'completed'`,
};

const database = process.argv[2];
const got = {};
if (database.startsWith('postgres:')) {
  const client = new pg.Client(database);
  await client.connect();
  for (const [name, text] of Object.entries(QUESTIONS))
    got[name] = Number((await client.query(text)).rows[0].n);
  await client.end();
} else {
  const db = openSqlite(database);
  for (const [name, text] of Object.entries(QUESTIONS)) got[name] = db.prepare(text).get().n;
}

const n = got.settled;
// Of plans each renewal is a period, its month of credits, and two more facts than of a sale.
const credits = got.subscriptions
  ? got.periods === got.renewed && got.balance === CREDITS * (got.subscriptions + got.renewed)
  : got.spent === got.missing;
const right =
  got.completed === n &&
  got.events === n &&
  got.facts === 4 * n + 2 * got.renewed &&
  got.mails === n &&
  got.entries === 3 * n &&
  got.sum === 0 &&
  got.taken === got.sold &&
  got.hints === 0 &&
  credits &&
  got.balance === got.unused &&
  got.kept === got.answers &&
  got.kept >= got.uses;
console.log(JSON.stringify({ ...got, right }));
process.exit(right ? 0 : 1);
