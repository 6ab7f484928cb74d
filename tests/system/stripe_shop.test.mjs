// A shop on Stripe over HTTP: the simulator that the sandbox has, and Stripe's own client as the
// one who signs, well or badly.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ON_POSTGRES, call, folder, ready } from './lib/server.mjs';
import * as anywhere from './lib/shop.mjs';
import { becomes, control, order, pay, shop, until, verified } from './lib/shop.mjs';
import { SECRET, sdk } from './oracles/stripe.mjs';

const { webhooks } = sdk('http://127.0.0.1:1');

const buy = (server, body, once) => anywhere.buy(server, { gateway: 'stripe', ...body }, once);

test('an order is opened at Stripe, paid by card, believed at once and booked', async (t) => {
  const server = await shop(t);
  const made = await buy(server, { items: [{ price: 'sticker-sheet-usd', quantity: 3 }] });
  assert.equal(made.status, 200, made.text);
  const { orderId, sessionId, gateway } = made.body.data;
  assert.equal(gateway, 'stripe');
  await pay(server, sessionId);
  const paid = await becomes(server, orderId, 'completed');
  assert.equal(paid.payments[0].confirmedBy, 'webhook');
  // The card comes with the charge's own event, or with the first question.
  const method = await until(
    async () => (await order(server, orderId)).payments[0].method,
    ({ last4 }) => last4 !== undefined,
  );
  assert.deepEqual(method, { type: 'card', brand: 'visa', last4: '4242' });
  const { captures } = await control(server, 'state');
  assert.deepEqual(
    captures.map(({ gateway: at, amount, currency }) => ({ at, amount, currency })),
    [{ at: 'stripe', amount: 1200, currency: 'USD' }],
  );
  await verified(server);
});

test('R3 totals in five currencies, with code and tax, arrive to the last unit', async (t) => {
  const amounts = { USD: [100, 333], EUR: [100, 999], JPY: [101, 999], UGX: [501], KWD: [1000] };
  const prices = Object.entries(amounts).flatMap(([currency, list]) =>
    list.map((amount) => ({ id: `${currency}-${amount}`, amount, currency })),
  );
  const catalog = {
    products: [{ id: 'thing', name: 'Thing', prices }],
    coupons: [{ code: 'THIRD', basisPoints: 3333 }],
    tax: { rates: [{ country: 'DE', basisPoints: 1900 }] },
    routing: { card: ['stripe'] },
  };
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  const server = await shop(t, { env: { PURSER_CATALOG: file } });
  const want = {};
  for (const { id, currency } of prices)
    for (const more of [{}, { coupon: 'THIRD' }, { country: 'DE', coupon: 'THIRD' }]) {
      const items = [{ price: id, quantity: 3 }];
      const made = await buy(server, { items, again: true, gateway: undefined, ...more });
      if (currency === 'KWD' && more.coupon) {
        // Stripe takes dinars in tens only; 2.000 and 2.380 are, thirds of them are not.
        assert.ok([200, 400].includes(made.status), made.text);
        if (made.status === 400) continue;
      }
      assert.equal(made.status, 200, `${id} ${JSON.stringify(more)}: ${made.text}`);
      const { orderId, sessionId, total } = made.body.data;
      await pay(server, sessionId);
      const paid = await becomes(server, orderId, 'completed');
      assert.deepEqual(paid.total, total);
      want[currency] = (want[currency] ?? 0) + total.amount;
    }
  const { totals } = await control(server, 'state');
  // Stripe counts shillings with two digits that are always 00.
  const units = { ...want, UGX: want.UGX * 100 };
  const captured = Object.fromEntries(totals.map((sum) => [sum.currency, sum.amount]));
  assert.deepEqual(captured, units);
});

test('F31 F32 F34 duplicates, another order and lost events end in the same state', async (t) => {
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
  await verified(server);
});

test('F21 F22 F23 a create that fails leaves one order, and its key goes on', async (t) => {
  const server = await shop(t);
  for (const fault of ['timeout', 'reset_after', '500', '500_after', '429', 'malformed']) {
    await control(server, 'faults', { gateway: 'stripe', call: 'create', fault, times: 1 });
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
    await becomes(server, second.body.data.orderId, 'completed');
  }
  const { captures } = await control(server, 'state');
  assert.equal(captures.length, 6);
  await verified(server);
});

test('a definite refusal ends the order in words, and a new key may try again', async (t) => {
  const server = await shop(t);
  const fault = { gateway: 'stripe', call: 'create', fault: 'refuse', times: 1 };
  await control(server, 'faults', fault);
  const key = randomUUID();
  const refused = await buy(server, { priceId: 'sticker-sheet-usd' }, key);
  assert.equal(refused.status, 502, refused.text);
  assert.equal(refused.body.code, 'GATEWAY_REJECTED');
  const again = await buy(server, { priceId: 'sticker-sheet-usd' }, key);
  assert.equal(again.text, refused.text);
  assert.equal((await order(server, refused.body.details.orderId)).status, 'failed');
  assert.equal((await buy(server, { priceId: 'sticker-sheet-usd' })).status, 200);
});

