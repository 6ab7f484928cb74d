// The simulated Stripe, judged by the vendor's own clients: its SDK of today and of two years ago,
// and its command line.
import test from 'node:test';
import assert from 'node:assert/strict';
import { folder, freePort } from './lib/server.mjs';
import { merchant, simulated, start } from './lib/merchant.mjs';
import { press } from './lib/plan.mjs';
import { KEY, oldSdk, promised, sdk, trigger } from './oracles/stripe.mjs';

const TEA = {
  mode: 'payment',
  line_items: [
    {
      price_data: {
        currency: 'usd',
        unit_amount: 1999,
        product_data: { name: 'Tea & Coffee (100%) é' },
      },
      quantity: 2,
    },
  ],
  success_url: 'https://x.test/ok?s={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://x.test/cart',
  metadata: { order_id: 'A/17 b' },
  payment_intent_data: { metadata: { order_id: 'A/17 b' } },
};

for (const [name, client] of [
  ['23', sdk],
  ['17', oldSdk],
]) {
  test(`the SDK ${name} opens a session, which is paid, refunded, and heard of`, async (t) => {
    const { shop, url, control } = await simulated(t);
    const stripe = client(url);
    const open = await stripe.checkout.sessions.create(
      { ...TEA, expand: ['line_items'] },
      { idempotencyKey: 'k1' },
    );
    assert.equal(open.line_items.data[0].description, 'Tea & Coffee (100%) é');
    assert.equal(open.payment_intent, null);
    assert.equal(open.lastResponse.headers['idempotency-key'], 'k1');
    const again = await stripe.checkout.sessions.create(
      { ...TEA, expand: ['line_items'] },
      { idempotencyKey: 'k1' },
    );
    assert.equal(again.id, open.id);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal(again.lastResponse.headers['original-request'], open.lastResponse.requestId);
    await control('pay', { session: open.id });
    const completed = await shop.hears('checkout.session.completed');
    assert.equal(completed.data.object.payment_status, 'paid');
    assert.equal(completed.data.object.amount_total, 3998);
    const paid = await stripe.checkout.sessions.retrieve(open.id, {
      expand: ['payment_intent.latest_charge.balance_transaction'],
    });
    const charge = paid.payment_intent.latest_charge;
    assert.equal(charge.balance_transaction.net, 3998 - charge.balance_transaction.fee);
    assert.deepEqual({ ...charge.metadata }, { order_id: 'A/17 b' });
    const refund = await stripe.refunds.create({ charge: charge.id, amount: 1000 });
    assert.equal(refund.status, 'succeeded');
    const refunded = await shop.hears('charge.refunded');
    assert.equal(refunded.data.object.amount_refunded, 1000);
    assert.equal(refunded.data.previous_attributes.amount_refunded, 0);
    await assert.rejects(stripe.refunds.create({ charge: charge.id, amount: 5000 }), {
      type: 'StripeInvalidRequestError',
      param: 'amount',
    });
    const expired = await stripe.checkout.sessions.create(TEA);
    assert.equal((await stripe.checkout.sessions.expire(expired.id)).status, 'expired');
    await assert.rejects(stripe.checkout.sessions.expire(expired.id), { statusCode: 400 });
    assert.deepEqual(shop.forged, []);
  });

  test(`the SDK ${name} tells cards and errors apart`, async (t) => {
    const { url } = await simulated(t);
    const stripe = client(url);
    const pay = (method, more) =>
      stripe.paymentIntents.create({
        amount: 1000,
        currency: 'usd',
        confirm: true,
        payment_method: method,
        return_url: 'https://x.test/back',
        ...more,
      });
    await assert.rejects(pay('pm_card_visa_chargeDeclinedInsufficientFunds'), (error) => {
      assert.equal(error.type, 'StripeCardError');
      assert.equal(error.decline_code, 'insufficient_funds');
      assert.equal(error.payment_intent.status, 'requires_payment_method');
      return true;
    });
    await assert.rejects(pay('pm_card_chargeDeclinedExpiredCard'), { code: 'expired_card' });
    await assert.rejects(pay('pm_card_authenticationRequired', { off_session: true }), {
      code: 'authentication_required',
    });
    const asks = await pay('pm_card_threeDSecure2Required');
    assert.equal(asks.status, 'requires_action');
    await fetch(asks.next_action.redirect_to_url.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'act=complete',
      redirect: 'manual',
    });
    assert.equal((await stripe.paymentIntents.retrieve(asks.id)).status, 'succeeded');
    const customer = await stripe.customers.create({ email: 'ada@example.com' });
    await assert.rejects(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: customer.id }),
      { type: 'StripeCardError' },
    );
    await assert.rejects(stripe.customers.retrieve('cus_none'), { code: 'resource_missing' });
    await assert.rejects(stripe.customers.create({ wat: 1 }), { code: 'parameter_unknown' });
    await stripe.customers.create({}, { idempotencyKey: 'same' });
    await assert.rejects(stripe.customers.create({ name: 'x' }, { idempotencyKey: 'same' }), {
      type: 'StripeIdempotencyError',
    });
    await assert.rejects(client(url, { apiVersion: '2024-06-21' }).customers.list(), {
      statusCode: 400,
    });
  });
}

