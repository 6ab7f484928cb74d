// What a person sees who opens the address that `make run` prints.
import test from 'node:test';
import assert from 'node:assert/strict';
import { serve } from '../system/lib/server.mjs';
import { open } from './lib/browser.mjs';

test('the front page says what is here, on a desk and on a phone', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  for (const width of [1280, 390]) {
    const page = await browser.page({ width });
    await page.goto(`${server.url}/`);
    assert.match(await page.text(), /purser/i);
    assert.ok((await page.evaluate('document.title')).length > 0);
    assert.equal(await page.evaluate('document.documentElement.lang'), 'en');
    assert.equal(await page.evaluate('document.querySelectorAll("h1").length'), 1);
    const wide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    assert.equal(await page.evaluate(wide), false, `it scrolls sideways at ${width}`);
    assert.deepEqual(page.complaints, []);
    if (process.env.SCREENSHOTS)
      await page.screenshot(`${process.env.SCREENSHOTS}/front-${width}.png`);
  }
});

test('the front page is whole without JavaScript', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page({ script: false });
  await page.goto(`${server.url}/`);
  assert.match(await page.text(), /purser/i);
});

test('a page that is not there says so kindly, and leads back', async (t) => {
  const server = await serve(t, { sandbox: true });
  const browser = await open(t);
  const page = await browser.page();
  await page.goto(`${server.url}/no-such-page`);
  assert.match(await page.text(), /not|nothing|no such/i);
  assert.equal(await page.evaluate('document.querySelectorAll(\'a[href="/"]\').length > 0'), true);
});
