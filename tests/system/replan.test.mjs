// Another plan, an end, to go on after all, at the simulated Stripe: what is charged is what was
// shown, also when answers are lost and when everybody asks at once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  advance,
  ask,
  catalog,
  orders,
  sameMoney,
  shopWith,
  stands,
  status,
  subscribe,
} from './lib/plan.mjs';
import { call, sql } from './lib/server.mjs';
import { control, shop, until, verified } from './lib/shop.mjs';

test('an upgrade now costs what its preview said, and the plan is there at once', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await advance(server, '10d');
  const seen = await ask(server, 'preview', { plan: 'creator' });
  assert.equal(seen.status, 200, seen.text);
  const { dueNow, at, when } = seen.body.data;
  assert.equal(when, 'now');
  assert.ok(dueNow.amount > 500 && dueNow.amount < 1000, seen.text);
  const once = randomUUID();
  const changed = await ask(server, 'change', { plan: 'creator', at }, once);
  assert.equal(changed.status, 200, changed.text);
  assert.equal(changed.body.data.plan, 'creator');
  const again = await ask(server, 'change', { plan: 'creator', at }, once);
  assert.equal(again.text, changed.text);
  assert.equal(await sameMoney(server), 999 + dueNow.amount);
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(() => orders(server), (list) => list.length === 3);
  assert.equal(await sameMoney(server), 999 + dueNow.amount + 1999);
  assert.ok((await orders(server)).every((o) => o.status === 'completed'));
  await verified(server);
});

test('a cheaper plan begins with the next period', async (t) => {
  const server = await shop(t);
  await subscribe(server, { plan: 'creator' });
  const planned = await ask(server, 'change', { plan: 'basic' });
  assert.equal(planned.status, 200, planned.text);
  assert.equal(planned.body.data.plan, 'creator');
  assert.equal(planned.body.data.pendingChange.plan, 'basic');
  const stay = await ask(server, 'resume', { pendingChange: true });
  assert.equal(stay.body.data.pendingChange, null, stay.text);
  await ask(server, 'change', { plan: 'basic' });
  await advance(server, '1mo');
  await advance(server, '2h');
  const now = await stands(server, (s) => s.plan === 'basic');
  assert.equal(now.pendingChange, null);
  assert.equal(await sameMoney(server), 1999 + 999);
  await verified(server);
});

test('cancelled with the period, resumed, cancelled again: over there and here', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const gone = await ask(server, 'cancel', { reason: 'price', feedback: 'too dear' });
  assert.equal(gone.status, 200, gone.text);
  assert.equal(gone.body.data.cancelAtPeriodEnd, true);
  const back = await ask(server, 'resume');
  assert.equal(back.body.data.cancelAtPeriodEnd, false, back.text);
  await ask(server, 'cancel');
  await advance(server, '1mo');
  await advance(server, '1h');
  await stands(server, (s) => s.status === null);
  await advance(server, '2mo');
  assert.equal(await sameMoney(server), 999);
  await verified(server);
});

test('F21 F22 F23 a change whose answer is lost is one change', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  for (const [i, fault] of ['timeout', 'reset_after', '500_after', '429'].entries()) {
    const once = randomUUID();
    const deed = i % 2 === 0 ? 'cancel' : 'resume';
    await control(server, 'faults', { gateway: 'stripe', call: 'any', fault, times: 1 });
    await ask(server, deed, {}, once);
    const done = await until(
      () => ask(server, deed, {}, once),
      ({ status: http }) => http === 200,
    );
    assert.equal(done.body.data.cancelAtPeriodEnd, deed === 'cancel', `${fault}: ${done.text}`);
  }
  await verified(server);
});

test('what was written just before the end is sealed when the server has stopped', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await ask(server, 'cancel', {}, randomUUID());
  await server.stop();
  assert.equal(sql(server.database, 'SELECT count(*) FROM fact WHERE seq IS NULL'), '0');
});

const twoPlans = (more) => ({
  plans: [
    { ...catalog.plans[0], trialDays: 0 },
    {
      id: 'max',
      group: 'ai',
      name: 'Max',
      credits: { allowance: 1000 },
      prices: [{ id: 'max-month', amount: 4999 }],
    },
  ],
  ...more,
});

