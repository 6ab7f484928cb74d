// Credits over HTTP, by everybody at once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ON_POSTGRES, call, command } from './lib/server.mjs';
import { control, shop, until, verified } from './lib/shop.mjs';
import { token } from './lib/tokens.mjs';

// Who is told that it is busy asks again with the same key, as the contract says.
const post = (server, path, body, options = {}) => {
  const headers = { 'idempotency-key': options.once ?? randomUUID() };
  return until(
    () => call(server, 'POST', `/api/${path}`, { body, ...options, headers }),
    ({ status }) => status !== 503,
  );
};
const give = (server, customerId, amount) =>
  post(server, 'admin/credits/grant', { customerId, amount, reason: 'a test' });
const balance = (server, customerId) =>
  call(server, 'GET', `/api/credits?customerId=${customerId}`).then(({ body }) => body.data);

test('R8 64 spends of the last credits at once: exactly those that fit', async (t) => {
  const server = await shop(t);
  // Two servers on one PostgreSQL share the work.
  const other = ON_POSTGRES ? await shop(t, { database: server.database }) : server;
  for (let round = 0; round < 5; round++) {
    const customerId = `ada-${round}`;
    const { body } = await give(server, customerId, 50); // and the 50 of the free plan
    assert.equal(body.data.balance, 100);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        post(i % 2 === 0 ? server : other, 'credits/spend', { customerId, amount: 7 }),
      ),
    );
    const taken = answers.filter(({ status }) => status === 200);
    assert.equal(taken.length, 14);
    const left = answers.filter(({ status }) => status !== 200);
    const codes = new Set(left.map(({ body: said }) => said.code));
    assert.deepEqual([...codes], ['INSUFFICIENT_CREDITS']);
    assert.equal((await balance(server, customerId)).balance, 2);
    const balances = taken.map(({ body: said }) => said.data.balance).sort((a, b) => a - b);
    assert.equal(new Set(balances).size, 14, 'each saw a balance of its own');
  }
  if (other !== server) await other.stop();
  await verified(server);
});

