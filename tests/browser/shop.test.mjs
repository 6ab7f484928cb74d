// Buying as a person does, from the store to the receipt, with and without script.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from '../system/lib/server.mjs';
import { control } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';

const PAY = 'button[name=do][value=pay]';
const GATEWAY = /\/checkout\/[0-9a-f]{8}-/;
const CONFIRM = '/checkout/confirm?items=sticker-sheet-usd:2&country=DE';

async function shop(t, options = {}) {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ width: 390, ...options });
  return { server, browser, page };
}

const orders = (server) =>
  call(server, 'GET', '/api/orders').then(({ body }) => body.data.items);

// From the confirm page to the gateway's.
async function pay(page, mail = 'ada@example.com') {
  await page.fill('#email', mail);
  await page.click(PAY);
  return page.arrive(GATEWAY);
}

const act = (page, value) => page.click(`button[name=act][value=${value}]`);

async function isPaid(page, words) {
  await page.arrive(/\/payment\/success\?/);
  const until = Date.now() + 10_000;
  while (!/Thank you/.test(await page.text()) && Date.now() < until) await sleep(50);
  assert.match(await page.text(), /Paid\. Thank you\./);
  // Which card it was comes with the webhook, which may come after the answer to our question.
  while (!words.test(await page.text()) && Date.now() < until) {
    await page.goto(await page.evaluate('location.href'));
    await sleep(50);
  }
  assert.match(await page.text(), words);
  assert.match(await page.evaluate('document.title'), /^Paid – ORD-\d{4}-\d{6} – /);
}

for (const script of [true, false])
  test(`a guest buys with a card, ${script ? 'with' : 'without'} JavaScript`, async (t) => {
    const { server, page } = await shop(t, { script });
    await page.goto(`${server.url}/store`);
    await page.follow('.product h2 a');
    await page.follow('form button.tall');
    await page.arrive(/\/checkout\/confirm\?items=/);
    assert.match(await page.text(), /To pay today/);
    await pay(page);
    await act(page, 'card');
    await isPaid(page, /Visa ending 4242, by MoneyMotion/);
    await page.follow('a.btn.tall');
    assert.match(await page.text(), /You paid \$4\.00 on .* with Visa ending 4242/);
    const [order] = await orders(server);
    assert.equal(order.status, 'completed');
    assert.deepEqual(page.complaints, []);
  });

test('country, quantity and code change the total at once, and what was typed stays', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  await page.fill('#email', 'ada@example.com');
  const change = (selector, value) =>
    page.evaluate(
      `(() => { const e = document.querySelector('${selector}'); e.focus(); e.value = '${value}';` +
        ` e.dispatchEvent(new Event('change', { bubbles: true })); })()`,
    );
  const total = async (wanted) => {
    const words = `document.querySelector('${PAY}').textContent`;
    const until = Date.now() + 5000;
    while ((await page.evaluate(words)) !== wanted && Date.now() < until) await sleep(20);
    assert.equal(await page.evaluate(words), wanted);
  };
  await total('Pay $9.52');
  await change('#country', 'FR');
  await total('Pay $9.60');
  assert.match(await page.evaluate('document.querySelector("#toasts").textContent'), /\$9\.60/);
  await change('#q0', '5');
  await total('Pay $24.00');
  assert.equal(await page.evaluate('document.activeElement.id'), 'q0');
  assert.equal(await page.evaluate('document.querySelector("#email").value'), 'ada@example.com');
  await page.evaluate('document.querySelector("details").open = true');
  await page.fill('#coupon', 'spring25');
  await page.follow('button[form=pay][value=update]:not(.nojs)');
  assert.match(await page.text(), /This code ended on 1 May 2026/);
  assert.equal(await page.evaluate('document.activeElement.className'), 'summary');
  await page.fill('#coupon', 'welcome10');
  await page.follow('button[form=pay][value=update]:not(.nojs)');
  await total('Pay $21.60');
  await pay(page);
  await act(page, 'card');
  await isPaid(page, /\$21\.60/);
  const [order] = await orders(server);
  assert.deepEqual(order.total, { amount: 2160, currency: 'USD' });
});