test('an upgrade at Stripe by each policy costs what was shown, to the cent', async (t) => {
  // A fifth of the allowance is left: that much of the paid month is allowed for.
  const rows = [
    ['none', 4999, 1020],
    ['credits', 4999 - 400, 1000],
  ];
  for (const [upgrade, due, credits] of rows) {
    const server = await shopWith(t, twoPlans({ credits: { upgrade } }));
    await subscribe(server, { plan: 'pro' });
    await advance(server, '10d');
    const spent = await call(server, 'POST', '/api/credits/spend', {
      body: { customerId: 'ada', amount: 80 },
      headers: { 'idempotency-key': randomUUID() },
    });
    assert.equal(spent.status, 200, spent.text);
    const seen = await ask(server, 'preview', { plan: 'max' });
    assert.equal(seen.body.data?.dueNow.amount, due, `${upgrade}: ${seen.text}`);
    assert.equal(seen.body.data.creditsNow, 1000);
    const changed = await ask(server, 'change', { plan: 'max', at: seen.body.data.at });
    assert.equal(changed.status, 200, changed.text);
    const now = await stands(server, (s) => s.plan === 'max');
    assert.equal(await sameMoney(server), 1999 + due);
    assert.equal(now.credits, credits, upgrade);
    await advance(server, '1mo');
    await advance(server, '2h');
    await until(
      () => orders(server),
      (list) => list.length === 3,
    );
    assert.equal(await sameMoney(server), 1999 + due + 4999, upgrade);
    assert.ok((await orders(server)).every((o) => o.status === 'completed'));
    await verified(server);
  }
});

test('an offer to who wants to leave is taken at Stripe, too', async (t) => {
  const server = await shopWith(t, {
    plans: [{ ...catalog.plans[0], trialDays: 0 }],
    retention: [{ reasons: ['price'], coupon: 'HALF' }],
  });
  await subscribe(server, { plan: 'pro' });
  await advance(server, '1h'); // a coupon's months do not end at the second of a renewal
  const gone = await ask(server, 'cancel', { reason: 'price' });
  assert.equal(gone.body.data.offer.coupon, 'HALF', gone.text);
  assert.equal((await ask(server, 'cancel', { reason: 'price', accept: 'HALF' })).status, 409);
  await ask(server, 'resume');
  const kept = await ask(server, 'cancel', { reason: 'price', accept: 'HALF' });
  assert.equal(kept.status, 200, kept.text);
  assert.equal(kept.body.data.cancelAtPeriodEnd, false);
  for (let month = 0; month < 3; month++) {
    await advance(server, '1mo');
    await advance(server, '2h');
  }
  const all = await until(
    () => orders(server),
    (list) => list.length >= 4,
  );
  assert.deepEqual(
    all.map((o) => [o.status, o.total.amount]),
    [
      ['completed', 1999],
      ['completed', 999],
      ['completed', 999],
      ['completed', 1999],
    ],
  );
  await sameMoney(server);
  await verified(server);
});

// Stripe's own page offers the other deed.
async function endsThere(server) {
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  const page = await (await fetch(portal.body.data.url)).text();
  assert.match(page, /value="(resume|cancel)"/);
  return /value="resume"/.test(page);
}

test('F45 who cancels and resumes from everywhere at once ends as Stripe has it', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await control(server, 'webhooks', { mode: 'duplicate' });
  for (let round = 0; round < 5; round++) {
    const deeds = ['cancel', 'resume', 'cancel', 'resume', 'cancel', 'resume'];
    const answers = await Promise.all(deeds.map((deed) => ask(server, deed)));
    assert.ok(
      answers.every(({ status: http }) => [200, 409, 502].includes(http)),
      answers.map(({ text }) => text).join('\n'),
    );
    await advance(server, '5m');
    const ends = await endsThere(server);
    await stands(server, (s) => s.cancelAtPeriodEnd === ends);
  }
  await ask(server, (await endsThere(server)) ? 'resume' : 'cancel');
  assert.equal(await endsThere(server), (await status(server)).cancelAtPeriodEnd);
  await verified(server);
});