test('R12 the same spend sent twice at once is done once, and both hear so', async (t) => {
  const server = await shop(t);
  const other = ON_POSTGRES ? await shop(t, { database: server.database }) : server;
  for (let round = 0; round < 20; round++) {
    const use = { customerId: `twin-${round}`, amount: 50 }; // all that there is
    const once = randomUUID();
    const twins = await Promise.all(
      [server, other].map((one) => post(one, 'credits/spend', use, { once })),
    );
    assert.deepEqual(
      twins.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(twins[0].text, twins[1].text);
  }
  if (other !== server) await other.stop();
  await verified(server);
});

test('spends, reservations, settlings, releases and refunds at once add up', async (t) => {
  const server = await shop(t);
  const customerId = 'bea';
  await give(server, customerId, 950);
  const work = async (i) => {
    if (i % 3 === 0) {
      const use = { customerId, amount: 5, reference: `r${i}` };
      const spent = await post(server, 'credits/spend', use);
      if (spent.status !== 200 || i % 2 === 0) return;
      await post(server, 'credits/refund', { customerId, reference: `r${i}`, reason: 'it failed' });
      return;
    }
    const held = await post(server, 'credits/reserve', { customerId, amount: 8 });
    if (held.status !== 200) return;
    const { reservationId } = held.body.data;
    // Settled and released at once: one of them wins.
    const ends = await Promise.all([
      post(server, 'credits/settle', { customerId, reservationId, amount: 3 }),
      post(server, 'credits/release', { customerId, reservationId }),
    ]);
    assert.deepEqual(ends.map(({ status }) => status).sort(), [200, 409]);
  };
  await Promise.all(Array.from({ length: 60 }, (_, i) => work(i)));
  const now = await balance(server, customerId);
  assert.equal(now.reserved, 0);
  assert.equal(
    now.balance,
    now.lots.reduce((sum, lot) => sum + lot.left, 0),
  );
  await verified(server);
});

test('R54 a user spends and sees its own credits, and gives none back', async (t) => {
  const server = await shop(t);
  const key = token({ sub: 'cleo' });
  const spent = await post(server, 'credits/spend', { amount: 10 }, { key });
  assert.equal(spent.body.data.balance, 40);
  const foreign = await call(server, 'GET', '/api/credits?customerId=ada', { key });
  assert.equal(foreign.status, 404);
  const other = await post(server, 'credits/spend', { amount: 1, customerId: 'ada' }, { key });
  assert.equal(other.status, 404);
  const { transactionId } = spent.body.data;
  const refund = await post(server, 'credits/refund', { transactionId, reason: 'please' }, { key });
  assert.equal(refund.status, 403);
  for (const path of ['credits/settle', 'credits/release'])
    assert.equal((await post(server, path, { reservationId: 'res_0' }, { key })).status, 403);
  const grant = { customerId: 'cleo', amount: 5, reason: 'me' };
  assert.equal((await post(server, 'admin/credits/grant', grant, { key })).status, 403);
  const mine = await call(server, 'GET', '/api/credits/history', { key });
  assert.deepEqual(
    mine.body.data.items.map(({ type, amount, balanceAfter }) => [type, amount, balanceAfter]),
    [
      ['usage', -10, 40],
      ['allocation', 50, 50],
    ],
  );
});

test('bad input has a sentence, a code and no effect', async (t) => {
  const server = await shop(t);
  const bad = [
    ['credits/spend', {}],
    ['credits/spend', { customerId: 'ada' }],
    ['credits/spend', { customerId: 'ada', amount: 0 }],
    ['credits/spend', { customerId: 'ada', amount: -5 }],
    ['credits/spend', { customerId: 'ada', amount: 1.5 }],
    ['credits/spend', { customerId: 'ada', amount: 1e10 }],
    ['credits/spend', { customerId: 'ada', amount: 1, operation: 'standard_generation' }],
    ['credits/spend', { customerId: 'ada', operation: 'nothing' }],
    ['credits/spend', { customerId: 'ada', operation: 'standard_generation', quantity: 0 }],
    ['credits/spend', { customerId: 'ada', operation: 'standard_generation', extras: ['x'] }],
    ['credits/spend', { customerId: 'ada', operation: 'standard_generation', extras: 'x' }],
    ['credits/spend', { customerId: 'ada', amount: 1, labels: { a: 1 } }],
    ['credits/spend', { customerId: 'ada', amount: 1, labels: 'x' }],
    ['credits/spend', { customerId: 'ada', amount: 1, price: 1 }],
    ['credits/reserve', { customerId: 'ada', amount: 1, ttlSeconds: 0 }],
    ['credits/refund', { customerId: 'ada', reason: 'x' }],
    ['credits/refund', { customerId: 'ada', reason: 'x', reference: 'a', transactionId: 'b' }],
    ['admin/credits/grant', { customerId: 'ada', amount: 0, reason: 'x' }],
    ['admin/credits/grant', { customerId: 'ada', amount: 1, reason: ' ' }],
    ['admin/credits/grant', { customerId: 'ada', amount: 1, reason: 'x', type: 'money' }],
    ['admin/credits/grant', { customerId: 'ada', amount: 1, reason: 'x', expires: '2020-01-01' }],
  ];
  for (const [path, body] of bad) {
    const { status, body: said } = await post(server, path, body);
    assert.equal(status, 400, `${path} ${JSON.stringify(body)}`);
    assert.equal(said.code, 'INVALID_REQUEST');
  }
  const nothing = { customerId: 'ada', reservationId: 'res_x' };
  const missing = await post(server, 'credits/settle', nothing);
  assert.equal(missing.status, 404);
});

test('what was used in a month, and its history as a table', async (t) => {
  const server = await shop(t);
  const customerId = 'dora';
  const key = token({ sub: customerId });
  const put = await call(server, 'PUT', `/api/customers/${customerId}`, {
    body: { timeZone: 'Pacific/Auckland' },
  });
  assert.equal(put.status, 200);
  const nowhere = await call(server, 'PUT', `/api/customers/${customerId}`, {
    body: { timeZone: 'Middle/Earth' },
  });
  assert.equal(nowhere.status, 400);
  assert.match(nowhere.body.error, /^timeZone: Middle\/Earth is no time zone that this machine/);
  const song = { customerId, operation: 'standard_generation', labels: { team: '=red' } };
  const first = await post(server, 'credits/spend', song);
  await post(server, 'credits/spend', song);
  await post(server, 'credits/spend', { customerId, amount: 3 });
  const { transactionId } = first.body.data;
  await post(server, 'credits/refund', { customerId, transactionId, reason: 'it failed' });
  const { body } = await call(server, 'GET', '/api/credits/usage', { key });
  const { data } = body;
  assert.equal(data.timeZone, 'Pacific/Auckland');
  assert.equal(data.usedCredits, 8);
  assert.equal(data.remainingCredits, 42);
  assert.equal(data.totalCredits, 50);
  const last = data.dailyUsage.at(-1);
  const there = new Date().toLocaleDateString('en-CA', { timeZone: 'Pacific/Auckland' });
  assert.deepEqual(last, { date: there, credits: 8 });
  assert.equal(data.weeklyUsage.at(-1).credits, 8);
  assert.deepEqual(data.monthlyUsage.at(-1), { month: there.slice(0, 7), credits: 8 });
  assert.deepEqual(data.byOperation, [
    { operation: 'standard_generation', credits: 5, uses: 1, quantity: 1 },
    { operation: null, credits: 3, uses: 1, quantity: 0 },
  ]);
  assert.deepEqual(data.byLabel, [{ label: 'team', value: '=red', credits: 5, uses: 1 }]);
  assert.equal(data.recommendation, null);
  const { resetsAt } = (await call(server, 'GET', '/api/credits', { key })).body.data;
  const hour = new Date(resetsAt).toLocaleTimeString('en-GB', { timeZone: 'Pacific/Auckland' });
  assert.equal(hour, '00:00:00');

  const usage = await call(server, 'GET', '/api/credits/history?type=usage&limit=2', { key });
  assert.equal(usage.body.data.items.length, 2);
  assert.equal(usage.body.data.hasMore, true);
  const rest = `/api/credits/history?type=usage&after=${usage.body.data.next}`;
  assert.equal((await call(server, 'GET', rest, { key })).body.data.items.length, 1);
  const refunds = await call(server, 'GET', '/api/credits/history?type=refund', { key });
  assert.equal(refunds.body.data.items.length, 1);
  const other = await call(server, 'GET', '/api/credits/history?period=2020-01', { key });
  assert.deepEqual(other.body.data.items, []);
  const table = await fetch(`${server.url}/api/credits/history`, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/csv' },
  });
  assert.match(table.headers.get('content-type'), /^text\/csv/);
  const lines = (await table.text()).trimEnd().split('\r\n');
  assert.equal(lines.length, 6);
  assert.match(lines[0], /^id,type,amount,balanceAfter,description,reference/);
  const report = command(['report', 'credits', '--json'], server.env);
  assert.equal(report.status, 0, report.err);
  await server.stop();
  const later = JSON.parse(command(['report', 'credits', '--json'], server.env).out);
  assert.equal(later.days.length, 30);
  await verified(server);
});

