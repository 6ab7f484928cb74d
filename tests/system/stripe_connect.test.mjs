// Accounts of sellers at the simulated Stripe, judged by the vendor's own SDK.
import test from 'node:test';
import assert from 'node:assert/strict';
import { merchant, simulated } from './lib/merchant.mjs';
import { press } from './lib/plan.mjs';
import { until } from './lib/shop.mjs';
import { CONNECT, promised, sdk, trigger } from './oracles/stripe.mjs';

test('a seller is led through the form, and the Connect endpoint hears of it', async (t) => {
  const { shop, url } = await simulated(t, () => CONNECT);
  const stripe = sdk(url);
  const own = await merchant(t, () => own.secret);
  const { secret } = await stripe.webhookEndpoints.create({
    url: own.url,
    enabled_events: ['account.updated'],
    connect: true,
  });
  own.secret = secret;
  const seller = {
    type: 'express',
    country: 'US',
    email: 'j@x.test',
    business_type: 'individual',
    capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
    settings: { payouts: { schedule: { interval: 'manual' } } },
    metadata: { seller_id: 's_7' },
  };
  const made = await stripe.accounts.create(seller, { idempotencyKey: 'seller-7' });
  const { id } = await stripe.accounts.create(seller, { idempotencyKey: 'seller-7' });
  assert.equal(id, made.id);
  assert.equal(made.settings.payouts.schedule.interval, 'manual');
  assert.equal(made.requirements.disabled_reason, 'requirements.past_due');
  for (const member of promised('Accounts', 'Account')) assert.ok(member in made, member);
  await assert.rejects(stripe.accounts.createLoginLink(id), { statusCode: 400 });
  const lead = async () => {
    const link = await stripe.accountLinks.create({
      account: id,
      type: 'account_onboarding',
      refresh_url: 'https://x.test/refresh',
      return_url: 'https://x.test/return',
    });
    assert.equal(link.object, 'account_link');
    const first = await fetch(link.url, { redirect: 'manual' });
    const second = await fetch(link.url, { redirect: 'manual' });
    assert.equal(second.headers.get('location'), 'https://x.test/refresh');
    return new URL(first.headers.get('location'), url).href;
  };
  const left = await press(await lead(), { act: 'leave', name: 'Jenny Rosen' });
  assert.equal(left.headers.get('location'), 'https://x.test/return');
  const half = await stripe.accounts.retrieve(id);
  assert.equal(half.details_submitted, false);
  assert.ok(!half.requirements.currently_due.includes('individual.first_name'));
  const form = await lead();
  const page = await (await fetch(form)).text();
  assert.ok(page.includes('name="bank"') && !page.includes('name="name"'));
  await press(form, {
    act: 'finish',
    born: '1990-01-31',
    address: '510 Townsend Street, 94103 San Francisco',
    tax: '0000',
    site: 'https://x.test',
    trade: '5734',
    bank: '000123456789',
  });
  const active = (one) => one.data.object.capabilities.transfers === 'active';
  for (const heard of [shop, own]) {
    await until(
      () => heard.heard,
      (events) => events.some(active),
    );
    const event = heard.heard.find(active);
    assert.equal(event.account, id);
    assert.equal(event.data.previous_attributes.charges_enabled, false);
    assert.deepEqual(new Set(heard.types()), new Set(['account.updated']));
    assert.deepEqual(heard.forged, []);
  }
  const mine = await stripe.accounts.retrieveCurrent({}, { stripeAccount: id });
  assert.equal(mine.payouts_enabled, true);
  const login = await stripe.accounts.createLoginLink(id);
  assert.match(await (await fetch(login.url)).text(), /Jenny Rosen[^]*manual/);
  assert.equal((await fetch(login.url)).status, 404);
  const other = await stripe.accounts.create({ ...seller, country: 'DE' });
  const ids = [];
  for await (const one of stripe.accounts.list({ limit: 1 })) ids.push(one.id);
  assert.deepEqual(ids, [other.id, id]);
  assert.equal((await stripe.accounts.del(other.id)).deleted, true);
  await assert.rejects(stripe.accounts.retrieve(other.id), { type: 'StripePermissionError' });
  await assert.rejects(stripe.transfers.list(), { statusCode: 404 });
});

test('the command line of Stripe triggers what a Connect endpoint hears', async (t) => {
  const { shop, cwd, url } = await simulated(t, () => CONNECT);
  const { status, out } = await trigger(url, 'account.updated', cwd);
  assert.equal(status, 0, out);
  const event = await shop.hears('account.updated');
  assert.equal(event.account, event.data.object.id);
  assert.deepEqual({ ...event.data.previous_attributes }, { metadata: { foo: null } });
  assert.deepEqual(shop.forged, []);
});