test('a declined card can be followed by another one', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  await pay(page);
  await page.fill('[name=number]', '4000 0000 0000 0002');
  await page.follow('button[name=act][value=card]');
  assert.match(await page.text(), /declined and nothing was charged/);
  await page.fill('[name=number]', '4242 4242 4242 4242');
  await act(page, 'card');
  await isPaid(page, /\$9\.52/);
});

test('crypto is a choice on our page and on the gateway\'s', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  await page.click('input[name=method][value=crypto]');
  await pay(page);
  await act(page, 'crypto');
  await isPaid(page, /Crypto, by MoneyMotion/);
});

test('who cancels keeps the basket, and may pay after all', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  await pay(page);
  await act(page, 'cancel');
  await page.arrive(/\/payment\/cancelled\?/);
  assert.match(await page.text(), /You came back without paying/);
  await page.follow('button[value=change]');
  await page.arrive(/\/checkout\/confirm\?items=sticker-sheet-usd%3A2/);
  assert.match(await page.text(), /Pay \$9\.52/);
  await pay(page);
  await act(page, 'card');
  await isPaid(page, /\$9\.52/);
  assert.deepEqual(
    (await orders(server)).map(({ status }) => status),
    ['completed', 'cancelled'],
  );
});

for (const script of [true, false])
  test(`a double click is one order, ${script ? 'with' : 'without'} JavaScript`, async (t) => {
    const { server, page } = await shop(t, { script });
    await page.goto(server.url + CONFIRM);
    await page.fill('#email', 'ada@example.com');
    await page.click(PAY, 2);
    // The second press may find the first still running: then the same key goes on.
    const here = `document.readyState === 'complete' && location.href + document.body.innerText`;
    for (let i = 0; i < 500; i++) {
      const at = await page.evaluate(here).catch(() => '');
      if (GATEWAY.test(at)) break;
      if (/is being opened already/.test(at)) await page.click(PAY).catch(() => {});
      await sleep(30);
    }
    await page.arrive(GATEWAY);
    assert.equal((await orders(server)).length, 1);
  });

test('the back button leads to the form, and pressing again to the same payment', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  const first = await pay(page);
  await page.back();
  await page.arrive(/\/checkout\/confirm/);
  const words = `document.querySelector('${PAY}').textContent`;
  assert.match(await page.evaluate(words), /^Pay \$9\.52$/);
  assert.equal(await pay(page), first);
  assert.equal((await orders(server)).length, 1);
});

test('two tabs with the same order pay it once', async (t) => {
  const { server, browser, page } = await shop(t);
  const other = await browser.page({ width: 390 });
  await page.goto(server.url + CONFIRM);
  await other.goto(server.url + CONFIRM);
  assert.equal(await pay(other), await pay(page));
  await act(page, 'card');
  await isPaid(page, /\$9\.52/);
  const tab = await browser.page({ width: 390 });
  await tab.goto(server.url + CONFIRM);
  await tab.fill('#email', 'ada@example.com');
  await tab.follow(PAY);
  assert.match(await tab.text(), /You have just ordered this/);
  assert.equal((await orders(server)).length, 1);
});

test('a demo customer buys, and the order is theirs', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(`${server.url}/login?next=%2Fstore`);
  await page.follow('form[action="/login/demo"] button');
  await page.goto(server.url + CONFIRM);
  await pay(page, 'ada@example.com');
  await act(page, 'card');
  await isPaid(page, /goes to ada@example\.com/);
  const [order] = await orders(server);
  // No link is needed: the session is enough.
  await page.goto(`${server.url}/order/${order.orderNumber}`);
  assert.match(await page.text(), /You paid \$9\.52/);
});

test('a page that waits is replaced when the payment arrives', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  const session = (await pay(page)).split('/').pop();
  await act(page, 'cancel');
  const returned = await page.arrive(/\/payment\/cancelled\?/);
  await page.goto(returned.replace('cancelled', 'success'));
  assert.match(await page.text(), /Waiting for MoneyMotion's confirmation/);
  await page.evaluate('window.same = true');
  await control(server, 'pay', { session });
  await isPaid(page, /\$9\.52/);
  assert.equal(await page.evaluate('window.same'), true, 'without loading it anew');
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');
});