test('what an upgrade costs in the last hours comes with the next renewal', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const { currentPeriodEnd } = await status(server);
  const { to } = await advance(server, '1s');
  const hours = Math.floor((Date.parse(currentPeriodEnd) - Date.parse(to)) / 3_600_000) - 12;
  await advance(server, `${hours}h`);
  const seen = await ask(server, 'preview', { plan: 'creator' });
  assert.equal(seen.body.data.dueNow.amount, 0, seen.text);
  const more = -seen.body.data.credit.amount;
  assert.ok(more > 0 && more < 50, seen.text);
  const changed = await ask(server, 'change', { plan: 'creator', at: seen.body.data.at });
  assert.equal(changed.body.data.plan, 'creator', changed.text);
  assert.equal(await sameMoney(server), 999);
  await advance(server, '1d');
  const all = await until(
    () => orders(server),
    (list) => list.length === 3,
  );
  assert.ok(
    all.every((o) => o.status === 'completed'),
    JSON.stringify(all.map((o) => [o.status, o.total, o.reason])),
  );
  assert.equal(await sameMoney(server), 999 + 1999 + more);
  await verified(server);
});

test('a month, a year, a month, a year at Stripe bring the credits of one month', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const { credits } = await status(server);
  const use = (amount) =>
    call(server, 'POST', '/api/credits/spend', {
      body: { customerId: 'ada', amount },
      headers: { 'idempotency-key': randomUUID() },
    });
  assert.equal((await use(300)).status, 200);
  for (const interval of ['year', 'month', 'year']) {
    const seen = await ask(server, 'preview', { interval, when: 'now' });
    assert.equal(seen.status, 200, seen.text);
    const { at, creditsNow, creditsEnd, creditsOwed } = seen.body.data;
    assert.deepEqual([creditsNow - creditsEnd, creditsOwed], [0, 0], seen.text);
    const changed = await ask(server, 'change', { interval, when: 'now', at });
    assert.equal(changed.status, 200, changed.text);
    const now = await stands(server, (s) => s.interval === interval);
    assert.equal(now.credits, credits - 300, interval);
  }
  await verified(server);
});

test('up and down at once at Stripe keeps no credits that were not kept paid', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await advance(server, '10d');
  const { credits } = await status(server);
  for (const plan of ['creator', 'basic', 'creator', 'basic']) {
    const seen = await ask(server, 'preview', { plan, when: 'now' });
    const { at, creditsNow, creditsEnd } = seen.body.data;
    assert.deepEqual([creditsNow, creditsEnd], plan === 'basic' ? [0, 1000] : [1000, 0], seen.text);
    const changed = await ask(server, 'change', { plan, when: 'now', at });
    assert.equal(changed.status, 200, changed.text);
    const now = await stands(server, (s) => s.plan === plan);
    assert.equal(now.credits, credits + (plan === 'basic' ? 0 : 1000));
  }
  await verified(server);
});

const giveBack = (server, orderId) =>
  call(server, 'POST', '/api/admin/refunds', {
    body: { orderId, reason: 'asked for it' },
    headers: { 'idempotency-key': randomUUID() },
  });

test('R11 a plan whose month went back whole ends at Stripe, and charges no more', async (t) => {
  const server = await shop(t);
  const { orderId } = await subscribe(server);
  await advance(server, '5d');
  await control(server, 'faults', { gateway: 'stripe', call: 'any', fault: '500', times: 4 });
  const given = await giveBack(server, orderId);
  assert.ok([200, 202].includes(given.status), given.text);
  await until(async () => {
    await advance(server, '1m');
    return status(server);
  }, (s) => s.status === null);
  await advance(server, '3mo');
  assert.equal(await sameMoney(server), 0);
  assert.equal((await orders(server)).length, 1);
  await verified(server);
});

test('R11 an upgrade whose money went back is the plan before it, at Stripe too', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  await advance(server, '10d');
  const { credits } = await status(server);
  await ask(server, 'change', { plan: 'creator' });
  await stands(server, (s) => s.plan === 'creator');
  const upgrade = (await orders(server))[0];
  await control(server, 'faults', { gateway: 'stripe', call: 'any', fault: '500', times: 4 });
  const given = await giveBack(server, upgrade.orderId);
  assert.ok([200, 202].includes(given.status), given.text);
  const now = await until(async () => {
    await advance(server, '1m');
    return status(server);
  }, (s) => s.plan === 'basic');
  assert.equal(now.credits, credits);
  assert.equal(await sameMoney(server), 999);
  await advance(server, '1mo');
  await until(
    () => orders(server),
    (list) => list.filter((o) => o.total.amount === 999).length === 2,
  );
  assert.equal(await sameMoney(server), 2 * 999);
  await verified(server);
});
