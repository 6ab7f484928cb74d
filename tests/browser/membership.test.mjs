// Becoming a member: step by step on a phone, with a card that is refused and a tab that is closed
// in between; and the same without script, on a wide screen in the dark.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, serve } from '../system/lib/server.mjs';
import { becomes, order, pay, until } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';
import { look } from './lib/look.mjs';

const PAY = 'button[name=do][value=pay]';
const HOSTED = /\/v3\/hosted\/pay\//;
const DEMO = 'form[action="/login/demo"] button';

const says = async (page, pattern) => assert.match(await page.text(), pattern);

async function visit(t, view) {
  const server = await serve(t, {
    sandbox: true,
    env: { PURSER_CHECKOUTS_PER_MINUTE: '1000', FLUTTERWAVE_PAYMENT_OPTIONS: 'card,paypal' },
  });
  const browser = await open(t);
  const tab = () => browser.page(view);
  const wrong = [];
  return {
    server,
    browser,
    tab,
    wrong,
    see: async (page, name, pattern) => {
      await says(page, pattern);
      wrong.push(...(await look(page, `membership-${name}`, view)));
    },
  };
}

// Hands over to the gateway.
async function handOver(page) {
  await page.fill('#email', 'ada@example.com').catch(() => {}); // is known by then
  await page.click(PAY);
  await page.arrive(HOSTED);
}
const newest = (server) =>
  call(server, 'GET', '/api/orders?customerId=demo-ada&limit=1').then(
    ({ body }) => body.data.items[0],
  );
// As a person would on the gateway's page.
const ends = async (server, how = {}) => {
  const { orderId } = await newest(server);
  const { attempts } = await order(server, orderId);
  await pay(server, attempts[0].sessionId, how);
  return orderId;
};

test('a member chooses, is refused, comes back in another tab, pays and is welcomed', async (t) => {
  const { server, browser, tab, wrong, see } = await visit(t, { width: 360 });
  let page = await tab();
  await page.goto(`${server.url}/membership`);
  await says(page, /Insider[^]*\$5\.00 a month[^]*\$50\.00 by the year: 2 months free/);
  await page.follow('a[href*="tier=insider"]');
  await see(page, 'cycle', /Step 1 of 4[^]*Yearly \$50\.00[^]*2 months free, \$10\.00 saved/);
  await page.click('input[value=year]');
  await page.follow('main form .btn');
  assert.match(await page.evaluate('location.href'), /\/login\?next=%2Fmembership/);
  await page.follow(DEMO);
  await page.arrive(/\/membership\?tier=insider&every=year/);
  await says(page, /Step 2 of 4[^]*Then every year[^]*Subscribe and pay \$50\.00/);
  await handOver(page);
  await becomes(server, await ends(server, { outcome: 'decline' }), 'failed');
  await page.close(); // the tab is lost with what it knew

  page = await tab();
  await page.goto(`${server.url}/membership`);
  await says(page, /Not paid[^]*You started Insider, by the year/);
  await page.follow('main .card .btn');
  assert.match(await page.evaluate('location.search'), /tier=insider&every=year/);
  await see(page, 'retry', /nothing was charged[^]*Subscribe and pay \$50\.00/i);
  await handOver(page);
  await page.goto(`${server.url}/membership`);
  await see(page, 'resume', /Waiting for payment[^]*Continue with Insider/);
  await page.goto(`${server.url}/membership?anew=yes`);
  assert.doesNotMatch(await page.text(), /You started/);

  // The page that waits hears of it by itself.
  const { orderId } = await newest(server);
  await page.goto(`${server.url}/payment/success?order=${orderId}&wait=1&version=0`);
  await says(page, /Step 3 of 4[^]*Waiting for Flutterwave/);
  await ends(server);
  await until(page.text, (text) => /Welcome, Insider/.test(text));
  await says(page, /Step 4 of 4[^]*Welcome, Insider/);
  await page.goto(`${server.url}/membership`);
  await see(page, 'member', /You are a member[^]*\$50\.00 a year · Renews on[^]*Upgrade to Patron/);
  const wide = { width: 1280, scheme: 'dark' };
  page = await browser.page(wide);
  await page.goto(`${server.url}/membership`);
  wrong.push(...(await look(page, 'membership-member', wide)));
  assert.deepEqual(wrong, []);
});

test('a member needs no script, and no light', async (t) => {
  const view = { width: 1280, scheme: 'dark', script: false };
  const { server, tab, wrong, see } = await visit(t, view);
  const page = await tab();
  await page.goto(`${server.url}/login?next=${encodeURIComponent('/membership?tier=patron')}`);
  await page.follow(DEMO);
  await see(page, 'cycle', /How often would you like to pay/);
  await page.follow('main form .btn');
  await says(page, /Subscribe and pay \$20\.00/);
  await handOver(page);
  await page.fill('#number', '5531 8866 5214 2950');
  await page.click('button[value=card]');
  await page.arrive(/\/payment\/success\?/);
  for (let i = 0; !/Welcome, Patron/.test(await page.text()) && i < 5; i++)
    await page.follow('main .btn'); // "Check now" waits for the news
  await says(page, /Welcome, Patron/);
  assert.deepEqual(wrong, []);
});
