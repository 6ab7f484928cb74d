// The TypeScript client, built from its sources, against the real server.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SECRET_KEY, call, command, serve } from './lib/server.mjs';
import { token } from './lib/tokens.mjs';

const HOME = fileURLToPath(new URL('../../clients/typescript', import.meta.url));
const TSC = join(HOME, 'node_modules/typescript/bin/tsc');

function node(...args) {
  const run = spawnSync(process.execPath, args, { cwd: HOME, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}
node('generate.mjs');
node(TSC, '-p', '.');
const entry = (name) => import(join(HOME, `dist/${name}.js`));
const { CODES, Purser, PurserError, AccessTokens, verifyWebhook } = await entry('index');
const { PurserBrowser, CreditStore } = await entry('browser');
const { requireFeature, withFeature } = await entry('middleware');
const { mayTryAgain, pauseMs } = await entry('wire');

const purserOf = (server, more = {}) =>
  new Purser({ url: server.url, key: SECRET_KEY, timeoutMs: 5_000, ...more });
const grant = (server, customerId, amount) =>
  call(server, 'POST', '/api/admin/credits/grant', {
    body: { customerId, amount, reason: 'a test' },
    headers: { 'idempotency-key': randomUUID() },
  });

async function failed(promise, code) {
  const error = await promise.then(
    () => assert.fail(`${code} is expected`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof PurserError, String(error?.stack ?? error));
  assert.equal(error.code, code, error.message);
  return error;
}

async function until(what, milliseconds = 10_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const got = await what();
    if (got) return got;
    assert.ok(Date.now() < end, String(what));
    await sleep(10);
  }
}

// Between client and server.  how(request, { answer, response }) does what it likes with an answer
// that the server has given already; what it returns false for goes on as it is.
async function between(t, server, how) {
  const heard = [];
  const proxy = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method, url, headers } = request;
    heard.push({ method, url, headers, body });
    if (how.before?.(request, response, heard.length)) return;
    const { host, connection, ...kept } = headers;
    assert.ok(host && connection !== 'none');
    const answer = await fetch(server.url + url, {
      method,
      headers: kept,
      ...(method === 'GET' ? {} : { body }),
    });
    const text = await answer.text();
    if (await how.after?.(request, response, heard.length)) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text);
  });
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${proxy.address().port}`, heard };
}

test('what has to be refused by the compiler is, and nothing else', () => {
  node(TSC, '-p', 'tests');
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
  const paid = await fetch(`http://127.0.0.1:${server.sandboxPort}/_sandbox/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ session: opened.sessionId, outcome: 'success' }),
  });
  assert.equal(paid.status, 200, await paid.text());
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

