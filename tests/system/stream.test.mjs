// What happens to somebody, as it happens: without a gap, without a double, and at little cost.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ON_POSTGRES, call, freePort, freshDatabase, serve } from './lib/server.mjs';
import { buy, control, pay, shop } from './lib/shop.mjs';
import { listen } from './lib/stream.mjs';
import { token } from './lib/tokens.mjs';

const spend = async (server, customerId, amount = 1) => {
  const answer = await call(server, 'POST', '/api/credits/spend', {
    body: { customerId, amount },
    headers: { 'idempotency-key': randomUUID() },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data.balance;
};
// PostgreSQL's facts are sealed a moment after their commit, and a stream tells sealed ones.
const sealed = () => sleep(ON_POSTGRES ? 1000 : 0);
const balances = (stream) => stream.events.map(({ data }) => data.balance);
const last = (stream) => stream.events.at(-1)?.id ?? 0;
const rising = (stream) =>
  stream.events.every(({ id }, i) => i === 0 || id > stream.events[i - 1].id);

test('a stream begins with how things stand, and tells each change once, in order', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = token({ sub: 'ada' });
  await spend(server, 'ada', 5);
  await spend(server, 'bob', 7);
  await sealed();
  const stream = listen(server, '/api/stream', { key });
  await stream.opened;
  assert.equal(stream.status, 200);
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
  assert.equal(stream.headers['x-accel-buffering'], 'no');
  assert.match(stream.headers['cache-control'], /no-store/);
  await stream.until('how things stand', ({ events }) => events.length === 1);
  assert.equal(stream.events[0].event, 'balance');
  assert.deepEqual(balances(stream), [45]);
  for (let i = 0; i < 20; i++) await spend(server, i % 2 === 0 ? 'ada' : 'bob');
  await stream.until('ten changes', ({ events }) => events.length >= 11);
  await sleep(300);
  assert.deepEqual(balances(stream), [45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35]);
  assert.ok(rising(stream));
  const { at, ...rest } = stream.events.at(-1).data;
  assert.deepEqual(rest, { change: 'used', amount: -1, balance: 35 });
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  stream.close();
});

test('who comes back with the last id misses nothing and hears nothing twice', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = token({ sub: 'ada' });
  const heard = [];
  await spend(server, 'ada');
  let going = true;
  const busy = (async () => {
    let balance = 49;
    while (going && balance > 0) balance = await spend(server, 'ada');
    return balance;
  })();
  // Cut off again and again while things happen.
  for (let i = 0; i < 12; i++) {
    const headers = heard.length > 0 ? { 'last-event-id': String(heard.at(-1).id) } : {};
    const stream = listen(server, '/api/stream', { key, headers });
    await stream.until('something', ({ events }) => events.length > 0 || !going);
    stream.close();
    heard.push(...stream.events);
    if (heard.at(-1).data.balance < 10) break;
  }
  going = false;
  const end = await busy;
  const headers = { 'last-event-id': String(heard.at(-1).id) };
  const stream = listen(server, '/api/stream', { key, headers });
  await stream.until('the end', () => (stream.events.at(-1) ?? heard.at(-1)).data.balance === end);
  heard.push(...stream.events);
  stream.close();
  const first = heard[0].data.balance;
  const all = Array.from({ length: first - end + 1 }, (_, i) => first - i);
  assert.deepEqual(
    heard.map(({ data }) => data.balance),
    all,
  );
});

test('a server that is killed and comes back goes on where its streams were', async (t) => {
  const database = freshDatabase(t);
  const port = await freePort();
  let server = await serve(t, { sandbox: true, database, port });
  const key = token({ sub: 'ada' });
  await spend(server, 'ada');
  await sealed();
  const stream = listen(server, '/api/stream', { key });
  await stream.until('the first', ({ events }) => events.length === 1);
  await spend(server, 'ada');
  await spend(server, 'ada');
  await stream.until('two more', ({ events }) => events.length === 3);
  await server.stop('SIGKILL');
  await stream.until('its end', ({ cut, ended }) => cut || ended);
  server = await serve(t, { sandbox: true, database, port });
  await spend(server, 'ada');
  const again = listen(server, '/api/stream', {
    key,
    headers: { 'last-event-id': String(last(stream)) },
  });
  // On PostgreSQL the killed server's job that seals is taken over when its lease is over.
  await again.until('the one meanwhile', ({ events }) => events.length === 1, 90_000);
  await spend(server, 'ada');
  await again.until('the one after', ({ events }) => events.length === 2);
  assert.deepEqual([...balances(stream), ...balances(again)], [49, 48, 47, 46, 45]);
  // An id from a future that this database does not have begins anew.
  const lost = listen(server, '/api/stream', { key, headers: { 'last-event-id': '999999999' } });
  await lost.until('how things stand', ({ events }) => events.length === 1);
  assert.deepEqual(balances(lost), [45]);
  lost.close();
  const { code } = await server.stop();
  assert.equal(code, 0);
  await again.until('a clean end', ({ ended }) => ended);
  assert.equal(again.cut, false);
});

