// The simulated gateways from outside: a merchant of our own hears their webhooks, and the process
// is killed between them.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, folder, freePort } from './lib/server.mjs';
import * as shops from './lib/shop.mjs';
import { buy, control, order, pay, simulators, until } from './lib/shop.mjs';

const SECRET = 'mm_sandbox_secret_0123456789abcdef';
const ORDER = {
  description: 'Two stickers',
  urls: {
    success: 'https://shop.example.com/success',
    cancel: 'https://shop.example.com/cancel',
    failure: 'https://shop.example.com/failure',
  },
  userInfo: { email: 'ada@example.com' },
  lineItems: [{ name: 'Sticker', description: '', pricePerItemInCents: 500, quantity: 2 }],
};

// What the merchant heard: event names in order, with how many requests were open at once.  It
// answers none before `atOnce` are open, or a while has passed without.
async function merchant(t) {
  const shop = { heard: [], forged: 0, answer: 200, open: 0, most: 0, atOnce: 1 };
  const server = createServer((request, response) => {
    const pieces = [];
    const { answer } = shop;
    shop.open += 1;
    shop.most = Math.max(shop.most, shop.open);
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', async () => {
      const body = Buffer.concat(pieces);
      const mac = createHmac('sha512', SECRET).update(body).digest('base64');
      if (request.headers['x-moneymotion-signature'] !== mac) shop.forged += 1;
      for (let i = 0; i < 200 && shop.most < shop.atOnce; i++) await sleep(10);
      await sleep(20);
      shop.open -= 1;
      if (answer === 200) shop.heard.push(JSON.parse(body).event);
      response.writeHead(answer).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  shop.url = `http://127.0.0.1:${server.address().port}`;
  return shop;
}

const ask = (it) =>
  fetch(`${it.url}/checkoutSessions.createCheckoutSession`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'mk_test_sandbox',
      'x-currency': 'USD',
    },
    body: JSON.stringify({ json: ORDER }),
  });
const open = async (it) => (await (await ask(it)).json()).result.data.json.checkoutSessionId;

test('webhooks are signed, doubled and held as asked, and outlive the process', async (t) => {
  const shop = await merchant(t);
  const cwd = folder(t);
  const port = await freePort();
  let it = await simulators(t, shop.url, cwd, port);
  const first = await open(it);
  await until(() => shop.heard.length === 1);
  assert.deepEqual(shop.heard, ['checkout_session:new']);
  await control(it, 'webhooks', { mode: 'duplicate' });
  shop.atOnce = 2;
  await pay(it, first);
  await until(() => shop.heard.length === 3);
  assert.equal(shop.most, 2, 'both at the same time');
  await control(it, 'webhooks', { mode: 'hold' });
  const second = await open(it);
  await pay(it, second);
  await it.kill();

  it = await simulators(t, shop.url, cwd, port);
  const state = await control(it, 'state');
  assert.equal(state.captures.length, 2);
  assert.equal(state.webhookCounts.held, 2);
  assert.equal(state.modes.moneymotion, 'hold');
  shop.answer = 503;
  await control(it, 'webhooks', { mode: 'release' });
  await until(() => shop.open > 0);
  await it.kill();

  it = await simulators(t, shop.url, cwd, port);
  shop.answer = 200;
  await until(() => shop.heard.length === 5);
  const both = ['checkout_session:complete', 'checkout_session:new'];
  assert.deepEqual(shop.heard.slice(3).sort(), both);
  assert.equal(shop.forged, 0);
});

test('a gateway hangs up, hangs, is slow, and is itself again afterwards', async (t) => {
  const shop = await merchant(t);
  const it = await simulators(t, shop.url, folder(t), await freePort());
  const next = (fault) => control(it, 'faults', { gateway: 'moneymotion', call: 'create', fault });
  await next('reset_after');
  await assert.rejects(ask(it));
  assert.equal((await control(it, 'state')).sessions.length, 1, 'it was done all the same');
  await next('slow');
  const begun = Date.now();
  assert.equal((await ask(it)).status, 200);
  assert.ok(Date.now() - begun >= 2900);
  await next('timeout');
  const patience = AbortSignal.timeout(1000);
  const silent = fetch(`${it.url}/rpc`, { method: 'POST', signal: patience, body: 'x\n' });
  assert.equal((await silent).status, 200, 'another wire has other faults');
  await assert.rejects(
    Promise.race([ask(it), sleep(1500).then(() => Promise.reject(new Error('silence')))]),
    /silence/,
  );
  assert.equal((await control(it, 'state')).sessions.length, 2, 'nothing was done');
  assert.equal((await ask(it)).status, 200);
});

test('mails that no server takes are read at the sandbox', async (t) => {
  const server = await shops.shop(t);
  assert.deepEqual((await control(server, 'mail')).items, []);
  const made = await buy(server);
  assert.equal(made.body.success, true, made.text);
  const { orderId, sessionId } = made.body.data;
  await pay(server, sessionId);
  await control(server, 'clock', { advance: '30s' });
  const { items } = await until(
    () => control(server, `mail?about=${orderId}`),
    (caught) => caught.items.length > 0,
  );
  assert.equal(items.length, 1);
  assert.equal(items[0].to, 'ada@example.com');
  assert.match(items[0].text, /\$4\.00/);
});

test('the clock moves purser and the gateways together, also after a crash', async (t) => {
  const options = { database: `sqlite:${join(folder(t), 'purser.db')}` };
  let server = await shops.shop(t, options);
  const made = await buy(server);
  assert.equal(made.body.success, true, made.text);
  const moved = await control(server, 'clock', { advance: '25h' });
  assert.ok(moved.steps > 1 && moved.gatewayEvents >= 2 && moved.jobs > 0, JSON.stringify(moved));
  assert.equal((await order(server, made.body.data.orderId)).status, 'expired');
  const said = command(['clock', 'advance', '1h', '--json', '--database', options.database]);
  assert.ok(JSON.parse(said.out).steps >= 1, said.err);
  await server.stop('SIGKILL');
  server = await shops.shop(t, { ...options, sandboxPort: server.sandboxPort });
  const state = await control(server, 'state');
  assert.ok(Math.abs(state.offsetSeconds - 26 * 3600) < 5);
  assert.equal(state.sessions[0].status, 'expired');
});
