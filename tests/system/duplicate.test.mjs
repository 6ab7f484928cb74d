// The same purchase asked for at the same instant under different keys: one order (contract 5).
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from './lib/server.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 10);
const AT_ONCE = 64;

// Who comes while the page is being opened is told to try again in a moment, and does.
async function buy(server, body) {
  const headers = { 'idempotency-key': randomUUID() };
  for (;;) {
    const made = await call(server, 'POST', '/api/checkout/create', { body, headers });
    if (made.body.code !== 'IDEMPOTENCY_IN_PROGRESS') return made;
    assert.ok(made.headers.get('retry-after'));
    await sleep(50);
  }
}

const orders = (made) => new Set(made.map(({ body }) => body.data?.orderId));

async function allAtOnce(server, body) {
  const made = await Promise.all(Array.from({ length: AT_ONCE }, () => buy(server, body)));
  for (const { status, text } of made) assert.equal(status, 200, text);
  return made;
}

const items = [{ price: 'sticker-sheet-usd', quantity: 1 }];
const buyers = {
  'a guest': (i) => ({ email: `ada${i}@example.com` }),
  'a new customer': (i) => ({ customerId: `user-${i}`, email: `ada${i}@example.com` }),
};

for (const [who, buyer] of Object.entries(buyers))
  test(`R8 ${AT_ONCE} keys at once for one basket by ${who} are one order`, async (t) => {
    const server = await serve(t, { sandbox: true });
    for (let i = 0; i < ROUNDS; i++) {
      const made = await allAtOnce(server, { ...buyer(i), items });
      assert.equal(orders(made).size, 1, [...orders(made)].join());
      const urls = new Set(made.map(({ body }) => body.data.checkoutUrl));
      assert.equal(urls.size, 1, 'each was given the same page');
    }
  });

test(`${AT_ONCE} of one basket at once that are meant so are as many orders`, async (t) => {
  const server = await serve(t, { sandbox: true });
  const made = await allAtOnce(server, { email: 'ada@example.com', items, again: true });
  assert.equal(orders(made).size, AT_ONCE);
});

test(`${AT_ONCE} buyers of one basket at once are as many orders`, async (t) => {
  const server = await serve(t, { sandbox: true });
  const made = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => buy(server, { email: `b${i}@example.com`, items })),
  );
  for (const { status, text } of made) assert.equal(status, 200, text);
  assert.equal(orders(made).size, AT_ONCE);
});
