// A shop on Flutterwave over HTTP: the sandbox's own gateway, and whoever pretends to be it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ON_POSTGRES, call, command, folder } from './lib/server.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';
import { flutterwaveClient } from './oracles/flutterwave.mjs';

const HASH = 'flw_sandbox_hash_0123456789abcdef';
const KEY = 'FLWSECK_TEST-sandbox-X';

async function africanShop(t) {
  const prices = [
    { id: 'thing-usd', amount: 3990, currency: 'USD' },
    { id: 'thing-eur', amount: 100, currency: 'EUR' },
    { id: 'thing-ngn', amount: 1234567, currency: 'NGN' },
    { id: 'thing-kes', amount: 15000, currency: 'KES' },
    { id: 'thing-ugx', amount: 37000, currency: 'UGX' },
    { id: 'thing-ghs', amount: 705, currency: 'GHS' },
    { id: 'thing-rwf', amount: 1500, currency: 'RWF' },
    { id: 'thing-zar', amount: 19999, currency: 'ZAR' },
  ];
  const only = ['flutterwave'];
  const catalog = {
    products: [{ id: 'thing', name: 'Thing', prices }],
    routing: { card: only, mobile_money: only, bank: only, express: only },
  };
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  return shop(t, { env: { PURSER_CATALOG: file } });
}

async function opened(server, body = {}) {
  const made = await buy(server, { priceId: 'thing-usd', again: true, ...body });
  assert.equal(made.status, 200, made.text);
  return made.body.data;
}

const faulty = (server, call, fault, times = 1) =>
  control(server, 'faults', { gateway: 'flutterwave', call, fault, times });

// A webhook by hand: our status.
async function told(server, body, headers) {
  const answer = await fetch(`${server.url}/api/webhooks/flutterwave`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return answer.status;
}

const charge = (tx_ref, id, amount, currency = 'USD') =>
  JSON.stringify({
    event: 'charge.completed',
    data: { id, tx_ref, amount, currency, status: 'successful', payment_type: 'card' },
  });

test('R3 what is paid by each method in each currency arrives to the last unit', async (t) => {
  const server = await africanShop(t);
  const ways = [
    ['usd', 'card', {}, { type: 'card', brand: 'mastercard', last4: '2950' }],
    ['eur', 'express', {}, { type: 'card', brand: 'mastercard', last4: '2950' }],
    ['zar', 'card', { card: '4187427415564246' }, { type: 'card', brand: 'visa', last4: '4246' }],
    ['ngn', 'bank', {}, { type: 'bank' }],
    ['kes', 'mobile_money', { phone: '254700000001' }, { type: 'mobile_money' }],
    ['ugx', 'mobile_money', {}, { type: 'mobile_money' }],
    ['ghs', 'mobile_money', {}, { type: 'mobile_money' }],
    ['rwf', 'mobile_money', {}, { type: 'mobile_money' }],
  ];
  const want = {};
  for (const [currency, method, how, by] of ways) {
    const made = await opened(server, { priceId: `thing-${currency}`, method });
    assert.match(made.checkoutUrl, /\/v3\/hosted\/pay\/flwlnk-/);
    await pay(server, made.sessionId, how);
    const paid = await becomes(server, made.orderId, 'completed');
    assert.deepEqual(paid.payments[0].method, by, currency);
    want[currency.toUpperCase()] = made.total.amount;
  }
  const { totals } = await control(server, 'state');
  assert.deepEqual(Object.fromEntries(totals.map((sum) => [sum.currency, sum.amount])), want);
  const no = await buy(server, { priceId: 'thing-usd', method: 'mobile_money', again: true });
  assert.equal(no.status, 400, no.text);
  assert.match(no.body.error, /no mobile money in USD/);
  await verified(server);
});

test('a declined card fails the order, another try on the same page completes it', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server);
  const refused = await pay(server, sessionId, { card: '5258 5859 2266 6506' });
  assert.equal(refused.why, 'Insufficient Funds');
  await becomes(server, orderId, 'failed');
  await control(server, 'webhooks', { mode: 'drop' });
  await pay(server, sessionId);
  // Nobody tells: what answers for the reference is the first try, and behind it is the second.
  await control(server, 'clock', { advance: '6m' });
  const paid = await becomes(server, orderId, 'completed');
  assert.equal(paid.payments.length, 1);
  await verified(server);
});

test('F31 F32 F33 F34 twice, overtaken, late, lost, in each shape: paid once', async (t) => {
  const server = await africanShop(t);
  for (const shape of ['flat', 'v4', 'nested'])
    for (const mode of ['duplicate', 'hold', 'drop', 'reorder']) {
      if (mode === 'reorder' && shape !== 'nested') continue; // each waits two seconds
      await control(server, 'webhooks', { mode, shape });
      const { orderId, sessionId } = await opened(server);
      await pay(server, sessionId);
      if (mode === 'hold') await control(server, 'webhooks', { mode: 'release' });
      if (mode === 'drop') await control(server, 'clock', { advance: '2m' });
      const paid = await becomes(server, orderId, 'completed');
      assert.equal(paid.payments.length, 1, `${shape} ${mode}`);
    }
  await verified(server);
});

