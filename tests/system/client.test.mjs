// The TypeScript client against the real server: what an application's server does with it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { between, compile, entry, failed, grant, purserOf } from './lib/client.mjs';
import { call, command, serve } from './lib/server.mjs';
import { control, pay, until } from './lib/shop.mjs';
import { token } from './lib/tokens.mjs';

const { CODES, Purser, PurserError, AccessTokens, verifyWebhook } = await entry('index');
const { requireFeature, withFeature } = await entry('middleware');
const { mayTryAgain, pauseMs } = await entry('wire');

test('what has to be refused by the compiler is, and nothing else', () => {
  compile('-p', 'tests');
});

test('every code of the server is a code of the client, with its status', () => {
  const source = readFileSync(new URL('../../src/base/code.def', import.meta.url), 'utf8');
  const rows = [...source.matchAll(/^CODE\((\w+), \w+, (\d+), /gm)];
  assert.ok(rows.length >= 28);
  assert.deepEqual(CODES, Object.fromEntries(rows.map(([, name, status]) => [name, +status])));
  const printed = command(['errors']);
  for (const code of Object.keys(CODES)) assert.ok(printed.out.includes(code), code);
});

test('credits are spent, held, used and given back', async (t) => {
  const server = await serve(t, { sandbox: true });
  const ada = purserOf(server).customer('ada');
  const spent = await ada.credits.spend({ operation: 'standard_generation', reference: 'gen_1' });
  assert.deepEqual([spent.amount, spent.balance], [5, 45]);
  const held = await ada.credits.reserve({ amount: 20, ttlSeconds: 60 });
  assert.deepEqual([held.amount, held.balance], [20, 25]);
  const used = await ada.credits.settle({ reservationId: held.reservationId, amount: 15 });
  assert.equal(used.balance, 30);
  const other = await ada.credits.reserve({ amount: 30 });
  assert.equal((await ada.credits.release({ reservationId: other.reservationId })).balance, 30);
  const back = await ada.credits.refund({ reference: 'gen_1', reason: 'it failed' });
  assert.equal(back.balance, 35);
  const { balance, reserved, plan } = await ada.credits.balance();
  assert.deepEqual([balance, reserved, plan], [35, 0, 'free']);
  const types = [];
  for await (const { type } of ada.credits.moves({ limit: 1 })) types.push(type);
  assert.deepEqual(types, ['refund', 'usage', 'usage', 'allocation']);
  assert.equal((await ada.credits.history({ type: 'usage' })).items.length, 2);
  const extras = ['highQuality'];
  const cost = await ada.credits.cost({ operation: 'standard_generation', quantity: 2, extras });
  assert.equal(cost.cost, 14);
});

test('work that fails gives back what was held for it, work that does not uses it', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { credits } = purserOf(server).customer('bea');
  const failing = credits.during({ amount: 20 }, () => Promise.reject(new Error('no song')));
  await assert.rejects(failing, /no song/);
  assert.equal((await credits.balance()).balance, 50);
  assert.equal(await credits.during({ amount: 20 }, (id) => id.slice(0, 4)), 'res_');
  const now = await credits.balance();
  assert.deepEqual([now.balance, now.reserved], [30, 0]);
});

test('a refusal has its code, and what would help', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { credits, access } = purserOf(server).customer('cleo');
  const dear = await failed(credits.spend({ amount: 51 }), 'INSUFFICIENT_CREDITS');
  assert.deepEqual([dear.status, dear.details.balance], [402, 50]);
  assert.equal(dear.details.upgradeTo.plan, 'basic');
  assert.match(dear.requestId, /^req_/);
  const stems = await failed(
    credits.spend({ operation: 'stem_separation' }),
    'FEATURE_NOT_IN_PLAN',
  );
  assert.equal(stems.details.upgradeTo.price.id, 'creator-month');
  assert.deepEqual(await access.check({ operation: 'stem_separation' }), stems.details);
  const many = { operation: 'instrumental_only', quantity: 6 };
  assert.equal((await failed(credits.spend(many), 'DAILY_LIMIT_REACHED')).details.dailyLimit, 5);
  await failed(credits.spend({ operation: 'dance' }), 'INVALID_REQUEST');
  await failed(new Purser({ url: server.url, key: 'sk_wrong_key' }).catalog(), 'UNAUTHENTICATED');
  assert.throws(() => new Purser({ url: server.url, key: 'whsec_0123456789' }), /sk_/);
});

