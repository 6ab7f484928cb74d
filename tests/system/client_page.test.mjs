// The TypeScript client in a page: a user's token, a balance that moves, and React.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { between, entry, failed, grant, packaged, purserOf } from './lib/client.mjs';
import { SECRET_KEY, serve } from './lib/server.mjs';
import { pay, until } from './lib/shop.mjs';
import { token } from './lib/tokens.mjs';

const { PurserBrowser, CreditStore } = await entry('browser');

const browserOf = (server, sub) => new PurserBrowser({ url: server.url, token: token({ sub }) });

test('R52 a browser takes no secret key, and asks anew for a token that ran out', async (t) => {
  const server = await serve(t, { sandbox: true });
  assert.throws(() => new PurserBrowser({ url: server.url, token: SECRET_KEY }), /secret key/);
  const sly = new PurserBrowser({ url: server.url, token: () => SECRET_KEY });
  await assert.rejects(sly.credits.balance(), /secret key/);
  const now = Math.floor(Date.now() / 1000);
  const tokens = [token({ sub: 'hal', iat: now - 900, exp: now - 600 }), token({ sub: 'hal' })];
  let asked = 0;
  const hal = new PurserBrowser({ url: server.url, token: async () => tokens[asked++] });
  assert.equal((await hal.credits.spend({ amount: 10 })).balance, 40);
  assert.equal((await hal.credits.balance()).balance, 40);
  assert.equal(asked, 2);
  assert.equal((await hal.access.check({ amount: 41 })).allowed, false);
  assert.equal(hal.credits.reserve, undefined);
  const gone = new PurserBrowser({ url: server.url, token: tokens[0] });
  await failed(gone.credits.balance(), 'UNAUTHENTICATED');
});

test('a shown balance falls at once, comes back when refused, follows the stream', async (t) => {
  const server = await serve(t, { sandbox: true });
  const streams = [];
  let hold = null;
  const slow = await between(t, server, {
    before: (request, response) => {
      if (request.url !== '/api/stream') return false;
      streams.push({ response, last: request.headers['last-event-id'] });
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      return true;
    },
    after: async () => (await hold, false),
  });
  const store = new CreditStore(browserOf(slow, 'kim'));
  const close = store.subscribe(() => undefined);
  t.after(close);
  await until(() => store.getSnapshot().balance === 50 && store.getSnapshot().live);
  let go;
  hold = new Promise((done) => (go = done));
  const spending = store.spend({ amount: 20 });
  assert.deepEqual([store.getSnapshot().balance, store.getSnapshot().pending], [30, 1]);
  go();
  assert.equal((await spending).balance, 30);
  hold = new Promise((done) => (go = done));
  const refused = failed(store.spend({ amount: 31 }), 'INSUFFICIENT_CREDITS');
  assert.equal(store.getSnapshot().balance, 0);
  go();
  await refused;
  assert.deepEqual([store.getSnapshot().balance, store.getSnapshot().pending], [30, 0]);
  await Promise.all([1, 2, 3].map((amount) => store.spend({ amount })));
  await until(() => store.getSnapshot().balance === 24);
  // Somebody gives credits: the stream tells, with the figure or without.
  await grant(server, 'kim', 100);
  streams[0].response.write('id: 7\nevent: balance\ndata: {"customerId":"kim","bal');
  streams[0].response.write('ance":124}\n\n');
  await until(() => store.getSnapshot().balance === 124);
  await grant(server, 'kim', 1);
  streams[0].response.write('id: 8\r\nevent: balance\r\ndata: {}\r\n\r\n');
  await until(() => store.getSnapshot().balance === 125);
  // It breaks, and goes on behind what was heard.
  await grant(server, 'kim', 1);
  streams[0].response.destroy();
  await until(() => streams.length === 2);
  assert.deepEqual(
    streams.map(({ last }) => last),
    [undefined, '8'],
  );
  await until(() => store.getSnapshot().balance === 126 && store.getSnapshot().live);
  close();
  await until(() => streams[1].response.destroyed);
});

test('a shown balance follows the stream of the server itself', async (t) => {
  const server = await serve(t, { sandbox: true });
  const mia = browserOf(server, 'mia');
  await mia.credits.spend({ amount: 1 });
  const store = new CreditStore(mia);
  t.after(store.subscribe(() => undefined));
  await until(() => store.getSnapshot().live && store.getSnapshot().balance === 49);
  await grant(server, 'mia', 20);
  await until(() => store.getSnapshot().balance === 69);
  await purserOf(server).customer('mia').credits.spend({ operation: 'standard_generation' });
  await until(() => store.getSnapshot().balance === 64);
});

test('in React a gate shows what is theirs, a prompt what would help', async (t) => {
  const server = await serve(t, { sandbox: true });
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const { createElement: el } = (await packaged('react')).default;
  const { act, create } = (await packaged('react-test-renderer')).default;
  const { PurserProvider, FeatureGate, UpgradePrompt, useCredits, money } = await entry('react');
  let credits;
  const Balance = () => ((credits = useCredits()), el('b', null, String(credits.balance)));
  const prompt = el(UpgradePrompt, { feature: 'stemSeparation', locale: 'en-US' });
  const next = el(UpgradePrompt, { feature: 'customModels', locale: 'en-US' });
  let page;
  await act(async () => {
    page = create(
      el(
        PurserProvider,
        { purser: browserOf(server, 'lea') },
        el(FeatureGate, { feature: 'stemSeparation', fallback: prompt, loading: 'wait' }, 'stems'),
        el(FeatureGate, { plan: 'free' }, 'free'),
        el(FeatureGate, { feature: 'customModels', fallback: next }, 'models'),
        el(Balance),
      ),
    );
  });
  const shown = () => JSON.stringify(page.toJSON());
  const seen = (what) =>
    until(async () => {
      await act(() => sleep(10));
      return what();
    });
  assert.ok(!shown().includes('stems'));
  await seen(() => shown().includes('50') && shown().includes('creator'));
  assert.match(shown(), /"\$19\.99"/);
  assert.ok(shown().includes('free') && !shown().includes('stems'));
  await act(async () => {
    await credits.spend({ operation: 'standard_generation' });
  });
  assert.ok(shown().includes('45'));
  await act(async () => {
    await failed(credits.spend({ amount: 1000 }), 'INSUFFICIENT_CREDITS');
  });
  await seen(() => credits.pending === 0 && credits.balance === 45);
  // A plan that is paid for meanwhile opens the gate by itself.
  const { checkout } = purserOf(server).customer('lea');
  const bought = await checkout.create({ plan: 'creator', email: 'lea@example.com' });
  await pay(server, bought.sessionId);
  await seen(() => shown().includes('stems'));
  // The next one is a change of what is paid for: it says what it costs, then it is done.
  const press = () => act(async () => page.root.findByType('button').props.onClick());
  await seen(() => shown().includes('"team"'));
  await press();
  await seen(() => /The change costs ","\$\d+\.\d\d"/.test(shown()));
  await press();
  await seen(() => shown().includes('models'));
  assert.ok(!shown().includes('Upgrade'));
  assert.equal(money({ amount: 1500, currency: 'JPY' }, 'en-US'), '¥1,500');
  await act(async () => page.unmount());
});
