// Credits that are bought: once for each payment, whatever tells of it, however often, at whichever
// gateway; and what a buyer hears of it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { call, command } from './lib/server.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';
import { KEY, SECRET, sdk } from './oracles/stripe.mjs';

const { webhooks } = sdk('http://127.0.0.1:1');
const MONEYMOTION = 'mm_sandbox_secret_0123456789abcdef';
const JSON_BODY = { 'content-type': 'application/json' };

// What each gateway would tell of this session, the i-th time: the same event again and again, now
// and then under another name.
const TELLERS = {
  async stripe(server, session) {
    const url = `http://127.0.0.1:${server.sandboxPort}/v1/checkout/sessions/${session}`;
    const headers = { authorization: `Bearer ${KEY}` };
    const object = await (await fetch(url, { headers })).json();
    return (i) => {
      const payload = JSON.stringify({
        id: `evt_${i % 5}`,
        object: 'event',
        api_version: '2026-08-26.dahlia',
        created: 1790099520,
        data: { object },
        livemode: false,
        pending_webhooks: 1,
        request: { id: null, idempotency_key: null },
        type: 'checkout.session.completed',
      });
      const header = webhooks.generateTestHeaderString({ payload, secret: SECRET });
      return { body: payload, headers: { ...JSON_BODY, 'stripe-signature': header } };
    };
  },
  moneymotion(server, session) {
    return (i) => {
      const body = JSON.stringify({
        checkoutSession: { id: session, status: 'completed', totalInCents: 999 },
        event: 'checkout_session:complete',
        customer: { email: `ada${i % 5}@example.com` },
      });
      const mark = createHmac('sha512', MONEYMOTION).update(body).digest('base64');
      return { body, headers: { ...JSON_BODY, 'x-moneymotion-signature': mark } };
    };
  },
};

const credits = (server) =>
  call(server, 'GET', '/api/credits?customerId=u-1').then(({ body }) => body.data);
const bought = (server) =>
  call(server, 'GET', '/api/credits/history?customerId=u-1&type=purchase').then(
    ({ body }) => body.data.items,
  );

async function everybodyTells(server, gateway, { orderId, sessionId }) {
  const told = await TELLERS[gateway](server, sessionId);
  const send = (i) =>
    fetch(`${server.url}/api/webhooks/${gateway}`, { method: 'POST', ...told(i) });
  const sent = Array.from({ length: 100 }, (_, i) => send(i));
  const page = `${server.url}/payment/success?order=${orderId}&wait=5`;
  const looks = Array.from({ length: 8 }, (_, i) =>
    i % 2 ? fetch(page) : order(server, orderId, '?wait=5'),
  );
  await Promise.race(sent);
  // The server answers all of them while this waits for the reconciler.
  const reconciled = command(['reconcile'], server.env);
  assert.ok([0, 1].includes(reconciled.status), reconciled.err);
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)], [200]);
  await Promise.all(looks);
  await becomes(server, orderId, 'completed');
  const list = await call(server, 'GET', '/api/admin/webhooks?limit=5');
  for (const { id } of list.body.data.items) {
    const replayed = await call(server, 'POST', `/api/admin/webhooks/${id}/replay`, { body: {} });
    assert.equal(replayed.status, 200, replayed.text);
  }
}

test('R10 I5 a pack is credited once, by 100 webhooks, page and reconciler at once', async (t) => {
  const server = await shop(t);
  await control(server, 'webhooks', { mode: 'drop' });
  let packs = 0;
  const before = 50; // the free plan's, once there is an account
  for (const gateway of ['stripe', 'moneymotion']) {
    const made = await buy(server, {
      packageId: 'pack-100',
      customerId: 'u-1',
      gateway,
      again: true,
    });
    assert.equal(made.status, 200, made.text);
    await pay(server, made.body.data.sessionId);
    await everybodyTells(server, gateway, made.body.data);
    packs++;
    assert.equal((await credits(server)).balance, before + 100 * packs, gateway);
    assert.equal((await bought(server)).length, packs, gateway);
    const { payments, grants } = await order(server, made.body.data.orderId);
    assert.equal(payments.length, 1);
    assert.deepEqual(grants, [{ type: 'credits', amount: 100 }]);
    const mails = await until(
      () => control(server, 'mail').then(({ items }) => items),
      (mails) => mails.filter(({ subject }) => /is paid$/.test(subject)).length === packs,
    );
    const [{ text }] = mails.filter(({ subject }) => subject.includes(made.body.data.orderNumber));
    assert.ok(text.includes(payments[0].id), text);
    assert.match(text, /Credits added\s+100/);
  }
  await verified(server);
});

test('R31 a pack that a bank takes days to pay for comes late or not at all', async (t) => {
  const server = await shop(t);
  for (const [outcome, end, more] of [
    ['async_success', 'completed', 100],
    ['async_failure', 'failed', 0],
  ]) {
    const body = { packageId: 'pack-100', customerId: 'u-1', again: true };
    const { orderId, sessionId } = (await buy(server, body)).body.data;
    await pay(server, sessionId, { outcome });
    await becomes(server, orderId, 'processing');
    const { balance } = await credits(server);
    await control(server, 'clock', { advance: '2m' });
    await becomes(server, orderId, end);
    assert.equal((await credits(server)).balance, balance + more, outcome);
    const history = await call(server, 'GET', '/api/payments/history?customerId=u-1');
    const [newest] = history.body.data.items;
    assert.deepEqual([newest.orderId, newest.status], [orderId, end]);
    assert.equal(newest.credits, more || undefined);
  }
  await until(
    () => control(server, 'mail').then(({ items }) => items),
    (mails) => mails.some(({ subject }) => /did not go through/.test(subject)),
  );
  await verified(server);
});

test('a page that nobody paid on is recorded as expired, and brings nothing', async (t) => {
  const server = await shop(t);
  const body = { packageId: 'pack-500', customerId: 'u-1' };
  const { orderId, sessionId } = (await buy(server, body)).body.data;
  await control(server, 'emit', { gateway: 'stripe', event: 'expired', session: sessionId });
  const over = await becomes(server, orderId, 'expired');
  assert.deepEqual(
    over.attempts.map(({ status }) => status),
    ['expired'],
  );
  const told = await until(
    () =>
      call(server, 'GET', '/api/admin/audit?limit=100').then(({ body }) =>
        body.data.items.map(({ action }) => action),
      ),
    (actions) => actions.includes('ORDER_EXPIRED'),
  );
  assert.equal(told.filter((action) => action === 'ORDER_EXPIRED').length, 1);
  const history = await call(server, 'GET', '/api/payments/history?customerId=u-1');
  assert.deepEqual(history.body.data.items, []);
  await verified(server);
});
