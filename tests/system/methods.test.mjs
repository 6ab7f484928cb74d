// What a customer has saved to pay plans with: seen as far as he recognises it, and forgotten.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call } from './lib/server.mjs';
import { token } from './lib/tokens.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';

const as = (sub) => ({
  headers: { authorization: `Bearer ${token({ sub, email: `${sub}@example.com` })}` },
});
const saved = (server, query = '?customerId=ada', options) =>
  call(server, 'GET', `/api/billing/methods${query}`, options);
const forget = (server, id, options) =>
  call(
    server,
    'DELETE',
    `/api/billing/methods?id=${id}${options ? '' : '&customerId=ada'}`,
    options,
  );
const items = (server) => saved(server).then(({ body }) => body.data.items);

async function signedIn(server) {
  const { headers } = await fetch(`${server.url}/session`, {
    method: 'POST',
    body: new URLSearchParams({ token: token({ sub: 'ada', email: 'ada@example.com' }) }),
    redirect: 'manual',
  });
  const cookie = headers.getSetCookie().map((c) => c.split(';')[0]);
  return { cookie: cookie.join('; '), origin: server.url };
}

// What ada reads about how she pays.
async function billingPage(server, headers) {
  const page = await fetch(`${server.url}/account/billing`, {
    headers: headers ?? (await signedIn(server)),
  });
  return page.text();
}

// Its button.
async function forgetOnPage(server) {
  const headers = await signedIn(server);
  const [, form] = /action="\/account\/billing\/forget"(.*?)<\/form>/s.exec(
    await billingPage(server, headers),
  );
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, ...pair]) => pair);
  return fetch(`${server.url}/account/billing/forget`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
}

async function member(t, plan, env) {
  const server = await shop(t, { env });
  const made = await buy(server, { customerId: 'ada', email: 'ada@example.com', plan });
  assert.equal(made.status, 200, made.text);
  await pay(server, made.body.data.sessionId);
  await becomes(server, made.body.data.orderId, 'completed');
  return server;
}

const stripe = async ({ sandboxPort }, method, path, body) => {
  const answer = await fetch(`http://127.0.0.1:${sandboxPort}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_sandbox_1234567890' },
    body: body && new URLSearchParams(body),
  });
  return answer.json();
};

test('R54 cards at Stripe are seen and forgotten by their own customer alone', async (t) => {
  const server = await member(t, 'basic');
  const [first] = await until(
    () => items(server),
    (all) => all?.length === 1,
  );
  assert.deepEqual(
    { ...first, id: '' },
    {
      ...{ id: '', gateway: 'stripe', type: 'card', brand: 'visa', last4: '4242' },
      ...{ expires: '2034-12', default: true },
    },
  );
  const { data } = await stripe(server, 'GET', 'subscriptions');
  const attached = await stripe(server, 'POST', 'payment_methods/pm_card_mastercard/attach', {
    customer: data[0].customer,
  });
  const own = (await saved(server, '', as('ada'))).body.data.items;
  assert.equal(own.length, 2);
  const second = own.find(({ id }) => id === attached.id);
  assert.equal(second.default, false);
  assert.equal(second.brand, 'mastercard');

  assert.deepEqual((await saved(server, '', as('bob'))).body.data.items, []);
  assert.equal((await saved(server, '?customerId=ada', as('bob'))).status, 404);
  assert.equal((await saved(server, '?customerId=nobody')).status, 404);
  assert.equal((await saved(server, '', { headers: { authorization: '' } })).status, 401);
  assert.equal((await forget(server, second.id, as('bob'))).status, 404);
  assert.equal((await forget(server, 'pm_1')).status, 404);
  assert.equal((await forget(server, '')).status, 400);

  // A plan is charged to it.
  assert.equal((await forget(server, first.id, as('ada'))).status, 409);
  await control(server, 'faults', { gateway: 'stripe', call: 'query', fault: '500', times: 5 });
  assert.equal((await saved(server)).status, 502);
  await control(server, 'faults', { gateway: 'stripe', call: 'query', fault: '500', times: 0 });
  const gone = await forget(server, second.id, as('ada'));
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual(gone.body.data, { id: second.id, removed: true });
  assert.deepEqual(
    (await items(server)).map(({ id }) => id),
    [first.id],
  );
  assert.equal((await forget(server, second.id)).status, 404);
  await verified(server);
});

test('a card that purser charges again is forgotten: then mails ask for periods', async (t) => {
  const server = await member(t, 'supporter', { FLUTTERWAVE_CHARGE_AGAIN: 'yes' });
  const [card] = await until(
    () => items(server),
    (all) => all?.length === 1,
  );
  assert.match(card.id, /^sub_/);
  assert.equal(card.gateway, 'flutterwave');
  assert.match(card.last4, /^\d{4}$/);
  assert.equal(card.default, true);
  assert.ok(!JSON.stringify(card).includes('flw-'), 'never its token');
  assert.match(await billingPage(server), /is kept, to be charged for its further periods/);
  assert.equal((await forget(server, card.id, as('bob'))).status, 404);
  assert.equal((await items(server)).length, 1);
  const gone = await forgetOnPage(server);
  assert.equal(gone.status, 303, await gone.text());
  assert.equal(gone.headers.get('location'), '/account/billing?done=forgotten');
  assert.deepEqual(await items(server), []);
  assert.match(await billingPage(server), /Nothing is kept with us/);
  assert.equal((await forget(server, card.id, as('ada'))).status, 404);

  const captures = async () => (await control(server, 'state')).captures.length;
  await control(server, 'clock', { advance: '1mo' });
  await control(server, 'clock', { advance: '2h' });
  await until(
    async () => (await control(server, 'mail')).items.map(({ subject }) => subject),
    (all) => all.some((subject) => /not paid yet/.test(subject)),
  );
  assert.equal(await captures(), 1);
  await verified(server);
});

test('where nothing is charged again nothing is saved', async (t) => {
  const server = await member(t, 'supporter');
  assert.deepEqual(await items(server), []);
});