test('access: plans, features, a gate that holds, a token that others check', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { access, credits } = purserOf(server).customer('dora');
  assert.equal((await access.get()).features.stemSeparation, false);
  assert.equal((await access.feature('apiAccess')).upgradeTo.plan, 'creator');
  const gate = await access.reserve({ operation: 'standard_generation', quantity: 2 });
  assert.deepEqual([gate.allowed, gate.balance, gate.usedToday], [true, 40, 2]);
  assert.equal((await credits.settle({ reservationId: gate.reservationId })).amount, 10);
  assert.equal((await access.reserve({ amount: 41 })).reason, 'INSUFFICIENT_CREDITS');
  const tokens = new AccessTokens({ url: server.url });
  const { token: jwt } = await access.token({ ttlSeconds: 60 });
  const claims = await tokens.verify(jwt);
  assert.deepEqual([claims.sub, claims.plan, claims.limits.generationsPerDay], ['dora', 'free', 5]);
  const [head, body, signature] = jwt.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, plan: 'team' })).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const bad of [
    `${head}.${forged}.${signature}`,
    `${none}.${body}.`,
    `${head}.${body}`,
    `${jwt}.${signature}`,
    token({ sub: 'dora' }),
    '',
  ])
    await assert.rejects(tokens.verify(bad), { name: 'AccessTokenError' }, bad);
  const elsewhere = new AccessTokens({
    url: 'https://pay.example.com',
    fetch: () => fetch(`${server.url}/.well-known/jwks.json`),
  });
  await assert.rejects(elsewhere.verify(jwt), /another server/);
});

test('a checkout is opened, paid and finished', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { checkout, credits } = purserOf(server).customer('eve');
  const basket = { packageId: 'pack-100', email: 'eve@example.com' };
  assert.equal((await checkout.quote(basket)).total.amount, 999);
  const opened = await checkout.create(basket);
  const finished = checkout.finished(opened.orderId, { timeoutMs: 20_000 });
  await pay(server, opened.sessionId);
  assert.equal((await finished).status, 'completed');
  assert.equal((await credits.balance()).balance, 150);
  const twice = await failed(checkout.create(basket), 'DUPLICATE_PURCHASE');
  assert.equal(twice.details.orderId, opened.orderId);
  const guest = await purserOf(server).checkout.create({
    priceId: 'sticker-sheet-usd',
    email: 'g@example.com',
  });
  assert.ok(guest.checkoutUrl);
});

test('a plan is bought, changed, ended and gone on with', async (t) => {
  const server = await serve(t, { sandbox: true });
  const { checkout, subscription, access, credits } = purserOf(server).customer('nora');
  await failed(subscription.status(), 'NOT_FOUND');
  const wanted = { plan: 'basic', interval: 'month', email: 'nora@example.com' };
  const opened = await checkout.create(wanted);
  await pay(server, opened.sessionId);
  assert.equal((await checkout.finished(opened.orderId)).status, 'completed');
  const begun = await subscription.status({ group: 'ai' });
  assert.deepEqual([begun.plan, begun.status, begun.priceId], ['basic', 'active', 'basic-month']);
  assert.equal((await access.check({ plan: 'basic', feature: 'commercialLicense' })).allowed, true);
  const again = await failed(checkout.create({ ...wanted, plan: 'team' }), 'ALREADY_SUBSCRIBED');
  assert.equal(again.details.plan, 'basic');
  const preview = await subscription.preview({ plan: 'creator', when: 'now' });
  assert.equal(preview.priceId, 'creator-month');
  assert.ok(preview.dueNow.amount > 0 && preview.dueNow.amount < 1999);
  await subscription.change({ plan: 'creator', when: 'now', at: preview.at });
  const up = await until(
    () => subscription.status(),
    ({ plan }) => plan === 'creator',
  );
  assert.equal(up.status, 'active');
  assert.equal((await access.feature('stemSeparation')).allowed, true);
  assert.ok((await credits.usage()).totalCredits > 500);
  // Stripe's own webhooks may be faster than the answer, which then is how it stood before.
  const stands = (wanted) => until(() => subscription.status(), wanted);
  await subscription.cancel({ when: 'period_end', reason: 'a pause' });
  await stands(({ cancelAtPeriodEnd }) => cancelAtPeriodEnd);
  await subscription.resume();
  await stands(({ cancelAtPeriodEnd }) => !cancelAtPeriodEnd);
  assert.match((await subscription.portal({ returnUrl: `${server.url}/account` })).url, /^http/);
  await subscription.cancel();
  await control(server, 'clock', { advance: '40d' });
  await stands(({ status }) => status !== 'active');
  assert.equal((await access.get()).plan, 'free');
});