test('the SDK pages through lists by itself, forwards and back', async (t) => {
  const { url } = await simulated(t);
  const stripe = sdk(url);
  for (let i = 0; i < 8; i += 1) await stripe.customers.create({ name: `n${i}` });
  const names = [];
  for await (const one of stripe.customers.list({ limit: 3 })) names.push(one.name);
  assert.deepEqual(names, ['n7', 'n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
  const first = await stripe.customers.list({ limit: 3 });
  const second = await stripe.customers.list({ limit: 3, starting_after: first.data[2].id });
  const back = await stripe.customers.list({ limit: 3, ending_before: second.data[0].id });
  assert.deepEqual(
    back.data.map((one) => one.id),
    first.data.map((one) => one.id),
  );
  assert.equal(back.has_more, false);
  assert.equal((await stripe.customers.list({ limit: 0 })).data.length, 1);
});

test('every object has what the types of the SDK promise, once it has been paid for', async (t) => {
  const { url, control } = await simulated(t);
  const stripe = sdk(url, { apiVersion: '2026-10-28.endive' });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [
      {
        price_data: {
          currency: 'usd',
          unit_amount: 1900,
          recurring: { interval: 'month' },
          product_data: { name: 'Pro' },
        },
        quantity: 1,
      },
    ],
    success_url: 'https://x.test/ok',
  });
  await control('pay', { session: session.id });
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] });
  const subscription = await stripe.subscriptions.retrieve(paid.subscription);
  const invoice = await stripe.invoices.retrieve(paid.invoice, { expand: ['payments'] });
  const intent = await stripe.paymentIntents.retrieve(
    invoice.payments.data[0].payment.payment_intent,
  );
  const charge = await stripe.charges.retrieve(intent.latest_charge);
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 100 });
  const item = subscription.items.data[0];
  const has = (object, file, name) => {
    const missing = promised(file, name).filter((member) => !(member in object));
    assert.deepEqual(missing, [], `${name} lacks`);
  };
  has(paid, 'Checkout/Sessions', 'Session');
  has(paid.line_items.data[0], 'LineItems', 'LineItem');
  has(subscription, 'Subscriptions', 'Subscription');
  has(item, 'SubscriptionItems', 'SubscriptionItem');
  has(item.price, 'Prices', 'Price');
  has(invoice, 'Invoices', 'Invoice');
  has(invoice.lines.data[0], 'InvoiceLineItems', 'InvoiceLineItem');
  has(invoice.payments.data[0], 'InvoicePayments', 'InvoicePayment');
  has(intent, 'PaymentIntents', 'PaymentIntent');
  has(charge, 'Charges', 'Charge');
  has(refund, 'Refunds', 'Refund');
  has(await stripe.customers.retrieve(paid.customer), 'Customers', 'Customer');
  has(await stripe.products.retrieve(item.price.product), 'Products', 'Product');
  has(
    await stripe.balanceTransactions.retrieve(refund.balance_transaction),
    'BalanceTransactions',
    'BalanceTransaction',
  );
  assert.equal('_subscription' in invoice, false);
});

