// Every page in every state that has a look of its own, at each width and in both schemes: nothing
// sticks out, one thing to do, big enough for a thumb, and axe finds nothing.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from '../system/lib/server.mjs';
import { buy, control, order, pay, until } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';
import { SIZES, lookAtAll } from './lib/look.mjs';
import { visitor } from './lib/visit.mjs';

const SETTINGS = {
  PURSER_CHECKOUTS_PER_MINUTE: '1000',
  PURSER_BRAND_COLOR: '#0f766e',
  PURSER_BRAND_SUPPORT: 'help@northwind.example',
  PURSER_BRAND_STATEMENT: 'NORTHWIND',
  PURSER_BRAND_TERMS: 'https://northwind.example/terms',
  PURSER_BRAND_REFUNDS: 'https://northwind.example/refunds',
  PURSER_BRAND_PRIVACY: 'https://northwind.example/privacy',
};

const shop = (t, options = {}) =>
  serve(t, { sandbox: true, ...options, env: { ...SETTINGS, ...options.env } });

// A form's errors are pages too: fills and presses what is there; address empty: where one is.
const submit = (server, address, fill, button) => async (page) => {
  if (address) await page.goto(server.url + address);
  for (const [selector, value] of Object.entries(fill)) await page.fill(selector, value);
  await page.evaluate(`document.querySelectorAll('details').forEach((d) => (d.open = true))`);
  await page.evaluate(`document.querySelectorAll('form').forEach((f) => (f.noValidate = true))`);
  await page.follow(button);
  page.complaints.length = 0; // the browser's own line about a 4xx
};

const CONFIRM = '/checkout/confirm?items=sticker-sheet-usd:2,field-notebook-usd:1&country=DE';
const PAY = 'button[name=do][value=pay]';

test('the store and the way to the button look right', async (t) => {
  const server = await shop(t);
  await lookAtAll(await open(t), server, {
    front: '/',
    pricing: '/pricing',
    'pricing by the year': '/pricing?every=year',
    store: '/store',
    'store-order': '/store?items=sticker-sheet-usd:2',
    'store-none': '/store?q=drone',
    'store-filters': async (page) => {
      await page.goto(`${server.url}/store?currency=UGX`);
      await page.evaluate(`document.querySelector('details').open = true`);
    },
    product: '/p/sticker-sheet',
    'product-not-yet': '/p/tape-loops',
    'confirm-guest': CONFIRM,
    'confirm-coupon-good': `${CONFIRM}&coupon=WELCOME10`,
    'confirm-coupon-bad': submit(server, CONFIRM, { '#coupon': 'spring25' }, 'details button'),
    'confirm-errors': submit(server, CONFIRM, { '#email': 'ada@' }, PAY),
    'confirm-total': async (page) => {
      await page.goto(server.url + CONFIRM);
      await page.click('#terms');
      await submit(server, '', { '[name=seen]': '4', '#email': 'a@b.example' }, PAY)(page);
    },
    'confirm-empty': '/checkout/confirm',
    login: '/login',
    'error-404': async (page) => {
      await page.goto(`${server.url}/no-such-page`);
      page.complaints.length = 0;
    },
    drawer: '/_sandbox',
    parts: '/_sandbox/parts',
  });
});

const STICKERS = 'sticker-sheet-usd:2';

test('an account looks right', async (t) => {
  const server = await shop(t);
  const DEMO = 'form[action="/login/demo"] button';
  await lookAtAll(await open(t), server, {
    account: async (page) => {
      await page.goto(`${server.url}/account`);
      if (await page.evaluate(`document.querySelector('${DEMO}') !== null`))
        await page.follow(DEMO);
    },
    'account-usage': '/account/usage',
    'account-orders': '/account/orders',
    'account-billing': '/account/billing',
    'pricing signed in': '/pricing',
    'account-plan-none': '/account/plan',
  });
});