test('days are added up while credits are used and given back, and nothing is lost', async (t) => {
  const server = await shop(t);
  const people = ['eve', 'fay', 'gus'];
  for (const customerId of people) await give(server, customerId, 1_000_000);
  const used = Object.fromEntries(people.map((who) => [who, 0]));
  const work = async (i) => {
    const customerId = people[i % people.length];
    const amount = 1 + (i % 7);
    const use = { customerId, amount, labels: { round: String(i % 5) } };
    const { body } = await post(server, 'credits/spend', use);
    used[customerId] += amount;
    if (i % 4 !== 0) return;
    const { transactionId } = body.data;
    await post(server, 'credits/refund', { customerId, transactionId, reason: 'it failed' });
    used[customerId] -= amount;
  };
  // Each step of the clock runs the job that adds up; there are some, however slow they are.
  let going = true;
  let steps = 0;
  const clock = (async () => {
    for (; going; steps++) await control(server, 'clock', { advance: '15s' });
  })();
  for (let i = 0; i < 240 || steps < 3; i += 12)
    await Promise.all(Array.from({ length: 12 }, (_, k) => work(i + k)));
  going = false;
  await clock;
  for (const customerId of people) {
    const path = `/api/credits/usage?customerId=${customerId}`;
    const { data } = (await call(server, 'GET', path)).body;
    assert.equal(data.usedCredits, used[customerId]);
    const labelled = data.byLabel.reduce((sum, { credits }) => sum + credits, 0);
    assert.equal(labelled, used[customerId]);
  }
  await control(server, 'clock', { advance: '1m' });
  await verified(server);
});

test("a day's limit holds for all who use it at once, and is given back once", async (t) => {
  const server = await shop(t);
  const customerId = 'hal';
  await give(server, customerId, 1000);
  const use = { customerId, operation: 'instrumental_only' };
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => post(server, 'credits/spend', use)),
  );
  const taken = answers.filter(({ status }) => status === 200);
  assert.equal(taken.length, 5);
  const codes = answers.filter(({ status }) => status !== 200).map(({ body }) => body.code);
  assert.deepEqual([...new Set(codes)], ['DAILY_LIMIT_REACHED']);
  const { transactionId } = taken[0].body.data;
  const back = { customerId, transactionId, reason: 'it failed' };
  const six = (path, body) =>
    Promise.all(Array.from({ length: 6 }, () => post(server, path, body)));
  const backs = await six('credits/refund', back);
  assert.equal(backs.filter(({ status }) => status === 200).length, 1);
  const again = await six('credits/spend', use);
  assert.equal(again.filter(({ status }) => status === 200).length, 1);
  await verified(server);
});