test('a lost answer is asked for again under its key: nothing happens twice', async (t) => {
  const server = await serve(t, { sandbox: true });
  const lossy = await between(t, server, {
    after: (request, response, n) => n <= 2 && (response.destroy(), true),
  });
  const { credits } = purserOf(lossy).customer('fay');
  const spent = await credits.spend({ amount: 7 });
  assert.equal(spent.balance, 43);
  assert.equal(lossy.heard.length, 3);
  const keys = lossy.heard.map(({ headers }) => headers['idempotency-key']);
  assert.equal(new Set(keys).size, 1);
  assert.equal((await credits.balance()).balance, 43);
  const own = await credits.spend({ amount: 1 }, { idempotencyKey: 'gen-17' });
  assert.equal(
    (await credits.spend({ amount: 1 }, { idempotencyKey: 'gen-17' })).transactionId,
    own.transactionId,
  );
  assert.notEqual((await credits.spend({ amount: 1 })).transactionId, own.transactionId);
  assert.equal((await credits.balance()).balance, 41);
});

test('what may not be tried again is not, and nobody is asked for ever', async (t) => {
  const server = await serve(t, { sandbox: true });
  const said = (code, status, more = {}) => ({
    code,
    status,
    message: '',
    details: undefined,
    requestId: null,
    retryAfterMs: null,
    ...more,
  });
  const may = (error, ask) => mayTryAgain(new PurserError(error), { path: '/', ...ask });
  const write = { method: 'PUT' };
  const once = { method: 'POST', once: true };
  const read = { method: 'GET' };
  for (const ask of [write, once, read]) {
    assert.equal(may(said('BUSY', 503), ask), true);
    assert.equal(may(said('RATE_LIMITED', 429, { retryAfterMs: 1000 }), ask), true);
    assert.equal(may(said('RATE_LIMITED', 429, { retryAfterMs: 60_000 }), ask), false);
    for (const [code, status] of Object.entries(CODES))
      if (
        !['BUSY', 'RATE_LIMITED', 'GATEWAY_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS'].includes(code)
      )
        assert.equal(may(said(code, status), ask), false, code);
    for (const code of ['NETWORK', 'TIMEOUT', 'GATEWAY_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS'])
      assert.equal(may(said(code, 0), ask), ask !== write, code);
    assert.equal(may(said('BAD_ANSWER', 502), ask), ask !== write);
    assert.equal(may(said('BAD_ANSWER', 404), ask), false);
  }
  const pauses = [1, 2, 3, 9].map((n) => [pauseMs(n, null, 0), pauseMs(n, null, 1)]);
  assert.deepEqual(pauses, [
    [125, 250],
    [250, 500],
    [500, 1000],
    [4000, 8000],
  ]);
  const down = await between(t, server, {
    before: (request, response) => (
      response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>'),
      true
    ),
  });
  await failed(
    purserOf(down, { retries: 1 }).customer('gus').credits.spend({ amount: 1 }),
    'BAD_ANSWER',
  );
  assert.equal(down.heard.length, 2);
  const silent = await between(t, server, { before: () => true });
  const late = purserOf(silent, { retries: 0, timeoutMs: 100 }).customer('gus');
  await failed(late.credits.balance(), 'TIMEOUT');
  const stop = AbortSignal.timeout(100);
  const waiting = purserOf(silent).customer('gus').credits.spend({ amount: 1 }, { signal: stop });
  await assert.rejects(waiting, { name: 'TimeoutError' });
  await failed(purserOf({ url: 'http://127.0.0.1:1' }, { retries: 0 }).catalog(), 'NETWORK');
  assert.equal(
    (
      await purserOf(server)
        .customer('gus')
        .credits.balance()
        .catch((e) => e)
    ).code,
    'NOT_FOUND',
  );
});

