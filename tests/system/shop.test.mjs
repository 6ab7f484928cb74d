// A shop on MoneyMotion over HTTP: the sandbox's own gateway, two stock servers that know nothing
// of ours, and everybody at once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ON_POSTGRES, call, folder, ready } from './lib/server.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';
import { KEY, effectServer, trpcServer } from './oracles/moneymotion.mjs';

test('an order is opened, paid at the sandbox, confirmed and booked', async (t) => {
  const server = await shop(t);
  const made = await buy(server, { items: [{ price: 'sticker-sheet-usd', quantity: 3 }] });
  assert.equal(made.status, 200, made.text);
  const { orderId, sessionId } = made.body.data;
  assert.equal((await order(server, orderId)).status, 'pending');
  await pay(server, sessionId);
  const paid = await order(server, orderId, '?wait=15');
  assert.equal(paid.status, 'completed');
  // Which card it was comes with the webhook, which may come after the answer to our question.
  const method = await until(
    async () => (await order(server, orderId)).payments[0].method,
    ({ last4 }) => last4 !== undefined,
  );
  assert.deepEqual(method, { type: 'card', brand: 'visa', last4: '4242' });
  const { captures } = await control(server, 'state');
  assert.deepEqual(
    captures.map(({ amount, currency }) => ({ amount, currency })),
    [{ amount: 1200, currency: 'USD' }],
  );
  await verified(server);
});

test('R3 totals in five currencies, with code and tax, arrive to the last unit', async (t) => {
  const currencies = ['USD', 'EUR', 'JPY', 'UGX', 'KWD'];
  const prices = currencies.flatMap((currency) =>
    [1, 99, 100, 99_999_999].map((amount) => ({ id: `${currency}-${amount}`, amount, currency })),
  );
  const catalog = {
    products: [{ id: 'thing', name: 'Thing', prices }],
    coupons: [{ code: 'THIRD', basisPoints: 3333 }],
    tax: { rates: [{ country: 'DE', basisPoints: 1900 }] },
    routing: { card: ['moneymotion'] },
  };
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  const server = await shop(t, { env: { PURSER_CATALOG: file } });
  const want = Object.fromEntries(currencies.map((currency) => [currency, 0]));
  for (const { id, amount, currency } of prices)
    for (const more of [{}, { coupon: 'THIRD' }, { country: 'DE', coupon: 'THIRD' }]) {
      const items = [{ price: id, quantity: amount > 100 || !more.coupon ? 1 : 3 }];
      const made = await buy(server, { items, again: true, ...more });
      assert.equal(made.status, 200, `${id} ${JSON.stringify(more)}: ${made.text}`);
      const { orderId, sessionId, total } = made.body.data;
      await pay(server, sessionId);
      const paid = await order(server, orderId, '?wait=15');
      assert.equal(paid.status, 'completed', `${id} ${JSON.stringify(more)}`);
      assert.deepEqual(paid.total, total);
      want[currency] += total.amount;
    }
  const { totals } = await control(server, 'state');
  const captured = Object.fromEntries(totals.map((sum) => [sum.currency, sum.amount]));
  assert.deepEqual(captured, want);
});

test('F31 F32 F34 duplicates, another order and lost webhooks end in the same state', async (t) => {
  const server = await shop(t);
  for (const mode of ['duplicate', 'reorder', 'drop']) {
    await control(server, 'webhooks', { mode });
    const made = await buy(server, { priceId: 'field-notebook-usd', again: true });
    assert.equal(made.status, 200, made.text);
    const { orderId, sessionId } = made.body.data;
    await pay(server, sessionId);
    if (mode === 'drop') await control(server, 'clock', { advance: '2m' });
    const paid = await becomes(server, orderId, 'completed');
    assert.equal(paid.payments.length, 1, mode);
  }
});

