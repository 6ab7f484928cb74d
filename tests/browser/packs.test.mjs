// Credits as a customer buys them: beside what is left, by cards that work at once, after a second
// card, after the bank has asked, and from a bank account; and the balance that follows.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, serve } from '../system/lib/server.mjs';
import { control, until } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';
import { axeFindings } from './lib/look.mjs';

const PAY = 'button[name=do][value=pay]';
const STRIPE = /\/c\/pay\/cs_test_/;
const CHALLENGE = /\/c\/challenge\/pi_/;
const SUCCESS = /\/payment\/success\?order=/;
const VISA = '4242 4242 4242 4242';
const ASKS_BANK = '4000 0000 0000 3220';
const DECLINED = '4000 0000 0000 0002';

async function signedIn(t, options = {}) {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ width: 390, ...options });
  await page.goto(`${server.url}/account/credits`);
  await page.follow('form[action="/login/demo"] button');
  await page.arrive(/\/account\/credits$/);
  return { server, browser, page };
}

async function choose(page, pack = 'pack-500') {
  await page.follow(`a[href*="${pack}"]`);
  await page.fill('#email', 'ada@example.com');
  await page.click(PAY);
  await page.arrive(STRIPE);
}

async function payWith(page, number) {
  await page.fill('[name=number]', number);
  await page.click('button[name=act][value=card]');
}

const reads = (page, pattern) =>
  until(
    () => page.text().catch(() => ''),
    (text) => pattern.test(text),
  );

// Without a script the button asks again, and waits for news.
async function asks(page, pattern) {
  while (!pattern.test(await page.text())) await page.follow('main a.btn[data-busy]');
}

const looksRight = async (page) => assert.deepEqual(await axeFindings(page), []);

test('credits are bought: at once, refused, after a question; the page is harmless', async (t) => {
  const { server, page } = await signedIn(t);
  const credits = `${server.url}/account/credits`;
  assert.match(await page.text(), /Popular[^]*500 credits\s+\$39\.99\s+about \$0\.08 a credit/);
  await looksRight(page);
  await choose(page);
  assert.match(await page.text(), /Pay \$39\.99/);
  await payWith(page, VISA);
  const at = await page.arrive(SUCCESS);
  await reads(page, /Paid\. You have 550 credits\./);
  assert.doesNotMatch(at, /cs_test_|session/);
  await looksRight(page);
  await page.goto(at); // loaded again, it is the same
  assert.match(await page.text(), /Paid\. You have 550 credits\./);

  await page.goto(credits);
  await choose(page, 'pack-100');
  await payWith(page, DECLINED);
  await reads(page, /Your card was declined/);
  await payWith(page, ASKS_BANK);
  await page.arrive(CHALLENGE);
  await page.click('button[name=act][value=fail]');
  await page.arrive(STRIPE);
  assert.match(await page.text(), /nothing was charged/);
  const { body } = await call(server, 'GET', '/api/credits?customerId=demo-ada');
  assert.equal(body.data.balance, 550);
  await payWith(page, ASKS_BANK);
  await page.arrive(CHALLENGE);
  await page.click('button[name=act][value=complete]');
  await page.arrive(SUCCESS);
  await reads(page, /Paid\. You have 650 credits\./);

  await page.goto(`${server.url}/account/payments`);
  assert.match(await page.text(), /\$9\.99\s+Paid[^]*\$39\.99\s+Paid/);
  await looksRight(page);
  // A declined card is answered 402, which the browser writes down.
  assert.deepEqual(
    page.complaints.filter((line) => !/402/.test(line)),
    [],
  );
});

test('what a bank takes days for is on its way, then there or not, and paid anew', async (t) => {
  const { server, page } = await signedIn(t);
  await choose(page, 'pack-100');
  await page.click('button[name=act][value=async_success]');
  await page.arrive(SUCCESS);
  await reads(page, /Your payment is on its way/);
  assert.match(await page.text(), /some days\. We will write to you; do not pay again\./);
  await looksRight(page);
  await control(server, 'clock', { advance: '2m' });
  await reads(page, /Paid\. You have 150 credits\./);

  await page.goto(`${server.url}/account/credits`);
  await choose(page, 'pack-100');
  await page.click('button[name=act][value=async_failure]');
  await page.arrive(SUCCESS);
  await reads(page, /Your payment is on its way/);
  await control(server, 'clock', { advance: '2m' });
  await reads(page, /The payment did not go through\s+Nothing was charged/);
  await page.follow('main a.btn');
  await page.follow('button[name=do][value=change]');
  await page.fill('#email', 'ada@example.com');
  await page.click(PAY);
  await page.arrive(STRIPE);
  await payWith(page, VISA);
  await page.arrive(SUCCESS);
  await reads(page, /Paid\. You have 250 credits\./);
});

test('the same without a script: bought, on its way, and there', async (t) => {
  const { server, page } = await signedIn(t, { script: false });
  await choose(page, 'pack-100');
  await payWith(page, VISA);
  await page.arrive(SUCCESS);
  await asks(page, /Paid\. You have 150 credits\./);
  await page.goto(`${server.url}/account/credits`);
  assert.match(await page.text(), /Credits left\s+150/);
  await choose(page);
  await page.click('button[name=act][value=async_success]');
  await page.arrive(SUCCESS);
  await asks(page, /Your payment is on its way/);
  await control(server, 'clock', { advance: '2m' });
  await asks(page, /Paid\. You have 650 credits\./);
  assert.deepEqual(page.complaints, []);
});

// Somebody of the business gives the newest order's money back, in the console.
async function givesBack(t, server) {
  const { body } = await call(server, 'GET', '/api/admin/orders?limit=1');
  const page = await (await open(t)).page({});
  await page.goto(`${server.url}/login?next=/admin`);
  await page.follow('form:has(input[name=who][value="root@example.com"]) button');
  await page.goto(`${server.url}/admin/orders/${body.data.items[0].orderNumber}/refund`);
  await page.fill('#reason', 'asked for it');
  await page.follow('main form button');
  assert.match(await page.text(), /100 credits are taken back/);
  await page.follow('main form button[value=send]');
  assert.match(await page.text(), /The money is on its way back/);
}

test('the balance on a page follows what is used, bought, given and refunded', async (t) => {
  const { server, browser, page } = await signedIn(t);
  await page.evaluate('window.same = true');
  const post = async (path, more) => {
    const { status, text } = await call(server, 'POST', path, {
      body: { customerId: 'demo-ada', ...more },
      headers: { 'idempotency-key': randomUUID() },
    });
    assert.equal(status, 200, text);
  };
  await post('/api/credits/spend', { amount: 8 });
  await reads(page, /Credits left\s+42/);
  await post('/api/admin/credits/grant', { amount: 1000, reason: 'a gift', type: 'bonus' });
  await reads(page, /Credits left\s+1,042/);
  const other = await browser.page({ width: 390 });
  await other.goto(`${server.url}/account/credits`);
  await choose(other, 'pack-100');
  await payWith(other, VISA);
  await other.arrive(SUCCESS);
  await reads(page, /Credits left\s+1,142/);
  await givesBack(t, server);
  await reads(page, /Credits left\s+1,042/);
  const { status } = await call(server, 'POST', '/api/credits/spend', {
    body: { customerId: 'demo-ada', amount: 1100 },
    headers: { 'idempotency-key': randomUUID() },
  });
  assert.equal(status, 402, 'what only the pack had made possible');
  assert.equal(await page.evaluate('window.same'), true, 'without loading it anew');
  assert.deepEqual(page.complaints, []);
});
