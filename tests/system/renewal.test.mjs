// Plans that the simulated Stripe renews, over a clock that is moved: what it collects is what
// purser has, whatever became of its events.
import test from 'node:test';
import assert from 'node:assert/strict';
import {
  advance,
  cardGoesBad,
  catalog,
  mails,
  orders,
  press,
  sameMoney,
  shopWith,
  stands,
  status,
  subscribe,
  subscriptionThere,
} from './lib/plan.mjs';
import { ON_POSTGRES, call, command } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';

test('R100 a year of months is twelve renewals, each with its credits', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await advance(server, '1m'); // the period is Stripe's, not from the moment it was settled
  for (let month = 1; month <= 12; month++) {
    const { currentPeriodEnd } = await status(server);
    await advance(server, '1mo');
    await advance(server, '2h');
    const now = await stands(server, (s) => s.currentPeriodStart === currentPeriodEnd);
    assert.equal(now.status, 'active');
  }
  const all = await orders(server);
  assert.equal(all.length, 13);
  assert.ok(all.every((o) => o.status === 'completed'));
  assert.equal(await sameMoney(server), 13 * 999);
  await verified(server);
});

test('F31 F32 F34 duplicates, another order and lost events end in the same state', async (t) => {
  for (const mode of ['duplicate', 'reorder', 'drop']) {
    const server = await shop(t);
    await control(server, 'webhooks', { mode });
    const made = await buy(server, { plan: 'basic', customerId: 'ada' });
    await pay(server, made.body.data.sessionId);
    await advance(server, '2m');
    await becomes(server, made.body.data.orderId, 'completed');
    for (let month = 0; month < 3; month++) await advance(server, '1mo');
    await advance(server, '1d');
    const all = await until(
      () => orders(server),
      (list) => list.length === 4,
    );
    assert.ok(
      all.every((o) => o.status === 'completed'),
      `${mode}: ${JSON.stringify(all.map((o) => [o.orderNumber, o.status, o.reason]))}`,
    );
    assert.equal(await sameMoney(server), 4 * 999, mode);
    assert.equal((await status(server)).status, 'active', mode);
    await verified(server);
  }
});

test('a card that fails at renewal: past due, a mail that helps, over after grace', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await cardGoesBad(server);
  await advance(server, '1mo');
  await advance(server, '2h');
  const due = await stands(server, (s) => s.status === 'past_due');
  assert.equal(due.plan, 'basic');
  const told = (await mails(server)).filter((m) => /did not go through/.test(m.subject));
  assert.equal(told.length, 1, JSON.stringify(told));
  await advance(server, '8d');
  const over = await stands(server, (s) => s.status === null);
  assert.equal(over.plan, 'free');
  assert.equal(await sameMoney(server), 999);
  await advance(server, '2mo'); // it is over at Stripe, too
  assert.equal(await sameMoney(server), 999);
  await verified(server);
});

test('who mends the card in the days of grace goes on as if nothing had been', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const portal = await cardGoesBad(server);
  await advance(server, '1mo');
  await advance(server, '2h');
  await stands(server, (s) => s.status === 'past_due');
  const [told] = (await mails(server)).filter((m) => /did not go through/.test(m.subject));
  const page = /https?:\/\/\S*\/i\/\S+/.exec(told.text)?.[0] ?? assert.fail(told.text);
  await press(page, { number: '4242424242424242' });
  const now = await stands(server, (s) => s.status === 'active');
  await press(portal, { act: 'card', number: '4242424242424242' });
  assert.equal((await orders(server)).length, 2);
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(() => orders(server), (list) => list.length === 3);
  assert.equal((await status(server)).currentPeriodStart, now.currentPeriodEnd);
  assert.equal(await sameMoney(server), 3 * 999);
  await verified(server);
});

test('what the customer changes on the gateway\'s own page is mirrored', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  const { url } = portal.body.data;
  const id = /name="sub" value="(sub_[^"]+)"/.exec(await (await fetch(url)).text())[1];
  await press(url, { act: 'cancel', sub: id });
  await stands(server, (s) => s.cancelAtPeriodEnd);
  await press(url, { act: 'resume', sub: id });
  await stands(server, (s) => !s.cancelAtPeriodEnd);
  await verified(server);
});

test('R29 the mirror heals from lists alone, whatever was never told', async (t) => {
  // Neither events nor their list: only what the day's reconciliation asks.
  const server = await shop(t);
  await subscribe(server);
  await advance(server, '1m'); // what its beginning told has been asked about
  await control(server, 'webhooks', { mode: 'drop' });
  const { url } = (
    await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } })
  ).body.data;
  const id = /name="sub" value="(sub_[^"]+)"/.exec(await (await fetch(url)).text())[1];
  await press(url, { act: 'cancel', sub: id });
  assert.equal((await status(server)).cancelAtPeriodEnd, false);
  if (ON_POSTGRES) {
    await advance(server, '25h'); // no command reaches a server there: its own day does
    await stands(server, (s) => s.cancelAtPeriodEnd);
  } else {
    const said = command(['reconcile'], server.env);
    assert.match(said.out, /1 applied now/, said.out + said.err);
    assert.equal((await status(server)).cancelAtPeriodEnd, true);
    assert.match(command(['reconcile'], server.env).out, / 0 applied now/);
  }
  await verified(server);
});

