// A webhook that is only a hint: it is stored and answered, with a job beside it; then the gateway
// is asked, and its answer settles.
import { differs, factsOf, Refusal } from './words.mjs';

const ASKING = 256; // at once, as many as purser's jobs

// take stores it, ask asks the gateway, act does what follows from the answer.
export function hints({ take, ask, act }) {
  const waiting = new Map(); // in the order in which they came
  let asking = 0;

  async function confirm(key, one) {
    await act({ ...one, ...(await ask(one.session)) });
    waiting.delete(key);
  }

  function go() {
    for (const [key, one] of waiting) {
      if (asking >= ASKING) return;
      if (one.asked) continue;
      one.asked = true;
      asking++;
      confirm(key, one)
        .catch((error) => {
          console.error(error);
          setTimeout(() => {
            one.asked = false;
            go();
          }, 1000);
        })
        .finally(() => {
          asking--;
          setImmediate(go);
        });
    }
  }

  return async (one) => {
    if (!(await take(one))) return;
    waiting.set(one.id, one);
    if (asking < ASKING) go();
  };
}

export const HINT = {
  take: `INSERT INTO event (id, event_key, name, reference, status, headers, body, received_ms)
    VALUES ($1, $2, $3, $4, 'received', $5, $6, $7) ON CONFLICT (event_key) DO NOTHING`,
  applied: `UPDATE event SET status = 'applied', order_n = $1
    WHERE event_key = $2 AND status = 'received'`,
  tellThree: `INSERT INTO fact (at_ms, kind, actor, subject, data)
    VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15)`,
  ended: `DELETE FROM job WHERE kind = $1 AND subject = $2`,
};

const received = (n) =>
  JSON.stringify({ event: n.name, reference: n.session, sha256: n.key.toString('hex') });

// As statements in a row: on SQLite they run at once, on PostgreSQL each is awaited.
export function* takeSteps(n) {
  const words = [n.id, n.key, n.name, n.session, n.headers, n.raw, n.at];
  if ((yield ['take', ...words]) === 0) return false;
  yield ['tellOne', n.at, 'MONEYMOTION_WEBHOOK_RECEIVED', 'purser', n.id, received(n)];
  yield ['later', 'inbox_confirm', n.id, n.at];
  return true;
}

export function* confirmSteps(n, row) {
  if (row?.status === 'captured') return;
  if (!row || differs(n, row)) throw new Refusal(409, 'CONFLICT', 'this is not what we sold');
  const one = (changes) => {
    if (changes !== 1) throw new Error('somebody was faster');
  };
  one(yield ['applied', row.order_n, n.key]);
  one(yield ['capture', n.method, n.at, row.n]);
  one(yield ['complete', n.at, row.order_n]);
  const [total, tax] = [Number(row.total), Number(row.tax)];
  yield ['book', row.order_n, row.currency, total, tax - total, -tax, n.at];
  yield ['tellThree', ...factsOf(n, row).slice(1).flat()];
  yield ['later', 'order_mail', `paid:${row.order_id}`, n.at];
  one(yield ['ended', 'inbox_confirm', n.id]);
}
