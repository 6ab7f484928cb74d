// A membership whose further periods are charged to the card that it was bought with: once each,
// whatever becomes of the answer, and asked for by mail when it does not go.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, command } from './lib/server.mjs';
import { token } from './lib/tokens.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';

const ada = { customerId: 'ada', email: 'ada@example.com' };
const charging = { FLUTTERWAVE_CHARGE_AGAIN: 'yes' };
const advance = (server, by) => control(server, 'clock', { advance: by });
const faulty = (server, call, fault, times = 1) =>
  control(server, 'faults', { gateway: 'flutterwave', call, fault, times });
const captured = async (server) => (await control(server, 'state')).captures.length;
const stands = (server) =>
  call(server, 'GET', '/api/subscription/status?customerId=ada&group=membership').then(
    ({ body }) => body.data,
  );
const newest = async (server) =>
  (await call(server, 'GET', '/api/orders?limit=1')).body.data.items[0];
const mails = async (server) => (await control(server, 'mail')).items.map((m) => m.subject);

async function member(t, env = charging) {
  const server = await shop(t, { env });
  const made = await buy(server, { ...ada, plan: 'supporter' });
  assert.equal(made.status, 200, made.text);
  await pay(server, made.body.data.sessionId);
  await becomes(server, made.body.data.orderId, 'completed');
  await until(
    () => stands(server),
    (now) => now?.status === 'active',
  );
  return server;
}

// What somebody who is signed in sees before he buys a membership.
async function confirmPage(server) {
  const { headers } = await fetch(`${server.url}/session`, {
    method: 'POST',
    body: new URLSearchParams({ token: token({ sub: 'bob', email: 'bob@example.com' }) }),
    redirect: 'manual',
  });
  const cookie = headers.getSetCookie().map((c) => c.split(';')[0]);
  const path = `${server.url}/checkout/confirm?items=insider-month:1`;
  return (await fetch(path, { headers: { cookie: cookie.join('; ') } })).text();
}

// The button behind the link of the mail that asks to pay.
async function payPage(server) {
  const { items } = await control(server, 'mail');
  const [link] = items
    .find(({ subject }) => /not paid yet/.test(subject))
    .text.match(/http\S+\/order\/\S+/);
  const page = await fetch(link);
  const html = await page.text();
  const form = html.match(/<form[^>]*action="([^"]*\/pay[^"]*)"[^]*?<\/form>/);
  const fields = [...form[0].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return fetch(new URL(form[1].replaceAll('&amp;', '&'), server.url), {
    method: 'POST',
    headers: { cookie: page.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') },
    body: new URLSearchParams(fields.map(([, name, value]) => [name, value])),
    redirect: 'manual',
  });
}

// Every period so far was paid for, each once.
async function isPaid(server, periods) {
  const now = await until(
    () => stands(server),
    ({ status, currentPeriodEnd }) =>
      status === 'active' && currentPeriodEnd > new Date().toISOString(),
  );
  assert.equal(await captured(server), periods);
  const { orderId } = await newest(server);
  const paid = await order(server, orderId);
  assert.equal(paid.status, 'completed');
  assert.equal(paid.payments.length, 1);
  return now;
}

test('a card is charged on the day that its mail named, period by period', async (t) => {
  const server = await member(t);
  assert.match(await confirmPage(server), /charged for each further period until you cancel/);
  const first = await stands(server);
  await advance(server, '29d');
  assert.equal(await captured(server), 1, 'not before the period ends');
  await until(
    () => mails(server),
    (all) => all.some((subject) => /renews on/.test(subject)),
  );
  for (let period = 2; period <= 3; period++) {
    await advance(server, period === 2 ? '3d' : '1mo');
    await isPaid(server, period);
  }
  const now = await stands(server);
  assert.ok(now.currentPeriodStart > first.currentPeriodEnd);
  assert.ok(!(await mails(server)).some((subject) => /not paid yet/.test(subject)));
  await verified(server);
});

test('R15 F21 F22 F23 a charge whose answer is lost is found, never sent again', async (t) => {
  const server = await member(t);
  let periods = 1;
  for (const fault of ['reset_after', '500_after']) {
    await faulty(server, 'charge', fault, 3);
    await advance(server, '1mo');
    await advance(server, '2h');
    await faulty(server, 'charge', fault, 0);
    await isPaid(server, ++periods);
  }
  // One that never arrived there is not sent again either: after a day its buyer is asked.
  await faulty(server, 'charge', '500', 1);
  await advance(server, '1mo');
  await advance(server, '2d');
  assert.equal(await captured(server), periods);
  await until(
    () => mails(server),
    (all) => all.some((subject) => /not paid yet/.test(subject)),
  );
  assert.equal((await stands(server)).status, 'past_due');
  await verified(server);
});

test('a card that is refused is tried again, and its buyer may pay on a page', async (t) => {
  const server = await member(t);
  await faulty(server, 'charge', 'refuse', 2);
  await advance(server, '1mo');
  await advance(server, '2h');
  assert.equal((await stands(server)).status, 'past_due');
  await until(
    () => mails(server),
    (all) => all.some((subject) => /not paid yet/.test(subject)),
  );
  const unpaid = await newest(server);
  const page = await payPage(server);
  assert.equal(page.status, 303, await page.text());
  const { attempts } = await order(server, unpaid.orderId);
  await pay(server, attempts.at(-1).sessionId, { card: '4187427415564246' });
  await becomes(server, unpaid.orderId, 'completed');
  await isPaid(server, 2);
  // From now on it is the card that was paid with last.
  await faulty(server, 'charge', 'refuse', 0);
  await advance(server, '1mo');
  await isPaid(server, 3);
  const { orderId } = await newest(server);
  assert.equal((await order(server, orderId)).payments[0].method.last4, '4246');
  await verified(server);
});

test('a refused card that is good again some days later goes on', async (t) => {
  const server = await member(t);
  await faulty(server, 'charge', 'refuse', 1);
  await advance(server, '1mo');
  await advance(server, '2h');
  assert.equal((await stands(server)).status, 'past_due');
  await advance(server, '4d');
  await isPaid(server, 2);
  await verified(server);
});

test('nobody is charged while renewals are held back, nor who has cancelled', async (t) => {
  const server = await member(t);
  const switched = (way) =>
    assert.equal(command(['switch', way, 'renewals', '--reason', 'r'], server.env).status, 0);
  switched('off');
  await advance(server, '1mo');
  await advance(server, '2h');
  assert.equal(await captured(server), 1);
  switched('on');
  await advance(server, '2h');
  await isPaid(server, 2);
  const cancel = await call(server, 'POST', '/api/subscription/cancel', {
    body: { customerId: 'ada', group: 'membership', when: 'period_end' },
    headers: { 'idempotency-key': randomUUID() },
  });
  assert.equal(cancel.status, 200, cancel.text);
  await advance(server, '2mo');
  assert.equal(await captured(server), 2);
});
