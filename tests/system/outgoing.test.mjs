// Telling the application: a receiver that knows the standard by its own library.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { ON_POSTGRES, call, freshDatabase } from './lib/server.mjs';
import { buy, shop, until } from './lib/shop.mjs';

const PRIVATE = { PURSER_PRIVATE_WEBHOOK_TARGETS: 'yes' };

async function receiver(t, answer = () => 204) {
  const heard = [];
  const server = createServer((request, reply) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
      const said = answer(heard.length);
      if (typeof said === 'number') reply.writeHead(said).end();
      else reply.writeHead(302, { location: said }).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return { heard, url: `http://127.0.0.1:${server.address().port}/hook` };
}

const add = (server, body) => call(server, 'POST', '/api/webhook-endpoints', { body });
test('R32 the library of Standard Webhooks verifies what is sent', async (t) => {
  const { Webhook } = await import('./oracles/node_modules/standardwebhooks/dist/index.js');
  const server = await shop(t, { env: PRIVATE });
  const app = await receiver(t);
  const hook = await add(server, { url: app.url, types: ['order.created'] });
  assert.equal(hook.status, 201);
  const order = (await buy(server)).body.data;
  await until(() => app.heard.length > 0);
  const { headers, body } = app.heard[0];
  const message = new Webhook(hook.body.data.secret).verify(body, headers);
  assert.equal(message.type, 'order.created');
  assert.equal(message.id, headers['webhook-id']);
  const made = await call(server, 'POST', '/api/admin/keys', { body: { role: 'app' } });
  const feed = await call(server, 'GET', '/api/events?limit=100', { key: made.body.data.key });
  const same = feed.body.data.items.find((event) => event.id === message.id);
  assert.deepEqual(same, message);
  assert.ok(JSON.stringify(message.data).includes(order.orderNumber));
  assert.throws(() => new Webhook(hook.body.data.secret).verify(`${body} `, headers));
});

test('R35 what was committed is told after a kill -9', async (t) => {
  const database = freshDatabase(t);
  const app = await receiver(t, (n) => (n === 1 ? 500 : 204));
  let server = await shop(t, { database, env: PRIVATE });
  await add(server, { url: app.url });
  await buy(server);
  await server.stop('SIGKILL');
  server = await shop(t, { database, env: PRIVATE });
  const types = () => app.heard.map(({ body }) => JSON.parse(body).type);
  // On PostgreSQL the dead server's leases have to end first.
  await until(() => types().includes('order.created'), Boolean, ON_POSTGRES ? 150_000 : 20_000);
});

test('R33 a try is logged, a test is sent, and what is removed is told no more', async (t) => {
  const server = await shop(t, { env: PRIVATE });
  const app = await receiver(t, () => 'http://169.254.169.254/latest/meta-data/');
  const { id } = (await add(server, { url: app.url })).body.data;
  const tried = await call(server, 'POST', `/api/webhook-endpoints/${id}/test`);
  assert.equal(tried.body.data.ok, false);
  assert.equal(tried.body.data.status, 302);
  const log = await call(server, 'GET', `/api/webhook-endpoints/${id}/deliveries`);
  assert.equal(log.body.data.items[0].type, 'test');
  assert.equal((await call(server, 'DELETE', `/api/webhook-endpoints/${id}`)).status, 200);
  assert.equal((await call(server, 'POST', `/api/webhook-endpoints/${id}/test`)).status, 404);
  const list = await call(server, 'GET', '/api/webhook-endpoints');
  assert.deepEqual(list.body.data.items, []);
});

test('R34 private addresses are not called unless it is allowed, whoever names them', async (t) => {
  const server = await shop(t);
  const app = await receiver(t);
  assert.equal((await add(server, { url: app.url })).status, 400);
  const secure = app.url.replace('http:', 'https:').replace('127.0.0.1', 'localhost');
  const { id } = (await add(server, { url: secure })).body.data;
  const tried = await call(server, 'POST', `/api/webhook-endpoints/${id}/test`);
  assert.equal(tried.body.data.ok, false);
  assert.equal(tried.body.data.status, null);
  assert.equal(app.heard.length, 0);
});
