// Buying at Stripe as a person does: its page, a card that is declined, a bank that asks.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, folder, serve } from '../system/lib/server.mjs';
import { open } from './lib/browser.mjs';

const PAY = 'button[name=do][value=pay]';
const STRIPE = /\/c\/pay\/cs_test_/;
const CATALOG = {
  products: [{ id: 'mug', name: 'Mug', prices: [{ id: 'mug-usd', amount: 1000 }] }],
  tax: { rates: [{ country: 'DE', basisPoints: 1900 }] },
  routing: { card: ['stripe', 'moneymotion'] },
};

async function shop(t, options = {}) {
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(CATALOG));
  const server = await serve(t, { sandbox: true, env: { PURSER_CATALOG: file } });
  const browser = await open(t);
  const page = await browser.page({ width: 390, ...options });
  await page.goto(`${server.url}/checkout/confirm?items=mug-usd:2&country=DE`);
  await page.fill('#email', 'ada@example.com');
  await page.click(PAY);
  await page.arrive(STRIPE);
  return { server, page };
}

const newest = (server) =>
  call(server, 'GET', '/api/orders').then(({ body }) => body.data.items[0]);

async function payWith(page, number) {
  await page.fill('[name=number]', number);
  await page.click('button[name=act][value=card]');
}

async function isPaid(server, page, card) {
  await page.arrive(/\/payment\/success\?/);
  const until = Date.now() + 10_000;
  while (!/Thank you/.test(await page.text()) && Date.now() < until) await sleep(50);
  assert.match(await page.text(), /Paid\. Thank you\./);
  assert.match(await page.text(), /\$23\.80/);
  assert.match(await page.text(), /by Stripe/);
  let order = await newest(server);
  // Which card it was is told by another event than that it was paid.
  while (order.payments[0].method.last4 === undefined && Date.now() < until) {
    await sleep(50);
    order = await newest(server);
  }
  assert.equal(order.status, 'completed');
  assert.equal(order.payments.length, 1);
  assert.deepEqual(order.payments[0].method, card);
}

const VISA = { type: 'card', brand: 'visa', last4: '4242' };

for (const script of [true, false])
  test(`a guest pays at Stripe, ${script ? 'with' : 'without'} JavaScript`, async (t) => {
    const { server, page } = await shop(t, { script });
    assert.match(await page.text(), /Pay \$23\.80/);
    await payWith(page, '4242 4242 4242 4242');
    await isPaid(server, page, VISA);
    assert.deepEqual(page.complaints, []);
  });

test('a declined card leaves the page open, and another one pays', async (t) => {
  const { server, page } = await shop(t);
  for (const [number, words] of [
    ['4000 0000 0000 0002', /declined/],
    ['4000 0000 0000 9995', /insufficient funds/],
  ]) {
    await page.fill('[name=number]', number);
    await page.follow('button[name=act][value=card]');
    assert.match(await page.text(), words);
    assert.equal((await newest(server)).status, 'pending');
  }
  await payWith(page, '4242 4242 4242 4242');
  await isPaid(server, page, VISA);
});

test('a bank that asks is answered: first wrongly, then rightly (3-D Secure)', async (t) => {
  const { server, page } = await shop(t);
  await payWith(page, '4000 0000 0000 3220');
  await page.arrive(/\/c\/challenge\/pi_/);
  assert.match(await page.text(), /Your bank asks whether it is you/);
  assert.equal((await newest(server)).status, 'pending');
  await page.click('button[name=act][value=fail]');
  await page.arrive(STRIPE);
  assert.match(await page.text(), /could not authenticate you, and nothing was charged/);
  await payWith(page, '4000 0000 0000 3220');
  await page.arrive(/\/c\/challenge\/pi_/);
  await page.click('button[name=act][value=complete]');
  await isPaid(server, page, { type: 'card', brand: 'visa', last4: '3220' });
});

test('who comes back from Stripe without paying finds the same page again', async (t) => {
  const { server, page } = await shop(t);
  const first = await page.evaluate('location.href');
  await page.click('button[name=act][value=cancel]');
  await page.arrive(/\/payment\/cancelled\?/);
  assert.match(await page.text(), /You came back without paying/);
  await page.goto(first);
  await payWith(page, '4242 4242 4242 4242');
  await isPaid(server, page, VISA);
});
