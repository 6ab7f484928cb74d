// The console as the owner sees it, in an empty shop and in a busy one, at each width and in both
// schemes; and used by keyboard and without script.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from '../system/lib/server.mjs';
import { control } from '../system/lib/shop.mjs';
import { open } from './lib/browser.mjs';
import { look, lookAtAll } from './lib/look.mjs';

const LONG_MAIL = 'maximiliane.von-und-zu-langenscheidt@versicherungsgesellschaft.example';
const WHO = 'user-of-the-application-with-a-long-name-0123456789';
const SETTINGS = { PURSER_CHECKOUTS_PER_MINUTE: '1000', PURSER_OWNER_MAIL: 'owner@shop.example' };

async function signIn(browser, server, who = 'root@example.com', options = {}) {
  const page = await browser.page(options);
  await page.goto(`${server.url}/login?next=/admin`);
  await page.follow(`form:has(input[name=who][value="${who}"]) button`);
  return page;
}

async function signedIn(t, server) {
  const browser = await open(t);
  await (await signIn(browser, server)).close();
  return browser;
}

let keys = 0;
async function order(server, body) {
  const headers = { 'idempotency-key': `k${++keys}` };
  const answer = await call(server, 'POST', '/api/checkout/create', { headers, body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.data;
}

async function until(server, { orderId }, status) {
  for (let i = 0; i < 100; i++) {
    const { body } = await call(server, 'GET', `/api/orders/${orderId}?wait=1`);
    if (body.data.status === status) return;
    await sleep(50);
  }
  assert.fail(`${orderId} is not ${status}`);
}

const stickers = (quantity) => [{ price: 'sticker-sheet-usd', quantity }];
const STICKERS = stickers(2);

// One order in each state that a shop comes to by itself.
async function busyShop(t) {
  const server = await serve(t, { sandbox: true, env: SETTINGS });
  const many = [];
  const paid = async (body) => {
    const made = await order(server, body);
    await control(server, 'pay', { session: made.sessionId });
    await until(server, made, 'completed');
    many.push(made);
    return made;
  };
  const emit = (made, event) =>
    control(server, 'emit', { gateway: 'moneymotion', event, session: made.sessionId });
  for (let i = 0; i < 22; i++)
    await paid({ items: stickers(i + 1), email: `p${i}@a.example` });
  const full = await paid({
    items: [...stickers(3), { price: 'field-notebook-usd', quantity: 1 }],
    customerId: WHO,
    email: LONG_MAIL,
    country: 'DE',
    coupon: 'WELCOME10',
  });
  const refunded = await paid({ items: STICKERS, email: 'back@a.example' });
  await emit(refunded, 'refunded');
  await until(server, refunded, 'refunded');
  const disputed = await paid({ items: STICKERS, email: 'bank@a.example' });
  await emit(disputed, 'disputed');
  await until(server, disputed, 'disputed');
  const argued = await order(server, {
    items: STICKERS,
    email: LONG_MAIL,
    gateway: 'stripe',
    again: true,
  });
  await control(server, 'pay', { session: argued.sessionId, card: '4000000000000259' });
  await until(server, argued, 'disputed');
  const part = await paid({ items: STICKERS, email: 'part@a.example' });
  const back = { orderId: part.orderId, amount: 250, byHand: true, reference: 'dashboard, 3 May' };
  const headers = { 'idempotency-key': `k${++keys}` };
  const body = { ...back, reason: 'one of the two sheets was torn' };
  const given = await call(server, 'POST', '/api/admin/refunds', { headers, body });
  assert.equal(given.status, 200, given.text);
  const review = await order(server, { items: STICKERS, email: 'odd@a.example' });
  const fault = { gateway: 'moneymotion', call: 'query', fault: 'wrong_amount' };
  await control(server, 'faults', { ...fault, times: 20 });
  await control(server, 'pay', { session: review.sessionId });
  await until(server, review, 'review');
  await control(server, 'faults', { ...fault, times: 0 });
  const cancelled = await order(server, { items: STICKERS, email: 'gone@a.example' });
  await call(server, 'POST', `/api/orders/${cancelled.orderId}/cancel`, { body: {} });
  const waiting = await order(server, { items: STICKERS, email: 'waits@a.example' });
  return { server, full, part, refunded, disputed, review, cancelled, waiting };
}

const PLACES = [
  'orders',
  'payments',
  'refunds',
  'reviews',
  'ledger',
  'customers',
  'webhooks',
  'jobs',
  'alerts',
  'mails',
  'audit',
];

const first = async (server, path) => (await call(server, 'GET', path)).body.data.items[0];

test('an empty shop\'s console looks right', async (t) => {
  const server = await serve(t, { sandbox: true, env: SETTINGS });
  const states = { 'console-empty-overview': '/admin' };
  for (const place of PLACES) states[`console-empty-${place}`] = `/admin/${place}`;
  await lookAtAll(await signedIn(t, server), server, states);
});

test('a busy shop\'s console looks right', async (t) => {
  const shop = await busyShop(t);
  const { server } = shop;
  const event = await first(server, '/api/admin/webhooks?status=applied');
  const mail = await first(server, '/api/admin/mails');
  const dispute = await first(server, '/api/admin/disputes?status=open');
  await lookAtAll(await signedIn(t, server), server, {
    'console-overview': '/admin',
    'console-reports': '/admin/reports',
    'console-report-revenue': '/admin/reports/revenue',
    'console-report-explained': '/admin/reports/reconciliation',
    'console-orders': '/admin/orders',
    'console-orders-none': '/admin/orders?email=nobody@a.example',
    'console-orders-paid': '/admin/orders?status=completed',
    'console-story-paid': `/admin/orders/${shop.full.orderNumber}`,
    'console-story-refunded': `/admin/orders/${shop.refunded.orderNumber}`,
    'console-story-disputed': `/admin/orders/${shop.disputed.orderNumber}`,
    'console-story-review': `/admin/orders/${shop.review.orderNumber}`,
    'console-story-waiting': `/admin/orders/${shop.waiting.orderNumber}`,
    'console-story-part': `/admin/orders/${shop.part.orderNumber}`,
    'console-refund': `/admin/orders/${shop.part.orderNumber}/refund`,
    'console-refunds': '/admin/refunds',
    'console-explain': `/admin/explain/${shop.full.orderNumber}`,
    'console-orders-filtered': '/admin/orders?period=today&total=32.13+USD',
    'console-payments': '/admin/payments',
    'console-ledger': '/admin/ledger?period=today',
    'console-customers': '/admin/customers',
    'console-customer': `/admin/customers/${WHO}`,
    'console-privacy': `/admin/customers/${WHO}/privacy`,
    'console-coupons': '/admin/coupons',
    'console-disputes': '/admin/disputes',
    'console-dispute': `/admin/disputes/${dispute.id}`,
    'console-reviews': '/admin/reviews',
    'console-review': `/admin/reviews/${shop.review.orderNumber}`,
    'console-webhooks': '/admin/webhooks',
    'console-webhook': `/admin/webhooks/${event.id}`,
    'console-webhook-headers': `/admin/webhooks/${event.id}?tab=headers`,
    'console-webhook-checks': `/admin/webhooks/${event.id}?tab=checks`,
    'console-webhook-effects': `/admin/webhooks/${event.id}?tab=effects`,
    'console-replay': '/admin/webhooks/replay',
    'console-jobs': '/admin/jobs',
    'console-alerts': '/admin/alerts',
    'console-errors': '/admin/errors?show=refused',
    'console-mails': '/admin/mails',
    'console-mail': `/admin/mails/${mail.id}`,
    'console-audit': '/admin/audit',
    'console-security': '/admin/security',
    'console-keys': '/admin/keys',
    'console-search-many': '/admin/search?q=8',
    'console-search-none': '/admin/search?q=ch_3QaBcDeF',
  });
});

for (const script of [true, false])
  test(`an order is found and cancelled, ${script ? 'with' : 'without'} JavaScript`, async (t) => {
    const server = await serve(t, { sandbox: true, env: SETTINGS });
    const made = await order(server, { items: STICKERS, email: 'waits@a.example' });
    const browser = await open(t);
    const page = await signIn(browser, server, 'sam@example.com', { script });
    await page.fill('#q', 'waits@a.example');
    await page.follow('form[role=search] button');
    await page.arrive(/\/admin\/orders\?email=waits/);
    await page.follow('.rows td:first-child a');
    await page.arrive(new RegExp(made.orderNumber));
    await page.follow('form[action$="/ask"] button');
    assert.match(await page.text(), /The gateway was asked/);
    await page.follow('form[action$="/cancel"] button');
    assert.match(await page.text(), /The order is cancelled\./);
    assert.match(await page.text(), /Order cancelled/);
    assert.deepEqual(page.complaints, []);
  });

test('money is given back in two steps, of which the first does nothing', async (t) => {
  const server = await serve(t, { sandbox: true, env: SETTINGS });
  const made = await order(server, { items: STICKERS, email: 'ada@a.example', gateway: 'stripe' });
  await control(server, 'pay', { session: made.sessionId });
  await until(server, made, 'completed');
  const browser = await open(t);
  const view = { width: 360, script: false };
  const page = await signIn(browser, server, 'root@example.com', view);
  await page.goto(`${server.url}/admin/orders/${made.orderNumber}`);
  await page.follow('a[href$="/refund"]');
  await page.fill('#reason', 'asked for it');
  await page.follow('main form button');
  assert.match(await page.text(), /What will happen/);
  assert.deepEqual(await look(page, 'console-refund-then', view), []);
  await page.follow('main form button[value=send]');
  assert.match(await page.text(), /The money is on its way back/);
  await until(server, made, 'refunded');
  assert.deepEqual(page.complaints, []);
});

// Tab reaches what a mouse reaches, in the order of reading, and the ring is to be seen.
test('the console is walked through by keyboard', async (t) => {
  const server = await serve(t, { sandbox: true, env: SETTINGS });
  await order(server, { items: STICKERS, email: 'waits@a.example' });
  const browser = await open(t);
  const page = await signIn(browser, server);
  await page.goto(`${server.url}/admin/orders`);
  const here = () =>
    page.evaluate(`(() => { const e = document.activeElement;
      return { words: (e.textContent || e.name || '').trim().slice(0, 40),
        ring: getComputedStyle(e).outlineStyle, top: e.getBoundingClientRect().top }; })()`);
  const reached = [];
  for (let i = 0; i < 60; i++) {
    await page.press('Tab');
    const { words, ring, top } = await here();
    if (words.startsWith('ORD-')) break;
    reached.push(words);
    assert.equal(ring, 'solid', `no ring on ${words}`);
    assert.ok(top >= 0, `${words} is out of sight`);
  }
  for (const words of ['Skip to content', 'Search', 'Overview', 'Ledger', 'Keys', 'CSV', 'Waiting'])
    assert.ok(reached.includes(words), `${words} is not among ${reached.join(', ')}`);
  await page.press('Enter');
  await page.arrive(/\/admin\/orders\/ORD-/);
});

test('on a phone the menu leads everywhere, and the figures stand before the story', async (t) => {
  const server = await serve(t, { sandbox: true, env: SETTINGS });
  const made = await order(server, { items: STICKERS, email: 'waits@a.example' });
  const browser = await open(t);
  const page = await signIn(browser, server, 'root@example.com', { width: 360 });
  await page.click('.menu');
  assert.ok(await page.evaluate(`document.querySelector('#side').matches(':popover-open')`));
  await page.follow('#side a[href="/admin/ledger"]');
  assert.match(await page.text(), /Nothing was booked yet/);
  await page.goto(`${server.url}/admin/orders/${made.orderNumber}`);
  const top = (id) => page.evaluate(`document.getElementById('${id}').getBoundingClientRect().top`);
  assert.ok((await top('money')) < (await top('story')));
});

test('every CSV that a page offers is a file with rows', async (t) => {
  const { server } = await busyShop(t);
  const browser = await open(t);
  const page = await signIn(browser, server);
  for (const place of PLACES.filter((name) => name !== 'reviews')) {
    await page.goto(`${server.url}/admin/${place}`);
    const file = await page.evaluate(
      `fetch([...document.querySelectorAll('main a')].find((a) => a.textContent === 'CSV').href)
        .then(async (a) => ({ type: a.headers.get('content-type'), text: await a.text() }))`,
    );
    assert.match(file.type, /^text\/csv/);
    assert.ok(file.text.split('\r\n').length > 2, `${place}: ${file.text}`);
  }
});