test('what takes a minute is under way until then, and may still fail', async (t) => {
  const server = await africanShop(t);
  for (const [outcome, end] of [
    ['async_success', 'completed'],
    ['async_failure', 'failed'],
  ]) {
    const made = await opened(server, { priceId: 'thing-ugx', method: 'mobile_money' });
    await pay(server, made.sessionId, { outcome });
    await becomes(server, made.orderId, 'processing');
    await control(server, 'clock', { advance: '2m' });
    await becomes(server, made.orderId, end);
  }
});

test('R18 a webhook with another hash or signature is refused; both must hold', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server);
  const body = charge(sessionId, 910000001, 39.9);
  const mac = createHmac('sha256', HASH).update(body).digest('base64');
  const other = createHmac('sha256', HASH).update(`${body} `).digest('base64');
  for (const headers of [
    {},
    { 'verif-hash': `${HASH}0` },
    { 'verif-hash': HASH.slice(0, -1) },
    { 'flutterwave-signature': HASH },
    { 'flutterwave-signature': other },
    { 'verif-hash': HASH, 'flutterwave-signature': other },
    { 'verif-hash': 'x', 'flutterwave-signature': mac },
  ])
    assert.equal(await told(server, body, headers), 400, JSON.stringify(headers));
  assert.equal((await order(server, orderId)).status, 'pending');
  assert.equal(await told(server, body, { 'verif-hash': HASH, 'flutterwave-signature': mac }), 200);
});