test('an account with a plan looks right', async (t) => {
  const server = await shop(t);
  const DEMO = 'form[action="/login/demo"] button';
  const made = await buy(server, { plan: 'basic', interval: 'month', customerId: 'demo-ada' });
  await pay(server, made.body.data.sessionId);
  await order(server, made.body.data.orderId, '?wait=15');
  // A pack that is paid, one that is on its way, one that did not come, and one that went back.
  const packs = [];
  for (const [packageId, outcome] of [
    ['pack-500', 'success'],
    ['pack-100', 'async_failure'],
    ['pack-2000', 'success'],
    ['pack-100', 'async_success'],
  ]) {
    const sold = await buy(server, { packageId, customerId: 'demo-ada', again: true });
    const { orderId, sessionId } = sold.body.data;
    packs.push({ orderId, sessionId });
    await pay(server, sessionId, { outcome });
    if (outcome === 'async_failure') await control(server, 'clock', { advance: '2m' });
    await order(server, orderId, '?wait=15');
  }
  const back = { gateway: 'stripe', event: 'refunded', session: packs[0].sessionId };
  await control(server, 'emit', back);
  await until(
    () => order(server, packs[0].orderId),
    ({ status }) => status === 'refunded',
  );
  const issued = await until(
    () => call(server, 'GET', '/api/invoices').then(({ body }) => body.data.items),
    (items) => items.some(({ type }) => type === 'credit_note'),
  );
  const note = issued.find(({ type }) => type === 'credit_note');
  await lookAtAll(await open(t), server, {
    'account-with-plan': async (page) => {
      await page.goto(`${server.url}/account`);
      if (await page.evaluate(`document.querySelector('${DEMO}') !== null`))
        await page.follow(DEMO);
    },
    'account-credits': '/account/credits',
    'account-payments': '/account/payments',
    'paid-credits': `/payment/success?order=${packs[2].orderId}`,
    'on-its-way': `/payment/success?order=${packs[3].orderId}&wait=1&version=0`,
    'account-plan': '/account/plan',
    'account-billing-card': '/account/billing?done=saved',
    'account-invoices': '/account/invoices',
    'account-invoice': `/account/invoices/${note.refersTo}`,
    'account-credit-note': `/account/invoices/${note.number}`,
    'account-change': '/account/plan?to=team&every=year',
    'account-change-later': '/account/plan?to=creator&every=month&when=period_end',
    'account-change-refused': '/account/plan?to=basic&every=month',
    'account-cancel': '/account/cancel',
    'pricing with a plan': '/pricing?every=year',
    'confirm-plan': '/checkout/confirm?items=team-year:1',
  });
});

test('the way back from the gateway looks right, however it went', async (t) => {
  const server = await shop(t);
  const someone = visitor(server);
  const shows = async ({ query }, words) => {
    for (let i = 0; i < 100; i++) {
      const { text } = await someone.ask(`/payment/success?${query}&wait=1`);
      if (words.test(text)) return;
      await sleep(100);
    }
    assert.fail(`no ${words}`);
  };
  const paid = async (items, more) => {
    const order = await someone.pay(items, more);
    await control(server, 'pay', { session: order.session });
    await shows(order, /Thank you/);
    return order;
  };
  const waiting = await someone.pay('sticker-sheet-usd:1');
  const cancelled = await someone.pay('sticker-sheet-usd:3');
  await control(server, 'pay', { session: cancelled.session, outcome: 'cancel' });
  const done = await paid(STICKERS, { coupon: 'WELCOME10' });
  const disputed = await paid('sticker-sheet-usd:5');
  await control(server, 'emit', {
    gateway: 'moneymotion',
    event: 'disputed',
    session: disputed.session,
  });
  await shows(disputed, /bank/);
  const refunded = await paid('sticker-sheet-usd:6');
  await control(server, 'emit', {
    gateway: 'moneymotion',
    event: 'refunded',
    session: refunded.session,
  });
  await shows(refunded, /back/);
  const orders = (await call(server, 'GET', '/api/orders')).body.data.items;
  const numberOf = ({ query }) =>
    orders.find(({ orderId }) => query.includes(orderId)).orderNumber +
    `?${query.split('&').slice(1).join('&')}`;
  await lookAtAll(await open(t), server, {
    // The page leads on at once; here it is held.
    go: async (page) => {
      await page.goto(`${server.url}/store`);
      const { text } = await someone.ask(waiting.go);
      const held = text.replace(/<meta http-equiv="refresh"[^>]*>/, '');
      await page.evaluate(
        `new Promise((done) => { const d = new DOMParser().parseFromString(
          ${JSON.stringify(held)}, 'text/html');
          document.documentElement.replaceWith(document.importNode(d.documentElement, true));
          setTimeout(done, 300); })`,
      );
    },
    waiting: `/payment/success?${waiting.query}`,
    'waiting-long': `/payment/success?${waiting.query}&since=1`,
    cancelled: `/payment/cancelled?${cancelled.query}`,
    paid: `/payment/success?${done.query}`,
    disputed: `/payment/success?${disputed.query}`,
    refunded: `/payment/success?${refunded.query}`,
    stranger: `/payment/success?${waiting.query.split('&')[0]}`,
    'order-paid': `/order/${numberOf(done)}`,
    'order-waiting': `/order/${numberOf(waiting)}&wait=1`,
    'order-refunded': `/order/${numberOf(refunded)}`,
    'order-disputed': `/order/${numberOf(disputed)}`,
    pay: async (page) =>
      page.goto(`http://127.0.0.1:${server.sandboxPort}/checkout/${waiting.session}`),
    'pay-over': async (page) =>
      page.goto(`http://127.0.0.1:${server.sandboxPort}/checkout/${done.session}`),
  });
});