test('F21 F22 F23 a create that fails leaves one order, and its key goes on', async (t) => {
  const server = await shop(t);
  for (const fault of ['timeout', 'reset_after', '500', '500_after', '429', 'malformed']) {
    await control(server, 'faults', { gateway: 'moneymotion', call: 'create', fault, times: 1 });
    const key = randomUUID();
    const email = `${fault}@example.com`;
    const body = { priceId: 'sticker-sheet-usd', email };
    const first = await buy(server, body, key);
    assert.ok([200, 502].includes(first.status), `${fault}: ${first.text}`);
    const second = await until(
      () => buy(server, body, key),
      ({ status }) => status === 200,
    );
    const orders = await call(server, 'GET', '/api/orders?limit=100');
    const mine = orders.body.data.items.filter((o) => o.email === email);
    assert.equal(mine.length, 1, fault);
    await pay(server, second.body.data.sessionId);
    const paid = await order(server, second.body.data.orderId, '?wait=15');
    assert.equal(paid.status, 'completed', fault);
  }
});

test('a definite refusal ends the order in words, and a new key may try again', async (t) => {
  const server = await shop(t);
  const fault = { gateway: 'moneymotion', call: 'create', fault: 'refuse', times: 1 };
  await control(server, 'faults', fault);
  const key = randomUUID();
  const refused = await buy(server, { priceId: 'sticker-sheet-usd' }, key);
  assert.equal(refused.status, 502);
  assert.equal(refused.body.code, 'GATEWAY_REJECTED');
  const again = await buy(server, { priceId: 'sticker-sheet-usd' }, key);
  assert.equal(again.text, refused.text);
  assert.equal((await order(server, refused.body.details.orderId)).status, 'failed');
  assert.equal((await buy(server, { priceId: 'sticker-sheet-usd' })).status, 200);
});

test('F29 another amount or currency at the gateway sends the order to review', async (t) => {
  const server = await shop(t);
  for (const fault of ['wrong_amount', 'wrong_currency']) {
    const made = await buy(server, { priceId: 'field-notebook-usd', again: true });
    const { orderId, sessionId } = made.body.data;
    await control(server, 'faults', { gateway: 'moneymotion', call: 'query', fault, times: 100 });
    await pay(server, sessionId);
    const seen = await until(
      () => order(server, orderId),
      (o) => o.status !== 'pending',
    );
    assert.equal(seen.status, 'review', fault);
    await control(server, 'faults', { gateway: 'moneymotion', call: 'query', fault, times: 0 });
  }
});

test('R9 sixty-four at once redeem a single-use coupon: one has it', async (t) => {
  const server = await shop(t);
  const all = await Promise.all(
    Array.from({ length: 64 }, (_, i) =>
      buy(server, {
        priceId: 'sticker-sheet-usd',
        coupon: 'TWOOFF',
        email: `buyer${i}@example.com`,
      }),
    ),
  );
  assert.ok(all.every(({ status }) => status === 200));
  const each = await Promise.all(
    Array.from({ length: 64 }, () =>
      buy(server, {
        items: [{ price: 'field-notebook-usd' }],
        coupon: 'WELCOME10',
        email: 'same@example.com',
        again: true,
      }),
    ),
  );
  const had = each.filter(({ status }) => status === 200).length;
  assert.equal(had, 1, 'WELCOME10 is once per customer');
  const refused = each.filter(({ status }) => status !== 200);
  assert.ok(refused.every(({ body }) => ['COUPON_EXHAUSTED', 'BUSY'].includes(body.code)));
});

test('R12 sixty-four identical creates at once are one order and one session', async (t) => {
  const server = await shop(t);
  const key = randomUUID();
  const all = await Promise.all(
    Array.from({ length: 64 }, () => buy(server, { priceId: 'sticker-sheet-usd' }, key)),
  );
  const ids = new Set(all.filter((a) => a.status === 200).map((a) => a.body.data.orderId));
  assert.equal(ids.size, 1);
  assert.ok(all.every(({ status }) => [200, 409].includes(status)));
  const { sessions } = await control(server, 'state');
  assert.equal(sessions.length, 1);
});

