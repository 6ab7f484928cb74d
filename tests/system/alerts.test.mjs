// Somebody tries out stolen cards, and forges webhooks: the owner hears of it on every way there
// is, once, and again when it is over.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { call } from './lib/server.mjs';
import { control, pay, shop, until } from './lib/shop.mjs';

// What PURSER_ALERT_WEBHOOK is told of one kind.
async function listener(t, kind) {
  const heard = [];
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const told = JSON.parse(body);
      if (told.kind === kind) heard.push(told);
      answer.end('ok');
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return { heard, url: `http://127.0.0.1:${server.address().port}/alerts` };
}

const open = (server, kind) =>
  call(server, 'GET', '/api/admin/alerts?status=open').then(({ body }) =>
    body.data.items.filter((alert) => alert.kind === kind),
  );

// The standing look is due a minute later.
async function looked(server, kind, want) {
  await control(server, 'clock', { advance: '61s' });
  return until(
    () => open(server, kind),
    ({ length }) => length === want,
  );
}

test('R93 cards that are tried out are told of by mail, by POST and as metrics', async (t) => {
  const { heard, url } = await listener(t, 'card_testing');
  const server = await shop(t, {
    env: { PURSER_ALERT_WEBHOOK: url, PURSER_OWNER_MAIL: 'owner@example.com' },
  });
  // A guest orders without any key; purser's own is not what is tried here.
  const made = await call(server, 'POST', '/api/checkout/create', {
    key: null,
    body: { priceId: 'sticker-sheet-usd', gateway: 'stripe', email: 'eve@example.com' },
    headers: { 'idempotency-key': randomUUID() },
  });
  assert.equal(made.status, 200, made.text);
  const { sessionId, orderId } = made.body.data;
  for (let i = 0; i < 10; i++)
    await pay(server, sessionId, { card: i % 2 ? '4000000000000002' : '4000000000009995' });
  await until(
    () => call(server, 'GET', '/api/admin/webhooks?limit=100'),
    ({ body }) =>
      body.data.items.filter(
        ({ event, status }) => event === 'payment_intent.payment_failed' && status === 'applied',
      ).length === 10,
  );
  const [alert] = await looked(server, 'card_testing', 1);
  assert.match(alert.sentence, /^10 cards were declined from one address/);
  assert.doesNotMatch(JSON.stringify(alert), /eve@|127\.0\.0\.1|0002|9995/);
  const metrics = (await call(server, 'GET', '/metrics')).text;
  assert.match(metrics, /^purser_alert_open\{kind="card_testing"\} 1$/m);
  assert.match(metrics, /^purser_payments_declined_total 10$/m);
  await until(() => heard.length > 0);
  const mails = () =>
    control(server, 'mail').then(({ items }) =>
      items.filter(({ to, subject }) => to === 'owner@example.com' && /cards/.test(subject)),
    );
  await until(mails, ({ length }) => length === 1);
  const { body } = await call(server, 'GET', '/api/admin/audit?limit=100');
  assert.equal(body.data.items.filter(({ action }) => action === 'PAYMENT_DECLINED').length, 10);
  assert.equal((await call(server, 'GET', `/api/orders/${orderId}`)).body.data.status, 'pending');

  await control(server, 'clock', { advance: '11m' });
  await looked(server, 'card_testing', 0);
  await control(server, 'clock', { advance: '61m' }); // told at most once an hour
  await until(() => heard.length > 1);
  assert.deepEqual(
    heard.map(({ type }) => type),
    ['alert.raised', 'alert.closed'],
  );
});

test('R18 R93 forged webhooks are an alert of their own', async (t) => {
  const server = await shop(t);
  for (let i = 0; i < 20; i++) {
    const { status } = await call(server, 'POST', '/api/webhooks/stripe', {
      key: null,
      body: '{}',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${i},v1=00` },
    });
    assert.equal(status, 400);
  }
  const [alert] = await until(
    () => open(server, 'signatures'),
    ({ length }) => length === 1,
  );
  assert.match(alert.sentence, /the newest was for stripe/);
});
