// Gates over HTTP: what they say, what they hold, and tokens that others can check.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { ON_POSTGRES, call, command, serve } from './lib/server.mjs';
import { becomes, buy, pay, until } from './lib/shop.mjs';
import { token } from './lib/tokens.mjs';

const check = (server, body, options = {}) =>
  call(server, 'POST', '/api/access/check', {
    body,
    ...options,
    headers: body.reserve ? { 'idempotency-key': options.once ?? randomUUID() } : {},
  });
const grant = (server, customerId, amount) =>
  call(server, 'POST', '/api/admin/credits/grant', {
    body: { customerId, amount, reason: 'a test' },
    headers: { 'idempotency-key': randomUUID() },
  });
const spend = (server, body) =>
  call(server, 'POST', '/api/credits/spend', {
    body,
    headers: { 'idempotency-key': randomUUID() },
  });
const balance = async (server, customerId) =>
  (await call(server, 'GET', `/api/credits?customerId=${customerId}`)).body.data;

// Two servers on one PostgreSQL share the work.
async function pair(t) {
  const server = await serve(t, { sandbox: true });
  const other = ON_POSTGRES ? await serve(t, { sandbox: true, database: server.database }) : server;
  return [server, other];
}

async function verified(server, other) {
  if (other !== server) await other.stop();
  await server.stop();
  const checked = command(['verify'], server.env);
  assert.equal(checked.status, 0, checked.out + checked.err);
}

test('R8 64 checks that reserve the last credits: exactly those that fit', async (t) => {
  const [server, other] = await pair(t);
  for (let round = 0; round < 5; round++) {
    const customerId = `ada-${round}`;
    await grant(server, customerId, 50); // and the 50 of the free plan
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        check(i % 2 === 0 ? server : other, { customerId, amount: 7, reserve: true }),
      ),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const said = answers.map(({ body }) => body.data);
    const held = said.filter(({ allowed }) => allowed);
    assert.equal(held.length, 14);
    assert.equal(new Set(held.map(({ reservationId }) => reservationId)).size, 14);
    for (const no of said.filter(({ allowed }) => !allowed)) {
      assert.equal(no.reason, 'INSUFFICIENT_CREDITS');
      assert.equal(no.reservationId, undefined);
      assert.deepEqual([no.cost, no.upgradeTo.plan], [7, 'basic']);
    }
    const now = await balance(server, customerId);
    assert.deepEqual([now.balance, now.reserved], [2, 98]);
  }
  await verified(server, other);
});

test('R8 64 checks that reserve a day of generations: exactly those that fit', async (t) => {
  const [server, other] = await pair(t);
  const ask = { customerId: 'bea', operation: 'standard_generation', reserve: true };
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, i) => check(i % 2 === 0 ? server : other, ask)),
  );
  const said = answers.map(({ body }) => body.data);
  assert.equal(said.filter(({ allowed }) => allowed).length, 5);
  const last = said.find(({ reason }) => reason === 'DAILY_LIMIT_REACHED');
  assert.deepEqual([last.usedToday, last.dailyLimit, last.balance], [5, 5, 25]);
  assert.ok(Date.parse(last.resetsAt) > Date.now());
  await verified(server, other);
});

test('R12 the same check sent twice at once holds once, and both hear so', async (t) => {
  const [server, other] = await pair(t);
  for (let round = 0; round < 20; round++) {
    const customerId = `cleo-${round}`;
    const once = randomUUID();
    const ask = { customerId, amount: 50, reserve: true };
    const twins = await Promise.all([check(server, ask, { once }), check(other, ask, { once })]);
    assert.equal(twins[0].text, twins[1].text);
    assert.equal(twins[0].body.data.allowed, true);
  }
  await verified(server, other);
});