const SECRET = 'mm_sandbox_secret_0123456789abcdef';
const signed = (body) => ({
  'content-type': 'application/json',
  'x-moneymotion-signature': createHmac('sha512', SECRET).update(body).digest('base64'),
});

test('R21 a hundred copies of one webhook at once, while it is polled', async (t) => {
  const server = await shop(t);
  await control(server, 'webhooks', { mode: 'drop' });
  const made = await buy(server, { priceId: 'sticker-sheet-usd' });
  const { orderId, sessionId } = made.body.data;
  await pay(server, sessionId);
  const body = JSON.stringify({
    checkoutSession: { id: sessionId, status: 'completed', totalInCents: 400 },
    event: 'checkout_session:complete',
    customer: { email: 'ada@example.com' },
  });
  const sent = { method: 'POST', headers: signed(body), body };
  const send = () => fetch(`${server.url}/api/webhooks/moneymotion`, sent);
  const rounds = Array.from({ length: 16 }, async () => {
    const seen = [];
    for (let i = 0; i < 7; i++) seen.push((await send()).status);
    return seen;
  });
  const polls = Array.from({ length: 8 }, () => order(server, orderId, '?wait=5'));
  const statuses = (await Promise.all(rounds)).flat();
  await Promise.all(polls);
  assert.ok(statuses.every((s) => s === 200), `${new Set(statuses)}`);
  const paid = await becomes(server, orderId, 'completed');
  assert.equal(paid.payments.length, 1);
  // A fact is listed when it is sealed, a moment after its commit.
  const completed = await until(
    async () => {
      const audit = await call(server, 'GET', '/api/admin/audit?limit=100');
      return audit.body.data.items.filter(({ action }) => action === 'ORDER_COMPLETED');
    },
    ({ length }) => length > 0,
  );
  assert.equal(completed.length, 1);
});

test('R18 R27 bad signatures are throttled, genuine webhooks still get in', async (t) => {
  const server = await shop(t);
  const bad = () =>
    call(server, 'POST', '/api/webhooks/moneymotion', {
      key: null,
      from: '127.9.9.9',
      body: '{"a":1}',
      headers: { 'x-moneymotion-signature': 'A'.repeat(88) },
    });
  const seen = [];
  for (let i = 0; i < 90; i++) seen.push((await bad()).status);
  assert.ok(seen.includes(400) && seen.includes(429), `${new Set(seen)}`);
  const made = await buy(server, { priceId: 'sticker-sheet-usd' });
  await pay(server, made.body.data.sessionId);
  const paid = await order(server, made.body.data.orderId, '?wait=15');
  assert.equal(paid.status, 'completed');
});