test('a schedule has what the SDK promises, follows its phases, and is left behind', async (t) => {
  const { url, control } = await simulated(t);
  const stripe = sdk(url, { apiVersion: '2026-10-28.endive' });
  const price = (unit_amount, interval) =>
    stripe.prices.create({
      currency: 'usd',
      unit_amount,
      recurring: { interval },
      product_data: { name: 'Pro' },
    });
  const [month, year] = [await price(1900, 'month'), await price(19000, 'year')];
  const customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: month.id }],
  });
  const made = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const lacks = (object, name) =>
    promised('SubscriptionSchedules', name).filter((member) => !(member in object));
  assert.deepEqual(lacks(made, 'SubscriptionSchedule'), []);
  assert.deepEqual(lacks(made.phases[0], 'Phase'), []);
  const [{ start_date, end_date }] = made.phases;
  const running = { items: [{ price: month.id, quantity: 1 }], start_date, end_date };
  const next = { items: [{ price: year.id }], duration: { interval: 'year', interval_count: 1 } };
  const planned = await stripe.subscriptionSchedules.update(made.id, {
    end_behavior: 'release',
    phases: [running, next],
  });
  assert.equal(planned.phases[1].start_date, end_date);
  await assert.rejects(stripe.subscriptions.update(id, { cancel_at_period_end: true }), {
    message: /managed by the subscription schedule/,
  });
  await control('clock', { advance: '1mo' });
  await control('clock', { advance: '2h' });
  const sub = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  assert.equal(sub.items.data[0].price.id, year.id);
  assert.equal(sub.latest_invoice.amount_paid, 19000);
  assert.equal(sub.schedule, made.id);
  const released = await stripe.subscriptionSchedules.release(made.id);
  assert.equal(released.status, 'released');
  assert.equal((await stripe.subscriptions.retrieve(id)).schedule, null);
});

test('a subscription is shown and told of in the shapes of each version', async (t) => {
  const secrets = {};
  const shop = await merchant(t, () => secrets.old);
  const own = await merchant(t);
  const it = await start(t, own, folder(t), await freePort());
  const stripe = sdk(it.url);
  const old = oldSdk(it.url);
  const endpoint = await stripe.webhookEndpoints.create({
    url: `${shop.url}/old`,
    enabled_events: ['invoice.paid', 'customer.subscription.updated'],
    api_version: '2024-06-20',
  });
  secrets.old = endpoint.secret;
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1900,
    recurring: { interval: 'month' },
    product_data: { name: 'Pro' },
  });
  const customer = await stripe.customers.create({
    email: 'ada@example.com',
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const sub = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  });
  const then = await old.subscriptions.retrieve(sub.id, {
    expand: ['latest_invoice.payment_intent.latest_charge'],
  });
  assert.equal(then.latest_invoice.payment_intent.latest_charge.amount, 1900);
  assert.equal(then.latest_invoice.payment_intent.invoice, then.latest_invoice.id);
  assert.equal(then.current_period_end, sub.items.data[0].current_period_end);
  assert.equal('current_period_end' in then.items.data[0], false);
  assert.equal(then.latest_invoice.subscription, sub.id);
  assert.equal(then.latest_invoice.paid, true);
  assert.equal(then.latest_invoice.lines.data[0].price.id, price.id);
  const heard = await shop.hears('invoice.paid');
  assert.equal(heard.api_version, '2024-06-20');
  assert.equal(heard.data.object.subscription, sub.id);
  assert.match(heard.data.object.payment_intent, /^pi_/);
  const today = await own.hears('invoice.paid');
  assert.equal(today.api_version, '2026-08-26.dahlia');
  assert.equal(today.data.object.parent.subscription_details.subscription, sub.id);
  assert.equal('subscription' in today.data.object, false);
  await it.control('clock', { advance: '32d' });
  const moved = await shop.hears('customer.subscription.updated');
  assert.equal(moved.data.previous_attributes.current_period_end, then.current_period_end);
  assert.deepEqual(new Set(shop.types()), new Set(endpoint.enabled_events));
  // The first payment has arrived, the renewal has not.
  const { pending, available } = await stripe.balance.retrieve();
  for (const sums of [pending, available])
    assert.deepEqual(
      sums.map(({ amount, currency }) => [amount, currency]),
      [[1900 - 85, 'usd']],
    );
  assert.match((await stripe.accounts.retrieveCurrent()).id, /^acct_/);
  const coupon = await old.coupons.create({ percent_off: 50 });
  const half = await old.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    coupon: coupon.id,
    expand: ['latest_invoice'],
  });
  assert.equal(half.latest_invoice.amount_paid, 950);
  const invoices = await old.invoices.list({ subscription: sub.id });
  assert.equal(invoices.data.length, 2);
  const preview = await old.invoices.retrieveUpcoming({ subscription: sub.id });
  assert.equal(preview.amount_due, 1900);
  assert.deepEqual([...shop.forged, ...own.forged], []);
});