test('R12 a check that was refused keeps nothing: the same key asks again', async (t) => {
  const server = await serve(t, { sandbox: true });
  const ask = { customerId: 'eve', amount: 60, reserve: true };
  const once = randomUUID();
  assert.equal((await check(server, ask, { once })).body.data.allowed, false);
  await grant(server, 'eve', 10);
  const held = await check(server, ask, { once });
  assert.deepEqual([held.body.data.allowed, held.body.data.balance], [true, 0]);
  assert.equal((await check(server, ask, { once })).text, held.text);
  const other = await check(server, { ...ask, amount: 1 }, { once });
  assert.equal(other.body.code, 'IDEMPOTENCY_MISMATCH');
  const bare = await call(server, 'POST', '/api/access/check', { body: ask });
  assert.equal(bare.body.code, 'IDEMPOTENCY_KEY_REQUIRED');
});

test('a gate says what a refusal says, and names the plan that would help', async (t) => {
  const server = await serve(t, { sandbox: true });
  for (const use of [
    { operation: 'stem_separation' },
    { operation: 'voice_cloning', quantity: 3 },
    { operation: 'instrumental_only', quantity: 6 },
  ]) {
    const asked = { customerId: 'fay', ...use };
    const { data } = (await check(server, asked)).body;
    assert.equal(data.allowed, false);
    const refused = await spend(server, asked);
    assert.equal(refused.body.code, data.reason);
    assert.deepEqual(refused.body.details, data);
  }
  const plan = (await check(server, { customerId: 'fay', plan: 'insider' })).body.data;
  assert.equal(plan.reason, 'PLAN_REQUIRED');
  assert.deepEqual(plan.upgradeTo, {
    plan: 'insider',
    price: { id: 'insider-month', amount: 500, currency: 'USD', interval: 'month' },
  });
  const feature = await call(server, 'GET', '/api/access/stemSeparation?customerId=nobody-yet');
  assert.deepEqual(
    [feature.body.data.allowed, feature.body.data.upgradeTo.plan],
    [false, 'creator'],
  );
  assert.equal((await call(server, 'GET', '/api/access/x?customerId=fay')).status, 404);
  for (const bad of [{}, { feature: 'x' }, { plan: 'x' }, { operation: 'x' }, { reserve: true }])
    assert.equal((await check(server, { customerId: 'fay', ...bad })).status, 400);
});

test('who pays for a plan by the year is offered the next one by the year', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { data } = (await buy(server, { customerId: 'yan', plan: 'basic', interval: 'year' })).body;
  await pay(server, data.sessionId);
  await becomes(server, data.orderId, 'completed');
  const plan = (await check(server, { customerId: 'yan', plan: 'basic' })).body.data;
  assert.equal(plan.allowed, true);
  const stems = (await check(server, { customerId: 'yan', operation: 'stem_separation' })).body
    .data;
  assert.equal(stems.upgradeTo.price.id, 'creator-year');
  assert.equal(stems.dailyLimit, 50);
});

test('R54 a user asks for itself, and holds nothing', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = token({ sub: 'gus' });
  assert.equal((await check(server, { amount: 50 }, { key })).body.data.allowed, true);
  assert.equal((await check(server, { amount: 1, customerId: 'ada' }, { key })).status, 404);
  assert.equal((await check(server, { amount: 1, reserve: true }, { key })).status, 403);
  const { data } = (await call(server, 'GET', '/api/access', { key })).body;
  assert.deepEqual([data.plan, data.plans], ['free', { ai: 'free' }]);
  assert.deepEqual(data.limits, { generationsPerDay: 5 });
  assert.equal(data.features.apiAccess, false);
  const readonly = await call(server, 'POST', '/api/admin/keys', { body: { role: 'readonly' } });
  const ask = { customerId: 'gus', amount: 1 };
  const reader = { key: readonly.body.data.key };
  assert.equal((await check(server, ask, reader)).status, 200);
  assert.equal((await check(server, { ...ask, reserve: true }, reader)).status, 403);
});

const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