test('a guest buys without a key, and its order opens by the link alone', async (t) => {
  const server = await shop(t);
  const guest = await fetch(`${server.url}/api/checkout/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ priceId: 'sticker-sheet-usd', email: 'guest@example.com' }),
  }).then((answer) => answer.json());
  assert.equal(guest.success, true, JSON.stringify(guest));
  const { orderId } = guest.data;
  const alone = await call(server, 'GET', `/api/orders/${orderId}`, { key: null });
  assert.equal(alone.status, 404);
});

test('our client speaks to a stock tRPC server', async (t) => {
  const { url, model } = await trpcServer(t);
  const server = await shop(t, {
    env: { MONEYMOTION_API_URL: url, MONEYMOTION_API_KEY: KEY, MONEYMOTION_CHECKOUT_URL: url },
  });
  const made = await buy(server, {
    items: [{ price: 'sticker-sheet-usd', quantity: 3 }],
    coupon: 'WELCOME10',
    country: 'DE',
  });
  assert.equal(made.status, 200, made.text);
  const session = model.sessions.get(made.body.data.sessionId);
  assert.equal(session.total, made.body.data.total.amount);
  assert.equal(session.currency, 'USD');
  session.status = 'completed';
  const body = JSON.stringify({
    checkoutSession: { id: session.id, status: 'completed', totalInCents: session.total },
    event: 'checkout_session:complete',
    customer: { email: 'ada@example.com' },
  });
  const sent = { method: 'POST', headers: signed(body), body };
  const before = model.requests.length;
  await fetch(`${server.url}/api/webhooks/moneymotion`, sent);
  // A reader who waits has the gateway asked for his own sake, and whichever question is answered
  // first confirms: nobody waits here, and the first that is due by itself is a minute off.
  const paid = await until(
    () => order(server, made.body.data.orderId),
    ({ status }) => status === 'completed',
  );
  assert.equal(paid.payments[0].confirmedBy, 'webhook+query');
  assert.match(model.requests[before].url, /getCompletedOrPendingCheckoutSessionInfo/);
});

test('our client speaks to a stock Effect RPC server', async (t) => {
  const { url, model } = await effectServer(t);
  const server = await shop(t, {
    env: {
      MONEYMOTION_API_URL: url,
      MONEYMOTION_API_KEY: KEY,
      MONEYMOTION_CHECKOUT_URL: url,
      MONEYMOTION_DIALECT: 'effect',
    },
  });
  const made = await buy(server, { items: [{ price: 'field-notebook-usd', quantity: 2 }] });
  assert.equal(made.status, 200, made.text);
  assert.equal(model.sessions.get(made.body.data.sessionId).total, 3600);
});

test('a wrong API key is a definite refusal, in words, by either stock server', async (t) => {
  for (const [start, dialect] of [
    [trpcServer, 'trpc'],
    [effectServer, 'effect'],
  ]) {
    const { url } = await start(t);
    const server = await shop(t, {
      env: {
        MONEYMOTION_API_URL: url,
        MONEYMOTION_API_KEY: 'mk_test_wrong_key',
        MONEYMOTION_DIALECT: dialect,
      },
    });
    const made = await buy(server, { priceId: 'sticker-sheet-usd' });
    assert.equal(made.status, 502, made.text);
    assert.equal(made.body.code, 'GATEWAY_REJECTED');
    assert.match(made.body.error, /Invalid API key/);
    const all = server.out + server.err;
    assert.ok(!all.includes('mk_test_wrong_key'), 'the key is in the log');
  }
});

test('I14 killed at each named point, nothing paid is lost and nobody pays twice', async (t) => {
  const points = [
    'operation.plan.before_commit',
    'operation.plan.after_commit',
    'call.before',
    'call.after',
    'operation.record.before_commit',
    'operation.record.after_commit',
    // Some of these are reached while it starts: then it is killed there.
    ...[6, 9, 12, 15, 18].flatMap((n) => [`commit.before:${n}`, `commit.after:${n}`]),
  ];
  for (const point of points) {
    const at = point.includes(':') ? point : `${point}:1`;
    const cwd = folder(t); // the sandbox's file lies here when the database is PostgreSQL
    const doomed = await shop(t, { env: { PURSER_CRASH_AT: at }, ready: false, cwd });
    const key = randomUUID();
    const body = { priceId: 'sticker-sheet-usd' };
    await ready(doomed).then(
      () => buy(doomed, body, key).catch(() => {}),
      () => {},
    );
    await doomed.stop('SIGKILL');
    const server = await shop(t, {
      cwd,
      database: doomed.database,
      port: doomed.port,
      sandboxPort: doomed.sandboxPort,
    });
    // On SQLite a start ends the leases of whoever died; servers that share a PostgreSQL wait.
    if (ON_POSTGRES) await control(server, 'clock', { advance: '2m' });
    const made = await until(
      () => buy(server, body, key),
      ({ status }) => status === 200,
      30_000,
    );
    const { orderId, sessionId } = made.body.data;
    await pay(server, sessionId);
    const paid = await order(server, orderId, '?wait=20');
    assert.equal(paid.status, 'completed', point);
    assert.equal(paid.payments.length, 1, point);
    const orders = await call(server, 'GET', '/api/orders');
    assert.equal(orders.body.data.items.length, 1, point);
    await verified(server);
  }
});
