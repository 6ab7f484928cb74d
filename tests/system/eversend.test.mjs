// A shop on Eversend over HTTP: phones that are asked on our own page, by whoever presses how often
// and whoever else looks meanwhile.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './lib/server.mjs';
import { becomes, buy, control, order, shop, until, verified } from './lib/shop.mjs';

async function phoneShop(t) {
  const prices = [{ id: 'thing-ugx', amount: 37000, currency: 'UGX' }];
  const catalog = {
    products: [{ id: 'thing', name: 'Thing', prices }],
    routing: { mobile_money: ['eversend'] },
  };
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  return shop(t, { env: { PURSER_CATALOG: file } });
}

// A browser without script: its page, and a form of it sent as it stands.
function visitor(server, url) {
  const path = url.slice(new URL(url).origin.length);
  const page = async () => (await fetch(`${server.url}${path}`)).text();
  const send = async (fields) => {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: server.url },
      body: new URLSearchParams(fields),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  return { page, send };
}

const NUMBER = { do: 'number', country: 'UG', operator: 'MTN', phone: '0700 000 100' };
const CODE = { do: 'code', code: '123456' };

async function opened(server) {
  const made = await buy(server, { priceId: 'thing-ugx', method: 'mobile_money', again: true });
  assert.equal(made.status, 200, made.text);
  return { ...made.body.data, ...visitor(server, made.body.data.checkoutUrl) };
}

const sessions = async (server) =>
  (await control(server, 'state')).sessions.filter((s) => s.gateway === 'eversend');

test('R15 R23 a phone is asked once and pays once, whoever presses and looks', async (t) => {
  const server = await phoneShop(t);
  const k = await opened(server);
  assert.equal(await k.send(NUMBER), 303);
  assert.match(await k.page(), /Enter the code/);
  await control(server, 'faults', { gateway: 'eversend', call: 'create', fault: 'reset_after' });
  const pressed = await Promise.all([1, 2, 3, 4].map(() => k.send(CODE)));
  assert.deepEqual(pressed, [303, 303, 303, 303]);
  assert.equal((await sessions(server)).length, 1);
  await control(server, 'webhooks', { mode: 'duplicate' });
  const looks = [1, 2, 3].map(() => k.page());
  await control(server, 'pay', { session: k.sessionId });
  await Promise.all(looks);
  await becomes(server, k.orderId, 'completed');
  await until(k.page, (text) => /Paid/.test(text));
  const { payments } = await order(server, k.orderId);
  assert.equal(payments.length, 1);
  const [there] = await sessions(server);
  assert.equal(there.status, 'completed');
  await verified(server);
});

test("Eversend's own client doubles slashes, and is answered all the same", async (t) => {
  const { sandboxPort } = await phoneShop(t);
  const at = (path) => `http://127.0.0.1:${sandboxPort}/eversend/v1/${path}`;
  const headers = { clientid: 'evs_sandbox_id', clientsecret: 'evs_sandbox_secret' };
  const { token } = await (await fetch(at('/auth/token'), { headers })).json();
  const asked = await fetch(at('//collections/fees'), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: 'momo', currency: 'UGX', amount: 20000 }),
  });
  assert.equal((await asked.json()).data.total_to_pay, '20300');
  const { status } = await fetch(at('/transactions/BE1'), {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(status, 404);
});