test('what Stripe holds outlives the process', async (t) => {
  const { shop, cwd, url, control, kill } = await simulated(t);
  const port = Number(new URL(url).port);
  await control('webhooks', { mode: 'hold', gateway: 'stripe' });
  const session = await sdk(url).checkout.sessions.create(TEA, { idempotencyKey: 'once' });
  await control('pay', { session: session.id });
  await kill();
  const it = await start(t, shop, cwd, port);
  const same = await sdk(it.url).checkout.sessions.create(TEA, { idempotencyKey: 'once' });
  assert.equal(same.id, session.id);
  assert.equal((await sdk(it.url).checkout.sessions.retrieve(same.id)).payment_status, 'paid');
  assert.deepEqual(shop.types(), []);
  await it.control('webhooks', { mode: 'release' });
  await shop.hears('checkout.session.completed');
  assert.deepEqual(shop.forged, []);
});

test('a fault is Stripe’s, and what was done before it is found again', async (t) => {
  const { url, control } = await simulated(t);
  const stripe = sdk(url);
  const fault = (name) => control('faults', { gateway: 'stripe', call: 'create', fault: name });
  const create = (key) => stripe.checkout.sessions.create(TEA, { idempotencyKey: key });
  const count = async () => (await stripe.checkout.sessions.list({ limit: 100 })).data.length;
  await fault('refuse');
  await assert.rejects(create('a'), { type: 'StripeInvalidRequestError' });
  await fault('429');
  await assert.rejects(create('a'), { type: 'StripeRateLimitError' });
  await fault('500');
  await assert.rejects(create('a'), { type: 'StripeAPIError', statusCode: 500 });
  assert.equal(await count(), 0);
  // A connection that breaks is tried again by the SDK itself, under the same key.
  await fault('reset_after');
  assert.match((await create('a')).id, /^cs_test_/);
  assert.equal(await count(), 1);
  await fault('malformed');
  await assert.rejects(create('b'));
  assert.match((await create('b')).id, /^cs_test_/);
  assert.equal(await count(), 2);
  // The answer of a 500 that came after the work is what the key answers from then on.
  await fault('500_after');
  await assert.rejects(create('c'), { statusCode: 500 });
  await assert.rejects(create('c'), { statusCode: 500 });
  assert.equal(await count(), 3);
  await fault('wrong_amount');
  assert.equal((await create('d')).amount_total, 3999);
});