test('R31 who knows the hash and says that it was paid moves nothing', async (t) => {
  const server = await africanShop(t);
  const paid = await opened(server);
  await pay(server, paid.sessionId);
  await becomes(server, paid.orderId, 'completed');
  const { orderId, sessionId } = await opened(server);
  const seen = async () => (await call(server, 'GET', '/api/admin/webhooks')).body.data.items;
  for (const body of [
    charge(sessionId, 910000001, 39.9), // a payment that there is, of another order
    charge(sessionId, 910009999, 39.9), // one that there is not
    charge(sessionId, 'chg_1', 39.9),
  ]) {
    assert.equal(await told(server, body, { 'verif-hash': HASH }), 200);
    await until(seen, (all) => all.every(({ status }) => status !== 'received'));
    assert.equal((await order(server, orderId)).status, 'pending', body);
  }
  // Of somebody else's reference nothing follows, and no alert.
  assert.equal(await told(server, charge('shop-7', 5, 1), { 'verif-hash': HASH }), 200);
  await until(seen, (all) => all.some(({ status }) => status === 'ignored'));
  // Nor of what went back of it: that names a number alone, and Flutterwave knows whose it is.
  const opens = await fetch(`http://127.0.0.1:${server.sandboxPort}/v3/payments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      tx_ref: 'shop-77',
      amount: '10',
      currency: 'USD',
      redirect_url: 'https://shop.example.com/',
      customer: { email: 'bob@example.com' },
    }),
  });
  assert.equal(opens.status, 200);
  await pay(server, 'shop-77');
  await control(server, 'emit', { gateway: 'flutterwave', event: 'refunded', session: 'shop-77' });
  const refunds = (all) => all.filter(({ event }) => event === 'refund');
  const [refund] = await until(
    async () => refunds(await seen()),
    ([it]) => it && it.status !== 'received',
  );
  assert.equal(refund.status, 'ignored');
});

test('F29 F36 another amount or currency, answered or told, waits for a person', async (t) => {
  const server = await africanShop(t);
  for (const fault of ['wrong_amount', 'wrong_currency']) {
    const { orderId, sessionId } = await opened(server);
    await faulty(server, 'query', fault, 100);
    await pay(server, sessionId);
    await becomes(server, orderId, 'review');
    await faulty(server, 'query', fault, 0);
  }
  // Told with a hash that says nothing of the body, and answered otherwise.
  for (const [amount, currency] of [
    [0.01, 'USD'],
    [1000000, 'USD'],
    [39.9, 'NGN'],
  ]) {
    const { orderId, sessionId } = await opened(server);
    await control(server, 'webhooks', { mode: 'drop' });
    await faulty(server, 'query', '500', 1000);
    await pay(server, sessionId);
    await faulty(server, 'query', '500', 0);
    const { captures } = await control(server, 'state');
    const id = 910000000 + captures.length;
    const body = charge(sessionId, id, amount, currency);
    assert.equal(await told(server, body, { 'verif-hash': HASH }), 200);
    const { reason } = await becomes(server, orderId, 'review');
    assert.match(reason, /instead of/);
    await control(server, 'webhooks', { mode: 'normal' });
  }
  await verified(server);
});

test('R15 F21 F22 F23 a create whose answer is lost is one order, its key goes on', async (t) => {
  const server = await africanShop(t);
  for (const fault of ['reset_after', '500', '500_after', '429', 'malformed']) {
    await faulty(server, 'create', fault);
    const key = randomUUID();
    const body = { priceId: 'thing-usd', email: `${fault}@example.com` };
    const first = await buy(server, body, key);
    assert.ok([200, 502].includes(first.status), `${fault}: ${first.text}`);
    const second = await until(
      () => buy(server, body, key),
      ({ status }) => status === 200,
    );
    await pay(server, second.body.data.sessionId);
    const paid = await becomes(server, second.body.data.orderId, 'completed');
    assert.equal(paid.payments.length, 1, fault);
  }
  const { totals } = await control(server, 'state');
  assert.deepEqual(
    totals.map(({ captures, amount }) => ({ captures, amount })),
    [{ captures: 5, amount: 5 * 3990 }],
  );
  await faulty(server, 'create', 'refuse');
  const refused = await buy(server, { priceId: 'thing-usd' });
  assert.equal(refused.status, 502);
  assert.equal(refused.body.code, 'GATEWAY_REJECTED');
  await verified(server);
});

test('F33 a payment that is known only after its order has expired completes it', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server);
  await control(server, 'webhooks', { mode: 'drop' });
  await faulty(server, 'any', '500', 1000000);
  await pay(server, sessionId);
  await control(server, 'clock', { advance: '25h' });
  await becomes(server, orderId, 'expired');
  await faulty(server, 'any', '500', 0);
  await control(server, 'clock', { advance: '3d' });
  await becomes(server, orderId, 'completed');
  await verified(server);
});

test('an order that is given up takes its page along', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId, checkoutUrl } = await opened(server);
  const left = await call(server, 'POST', `/api/orders/${orderId}/cancel`, { body: {} });
  assert.equal(left.status, 200, left.text);
  await until(
    async () => (await fetch(checkoutUrl)).text(),
    (page) => page.includes('Nobody can pay here any more'),
  );
  await assert.rejects(pay(server, sessionId), /disabled/);
});

// On PostgreSQL a command cannot ask the server to: there the next day does.
async function reconciled(server, said) {
  if (ON_POSTGRES) return control(server, 'clock', { advance: '1d' });
  const { out, err } = command(['reconcile'], server.env);
  assert.match(out, said, out + err);
}

test('who pays twice on one page has paid twice: a person gives one back', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server, {
    priceId: 'thing-ugx',
    method: 'mobile_money',
  });
  await control(server, 'webhooks', { mode: 'duplicate' });
  await pay(server, sessionId, { outcome: 'async_success' });
  await becomes(server, orderId, 'processing');
  await pay(server, sessionId);
  const [first] = (await becomes(server, orderId, 'completed')).payments;
  await control(server, 'clock', { advance: '2m' });
  const doubted = await becomes(server, orderId, 'review');
  assert.equal(doubted.payments.length, 2);
  assert.deepEqual(doubted.payments[0], first);
  assert.deepEqual(doubted.payments[1].amount, first.amount);
  await reconciled(server, / 0 applied now, .* 0 differ/);
  assert.equal((await order(server, orderId)).status, 'review');
  const answer = await call(server, 'POST', `/api/admin/reviews/${orderId}/resolve`, {
    body: { choice: 'refunded', reason: 'the prompt was approved, too' },
  });
  assert.equal(answer.status, 200, answer.text);
  await becomes(server, orderId, 'completed');
  await verified(server);
});

test('what is given back in the dashboard comes home, in parts too', async (t) => {
  const server = await africanShop(t);
  for (const [event, amount, end] of [
    ['refunded', undefined, 'refunded'],
    ['partially_refunded', 1000, 'partially_refunded'],
  ]) {
    const { orderId, sessionId } = await opened(server);
    await pay(server, sessionId);
    await becomes(server, orderId, 'completed');
    await control(server, 'emit', { gateway: 'flutterwave', event, session: sessionId, amount });
    await becomes(server, orderId, end);
  }
  await verified(server);
});

test('what is given back in the dashboard is found by who asks, told or not', async (t) => {
  const server = await africanShop(t);
  const ends = [];
  for (const [event, amount, end] of [
    ['refunded', undefined, 'refunded'],
    ['partially_refunded', 1000, 'partially_refunded'],
  ]) {
    const { orderId, sessionId } = await opened(server);
    await pay(server, sessionId, { card: '5258 5859 2266 6506' });
    await becomes(server, orderId, 'failed');
    await pay(server, sessionId);
    await becomes(server, orderId, 'completed');
    ends.push([orderId, end]);
    await control(server, 'webhooks', { mode: 'drop' });
    await control(server, 'emit', { gateway: 'flutterwave', event, session: sessionId, amount });
    await control(server, 'webhooks', { mode: 'normal' });
  }
  for (const healed of [2, 0]) {
    await reconciled(server, new RegExp(`${healed} applied now`));
    for (const [orderId, end] of ends) assert.equal((await order(server, orderId)).status, end);
  }
  await verified(server);
});

const giveBack = (server, orderId, amount) =>
  call(server, 'POST', '/api/admin/refunds', {
    body: { orderId, amount, reason: 'broken' },
    headers: { 'idempotency-key': randomUUID() },
  });

test('R11 R15 what purser gives back goes once, whatever becomes of the answer', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server);
  await pay(server, sessionId);
  await becomes(server, orderId, 'completed');
  const first = await giveBack(server, orderId, 1000);
  assert.equal(first.body.data.status, 'succeeded', first.text);
  await becomes(server, orderId, 'partially_refunded');
  const ends = {
    refuse: 'failed',
    500: 'failed', // it was not done, and after an hour that is certain
    reset_after: 'succeeded',
    '500_after': 'succeeded',
  };
  for (const [fault, end] of Object.entries(ends)) {
    await faulty(server, 'refund', fault);
    const { status, text } = await giveBack(server, orderId, 100);
    assert.ok([200, 202, 502].includes(status), `${fault}: ${text}`);
    if (status === 202) await control(server, 'clock', { advance: '2h' });
    const newest = await call(server, 'GET', '/api/admin/refunds?limit=1');
    const path = `/api/admin/refunds/${newest.body.data.items[0].id}`;
    const refund = await until(
      () => call(server, 'GET', path).then((said) => said.body.data),
      (now) => now.status !== 'pending',
    );
    assert.equal(refund.status, end, fault);
  }
  const rest = await giveBack(server, orderId);
  assert.equal(rest.body.data.amount.amount, 3990 - 1000 - 200);
  await becomes(server, orderId, 'refunded');
  const { captures } = await control(server, 'state');
  assert.equal(captures[0].refunded, 3990);
  await verified(server);
});

test('R30 who comes back cancelled is shown a way to pay, who has paid what he has', async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId, checkoutUrl } = await opened(server);
  const left = await pay(server, sessionId, { outcome: 'cancel' });
  assert.match(left.redirect, /[?&]status=cancelled&tx_ref=att_/);
  const shown = await fetch(left.redirect, { redirect: 'manual' });
  assert.equal(shown.status, 303);
  assert.match(shown.headers.get('location'), /^\/payment\/cancelled\?/);
  assert.equal((await order(server, orderId)).status, 'pending');
  const form = new URLSearchParams({ act: 'card', number: '5531 8866 5214 2950' });
  const paid = await fetch(checkoutUrl, { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(paid.status, 303, await paid.text());
  const back = paid.headers.get('location');
  assert.match(back, /[?&]status=successful&tx_ref=att_\w+&transaction_id=9100/);
  await becomes(server, orderId, 'completed');
  const lied = await fetch(back.replace('status=successful', 'status=cancelled'), {
    redirect: 'manual',
  });
  assert.equal(lied.status, 200); // the order is paid, whatever the address says
});

test("Flutterwave's own client finds what was paid here, and gives it back", async (t) => {
  const server = await africanShop(t);
  const { orderId, sessionId } = await opened(server);
  const url = `http://127.0.0.1:${server.sandboxPort}/`;
  const { Transaction } = flutterwaveClient(url, KEY, folder(t));
  const none = await Transaction.verify_by_tx({ tx_ref: sessionId });
  assert.equal(none.status, 'error');
  await pay(server, sessionId);
  await becomes(server, orderId, 'completed');
  const { data } = await Transaction.verify_by_tx({ tx_ref: sessionId });
  assert.equal(data.tx_ref, sessionId);
  const { data: same } = await Transaction.verify({ id: String(data.id) });
  assert.deepEqual(same, data);
  assert.equal(`${data.status} ${data.amount} ${data.currency}`, 'successful 39.9 USD');
  const { data: all } = await Transaction.fetch({ tx_ref: sessionId });
  assert.deepEqual(
    all.map(({ id }) => id),
    [String(data.id)],
  );
  const hook = await Transaction.resend_hooks({ id: String(data.id) });
  assert.equal(hook.data, 'hook sent');
  const back = await Transaction.refund({ id: String(data.id), amount: '39.9' });
  assert.equal(back.data.amount_refunded, 39.9);
  const more = await Transaction.refund({ id: String(data.id), amount: '0.01' });
  assert.equal(more.status, 'error');
  await becomes(server, orderId, 'refunded');
  await verified(server);
});