test('an order is told of to its customer, to its link, and to nobody else', async (t) => {
  const server = await shop(t);
  const key = token({ sub: 'cleo', email: 'cleo@example.com' });
  const all = listen(server, '/api/stream', { key });
  await all.opened;
  const mine = await call(server, 'POST', '/api/checkout/create', {
    body: { priceId: 'sticker-sheet-usd' },
    key,
    headers: { 'idempotency-key': randomUUID() },
  });
  const { orderId, sessionId } = mine.body.data;
  const one = listen(server, `/api/stream?order=${orderId}`, { key });
  await one.until('how it stands', ({ events }) => events.length === 1);
  await pay(server, sessionId);
  await one.until('paid', ({ events }) => events.length === 2);
  assert.deepEqual(
    one.events.map(({ event, data }) => [event, data.orderId, data.change]),
    [
      ['order', orderId, 'created'],
      ['order', orderId, 'completed'],
    ],
  );
  await all.until('the same', ({ events }) => last({ events }) === last(one));
  assert.ok(rising(all) && rising(one));
  one.close();
  all.close();

  const guest = await buy(server, { priceId: 'sticker-sheet-usd', email: 'gil@example.com' });
  const { orderId: guestOrder, orderNumber, sessionId: guestSession } = guest.body.data;
  await pay(server, guestSession);
  const written = new RegExp(`/order/${orderNumber}\\?t=([\\w.-]+)`);
  let link;
  for (let i = 0; link === undefined && i < 100; i++) {
    const text = JSON.stringify(await control(server, 'mail'));
    link = text.match(written)?.[1];
    if (link === undefined) await sleep(100);
  }
  const linked = listen(server, `/api/stream?order=${guestOrder}&t=${link}`);
  await linked.until('how it stands', ({ events }) => events.length > 0);
  assert.equal(linked.events.at(-1).data.change, 'completed');
  linked.close();

  const refused = [
    ['/api/stream', null, 401],
    [`/api/stream?order=${guestOrder}`, null, 404],
    [`/api/stream?order=${guestOrder}`, key, 404],
    [`/api/stream?order=${orderId}&t=${link}`, null, 404],
    ['/api/stream?order=ord_nothing', key, 404],
    ['/api/stream?customerId=ada', key, 404],
  ];
  for (const [path, who, status] of refused)
    assert.equal((await call(server, 'GET', path, { key: who })).status, status, path);
});

test('a stream hears what another server on the same database did', async (t) => {
  const server = await serve(t, { sandbox: true });
  // SQLite has one server only: then it is the same.
  const other = ON_POSTGRES
    ? await serve(t, { sandbox: true, database: server.database })
    : server;
  const key = token({ sub: 'ada' });
  await spend(server, 'ada');
  await sealed();
  const streams = [listen(server, '/api/stream', { key }), listen(other, '/api/stream', { key })];
  for (const stream of streams) await stream.until('it', ({ events }) => events.length === 1);
  for (let i = 0; i < 10; i++) await spend(i % 2 === 0 ? server : other, 'ada');
  for (const stream of streams) {
    await stream.until('all of it', ({ events }) => events.length === 11);
    assert.deepEqual(balances(stream), [49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39]);
    stream.close();
  }
});

test('one person has twenty streams, and the next one is answered and ends', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = token({ sub: 'ada' });
  await spend(server, 'ada');
  await sealed();
  const streams = Array.from({ length: 20 }, () => listen(server, '/api/stream', { key }));
  for (const stream of streams) await stream.until('it', ({ events }) => events.length === 1);
  const more = listen(server, '/api/stream', { key });
  await more.until('its end', ({ ended }) => ended);
  assert.deepEqual(balances(more), [49]);
  const other = listen(server, '/api/stream', { key: token({ sub: 'bob' }) });
  await other.opened;
  await spend(server, 'bob');
  await other.until('somebody else is served', ({ events }) => events.length > 0);
  for (const stream of [...streams, other]) stream.close();
});

test('a thousand streams of which nothing is heard cost little', async (t) => {
  const server = await serve(t, { sandbox: true, env: { PURSER_LOG: 'warn' } });
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  const threads = () =>
    Number(/Threads:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  const open = async (from, count) => {
    const list = [];
    for (let i = from; i < from + count; i++) {
      const key = token({ sub: `user-${Math.floor(i / 20)}`, email: undefined });
      list.push(listen(server, '/api/stream', { key }));
      if (list.length % 50 === 0) await Promise.all(list.map(({ opened }) => opened));
    }
    await Promise.all(list.map(({ opened }) => opened));
    return list;
  };
  const few = await open(0, 100);
  await spend(server, 'user-0');
  await few[0].until('it works', ({ events }) => events.length > 0);
  const [before, tasks] = [memory(), threads()];
  const many = await open(100, 900);
  assert.ok(many.every(({ status, ended }) => status === 200 && !ended));
  const each = (memory() - before) / 900;
  t.diagnostic(`${each.toFixed(1)} KiB each`);
  assert.ok(each < 12, `${each} KiB each`);
  assert.equal(threads(), tasks, 'no thread is held');
  await spend(server, 'user-40');
  const heard = (stream) => stream.until('it', ({ events }) => events.length > 0);
  await Promise.all(many.slice(700, 720).map(heard));
  assert.ok(many.slice(0, 700).every(({ events }) => events.length === 0));
  const { code } = await server.stop();
  assert.equal(code, 0);
  for (const stream of [...few, ...many]) stream.close();
});
