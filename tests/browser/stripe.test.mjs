// The simulated Stripe's pages, as a subscriber meets them: checkout, the bank, the portal, a bill.
import test from 'node:test';
import assert from 'node:assert/strict';
import { open } from './lib/browser.mjs';
import { axeFindings } from './lib/look.mjs';
import { serve } from '../system/lib/server.mjs';

const button = (act) => `button[value=${act}]`;

async function asked(server, path, fields, method = 'POST') {
  const answer = await fetch(`http://127.0.0.1:${server.sandboxPort}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_sandbox_1234567890' },
    body: fields && new URLSearchParams(fields),
  });
  const json = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(json));
  return json;
}

const fits = async (page) =>
  assert.equal(
    await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
    true,
    'nothing stands out of the page',
  );

for (const script of [true, false]) {
  const how = script ? 'with' : 'without';
  test(`somebody subscribes, cancels and resumes ${how} a script`, async (t) => {
    const server = await serve(t, { sandbox: true });
    const browser = await open(t);
    const page = await browser.page({ script, width: script ? 1280 : 360 });
    const session = await asked(server, 'checkout/sessions', {
      mode: 'subscription',
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][price_data][unit_amount]': '1900',
      'line_items[0][price_data][recurring][interval]': 'month',
      'line_items[0][price_data][product_data][name]': 'Pro',
      'line_items[0][quantity]': '1',
      success_url: `${server.url}/healthz?paid`,
      cancel_url: `${server.url}/healthz?cancelled`,
    });
    await page.goto(session.url);
    assert.match(await page.text(), /Simulated Stripe/);
    assert.match(await page.text(), /\$19\.00/);
    await fits(page);
    if (script) assert.deepEqual(await axeFindings(page), []);
    await page.fill('#number', '4000 0000 0000 3220');
    await page.follow(button('card'));
    assert.match(await page.text(), /Your bank asks whether it is you/);
    await fits(page);
    await page.follow(button('fail'));
    assert.match(await page.text(), /could not authenticate you, and nothing was charged/);
    await page.fill('#number', '4000 0000 0000 9995');
    await page.follow(button('card'));
    assert.match(await page.text(), /insufficient funds/);
    await page.fill('#number', '4000 0000 0000 3220');
    await page.follow(button('card'));
    await page.follow(button('complete'));
    assert.equal(await page.evaluate('location.search'), '?paid', 'the shop again');
    const paid = await asked(server, `checkout/sessions/${session.id}`, undefined, 'GET');
    const portal = await asked(server, 'billing_portal/sessions', {
      customer: paid.customer,
      return_url: `${server.url}/healthz?back`,
    });
    await page.goto(portal.url);
    await fits(page);
    if (script) assert.deepEqual(await axeFindings(page), []);
    await page.follow(button('cancel'));
    assert.match(await page.text(), /Do not cancel/);
    await page.follow(button('resume'));
    assert.match(await page.text(), /Cancel at the end of the period/);
    await page.follow('a[href^="/i/in_"]');
    assert.match(await page.text(), /It is paid/);
    await fits(page);
    assert.deepEqual(
      page.complaints.filter((text) => !/402|favicon/.test(text)),
      [],
    );
  });
}
