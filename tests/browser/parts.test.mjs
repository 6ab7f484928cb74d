// The parts that every page is made of, on the sheet that shows them all.
import test from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../system/lib/server.mjs';
import { open } from './lib/browser.mjs';

const SHEET = '/_sandbox/parts';

test('no part is wider than the page, down to 320 pixels', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  for (const width of [320, 360, 768, 1280]) {
    const page = await browser.page({ width });
    await page.goto(server.url + SHEET);
    assert.ok((await page.evaluate('document.documentElement.scrollWidth')) <= width);
    assert.deepEqual(page.complaints, []);
    if (process.env.SCREENSHOTS)
      await page.screenshot(`${process.env.SCREENSHOTS}/parts-${width}.png`);
  }
});

test('the styles, the script and the icons arrive', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page();
  await page.goto(server.url + SHEET);
  const style = (selector, name) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${name}`);
  assert.equal(await style('.btn', 'borderTopLeftRadius'), '10px');
  assert.equal(await style('.badge.ok', 'display'), 'flex');
  const icons = `fetch('/assets/icons.svg').then((r) => r.headers.get('content-type'))`;
  assert.equal(await page.evaluate(icons), 'image/svg+xml');
  // What went wrong is read first.
  assert.equal(await page.evaluate('document.activeElement.className'), 'summary');
});

test('a busy button says so once, and is itself again when the page comes back', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page();
  await page.goto(server.url + SHEET);
  const submit = `(() => {
    const form = document.querySelector('form'), submitter = document.querySelector('[data-busy]');
    form.append(submitter);
    return form.dispatchEvent(
      new SubmitEvent('submit', { submitter, bubbles: true, cancelable: true }));
  })()`;
  const pause = 'new Promise((done) => setTimeout(done, 50))';
  const words = `document.querySelector('[data-busy]').textContent`;
  assert.equal(await page.evaluate(submit), true);
  await page.evaluate(pause);
  assert.equal(await page.evaluate(words), 'Opening Stripe…');
  assert.equal(await page.evaluate(submit), false, 'a second press is swallowed');
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`);
  assert.equal(await page.evaluate(words), 'Pay $25.69');
  assert.equal(await page.evaluate(submit), true);
});

test('copying needs the script, reading does not', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const hidden = `document.querySelector('[data-copy]').hidden`;
  const title = `document.querySelector('time').title`;
  for (const script of [true, false]) {
    const page = await browser.page({ script });
    await page.goto(server.url + SHEET);
    assert.equal(await page.evaluate(hidden), !script);
    assert.equal(await page.evaluate(title), script ? '20 November 2026, 02:17 UTC' : '');
    assert.match(await page.text(), /curl -H/);
  }
});