test('a declined card is no end: the same page takes another one', async (t) => {
  const server = await shop(t);
  const made = await buy(server, { priceId: 'sticker-sheet-usd' });
  const { orderId, sessionId } = made.body.data;
  for (const card of ['4000000000000002', '4000000000009995', '4000000000000069']) {
    const { declined } = await pay(server, sessionId, { card });
    assert.equal(declined, true, card);
  }
  // Stripe tells of each, and none of them ends the order.
  await until(
    () => call(server, 'GET', '/api/admin/webhooks?limit=100'),
    ({ body }) =>
      body.data.items.filter(
        ({ event, status }) => event === 'payment_intent.payment_failed' && status === 'applied',
      ).length === 3,
  );
  assert.equal((await order(server, orderId)).status, 'pending');
  await pay(server, sessionId, { card: '5555555555554444' });
  await becomes(server, orderId, 'completed');
  const { brand, last4 } = await until(
    async () => (await order(server, orderId)).payments[0].method,
    (method) => method.last4 !== undefined,
  );
  assert.deepEqual([brand, last4], ['mastercard', '4444']);
});

test('R31 what takes days is processing until it is paid or failed', async (t) => {
  const server = await shop(t);
  for (const [outcome, end] of [
    ['async_success', 'completed'],
    ['async_failure', 'failed'],
  ]) {
    const made = await buy(server, { priceId: 'sticker-sheet-usd', again: true });
    const { orderId, sessionId } = made.body.data;
    await pay(server, sessionId, { outcome });
    const waiting = await becomes(server, orderId, 'processing');
    assert.deepEqual(waiting.payments, []);
    await control(server, 'clock', { advance: '2m' });
    await becomes(server, orderId, end);
  }
  await verified(server);
});

test('what happens at Stripe afterwards is adopted: refunds, disputes, ends', async (t) => {
  const server = await shop(t);
  for (const [event, end] of [
    ['refunded', 'refunded'],
    ['disputed', 'disputed'],
    ['partially_refunded', 'partially_refunded'],
  ]) {
    const made = await buy(server, { priceId: 'sticker-sheet-usd', again: true });
    const { orderId, sessionId } = made.body.data;
    await pay(server, sessionId);
    await becomes(server, orderId, 'completed');
    const body = { gateway: 'stripe', event, session: sessionId };
    if (end === 'partially_refunded') body.amount = 100;
    await control(server, 'emit', body);
    await becomes(server, orderId, end);
  }
  const made = await buy(server, { priceId: 'sticker-sheet-usd', again: true });
  const { orderId, sessionId } = made.body.data;
  await control(server, 'emit', { gateway: 'stripe', event: 'expired', session: sessionId });
  await becomes(server, orderId, 'expired');
  await verified(server);
});

test('who cancels an order cannot pay its page; who was faster has paid', async (t) => {
  const server = await shop(t);
  const slow = await buy(server, { priceId: 'sticker-sheet-usd' });
  const cancel = (id) => call(server, 'POST', `/api/orders/${id}/cancel`, { body: {} });
  assert.equal((await cancel(slow.body.data.orderId)).status, 200);
  await until(
    async () => (await control(server, 'state')).sessions[0].status,
    (status) => status === 'expired',
  );
  assert.equal((await order(server, slow.body.data.orderId)).status, 'cancelled');
  await control(server, 'webhooks', { mode: 'drop' });
  const fast = await buy(server, { priceId: 'sticker-sheet-usd', again: true });
  const { orderId, sessionId } = fast.body.data;
  await pay(server, sessionId);
  assert.equal((await cancel(orderId)).status, 200);
  await becomes(server, orderId, 'completed');
  await verified(server);
});

test('R29 F34 a dispute that nobody told us of is read in its own list', async (t) => {
  const server = await shop(t);
  await control(server, 'webhooks', { mode: 'drop' });
  const made = await buy(server, { priceId: 'sticker-sheet-usd' });
  const { orderId, sessionId } = made.body.data;
  await pay(server, sessionId);
  await control(server, 'clock', { advance: '2h' });
  await becomes(server, orderId, 'completed');
  await control(server, 'emit', { gateway: 'stripe', event: 'disputed', session: sessionId });
  for (let i = 0; i < 4; i++) await control(server, 'clock', { advance: '10m' });
  await becomes(server, orderId, 'disputed');
  await verified(server);
});

/* ---- Stripe's own client signs */

