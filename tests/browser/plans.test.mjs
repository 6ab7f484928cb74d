// The life of a subscription as its owner sees it: chosen, paid, changed, not paid, mended, ended.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, serve } from '../system/lib/server.mjs';
import { open } from './lib/browser.mjs';
import { axeFindings } from './lib/look.mjs';
import { control, until } from '../system/lib/shop.mjs';

const PAY = 'button[name=do][value=pay]';
const STRIPE = /\/c\/pay\/cs_test_/;
const deed = (word) => `button[name=do][value=${word}]`;

async function signedIn(t, options = {}) {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ width: 390, ...options });
  await page.goto(`${server.url}/account`);
  await page.follow('form[action="/login/demo"] button');
  await page.arrive(/\/account$/);
  return { server, page };
}

const deeds = (server) =>
  call(server, 'GET', '/api/admin/audit?limit=100').then(({ body }) =>
    body.data.items.filter(({ action }) => action.startsWith('SUBSCRIPTION_')),
  );

async function payWith(page, number) {
  await page.fill('[name=number]', number);
  await page.click('button[name=act][value=card]');
}

// Until the page says so: what the gateway was asked may be a moment off.
async function says(page, url, pattern) {
  await until(
    async () => {
      await page.goto(url);
      return page.text();
    },
    (text) => pattern.test(text),
  );
  assert.match(await page.text(), pattern);
}

async function choose(server, page, plan, number = '4242 4242 4242 4242') {
  await page.goto(`${server.url}/pricing`);
  await page.follow(`a[href*="${plan}-month"]`);
  assert.match(await page.text(), /every month/);
  await page.fill('#email', 'ada@example.com').catch(() => {});
  await page.click(PAY);
  await page.arrive(STRIPE);
  await payWith(page, number);
}

for (const [script, how] of [[true, 'with a script'], [false, 'without a script']])
  test(`a plan is chosen, paid, changed, cancelled and kept, ${how}`, async (t) => {
    const { server, page } = await signedIn(t, { script });
    await choose(server, page, 'basic');
    await page.arrive(/\/payment\/success\?/);
    await says(page, `${server.url}/account`, /Basic\s+Renews on/);
    assert.match(await page.text(), /550/);
    await page.goto(`${server.url}/pricing`);
    assert.match(await page.text(), /Your plan/);
    await page.follow('a[href*="to=creator"]');
    assert.match(await page.text(), /Change to Creator/);
    assert.match(await page.text(), /Switch to Creator and pay \$\d+\.\d\d/);
    if (script) assert.deepEqual(await axeFindings(page), []);
    await page.follow(deed('change'));
    await says(page, `${server.url}/account/plan`, /Creator\s+\$19\.99 a month/);
    await says(page, `${server.url}/account`, /1,550/);
    await page.goto(`${server.url}/account/plan`);
    await page.follow('a[href^="/account/cancel"]');
    assert.match(await page.text(), /stays until/);
    if (script) assert.deepEqual(await axeFindings(page), []);
    await page.follow(deed('cancel'));
    await says(page, `${server.url}/account`, /Creator ends on/);
    await page.goto(`${server.url}/account/plan`);
    await page.follow(deed('resume'));
    await says(page, `${server.url}/account/plan`, /Renews on/);
    await page.follow('a[href="/account/billing"]');
    await page.fill('#name', 'Ada Ltd.');
    await page.fill('#taxId', 'GB12');
    await page.follow('form[action="/account/billing"] button');
    assert.match(await page.text(), /Saved\. Invoices from now on name this\./);
    assert.deepEqual(page.complaints, []);
  });

test('a downgrade waits for the period that is paid for, and can be called off', async (t) => {
  const { server, page } = await signedIn(t);
  await choose(server, page, 'creator');
  await page.arrive(/\/payment\/success\?/);
  await says(page, `${server.url}/account/plan`, /Creator\s+\$19\.99 a month/);
  await page.goto(`${server.url}/account/plan?to=basic&every=month`);
  assert.match(await page.text(), /At the end of the period/);
  await page.follow(deed('change'));
  await says(page, `${server.url}/account/plan`, /Becomes Basic on/);
  await page.follow(deed('stay'));
  await says(page, `${server.url}/account/plan`, /Renews on/);
  assert.doesNotMatch(await page.text(), /Becomes Basic/);
});

test('a change that the provider refuses is told, and changes nothing', async (t) => {
  const { server, page } = await signedIn(t);
  await choose(server, page, 'basic');
  await page.arrive(/\/payment\/success\?/);
  await says(page, `${server.url}/account/plan`, /Basic\s+\$9\.99 a month/);
  await page.goto(`${server.url}/account/cancel`);
  await control(server, 'faults', { gateway: 'stripe', call: 'charge', fault: 'refuse', times: 1 });
  await page.follow(deed('cancel'));
  assert.match(await page.text(), /provider refused, and nothing has changed/);
  await says(page, `${server.url}/account/plan`, /Renews on/);
  await page.goto(`${server.url}/account/cancel`);
  await control(server, 'faults', { gateway: 'stripe', call: 'query', fault: '500', times: 9 });
  await page.follow(deed('cancel'));
  assert.match(await page.text(), /provider does not answer right now/);
});

test('a bank that asks, a card that is declined: then the plan begins', async (t) => {
  const { server, page } = await signedIn(t);
  await choose(server, page, 'basic', '4000 0000 0000 0002');
  const refused = (text) => /Your card was declined/.test(text);
  await until(() => page.text().catch(() => ''), refused);
  await payWith(page, '4000 0000 0000 3220');
  await page.arrive(/\/c\/challenge\/pi_/);
  await page.click('button[name=act][value=complete]');
  await page.arrive(/\/payment\/success\?/);
  await says(page, `${server.url}/account`, /Basic\s+Renews on/);
});

async function changeCard(server, page, number) {
  await page.goto(`${server.url}/account/plan`);
  await page.click('form[action="/account/portal"] button');
  await page.arrive(/\/p\/session\//);
  await page.fill('[name=number]', number);
  await page.follow('button[name=act][value=card]');
}

test('months go by: renewed, not paid, mended at the portal, and over', async (t) => {
  const { server, page } = await signedIn(t);
  await choose(server, page, 'basic');
  await page.arrive(/\/payment\/success\?/);
  await says(page, `${server.url}/account`, /Basic\s+Renews on/);
  await control(server, 'clock', { advance: '33d' });
  await says(page, `${server.url}/account`, /Basic\s+Renews on/);
  assert.match(await page.text(), /ORD-\d{4}-000002/, 'the second month is an order');
  await changeCard(server, page, '4000 0000 0000 0341');
  await control(server, 'clock', { advance: '30d' });
  await says(page, `${server.url}/account`, /did not go through/);
  await changeCard(server, page, '4242 4242 4242 4242');
  await control(server, 'clock', { advance: '5d' });
  await says(page, `${server.url}/account`, /Basic\s+Renews on/);
  const told = (await deeds(server)).map(({ action }) => action);
  for (const deed of ['SUBSCRIPTION_PAST_DUE', 'SUBSCRIPTION_RENEWED'])
    assert.ok(told.includes(deed), `${told}`);
  await changeCard(server, page, '4000 0000 0000 0341');
  await control(server, 'clock', { advance: '45d' });
  await says(page, `${server.url}/account`, /Free\s+See all plans/);
});
