// Without a mouse, without motion, without a script, on paper.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from '../system/lib/server.mjs';
import { control } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';
import { visitor } from './lib/visit.mjs';

const env = {
  PURSER_CHECKOUTS_PER_MINUTE: '1000',
  PURSER_BRAND_TERMS: 'https://northwind.example/terms',
  PURSER_BRAND_SUPPORT: 'help@northwind.example',
};
const CONFIRM = '/checkout/confirm?items=sticker-sheet-usd:2&country=DE';

async function shop(t, options = {}) {
  const server = await serve(t, { sandbox: true, env });
  const browser = await open(t);
  const page = await browser.page({ width: 390, ...options });
  return { server, browser, page };
}

// What has the focus: its words, and whether a person sees that it has.
const focused = `(() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const outer = e.closest('.product') ?? e;
  return {
    name: (e.labels?.[0] ?? e).textContent.trim() || e.getAttribute('href'),
    ring: getComputedStyle(outer).outlineStyle !== 'none',
    seen: box.bottom > 0 && box.top < innerHeight,
  };
})()`;

test('Tab goes where the eye goes, and one sees where one is', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  const stops = [
    /^Skip to content$/,
    /^Test cards$/,
    /^Northwind$/,
    /^Back to the store$/,
    /^Quantity of Sticker sheet$/,
    /^Have a code\?$/,
    /^Email$/,
    /^Country$/,
    /^Card/,
    /^I agree to the terms of Northwind$/,
    /^Read the terms$/,
    /^Pay \$9\.52$/,
    /^Help$/,
    /^Terms$/,
  ];
  for (const stop of stops) {
    await page.press('Tab');
    const { name, ring, seen } = await page.evaluate(focused);
    assert.match(name, stop);
    assert.ok(ring, `no ring around ${name}`);
    assert.ok(seen, `${name} is out of sight`);
  }
});

test('the first stop leads past the head of the page', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(`${server.url}/store`);
  await page.press('Tab');
  await page.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  await page.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.id'), 'q');
});

for (const script of [true, false])
  test(`Enter updates and never pays, ${script ? 'with' : 'without'} a script`, async (t) => {
    const { server, page } = await shop(t, { script });
    await page.goto(server.url + CONFIRM);
    await page.fill('#email', 'ada@example.com');
    await page.evaluate(`document.querySelector('#email').focus()`);
    await page.press('Enter');
    await page.arrive(/\/checkout\/confirm$/);
    assert.match(await page.text(), /Confirm your order/);
    assert.equal(await page.evaluate(`document.querySelector('#email').value`), 'ada@example.com');
    assert.deepEqual((await call(server, 'GET', '/api/orders')).body.data.items, []);
  });

test('errors are read first, and each leads to its field', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(server.url + CONFIRM);
  await page.evaluate(`document.querySelector('#pay').noValidate = true`);
  await page.follow('button[value=pay]');
  assert.equal(await page.evaluate('document.activeElement.className'), 'summary');
  assert.match(await page.evaluate('document.title'), /^Error: /);
  await page.press('Tab');
  await page.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'email');
  const described = `document.getElementById(
    document.activeElement.getAttribute('aria-describedby').split(' ')[1]).textContent`;
  assert.equal(
    await page.evaluate(described),
    'Error: Enter an email address, like ada@example.com',
  );
});

async function paid(server) {
  const order = await visitor(server).pay('sticker-sheet-usd:2');
  await control(server, 'pay', { session: order.session });
  const someone = visitor(server);
  for (let i = 0; i < 50; i++) {
    const { text } = await someone.ask(`/payment/success?${order.query}&wait=1`);
    if (/Thank you/.test(text)) return order;
    await sleep(100);
  }
  throw new Error('it was not paid');
}

test('the tick draws itself once, and not for who wants no motion', async (t) => {
  const { server, browser } = await shop(t);
  const { query } = await paid(server);
  for (const motion of [true, false]) {
    const page = await browser.page({ motion });
    await page.goto(`${server.url}/payment/success?${query}`);
    const style = (name) =>
      page.evaluate(`getComputedStyle(document.querySelector('.tick path')).${name}`);
    assert.equal(await style('animationName'), motion ? 'draw' : 'none');
    assert.equal(await style('animationIterationCount'), '1');
  }
});