const EVENTS = [
  'checkout.session.completed',
  'checkout.session.expired',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'invoice.paid',
  'invoice.payment_succeeded',
  'invoice.payment_failed',
  'payment_intent.succeeded',
  'charge.refunded',
  'charge.dispute.created',
];

test('the command line of Stripe triggers every event of our flows', async (t) => {
  const { shop, cwd, url } = await simulated(t);
  for (const event of EVENTS) {
    const { status, out } = await trigger(url, event, cwd);
    assert.equal(status, 0, `${event}: ${out}`);
    assert.match(out, /Trigger succeeded/, event);
    await shop.hears(event);
  }
  assert.deepEqual(shop.forged, []);
});

test('people cancel, resume, change plans and pay what is due on the hosted pages', async (t) => {
  const { shop, url, control } = await simulated(t);
  const stripe = sdk(url);
  const price = (amount, name) =>
    stripe.prices.create({
      currency: 'usd',
      unit_amount: amount,
      recurring: { interval: 'month' },
      product_data: { name },
    });
  const pro = await price(1900, 'Pro');
  const team = await price(3900, 'Team');
  const open = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: pro.id, quantity: 1 }],
    success_url: 'https://x.test/ok',
  });
  const form = { act: 'card', email: 'q@r.s', expiry: '12/34', code: '123', name: 'Q' };
  const asks = await press(open.url, { ...form, number: '4000000000003220' });
  const bank = new URL(asks.headers.get('location'), url).href;
  const failed = await press(bank, { act: 'fail' });
  const back = await fetch(new URL(failed.headers.get('location'), url));
  assert.match(await back.text(), /could not authenticate you, and nothing was charged/);
  assert.equal((await press(open.url, { ...form, number: '4000000000000002' })).status, 402);
  assert.equal((await press(open.url, { ...form, number: '4111111111111111' })).status, 422);
  const paid = await press(open.url, { ...form, number: '4242424242424242' });
  assert.equal(paid.headers.get('location'), 'https://x.test/ok');
  const { subscription: id, customer } = await stripe.checkout.sessions.retrieve(open.id);
  const sub = () => stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  const portal = await stripe.billingPortal.sessions.create({
    customer,
    return_url: 'https://x.test/account',
  });
  assert.match(await (await fetch(portal.url)).text(), /Cancel at the end of the period/);
  await press(portal.url, { act: 'cancel', sub: id });
  assert.equal((await sub()).cancel_at_period_end, true);
  await press(portal.url, { act: 'resume', sub: id });
  assert.equal((await sub()).cancel_at, null);
  await press(portal.url, { act: 'change', sub: id, [`price-${id}`]: team.id });
  assert.equal((await sub()).items.data[0].price.unit_amount, 3900);
  assert.equal((await sub()).latest_invoice.billing_reason, 'subscription_update');
  assert.equal((await press(portal.url, { act: 'card', number: '4000000000000002' })).status, 402);
  assert.equal((await press(portal.url, { act: 'card', number: '4000000000000341' })).status, 303);
  await control('clock', { advance: '32d' });
  const due = await sub();
  assert.equal(due.status, 'past_due');
  await press(due.latest_invoice.hosted_invoice_url, { number: '4242 4242 4242 4242' });
  assert.equal((await sub()).status, 'active');
  assert.deepEqual(shop.forged, []);
});

test('without the right key nobody is told anything', async (t) => {
  const { url } = await simulated(t);
  const ask = (authorization) =>
    fetch(`${url}/v1/customers`, { headers: authorization ? { authorization } : {} });
  for (const wrong of [undefined, 'Bearer sk_test_wrong', 'Bearer pk_test_1', 'Basic eA==']) {
    const answer = await ask(wrong);
    assert.equal(answer.status, 401, String(wrong));
    assert.equal((await answer.json()).error.type, 'invalid_request_error');
  }
  const basic = Buffer.from(`${KEY}:`).toString('base64');
  assert.equal((await ask(`Basic ${basic}`)).status, 200);
});
