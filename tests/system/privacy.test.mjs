// A person is written down and forgotten by the real program: beside a running server, in the bytes
// of the files, and over kill -9 at each commit.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { startGateway } from './lib/gateway.mjs';
import { ON_POSTGRES, call, command, folder, serve, sql } from './lib/server.mjs';
import { token } from './lib/tokens.mjs';

const NAME = 'Augusta Ada King';
const MAIL = 'augusta.ada@example.com';
const TRACES = [NAME, MAIL, 'St James Square', 'Analytical/1'];

const post = (server, path, body) =>
  call(server, 'POST', path, {
    body,
    headers: {
      'idempotency-key': randomUUID(),
      'user-agent': body.customerId === 'ada' ? 'Analytical/1' : 'Difference/2',
    },
  });

// A paid order.
async function buy(server, gateway, body) {
  const made = await post(server, '/api/checkout/create', {
    priceId: 'sticker-sheet-usd',
    again: true,
    ...body,
  });
  assert.equal(made.status, 200, made.text);
  const session = gateway.sessions.get(made.body.data.sessionId);
  session.status = 'completed';
  assert.equal(await gateway.webhook(server, session, 'complete'), 200);
  const { orderId } = made.body.data;
  for (let version = 0; ;) {
    const at = `/api/orders/${orderId}?wait=5&version=${version}`;
    const { data } = (await call(server, 'GET', at)).body;
    if (data.status === 'completed') return;
    version = data.version;
  }
}

// Somebody among others, so that pages of the file are split around their rows.
async function live(server, gateway, customerId, spends) {
  const put = (id, body) => call(server, 'PUT', `/api/customers/${id}`, { body });
  const address = ['1 Dorset Street', 'London'];
  for (let i = 0; i < 40; i++) await put(`before-${i}`, { name: `Somebody ${i}`, address });
  const home = { address: ['12 St James Square', 'London'], country: 'GB' };
  await put(customerId, { email: MAIL, name: NAME, ...home });
  await put('other', { email: 'charles@example.com', name: 'Charles' });
  for (let i = 0; i < 3; i++) {
    await buy(server, gateway, { customerId, email: MAIL });
    await buy(server, gateway, { customerId: 'other', email: 'charles@example.com' });
  }
  const jwt = token({ sub: customerId, email: MAIL, name: NAME });
  const form = { method: 'POST', redirect: 'manual', body: new URLSearchParams({ token: jwt }) };
  assert.equal((await fetch(`${server.url}/session`, form)).status, 303);
  const amount = spends;
  const reason = `for ${NAME}`;
  await post(server, '/api/admin/credits/grant', { customerId, amount, reason, type: 'bonus' });
  for (let i = 0; i < spends; i++) {
    const use = { customerId, amount: 1, description: `a note by ${NAME}` };
    assert.equal((await post(server, '/api/credits/spend', use)).status, 200);
  }
  for (let i = 0; i < 40; i++) {
    await put(`after-${i}`, { name: `Somebody ${i}` });
    await put(`before-${i}`, { name: `Somebody who is called otherwise now ${i}` });
  }
}

// Where the bytes still stand: in the file and its log.  To whom an invoice is made out is what tax
// law wants kept: that alone may be found.
const KEPT = /"buyer":\[[^\]]*\]/g;
function traces(database) {
  const file = database.slice('sqlite:'.length);
  return ['', '-wal'].flatMap((end) => {
    if (!existsSync(file + end)) return [];
    const bytes = readFileSync(file + end, 'latin1').replace(KEPT, '');
    return TRACES.filter((one) => bytes.includes(one)).map((one) => `${one} in purser.db${end}`);
  });
}

async function shop(t) {
  const gateway = await startGateway(t);
  const server = await serve(t, { sandbox: true, env: gateway.env, cwd: folder(t) });
  return { gateway, server };
}

test('R81 R82 beside a running server: the document, then nothing in file and log', async (t) => {
  const { gateway, server } = await shop(t);
  await live(server, gateway, 'ada', 20);
  const env = server.env;
  const document = command(['customer', 'export', 'ada'], env);
  assert.equal(document.status, 0, document.err);
  const said = JSON.parse(document.out);
  assert.equal(said.person.email, MAIL);
  assert.equal(said.orders.length, 3);
  assert.equal(said.webhooks.length, 3);
  assert.equal(said.sessions.length, 1);
  assert.ok(said.mails.length >= 3);
  assert.ok(said.records.some(({ userAgent }) => userAgent === 'Analytical/1'));
  assert.ok(!document.out.includes('charles'));
  assert.ok(ON_POSTGRES || traces(server.database).length > 0, 'the names are there to be seen');

  const before = command(['verify'], env);
  const refused = command(['customer', 'erase', 'nobody'], env);
  assert.equal(refused.status, 1);
  assert.match(refused.err, /no customer/);
  const erased = command(['customer', 'erase', 'ada'], env);
  assert.equal(erased.status, 0, erased.out + erased.err);
  t.diagnostic(erased.out);
  assert.match(erased.out, /erased, \d+ rows/);
  const again = command(['customer', 'erase', 'ada'], env);
  assert.equal(again.status, 1, again.out);
  const { id } = said.person;
  const known = command(['customer', 'erase', id, '--json'], env);
  assert.equal(known.status, 0, known.err);
  assert.ok(JSON.parse(known.out).doneAt);
  if (!ON_POSTGRES) assert.deepEqual(traces(server.database), []);
  const after = command(['verify'], env);
  assert.equal(before.status + after.status, 0, after.out + after.err);
  const orders = await call(server, 'GET', '/api/orders?limit=100');
  const kept = orders.body.data.items.filter(({ email }) => !email);
  assert.equal(kept.length, 3, 'what was bought is kept, under no name');
  const invoices = await call(server, 'GET', '/api/invoices');
  assert.ok(invoices.body.data.items.length >= 3, 'and invoices, as they were issued');
  assert.equal((await call(server, 'GET', '/api/customers/ada')).status, 404);
});

test('R81 killed at each of its commits, the same command goes on and ends', async (t) => {
  const { gateway, server } = await shop(t);
  await live(server, gateway, 'ada', 210);
  const { id } = (await call(server, 'GET', '/api/customers/ada')).body.data;
  await server.stop();
  const env = { ...server.env };
  const version = () => sql(server.database, 'SELECT COUNT(*), MAX(version) FROM erasure');
  let kills = 0;
  for (let count = 1, before = ''; ; kills++) {
    const crash = { PURSER_CRASH_AT: `commit.${kills % 2 ? 'before' : 'after'}:${count}` };
    const run = command(['customer', 'erase', id], { ...env, ...crash });
    if (run.status === 0) break;
    assert.equal(run.status, null, run.out + run.err);
    // Where it has not come further it is let live for one commit more.
    const now = version();
    count = now === before ? count + 1 : 1;
    before = now;
  }
  t.diagnostic(`killed ${kills} times`);
  assert.ok(kills >= 15, `${kills}`);
  const erased = sql(server.database, 'SELECT COUNT(*) FROM erasure WHERE done_ms > 0');
  assert.equal(erased, '1');
  if (!ON_POSTGRES) assert.deepEqual(traces(server.database), []);
  const unsealed = sql(server.database, 'SELECT COUNT(*) FROM fact WHERE seq IS NULL');
  assert.equal(unsealed, '0', 'what verifies it later finds a whole chain');
  const checked = command(['verify'], env);
  assert.equal(checked.status, 0, checked.out + checked.err);
});
