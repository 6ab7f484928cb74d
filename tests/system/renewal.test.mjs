// Plans that the simulated Stripe renews, over a clock that is moved: what it collects is what
// purser has, whatever became of its events.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, command, folder } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';

const status = (server, customer = 'ada') =>
  call(server, 'GET', `/api/subscription/status?customerId=${customer}`).then(
    ({ body }) => body.data,
  );

const stands = (server, wanted) => until(() => status(server), wanted);

const orders = (server) =>
  call(server, 'GET', '/api/orders?customerId=ada&limit=100').then(({ body }) => body.data.items);

const ask = (server, deed, body = {}, once = randomUUID()) =>
  call(server, 'POST', `/api/subscription/${deed}`, {
    body: { customerId: 'ada', ...body },
    headers: { 'idempotency-key': once },
  });

const advance = (server, by) => control(server, 'clock', { advance: by });

async function subscribe(server, what = {}, card = undefined) {
  const made = await buy(server, { plan: 'basic', customerId: 'ada', ...what });
  assert.equal(made.status, 200, made.text);
  await pay(server, made.body.data.sessionId, card === undefined ? {} : { card });
  await becomes(server, made.body.data.orderId, 'completed');
  await stands(server, (s) => s?.subscriptionId !== null && s.status !== null);
  return made.body.data;
}

// What Stripe holds is what the paid orders come to.
async function sameMoney(server) {
  const { captures } = await control(server, 'state');
  const held = captures.reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
  const sold = (await orders(server))
    .filter((o) => o.status === 'completed')
    .flatMap((o) => o.payments)
    .reduce((sum, p) => sum + p.amount.amount, 0);
  assert.equal(sold, held);
  return sold;
}

test('R100 a year of months is twelve renewals, each with its credits', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  for (let month = 1; month <= 12; month++) {
    const { currentPeriodEnd } = await status(server);
    await advance(server, '1mo');
    await advance(server, '2h');
    const now = await stands(server, (s) => s.currentPeriodStart >= currentPeriodEnd.slice(0, 19));
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

// A form of the simulated Stripe's pages.
const press = (url, fields) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

// The next renewal is charged to a card that is declined.
async function cardGoesBad(server) {
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  assert.equal(portal.status, 200, portal.text);
  const { url } = portal.body.data;
  assert.equal((await press(url, { act: 'card', number: '4000000000000341' })).status, 303);
  return url;
}

// Its id at Stripe, as the customer's own page there names it.
async function subscriptionThere(server) {
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  const page = await (await fetch(portal.body.data.url)).text();
  return /name="sub" value="(sub_[^"]+)"/.exec(page)[1];
}

const mails = (server) =>
  control(server, 'mail').then((data) => data.items ?? data.mails ?? data);

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

test('R29 the mirror heals from lists alone, whatever was never told', async (t) => {
  // Neither events nor their list: only what the day's reconciliation asks.
  const server = await shop(t);
  await subscribe(server);
  await control(server, 'webhooks', { mode: 'drop' });
  const { url } = (
    await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } })
  ).body.data;
  const id = /name="sub" value="(sub_[^"]+)"/.exec(await (await fetch(url)).text())[1];
  await press(url, { act: 'cancel', sub: id });
  assert.equal((await status(server)).cancelAtPeriodEnd, false);
  const said = command(['reconcile'], server.env);
  assert.match(said.out, /1 applied now/, said.out + said.err);
  assert.equal((await status(server)).cancelAtPeriodEnd, true);
  assert.match(command(['reconcile'], server.env).out, / 0 applied now/);
  await verified(server);
});

test('a renewal that goes back at Stripe is refunded here, with its period', async (t) => {
  const server = await shop(t);
  await subscribe(server);
  const id = await subscriptionThere(server);
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(
    () => orders(server),
    (list) => list.length === 2 && list[0].status === 'completed',
  );
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
  await subscribe(server);
  const id = await subscriptionThere(server);
  await advance(server, '1mo');
  await advance(server, '2h');
  await until(
    () => orders(server),
    (list) => list.length === 2 && list[0].status === 'completed',
  );
  await control(server, 'emit', { gateway: 'stripe', event: 'disputed', id });
  await until(
    () => orders(server),
    (list) => list[0].status === 'disputed',
  );
  await verified(server);
});

const catalog = {
  plans: [
    {
      id: 'pro',
      group: 'ai',
      name: 'Pro',
      trialDays: 14,
      credits: { allowance: 100 },
      prices: [
        { id: 'pro-month', amount: 1999 },
        { id: 'pro-year', interval: 'year', amount: 19990 },
      ],
    },
  ],
  coupons: [
    { code: 'HALF', basisPoints: 5000, duration: 'months', months: 2 },
    { code: 'ALL', basisPoints: 10000 },
  ],
  tax: { rates: [{ country: 'DE', basisPoints: 1900, name: 'VAT' }] },
  routing: { card: ['stripe'] },
};

async function shopWith(t, more = {}) {
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify({ ...catalog, ...more }));
  return shop(t, { env: { PURSER_CATALOG: file } });
}

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