test('R52 a browser takes no secret key, and asks anew for a token that ran out', async (t) => {
  const server = await serve(t, { sandbox: true });
  assert.throws(() => new PurserBrowser({ url: server.url, token: SECRET_KEY }), /secret key/);
  const sly = new PurserBrowser({ url: server.url, token: () => SECRET_KEY });
  await assert.rejects(sly.credits.balance(), /secret key/);
  const now = Math.floor(Date.now() / 1000);
  const tokens = [token({ sub: 'hal', iat: now - 900, exp: now - 600 }), token({ sub: 'hal' })];
  let asked = 0;
  const hal = new PurserBrowser({ url: server.url, token: async () => tokens[asked++] });
  assert.equal((await hal.credits.spend({ amount: 10 })).balance, 40);
  assert.equal((await hal.credits.balance()).balance, 40);
  assert.equal(asked, 2);
  assert.equal((await hal.access.check({ amount: 41 })).allowed, false);
  assert.equal(hal.credits.reserve, undefined);
  const gone = new PurserBrowser({ url: server.url, token: tokens[0] });
  await failed(gone.credits.balance(), 'UNAUTHENTICATED');
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

const browserOf = (server, sub) => new PurserBrowser({ url: server.url, token: token({ sub }) });

test('a shown balance falls at once, comes back when refused, follows the stream', async (t) => {
  const server = await serve(t, { sandbox: true });
  const streams = [];
  let hold = null;
  const slow = await between(t, server, {
    before: (request, response) => {
      if (request.url !== '/api/stream') return false;
      streams.push({ response, last: request.headers['last-event-id'] });
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      return true;
    },
    after: async () => (await hold, false),
  });
  const store = new CreditStore(browserOf(slow, 'kim'));
  const close = store.subscribe(() => undefined);
  t.after(close);
  await until(() => store.getSnapshot().balance === 50 && store.getSnapshot().live);
  let go;
  hold = new Promise((done) => (go = done));
  const spending = store.spend({ amount: 20 });
  assert.deepEqual([store.getSnapshot().balance, store.getSnapshot().pending], [30, 1]);
  go();
  assert.equal((await spending).balance, 30);
  hold = new Promise((done) => (go = done));
  const refused = failed(store.spend({ amount: 31 }), 'INSUFFICIENT_CREDITS');
  assert.equal(store.getSnapshot().balance, 0);
  go();
  await refused;
  assert.deepEqual([store.getSnapshot().balance, store.getSnapshot().pending], [30, 0]);
  await Promise.all([1, 2, 3].map((amount) => store.spend({ amount })));
  await until(() => store.getSnapshot().balance === 24);
  // Somebody gives credits: the stream tells, with the figure or without.
  await grant(server, 'kim', 100);
  streams[0].response.write('id: 7\nevent: balance\ndata: {"customerId":"kim","bal');
  streams[0].response.write('ance":124}\n\n');
  await until(() => store.getSnapshot().balance === 124);
  await grant(server, 'kim', 1);
  streams[0].response.write('id: 8\r\nevent: balance\r\ndata: {}\r\n\r\n');
  await until(() => store.getSnapshot().balance === 125);
  // It breaks, and goes on behind what was heard.
  await grant(server, 'kim', 1);
  streams[0].response.destroy();
  await until(() => streams.length === 2);
  assert.deepEqual(
    streams.map(({ last }) => last),
    [undefined, '8'],
  );
  await until(() => store.getSnapshot().balance === 126 && store.getSnapshot().live);
  close();
  await until(() => streams[1].response.destroyed);
});

test('a shown balance follows the stream of the server itself', async (t) => {
  const server = await serve(t, { sandbox: true });
  const mia = browserOf(server, 'mia');
  await mia.credits.spend({ amount: 1 });
  const store = new CreditStore(mia);
  t.after(store.subscribe(() => undefined));
  await until(() => store.getSnapshot().live && store.getSnapshot().balance === 49);
  await grant(server, 'mia', 20);
  await until(() => store.getSnapshot().balance === 69);
  await purserOf(server).customer('mia').credits.spend({ operation: 'standard_generation' });
  await until(() => store.getSnapshot().balance === 64);
});

test('in React a gate shows what is theirs, a prompt what would help', async (t) => {
  const server = await serve(t, { sandbox: true });
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const from = (name) => import(join(HOME, 'node_modules', name, 'index.js'));
  const { createElement: el } = (await from('react')).default;
  const { act, create } = (await from('react-test-renderer')).default;
  const { PurserProvider, FeatureGate, UpgradePrompt, useCredits, money } = await entry('react');
  let credits;
  const Balance = () => ((credits = useCredits()), el('b', null, String(credits.balance)));
  const prompt = el(UpgradePrompt, { feature: 'stemSeparation', locale: 'en-US' });
  let page;
  await act(async () => {
    page = create(
      el(
        PurserProvider,
        { purser: browserOf(server, 'lea') },
        el(FeatureGate, { feature: 'stemSeparation', fallback: prompt, loading: 'wait' }, 'stems'),
        el(FeatureGate, { plan: 'free' }, 'free'),
        el(Balance),
      ),
    );
  });
  const shown = () => JSON.stringify(page.toJSON());
  const seen = (what) =>
    until(async () => {
      await act(() => sleep(10));
      return what();
    });
  assert.ok(!shown().includes('stems'));
  await seen(() => shown().includes('50') && shown().includes('creator'));
  assert.match(shown(), /"\$19\.99"/);
  assert.ok(shown().includes('free') && !shown().includes('stems'));
  await act(async () => {
    await credits.spend({ operation: 'standard_generation' });
  });
  assert.ok(shown().includes('45'));
  await act(async () => {
    await failed(credits.spend({ amount: 1000 }), 'INSUFFICIENT_CREDITS');
  });
  await seen(() => credits.pending === 0 && credits.balance === 45);
  assert.equal(money({ amount: 1500, currency: 'JPY' }, 'en-US'), '¥1,500');
  await act(async () => page.unmount());
});
