// Plans over HTTP: bought on Stripe's page, given with their payment, and kept by the clock.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, folder } from './lib/server.mjs';
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
  const plans = {
    basic: [999, 9990, 500],
    creator: [1999, 19990, 1500],
    team: [2999, 29990, 5000],
  };
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

test('who has a plan hears how to change it; a membership is bought beside it', async (t) => {
  const server = await shop(t);
  await begun(server, { plan: 'basic' });
  const second = await buy(server, { ...ada, plan: 'creator' });
  assert.equal(second.status, 409);
  assert.equal(second.body.code, 'ALREADY_SUBSCRIBED');
  const { plan, status, change } = second.body.details;
  assert.deepEqual([plan, status, change], ['basic', 'active', 'POST /api/subscription/change']);
  const member = await buy(server, { ...ada, plan: 'insider' });
  assert.equal(member.status, 200, member.text);
  assert.equal(member.body.data.gateway, 'flutterwave');
  await pay(server, member.body.data.sessionId);
  await becomes(server, member.body.data.orderId, 'completed');
  const group = '/api/subscription/status?customerId=ada&group=membership';
  const membership = await until(
    () => call(server, 'GET', group).then(({ body }) => body.data),
    (now) => now?.status === 'active',
  );
  assert.equal(membership.plan, 'insider');
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
    ({ sessions }) =>
      sessions.find(({ session }) => session === first.sessionId)?.status === 'expired',
  );
  await pay(server, second.sessionId);
  await becomes(server, second.orderId, 'completed');
  assert.equal((await credits(server)).plan, 'creator');
  assert.equal((await order(server, first.orderId)).status, 'cancelled');
  await verified(server);
});

const catalog = (t) => {
  const file = join(folder(t), 'catalog.json');
  const plan = {
    id: 'pro',
    group: 'ai',
    name: 'Pro',
    trialDays: 14,
    credits: { allowance: 100 },
    prices: [{ id: 'pro-month', amount: 1000 }],
  };
  const prices = [{ id: 'lite-month', amount: 500 }];
  const lite = { ...plan, id: 'lite', name: 'Lite', trialDays: 0, prices };
  const coupons = [{ code: 'FREE', basisPoints: 10000 }];
  const routing = { card: ['stripe'] };
  writeFileSync(file, JSON.stringify({ plans: [plan, lite], coupons, routing }));
  return { env: { PURSER_CATALOG: file } };
};

test('a trial has a page at Stripe, costs nothing, and is paid for when it is over', async (t) => {
  const server = await shop(t, catalog(t));
  const made = await begin(server, { plan: 'pro' });
  assert.equal(made.total.amount, 0);
  assert.match(made.checkoutUrl, /^http/);
  await pay(server, made.sessionId);
  const begun = await becomes(server, made.orderId, 'completed');
  assert.equal(begun.lines[0].description, '14 days free, then $10.00 a month');
  assert.equal((await credits(server)).balance, 100);
  await advance(server, '15d');
  const orders = await until(
    () => call(server, 'GET', '/api/orders?customerId=ada').then(({ body }) => body.data.items),
    (list) => list.length === 2,
  );
  assert.equal(orders[0].total.amount, 1000);
  assert.equal((await credits(server)).balance, 200);
  // Had once: the next plan of this person costs from its first day.
  const again = { body: { ...ada, plan: 'pro' } };
  const quote = await call(server, 'POST', '/api/checkout/quote', again);
  assert.equal(quote.body.data.total.amount, 1000);
  await verified(server);
});

test('a first period that a code pays for has its page, and the second one costs', async (t) => {
  const server = await shop(t, catalog(t));
  const made = await begin(server, { plan: 'lite', coupon: 'FREE' });
  assert.equal(made.total.amount, 0);
  await pay(server, made.sessionId);
  await becomes(server, made.orderId, 'completed');
  await advance(server, '32d');
  const { totals } = await control(server, 'state');
  assert.deepEqual(
    totals.map(({ amount }) => amount),
    [500],
  );
  assert.equal((await credits(server)).balance, 200);
  await verified(server);
});
