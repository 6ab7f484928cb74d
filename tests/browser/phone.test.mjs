// A phone pays on our own page, on the smallest screen and by keyboard; the page itself sees that
// its owner has approved.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from './lib/browser.mjs';
import { look } from './lib/look.mjs';
import { folder } from '../system/lib/server.mjs';
import { becomes, buy, control, shop, until } from '../system/lib/shop.mjs';

const catalog = {
  products: [
    { id: 'thing', name: 'Thing', prices: [{ id: 'ugx', amount: 37000, currency: 'UGX' }] },
  ],
  routing: { mobile_money: ['eversend'] },
};

test('number, code and approval look right, and the page sees the payment', async (t) => {
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  const server = await shop(t, { env: { PURSER_CATALOG: file } });
  const made = await buy(server, { priceId: 'ugx', method: 'mobile_money' });
  assert.equal(made.status, 200, made.text);
  const { checkoutUrl, orderId, sessionId } = made.body.data;
  assert.match(checkoutUrl, /\/pay\/att_/);
  const browser = await open(t);
  const page = await browser.page({ width: 360 });
  const right = async (name) => assert.deepEqual(await look(page, name, { width: 360 }), []);
  await page.goto(checkoutUrl);
  await right('phone-number');
  await page.evaluate('document.querySelector("[name=operator]").click()');
  await page.fill('#phone', '0700 000 100');
  await page.follow('button[value=number]');
  await page.fill('#code', '123456');
  await page.follow('button[value=code]');
  await right('phone-approve');
  assert.match(await page.text(), /ends in [0-5]:[0-5][0-9]/); // it counts down
  await control(server, 'pay', { session: sessionId });
  await becomes(server, orderId, 'completed');
  await until(async () => /Paid/.test(await page.text()));
});
