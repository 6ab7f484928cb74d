// A customer ada with a plan that the simulated Stripe renews, seen by the application.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, folder } from './server.mjs';
import { becomes, buy, control, pay, shop, until } from './shop.mjs';

export const status = (server, customer = 'ada') =>
  call(server, 'GET', `/api/subscription/status?customerId=${customer}`).then(
    ({ body }) => body.data,
  );

export const stands = (server, wanted) => until(() => status(server), wanted);

export const orders = (server) =>
  call(server, 'GET', '/api/orders?customerId=ada&limit=100').then(({ body }) => body.data.items);

export const ask = (server, deed, body = {}, once = randomUUID()) =>
  call(server, 'POST', `/api/subscription/${deed}`, {
    body: { customerId: 'ada', ...body },
    headers: { 'idempotency-key': once },
  });

export const advance = (server, by) => control(server, 'clock', { advance: by });

export async function subscribe(server, what = {}, card = undefined) {
  const made = await buy(server, { plan: 'basic', customerId: 'ada', ...what });
  assert.equal(made.status, 200, made.text);
  await pay(server, made.body.data.sessionId, card === undefined ? {} : { card });
  await becomes(server, made.body.data.orderId, 'completed');
  await stands(server, (s) => s?.subscriptionId !== null && s.status !== null);
  return made.body.data;
}

// What Stripe holds is what the paid orders come to.
export async function sameMoney(server) {
  const { captures } = await control(server, 'state');
  const held = captures.reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
  const sold = (await orders(server))
    .filter((o) => o.status === 'completed')
    .flatMap((o) => o.payments)
    .reduce((sum, p) => sum + p.amount.amount, 0);
  assert.equal(sold, held);
  return sold;
}

// A form of the simulated Stripe's pages.
export const press = (url, fields) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

// The next renewal is charged to a card that is declined.
export async function cardGoesBad(server) {
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  assert.equal(portal.status, 200, portal.text);
  const { url } = portal.body.data;
  assert.equal((await press(url, { act: 'card', number: '4000000000000341' })).status, 303);
  return url;
}

// Its id at Stripe, as the customer's own page there names it.
export async function subscriptionThere(server) {
  const portal = await call(server, 'POST', '/api/portal/create', { body: { customerId: 'ada' } });
  const page = await (await fetch(portal.body.data.url)).text();
  return /name="sub" value="(sub_[^"]+)"/.exec(page)[1];
}

export const mails = (server) =>
  control(server, 'mail').then((data) => data.items ?? data.mails ?? data);

export const catalog = {
  plans: [
    {
      id: 'pro',
      group: 'ai',
      name: 'Pro',
      trialDays: 14,
      credits: { allowance: 100 },
      prices: [
        { id: 'pro-month', amount: 1999 },
        { id: 'pro-year', interval: 'year', amount: 19990 },
      ],
    },
  ],
  coupons: [
    { code: 'HALF', basisPoints: 5000, duration: 'months', months: 2 },
    { code: 'ALL', basisPoints: 10000 },
  ],
  tax: { rates: [{ country: 'DE', basisPoints: 1900, name: 'VAT' }] },
  routing: { card: ['stripe'] },
};

export async function shopWith(t, more = {}) {
  const file = join(folder(t), 'catalog.json');
  writeFileSync(file, JSON.stringify({ ...catalog, ...more }));
  return shop(t, { env: { PURSER_CATALOG: file } });
}