test('what is never told is known within a day: a card that fails, what goes back', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const id = await subscriptionThere(server);
  await control(server, 'webhooks', { mode: 'drop' });
  const portal = await cardGoesBad(server);
  await advance(server, '1mo');
  await advance(server, '25h');
  await stands(server, (s) => s.status === 'past_due');
  await press(portal, { act: 'card', number: '4242424242424242' });
  await advance(server, '5d'); // Stripe tries again by its own rules
  await stands(server, (s) => s.status === 'active');
  await until(() => orders(server), (list) => list[0].status === 'completed');
  await control(server, 'emit', { gateway: 'stripe', event: 'refunded', id });
  await advance(server, '25h');
  await until(() => orders(server), (list) => list[0].status === 'refunded');
  await advance(server, '1h');
  await stands(server, (s) => s.status === null);
  await verified(server);
});

// Subscribed, and a month later paid again; the subscription as Stripe names it.
async function renewedOnce(server) {
  await subscribe(server);
  const id = await subscriptionThere(server);
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(
    () => orders(server),
    (list) => list.length === 2 && list[0].status === 'completed',
  );
  return id;
}

test('a renewal that goes back at Stripe is refunded here, with its period', async (t) => {
  const server = await shop(t);
  const id = await renewedOnce(server);
  await control(server, 'emit', { gateway: 'stripe', event: 'refunded', id });
  const [renewal] = await until(
    () => orders(server),
    (list) => list[0].status === 'refunded',
  );
  assert.equal(renewal.refunded.amount, 999);
  assert.equal(await sameMoney(server), 999);
  await verified(server);
});

test('a dispute about a renewal is found by its payment', async (t) => {
  const server = await shop(t);
  const id = await renewedOnce(server);
  await control(server, 'emit', { gateway: 'stripe', event: 'disputed', id });
  await until(
    () => orders(server),
    (list) => list[0].status === 'disputed',
  );
  await verified(server);
});

test('a trial at Stripe costs nothing, says when it ends, and is then paid', async (t) => {
  const server = await shopWith(t);
  await subscribe(server, { plan: 'pro' });
  assert.equal((await status(server)).status, 'trialing');
  await advance(server, '12d');
  const told = (await mails(server)).filter((m) => /Your trial of Pro ends on/.test(m.subject));
  assert.equal(told.length, 1);
  await advance(server, '3d');
  await stands(server, (s) => s.status === 'active');
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(
    () => orders(server),
    (list) => list.length === 3,
  );
  assert.ok((await orders(server)).every((o) => o.status === 'completed'));
  assert.equal(await sameMoney(server), 2 * 1999);
  await verified(server);
});

test('coupon and tax at Stripe are those that were agreed to, month by month', async (t) => {
  const server = await shopWith(t, {
    plans: [{ ...catalog.plans[0], trialDays: 0 }],
  });
  await subscribe(server, { plan: 'pro', coupon: 'HALF', country: 'DE' });
  for (let month = 0; month < 3; month++) {
    await advance(server, '1mo');
    await advance(server, '2h');
  }
  const all = await until(
    () => orders(server),
    (list) => list.length === 4,
  );
  assert.deepEqual(
    all.map((o) => [o.status, o.total.amount]),
    [
      ['completed', 2379],
      ['completed', 2379],
      ['completed', 1189],
      ['completed', 1189],
    ],
  );
  await sameMoney(server);
  await verified(server);
});

test('R100 by the year, from the 29th of February: the day stays', async (t) => {
  const server = await shopWith(t, { plans: [{ ...catalog.plans[0], trialDays: 0 }] });
  const { from } = await advance(server, '1s');
  const toLeapDay = Math.ceil((Date.UTC(2028, 1, 29, 12) - Date.parse(from)) / 86_400_000);
  await advance(server, `${toLeapDay}d`);
  await subscribe(server, { plan: 'pro', interval: 'year' });
  const began = (await status(server)).currentPeriodStart;
  assert.equal(began.slice(5, 10), '02-29');
  const starts = [];
  for (let year = 0; year < 5; year++) {
    await advance(server, '1y');
    await advance(server, '2d');
    const now = await stands(server, (s) => s.currentPeriodStart > (starts.at(-1) ?? began));
    starts.push(now.currentPeriodStart);
  }
  assert.deepEqual(
    starts.map((s) => s.slice(0, 10)),
    ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28'],
  );
  assert.equal(await sameMoney(server), 6 * 19990);
  await verified(server);
});