const WORD = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen';
const MAIL = 'maximiliane.von-und-zu-langenscheidt@versicherungsgesellschaft.example';

// Long words, huge amounts, another direction of writing, forty lines.
const LONG = {
  currency: 'UGX',
  business: { name: WORD, country: 'UG' },
  products: [
    { id: 'word', name: WORD, description: `${WORD} `.repeat(4), popular: true },
    { id: 'rtl', name: 'دفتر ملاحظات ميداني، 120 صفحة', description: 'دفتر مخيط للأشخاص.' },
    { id: 'script', name: '<script>alert("x")</script> & "quotes"', description: 'Only words.' },
    { id: 'sentence', name: 'A name that is a whole sentence, with commas, for a thing of paper' },
    ...Array.from({ length: 36 }, (_, i) => ({ id: `thing-${i}`, name: `Thing number ${i}` })),
  ].map((product, i) => ({
    ...product,
    seller: '',
    highlights: [WORD, 'Short'],
    prices: [{ id: `${product.id}-ugx`, amount: i === 0 ? 50_000_000 : 1_234_567 }],
  })),
  tax: { rates: [{ country: 'UG', basisPoints: 1825, name: 'Value added and railway tax' }] },
  coupons: [{ code: 'AVERYLONGCODETHATNOBODYWOULDTYPEBYHANDONAPHONE123456789', basisPoints: 3333 }],
  routing: { card: ['moneymotion'], crypto: ['moneymotion'] },
};

test('long words, huge amounts, many lines and another direction of writing fit', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'purser-long-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify(LONG));
  const server = await shop(t, {
    env: {
      PURSER_CATALOG: join(folder, 'catalog.json'),
      PURSER_BRAND_NAME: WORD,
      PURSER_BRAND_STATEMENT: 'DONAUDAMPFSCHIFFFAHRT',
    },
  });
  const someone = visitor(server);
  const many = LONG.products
    .slice(1)
    .map(({ id }) => `${id}-ugx:1`)
    .join(',');
  const more = { country: 'UG', email: MAIL, coupon: LONG.coupons[0].code };
  const order = await someone.pay(many, more);
  await control(server, 'pay', { session: order.session });
  for (let i = 0; i < 100; i++) {
    const { text } = await someone.ask(`/payment/success?${order.query}&wait=1`);
    if (/Thank you/.test(text)) break;
  }
  const [{ orderNumber }] = (await call(server, 'GET', '/api/orders')).body.data.items;
  const basket = `/checkout/confirm?items=${encodeURIComponent(many)}&country=UG`;
  await lookAtAll(
    await open(t),
    server,
    {
      'long-store': '/store?items=word-ugx:1',
      'long-page': '/store?after=thing-19',
      'long-product': '/p/word',
      'long-rtl': '/p/rtl',
      'long-confirm': `/checkout/confirm?items=word-ugx:1&country=UG&coupon=${more.coupon}`,
      'long-many': basket,
      'long-paid': `/payment/success?${order.query}`,
      'long-order': `/order/${orderNumber}?${order.query.split('&')[1]}`,
    },
    SIZES,
  );
});
