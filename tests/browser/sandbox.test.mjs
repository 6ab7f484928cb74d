// The simulated gateway's own page, as a buyer meets it between two pages of the shop.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from './lib/browser.mjs';
import { axeFindings } from './lib/look.mjs';
import { visitor } from './lib/visit.mjs';
import { serve } from '../system/lib/server.mjs';
import { control } from '../system/lib/shop.mjs';

async function session(server) {
  const origin = `http://127.0.0.1:${server.sandboxPort}`;
  const answer = await fetch(`${origin}/checkoutSessions.createCheckoutSession`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'mk_test_sandbox',
      'x-currency': 'USD',
    },
    body: JSON.stringify({
      json: {
        description: 'Stickers',
        urls: {
          success: `${server.url}/healthz?paid`,
          cancel: `${server.url}/healthz?cancelled`,
          failure: `${server.url}/healthz?failed`,
        },
        userInfo: { email: 'ada@example.com' },
        lineItems: [
          { name: 'Sticker sheet', description: '', pricePerItemInCents: 400, quantity: 3 },
          { name: 'Tax', description: '', pricePerItemInCents: 228, quantity: 1 },
        ],
      },
    }),
  });
  const id = (await answer.json()).result.data.json.checkoutSessionId;
  return `${origin}/checkout/${id}`;
}

const button = (act) => `button[value=${act}]`;

for (const script of [true, false]) {
  test(`a buyer pays with a test card ${script ? 'with' : 'without'} a script`, async (t) => {
    const server = await serve(t, { sandbox: true });
    const browser = await open(t);
    const page = await browser.page({ script, width: script ? 1280 : 360 });
    await page.goto(await session(server));
    assert.match(await page.text(), /Simulated MoneyMotion/);
    assert.match(await page.text(), /\$14\.28/);
    assert.equal(
      await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
      true,
      'nothing stands out of the page',
    );
    if (process.env.SHOTS) await page.screenshot(`${process.env.SHOTS}/pay.${script}.png`);
    await page.fill('#number', '4000 0000 0000 0002');
    await page.follow(button('card'));
    assert.match(await page.text(), /declined and nothing was charged/);
    if (process.env.SHOTS) await page.screenshot(`${process.env.SHOTS}/declined.${script}.png`);
    // One page fades into the next, and takes no clicks meanwhile.
    while ((await page.evaluate('document.getAnimations().length')) > 0) await sleep(20);
    await page.fill('#number', '4242 4242 4242 4242');
    await page.follow(button('card'));
    assert.equal(await page.evaluate('location.search'), '?paid', 'the shop again');
    assert.deepEqual(
      page.complaints.filter((text) => !/402|favicon/.test(text)),
      [],
    );
  });
}

test('crypto, giving up and running out of time lead back to the shop', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page();
  const ends = { crypto: '?paid', cancel: '?cancelled', expire: '?failed' };
  for (const [act, where] of Object.entries(ends)) {
    await page.goto(await session(server));
    await page.follow(button(act));
    assert.equal(await page.evaluate('location.search'), where);
  }
  assert.deepEqual(
    page.complaints.filter((text) => !/favicon/.test(text)),
    [],
  );
});

test('the drawer opens over the page, and closes to where one was', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ width: 390 });
  const ribbon = '.ribbon a';
  const opened = `document.querySelector('dialog[open]')`;
  await page.goto(`${server.url}/store`);
  await page.click(ribbon);
  while (!(await page.evaluate(`${opened} !== null`))) await sleep(20);
  const words = await page.evaluate(`${opened}.innerText`);
  for (const part of ['Test cards', '4242 4242 4242 4242', 'The clock', 'What just happened'])
    assert.ok(words.includes(part), part);
  assert.equal(await page.evaluate('document.activeElement.id'), 'sheet-title');
  assert.deepEqual(await axeFindings(page), []);
  await page.press('Escape');
  assert.equal(await page.evaluate(opened), null);
  assert.equal(await page.evaluate(`document.activeElement.matches('${ribbon}')`), true);
  assert.deepEqual(page.complaints, []);
});

for (const script of [true, false])
  test(`a day passes at a press, ${script ? 'with' : 'without'} a script`, async (t) => {
    const server = await serve(t, { sandbox: true });
    const browser = await open(t);
    const page = await browser.page({ script });
    await page.goto(`${server.url}/store`);
    await page.click('.ribbon a');
    await page.arrive(script ? /\/store$/ : /\/_sandbox$/);
    while (!(await page.evaluate(`document.querySelector('button[value="1d"]') !== null`)))
      await sleep(20);
    const time = `document.querySelector('section time, dialog time').dateTime`;
    const before = new Date(await page.evaluate(time));
    await page.follow('button[value="1d"]');
    await page.arrive(script ? /\/store$/ : /\/_sandbox$/);
    await page.goto(`${server.url}/_sandbox`);
    const passed = new Date(await page.evaluate(time)) - before;
    assert.ok(passed >= 86_400_000 && passed < 86_430_000, `${passed}`);
  });

test('a gateway goes away and comes back from the drawer', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page();
  const set = async (away, webhooks) => {
    await page.goto(`${server.url}/_sandbox`);
    await page.fill('select[name=away]', away);
    await page.fill('select[name=webhooks]', webhooks);
    await page.follow('form:has(select[name=away]) button');
  };
  await set('yes', 'hold');
  let state = await control(server, 'state');
  assert.equal(state.modes.moneymotion, 'hold');
  assert.deepEqual(
    state.faults.map(({ gateway, call, fault }) => [gateway, call, fault]),
    [['moneymotion', 'any', '500']],
  );
  await page.goto(`${server.url}/_sandbox`);
  assert.equal(await page.evaluate(`document.querySelector('select[name=away]').value`), 'yes');
  await set('no', 'normal');
  state = await control(server, 'state');
  assert.equal(state.modes.moneymotion, 'normal');
  assert.deepEqual(state.faults, []);
});

test('caught mails are a page for a person, and JSON for a program', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ width: 360 });
  const mails = `http://127.0.0.1:${server.sandboxPort}/_sandbox/mail`;
  await page.goto(mails);
  assert.match(await page.text(), /No mails yet/);
  const order = await visitor(server).pay('sticker-sheet-usd:2');
  await control(server, 'pay', { session: order.session });
  const items = () => fetch(mails).then(async (answer) => (await answer.json()).data.items);
  while ((await items()).length === 0) await sleep(100);
  await page.goto(mails);
  assert.match(await page.text(), /is paid/);
  assert.match(await page.text(), /\$9\.52/);
  assert.deepEqual(await axeFindings(page), []);
  assert.ok((await page.evaluate('document.documentElement.scrollWidth')) <= 360);
});