const deliver = (server, body, header, from) =>
  call(server, 'POST', '/api/webhooks/stripe', {
    key: null,
    from,
    body,
    headers: { 'content-type': 'application/json', ...(header && { 'stripe-signature': header }) },
  });

const eventOf = (id, object, more = {}) =>
  JSON.stringify(
    {
      id,
      object: 'event',
      api_version: '2026-08-26.dahlia',
      created: 1790099520,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: 'charge.succeeded',
      ...more,
    },
    null,
    2,
  );

test("R18 R20 R28 Stripe's own client signs: what is genuine holds, all else is 400", async (t) => {
  const old = 'whsec_old_0123456789abcdef';
  const server = await shop(t, {
    env: { STRIPE_WEBHOOK_SECRET: `${old},${SECRET}`, PURSER_BAD_SIGNATURES_PER_MINUTE: '10000' },
  });
  const payload = eventOf('evt_1', { id: 'ch_1', metadata: {} });
  const now = Math.floor(Date.now() / 1000);
  const sign = (options) =>
    webhooks.generateTestHeaderString({ payload, secret: SECRET, ...options });
  const good = [
    sign({}),
    sign({ secret: old }),
    sign({ timestamp: now - 290 }),
    sign({ timestamp: now + 290 }),
    `${sign({})},v1=${'0'.repeat(64)}`,
    `t=${now},v1=${'0'.repeat(64)},${sign({ timestamp: now }).split(',')[1]}`,
    `${sign({})},v0=${'0'.repeat(64)}`,
  ];
  for (const header of good) {
    const { status, text } = await deliver(server, payload, header);
    assert.equal(status, 200, `${header}: ${text}`);
  }
  const v1 = sign({ timestamp: now }).split(',')[1];
  const bad = [
    undefined,
    '',
    't=,v1=',
    `t=${now}`,
    v1,
    `t=${now}, ${v1}`,
    `t=${now},${v1.toUpperCase().replace('V1', 'v1')}`,
    `t=${now - 1},${v1}`,
    `t=${now},${v1}0`,
    `t=${now},t=${now},${v1}`,
    `t=${now}.0,${v1}`,
    sign({ scheme: 'v0' }),
    sign({ scheme: 'v2' }),
    sign({ signature: 'nonsense' }),
    sign({ secret: 'whsec_another_0123456789abcdef' }),
    sign({ secret: SECRET.slice('whsec_'.length) }),
    sign({ timestamp: now - 310 }),
    sign({ timestamp: now + 310 }),
    sign({ timestamp: 1 }),
    sign({ payload: `${payload} ` }),
  ];
  for (const header of bad) {
    const { status } = await deliver(server, payload, header);
    assert.equal(status, 400, `${header}`);
  }
  // One of them, a thousand times a little different.
  const header = sign({ timestamp: now });
  for (let i = 0; i < 1000; i++) {
    const at = (i * 7919) % header.length;
    const other = header[at] === '0' ? '1' : '0';
    const forged = header.slice(0, at) + other + header.slice(at + 1);
    if (forged === header) continue;
    const { status } = await deliver(server, payload, forged);
    assert.equal(status, 400, forged);
  }
  const kept = await call(server, 'GET', '/api/admin/webhooks');
  assert.equal(kept.body.data.items.length, 1, 'the good ones are one event, the others nothing');
});

test('R26 an event of live mode, another account or the second API is refused', async (t) => {
  const server = await shop(t);
  const object = { id: 'ch_1', metadata: {} };
  for (const [more, want] of [
    [{ livemode: true }, 400],
    [{ account: 'acct_1' }, 400],
    [{ object: 'v2.core.event' }, 400],
    [{}, 200],
    [{ type: 'something.new', id: 'evt_2' }, 200],
  ]) {
    const payload = eventOf('evt_1', object, more);
    const header = webhooks.generateTestHeaderString({ payload, secret: SECRET });
    const { status, text } = await deliver(server, payload, header);
    assert.equal(status, want, `${JSON.stringify(more)}: ${text}`);
  }
});

test('I14 killed at each named point, nothing paid is lost and nobody pays twice', async (t) => {
  const points = [
    'operation.plan.after_commit:1',
    'call.before:1',
    'call.after:1',
    'operation.record.before_commit:1',
    'operation.record.after_commit:1',
    ...[9, 12, 15].flatMap((n) => [`commit.before:${n}`, `commit.after:${n}`]),
  ];
  for (const at of points) {
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
    const paid = await becomes(server, orderId, 'completed');
    assert.equal(paid.payments.length, 1, at);
    const { captures, sessions } = await control(server, 'state');
    assert.equal(captures.length, 1, at);
    const opened = sessions.filter(({ gateway }) => gateway === 'stripe');
    assert.equal(opened.length, 1, `${at}: one key is one page`);
    await verified(server);
  }
});