test('an order prints as its receipt, black on white also where the screen is dark', async (t) => {
  const { server, browser } = await shop(t);
  const { query } = await paid(server);
  const [{ orderNumber }] = (await call(server, 'GET', '/api/orders')).body.data.items;
  const page = await browser.page({ scheme: 'dark' });
  await page.goto(`${server.url}/order/${orderNumber}?${query.split('&')[1]}`);
  await page.media('print');
  const shown = (selector) =>
    page.evaluate(`[...document.querySelectorAll('${selector}')].some((e) => e.checkVisibility())`);
  for (const selector of ['.ribbon', '.btn', '.foot', '.crumb'])
    assert.equal(await shown(selector), false, selector);
  for (const selector of ['.logo', '.bill', 'h1', '.facts']) assert.ok(await shown(selector));
  const style = (selector, name) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${name}`);
  assert.equal(await style('body', 'backgroundColor'), 'rgb(255, 255, 255)');
  assert.equal(await style('h1', 'color'), 'rgb(0, 0, 0)');
  const year = new RegExp(`${new Date().getUTCFullYear()}`);
  for (const words of [/Visa ending 4242|Card/, /VAT 19%, Germany/, /ada@example\.com/, year])
    assert.match(await page.text(), words);
});

test('without a script every page offers the same decisions', async (t) => {
  const { server, browser } = await shop(t);
  const { query } = await paid(server);
  const waiting = await visitor(server).pay('field-notebook-usd:1');
  const decisions = `[...document.querySelectorAll('main :is(a, button, input, select)')]
    .filter((e) => e.type !== 'hidden' && !e.matches('.nojs, [data-copy]'))
    .map((e) => e.textContent.trim() || e.name)`;
  const pages = [
    '/',
    '/store?q=s',
    '/p/sticker-sheet',
    CONFIRM,
    '/login',
    '/_sandbox',
    `/payment/success?${query}`,
    `/payment/success?${waiting.query}&wait=1`,
    `/payment/cancelled?${waiting.query}`,
  ];
  for (const path of pages) {
    const seen = [];
    for (const script of [true, false]) {
      const page = await browser.page({ script });
      await page.goto(server.url + path);
      seen.push(await page.evaluate(decisions));
      await page.close();
    }
    assert.deepEqual(seen[1], seen[0], path);
    assert.ok(seen[0].length > 0, path);
  }
});

test('a quantity is named on the button, in any currency', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(`${server.url}/store?currency=EUR`);
  await page.follow('.product h2 a');
  const words = `document.querySelector('#buy .btn').textContent`;
  assert.equal(await page.evaluate(words), 'Buy for €4.00');
  await page.evaluate(
    `(() => { const e = document.querySelector('#quantity'); e.value = 3;` +
      ` e.dispatchEvent(new Event('change', { bubbles: true })); })()`,
  );
  const until = Date.now() + 10_000;
  while ((await page.evaluate(words)) !== 'Buy for €12.00' && Date.now() < until) await sleep(20);
  assert.equal(await page.evaluate(words), 'Buy for €12.00');
  await page.follow('#buy .btn');
  await page.arrive(/\/checkout\/confirm\?items=sticker-sheet-eur%3A3/);
  assert.match(await page.text(), /€12\.00/);
});

test('a demo customer finds the order and its receipt under their own name', async (t) => {
  const { server, page } = await shop(t);
  await page.goto(`${server.url}/account`);
  await page.arrive(/\/login\?next=/);
  await page.follow('form[action="/login/demo"] button');
  await page.arrive(/\/account$/);
  assert.match(await page.text(), /No orders yet/);
  await page.goto(server.url + CONFIRM);
  await page.fill('#email', 'ada@example.com');
  await page.click('#terms');
  await page.click('button[value=pay]');
  await page.arrive(/\/checkout\/[0-9a-f]{8}-/);
  await page.click('button[name=act][value=card]');
  await page.arrive(/\/payment\/success/);
  await page.goto(`${server.url}/account/orders`);
  await page.follow('.rows a');
  assert.match(await page.text(), /Order\s+ORD-\d{4}-000001/);
  await page.goto(`${server.url}/account/orders`);
  await page.follow('form[action="/logout"] button');
  await page.goto(`${server.url}/account/orders`);
  await page.arrive(/\/login\?next=/);
});