test('R32 a webhook is verified over its bytes, by any secret, while it is fresh', async (t) => {
  const server = await serve(t, { sandbox: true, env: { PURSER_PRIVATE_WEBHOOK_TARGETS: 'yes' } });
  const heard = [];
  const app = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    heard.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
  await new Promise((done) => app.listen(0, '127.0.0.1', done));
  t.after(() => app.close());
  const url = `http://127.0.0.1:${app.address().port}/hook`;
  const { secret, id } = (await call(server, 'POST', '/api/webhook-endpoints', { body: { url } }))
    .body.data;
  await grant(server, 'ida', 5);
  const { headers, body } = await until(() =>
    heard.find((one) => one.body.includes('credits.granted')),
  );
  const event = await verifyWebhook(body, headers, secret);
  assert.deepEqual([event.type, event.id], ['credits.granted', headers['webhook-id']]);
  assert.equal(event.data.customerId, 'ida');
  const bytes = new TextEncoder().encode(body);
  const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  assert.deepEqual(await verifyWebhook(bytes, new Headers(headers), [other, secret]), event);
  const now = Number(headers['webhook-timestamp']) * 1000;
  await verifyWebhook(body, headers, secret, { now: now + 299_000 });
  const bad = { name: 'WebhookError' };
  await assert.rejects(verifyWebhook(body, headers, secret, { now: now + 301_000 }), bad);
  await assert.rejects(verifyWebhook(body, headers, secret, { now: now - 301_000 }), bad);
  await assert.rejects(verifyWebhook(`${body} `, headers, secret), bad);
  await assert.rejects(verifyWebhook(body, headers, other), bad);
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    await assert.rejects(verifyWebhook(body, { ...headers, [name]: undefined }, secret), bad, name);
    await assert.rejects(verifyWebhook(body, { ...headers, [name]: '1' }, secret), bad, name);
  }
  for (const none of ['', [], 'whsec_', 'whsec_AAAA', secret.slice(6)])
    await assert.rejects(verifyWebhook(body, headers, none), TypeError);
  // While it is being replaced both sign, and either verifies.
  const fresh = (await call(server, 'POST', `/api/webhook-endpoints/${id}/rotate`)).body.data
    .secret;
  heard.length = 0;
  await grant(server, 'ida', 5);
  const second = await until(() => heard[0]);
  for (const one of [secret, fresh]) await verifyWebhook(second.body, second.headers, one);
});

test('a middleware lets through who may, and says to others what would help', async (t) => {
  const server = await serve(t, { sandbox: true });
  const purser = purserOf(server);
  await grant(server, 'joe', 10);
  const gate = requireFeature(
    { operation: 'standard_generation' },
    { purser, customer: ({ user }) => user },
  );
  const closed = requireFeature('stemSeparation', { purser, customer: ({ user }) => user });
  const run = async (middleware, user) => {
    const answer = { statusCode: 200, headers: {}, passed: false };
    answer.setHeader = (name, value) => (answer.headers[name] = value);
    answer.end = (text) => (answer.body = JSON.parse(text));
    await middleware({ user }, answer, (error) => (answer.passed = error ?? true));
    return answer;
  };
  assert.equal((await run(gate, 'joe')).passed, true);
  assert.equal((await run(gate, null)).statusCode, 401);
  const no = await run(closed, 'joe');
  assert.deepEqual([no.passed, no.statusCode, no.body.code], [false, 403, 'FEATURE_NOT_IN_PLAN']);
  assert.equal(no.body.details.upgradeTo.plan, 'creator');
  const typo = requireFeature('steemSeparation', { purser, customer: () => 'joe' });
  assert.equal((await run(typo, 'joe')).passed.code, 'INVALID_REQUEST');
  const away = requireFeature('apiAccess', {
    purser: purserOf({ url: 'http://127.0.0.1:1' }, { retries: 0 }),
    customer: () => 'joe',
  });
  assert.equal((await run(away, 'joe')).statusCode, 503);
  const dear = withFeature(
    { amount: 100 },
    { purser, customer: () => 'joe' },
    () => new Response('song'),
  );
  assert.equal((await dear(new Request('http://app/'))).status, 402);
  const cheap = withFeature(
    { amount: 1 },
    { purser, customer: () => 'joe' },
    () => new Response('song'),
  );
  assert.equal(await (await cheap(new Request('http://app/'))).text(), 'song');
});
