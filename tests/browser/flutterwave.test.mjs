// The simulated Flutterwave's page in a browser: a card that is refused, and a phone that takes a
// minute, on the smallest screen.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from './lib/browser.mjs';
import { look } from './lib/look.mjs';
import { folder } from '../system/lib/server.mjs';
import { becomes, buy, control, shop } from '../system/lib/shop.mjs';

const button = (act) => `button[value=${act}]`;
// One page fades into the next, and takes no clicks meanwhile.
async function settled(page) {
  while ((await page.evaluate('document.getAnimations().length')) > 0) await sleep(20);
}

test('a card is refused, a phone approves in a minute, and the page looks right', async (t) => {
  const catalog = {
    products: [
      { id: 'thing', name: 'Thing', prices: [{ id: 'ugx', amount: 37000, currency: 'UGX' }] },
    ],
    routing: { card: ['flutterwave'] },
  };
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify(catalog));
  const options = 'card,mobilemoneyuganda,banktransfer';
  const env = { PURSER_CATALOG: file, FLUTTERWAVE_PAYMENT_OPTIONS: options };
  const server = await shop(t, { env });
  const made = await buy(server, { priceId: 'ugx' });
  assert.equal(made.status, 200, made.text);
  const { checkoutUrl, orderId } = made.body.data;
  const browser = await open(t);
  const page = await browser.page({ width: 360 });
  await page.goto(checkoutUrl);
  assert.match(await page.text(), /stands in for Flutterwave/);
  assert.match(await page.text(), /UGX.37,000/);
  assert.deepEqual(await look(page, 'flutterwave', { width: 360 }), []);
  await page.fill('#number', '5590 1317 4329 4314');
  await page.follow(button('card'));
  assert.match(await page.text(), /Transaction declined: fraudulent/);
  await becomes(server, orderId, 'failed');
  await settled(page);
  await page.follow(button('mobile_money_later'));
  assert.match(await page.evaluate('location.search'), /status=completed&tx_ref=att_/);
  await page.goto(checkoutUrl);
  assert.match(await page.text(), /on its way/);
  await control(server, 'clock', { advance: '2m' });
  await becomes(server, orderId, 'completed');
  await page.goto(checkoutUrl);
  assert.match(await page.text(), /This was paid/);
  const wrong = await look(page, 'flutterwave-over', { width: 360 });
  assert.deepEqual(
    wrong.filter((line) => !/402/.test(line)), // what the refused card was answered with
    [],
  );
});
