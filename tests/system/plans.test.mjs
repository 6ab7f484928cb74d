// Plans over HTTP: bought on Stripe's page, given with their payment, and kept by the clock.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call } from './lib/server.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';

const ada = { customerId: 'ada' };
const credits = (server, customerId = 'ada') =>
  call(server, 'GET', `/api/credits?customerId=${customerId}`).then(({ body }) => body.data);
const advance = (server, by) => control(server, 'clock', { advance: by });
const begin = async (server, body) => {
  const made = await buy(server, { ...ada, ...body });
  assert.equal(made.status, 200, made.text);
  return made.body.data;
};
const begun = async (server, body) => {
  const { orderId, sessionId } = await begin(server, body);
  await pay(server, sessionId);
  await becomes(server, orderId, 'completed');
  return orderId;
};

test('each plan of the demo is bought on Stripe, by the month and by the year', async (t) => {
  const server = await shop(t);
  const plans = { basic: [999, 9990, 500], creator: [1999, 19990, 1500], team: [2999, 29990, 5000] };
  for (const [plan, [month, year, allowance]] of Object.entries(plans))
    for (const [interval, amount] of Object.entries({ month, year })) {
      const customerId = `${plan}-${interval}`;
      const email = `${customerId}@example.com`;
      const { gateway, total, sessionId, orderId } = await begin(server, {
        plan,
        interval,
        customerId,
        email,
      });
      assert.deepEqual([gateway, total.amount], ['stripe', amount]);
      await pay(server, sessionId);
      const paid = await becomes(server, orderId, 'completed');
      assert.equal(paid.lines[0].interval, interval);
      assert.deepEqual(paid.lines[0].recurring, { amount, currency: 'USD' });
      const has = await credits(server, customerId);
      assert.deepEqual([has.plan, has.balance, has.allowance], [plan, 50 + allowance, allowance]);
      assert.ok(has.renewsAt > new Date().toISOString());
    }
  await verified(server);
});

test('who has a plan hears how to change it; memberships wait for their gateways', async (t) => {
  const server = await shop(t);
  await begun(server, { plan: 'basic' });
  const second = await buy(server, { ...ada, plan: 'creator' });
  assert.equal(second.status, 409);
  assert.equal(second.body.code, 'ALREADY_SUBSCRIBED');
  const { plan, status, change } = second.body.details;
  assert.deepEqual([plan, status, change], ['basic', 'active', 'POST /api/subscription/change']);
  const member = await buy(server, { ...ada, plan: 'insider' });
  assert.equal(member.status, 502);
  assert.match(member.body.error, /no gateway that takes this payment is set up or reachable/);
  const guest = await buy(server, { plan: 'basic' });
  assert.equal(guest.status, 400);
  await verified(server);
});

test('R100 month by month credits come once, are carried over, and no more', async (t) => {
  const server = await shop(t);
  await begun(server, { plan: 'basic' });
  for (let month = 1; month <= 4; month++) {
    const spend = { ...ada, amount: 100 };
    const spent = await call(server, 'POST', '/api/credits/spend', {
      body: spend,
      headers: { 'idempotency-key': randomUUID() },
    });
    assert.equal(spent.status, 200, spent.text);
    await advance(server, '31d');
    const { plan, balance } = await credits(server);
    assert.equal(plan, 'basic');
    assert.equal(balance, month === 1 ? 950 : 1000, `month ${month}`);
  }
  const { body } = await call(server, 'GET', '/api/credits/history?customerId=ada&type=allocation');
  assert.equal(body.data.items.length, 6, 'the free ones, and five months');
  await verified(server);
});

test('R100 a price by the year brings each month its credits on the anchor day', async (t) => {
  const server = await shop(t);
  await begun(server, { plan: 'basic', interval: 'year' });
  const first = await credits(server);
  for (let month = 1; month <= 3; month++) await advance(server, '1mo');
  const { balance, renewsAt } = await credits(server);
  assert.equal(balance, 1000);
  assert.equal(renewsAt.slice(8, 10), first.renewsAt.slice(8, 10));
  await verified(server);
});

test('of two pages for plans of one group the first ends at Stripe, too', async (t) => {
  const server = await shop(t);
  const first = await begin(server, { plan: 'basic' });
  const second = await begin(server, { plan: 'creator' });
  await becomes(server, first.orderId, 'cancelled');
  await until(
    () => control(server, 'state'),
    ({ sessions }) => sessions.find(({ session }) => session === first.sessionId)?.status === 'expired',
  );
  await pay(server, second.sessionId);
  await becomes(server, second.orderId, 'completed');
  assert.equal((await credits(server)).plan, 'creator');
  assert.equal((await order(server, first.orderId)).status, 'cancelled');
  await verified(server);
});