// Checks a token as anybody would: with the key of that name from the public list.
async function opened(server, jwt) {
  const [head, claims, signature] = jwt.split('.');
  const { keys } = (await call(server, 'GET', '/.well-known/jwks.json', { key: null })).body;
  const jwk = keys.find(({ kid }) => kid === decoded(head).kid);
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  const good = verify('sha256', `${head}.${claims}`, key, Buffer.from(signature, 'base64url'));
  return { good, head: decoded(head), claims: decoded(claims) };
}

test('R53 an access token says what a customer may do, and signs nobody in', async (t) => {
  const server = await serve(t, { sandbox: true });
  const make = (body, key) => call(server, 'POST', '/api/access/token', { body, key });
  const made = (await make({ customerId: 'hal', ttlSeconds: 60 })).body.data;
  const { good, head, claims } = await opened(server, made.token);
  assert.ok(good);
  assert.deepEqual([head.alg, head.typ], ['ES256', 'purser-access+jwt']);
  assert.deepEqual([claims.sub, claims.plan, claims.exp - claims.iat], ['hal', 'free', 60]);
  assert.equal(claims.exp * 1000, Date.parse(made.expiresAt));
  assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 5);
  assert.equal(claims.features.apiAccess, false);
  assert.equal(claims.limits.generationsPerDay, 5);
  const [first, , third] = made.token.split('.');
  const other = Buffer.from(JSON.stringify({ ...claims, plan: 'team' })).toString('base64url');
  assert.equal((await opened(server, `${first}.${other}.${third}`)).good, false);
  assert.equal((await call(server, 'GET', '/api/credits', { key: made.token })).status, 401);
  // Ours or the application's: a token names the application's.
  await grant(server, 'hal', 1);
  const { id } = (await call(server, 'GET', '/api/customers/hal')).body.data;
  const same = (await make({ customerId: id })).body.data;
  assert.equal((await opened(server, same.token)).claims.sub, 'hal');
  const nobody = `cus_${'0'.repeat(26)}`;
  assert.equal((await make({ customerId: nobody })).status, 404);
  assert.equal((await check(server, { customerId: nobody, amount: 1 })).status, 404);
  const own = (await make({}, token({ sub: 'ida' }))).body.data;
  assert.equal((await opened(server, own.token)).claims.sub, 'ida');
  for (const ttlSeconds of [0, -1, 301])
    assert.equal((await make({ customerId: 'hal', ttlSeconds })).status, 400);
});

test('the key that signs outlives the process', async (t) => {
  let server = await serve(t, { sandbox: true });
  const { database } = server;
  const keys = async () => (await call(server, 'GET', '/.well-known/jwks.json')).text;
  const before = await keys();
  await server.stop();
  server = await serve(t, { sandbox: true, database });
  assert.equal(await keys(), before);
});

// Many ask at once, so that some wait and look together; of a request that was sent before the
// answer nothing is said.
test('R52 what is sent after its key was revoked is let in by no server', async (t) => {
  const [server, other] = await pair(t);
  for (let round = 0; round < 3; round++) {
    const body = { role: 'app', name: 'soon revoked' };
    const { key, id } = (await call(server, 'POST', '/api/admin/keys', { body })).body.data;
    let revoked = false, allowed = 0;
    const ask = async (at) => {
      for (;;) {
        const late = revoked;
        const { status } = await check(at, { customerId: 'ada', amount: 1 }, { key });
        if (status === 200) allowed++;
        if (late || status !== 200) return late ? status : 401;
      }
    };
    const asking = Array.from({ length: 24 }, (_, i) => ask(i % 2 === 0 ? server : other));
    await until(() => allowed > 100);
    assert.equal((await call(server, 'DELETE', `/api/admin/keys/${id}`)).status, 200);
    revoked = true;
    const answers = await Promise.all(asking);
    assert.ok(!answers.includes(200), `round ${round}: ${answers}`);
  }
});
