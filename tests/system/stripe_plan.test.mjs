// What becomes of the money of a plan that Stripe renews, when it goes back or is argued about
// there: its payments carry no mark of ours.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';

const orders = (server) =>
  call(server, 'GET', '/api/orders?customerId=ada&limit=100').then(({ body }) => body.data.items);

async function subscribe(server) {
  const made = await buy(server, { plan: 'basic', customerId: 'ada' });
  assert.equal(made.status, 200, made.text);
  await pay(server, made.body.data.sessionId);
  await becomes(server, made.body.data.orderId, 'completed');
  return made.body.data;
}

// Some months later, each paid: the newest order, which is the last renewal.
async function renewed(server, months = 1) {
  for (let i = 0; i < months; i++) {
    await control(server, 'clock', { advance: '1mo' });
    await control(server, 'clock', { advance: '2h' });
  }
  const all = await until(
    () => orders(server),
    (list) => list.length === months + 1 && list.every((o) => o.status === 'completed'),
  );
  return all[0];
}

// The invoices of the only subscription at the simulated Stripe, newest first.
async function invoices(server) {
  const answer = await fetch(`http://127.0.0.1:${server.sandboxPort}/v1/invoices`, {
    headers: { authorization: 'Bearer sk_test_sandbox_1234567890' },
  });
  return (await answer.json()).data;
}

const happens = (server, event, id) => control(server, 'emit', { gateway: 'stripe', event, id });

test('a renewal that goes back in the Dashboard is refunded here, no other order', async (t) => {
  const server = await shop(t);
  const first = await subscribe(server);
  const last = await renewed(server, 2);
  await happens(server, 'refunded', (await invoices(server))[0].id);
  await becomes(server, last.orderId, 'refunded');
  const left = (await orders(server)).filter((o) => o.status === 'completed');
  assert.equal(left.length, 2);
  await happens(server, 'refunded', (await invoices(server))[2].id);
  await becomes(server, first.orderId, 'refunded');
  await verified(server);
});

test('a renewal that is disputed is disputed here', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const last = await renewed(server);
  await happens(server, 'disputed', (await invoices(server))[0].id);
  await becomes(server, last.orderId, 'disputed');
  await verified(server);
});

test('what goes back before its renewal is known here waits for it', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await control(server, 'webhooks', { mode: 'hold' });
  await control(server, 'clock', { advance: '1mo' });
  await control(server, 'clock', { advance: '2h' });
  await control(server, 'webhooks', { mode: 'normal' });
  await happens(server, 'refunded', (await invoices(server))[0].id);
  await control(server, 'webhooks', { mode: 'release' });
  const all = await until(
    () => orders(server),
    (list) => list.length === 2 && list[0].status === 'refunded',
    60_000,
  );
  assert.equal(all[1].status, 'completed');
  await verified(server);
});
