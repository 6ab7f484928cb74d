// What every page of the house is asked, whatever stands on it: look.md's list as far as a program
// can read it.  SHOTS=folder keeps a picture of each, for people.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let axe;
const axeSource = () =>
  (axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));

// What axe has to say, one line each.
export async function axeFindings(page) {
  await page.evaluate(`${axeSource()};0`);
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(AXE_TAGS)} }).then((r) =>
    r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.join(' '))))`);
}

// Runs in the page: what is wrong with it, one line each.
function findings(width, touch) {
  const wrong = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const name = (e) => `${e.tagName.toLowerCase()} "${(e.textContent || e.name || '').trim()}"`;
  const wide = document.documentElement.scrollWidth;
  if (wide > width) wrong.push(`is ${wide} wide at ${width}`);
  const heads = [...document.querySelectorAll('h1')].filter(shown);
  if (heads.length !== 1) wrong.push(`has ${heads.length} h1`);
  const quiet = '.quiet,.plain,[aria-busy=true]';
  const filled = [...document.querySelectorAll('main .btn')].filter(
    (e) => shown(e) && !e.matches(quiet) && !e.closest('dialog,[popover]'),
  );
  const isSheet = location.pathname === '/_sandbox/parts';
  if (filled.length > 1 && !isSheet) wrong.push(`has ${filled.length} filled buttons`);
  if (document.querySelector('[style]')) wrong.push('has a style of its own');
  for (const e of document.querySelectorAll('main *, footer *')) {
    if (!shown(e) || e.children.length > 0 || !e.textContent.trim()) continue;
    if (parseFloat(getComputedStyle(e).fontSize) < 13) wrong.push(`is hard to read: ${name(e)}`);
  }
  for (const e of document.querySelectorAll('.money, .bill td')) {
    if (shown(e) && e.getClientRects().length > 1) wrong.push(`wraps an amount: ${name(e)}`);
    if (shown(e) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
      wrong.push(`cuts an amount: ${name(e)}`);
  }
  for (const e of document.querySelectorAll('.bill')) {
    const around = getComputedStyle(e.parentElement);
    const room = parseFloat(around.width) - 2 * parseFloat(around.paddingInlineEnd);
    const box = around.boxSizing === 'border-box' ? room : parseFloat(around.width);
    if (shown(e) && e.offsetWidth > box + 0.5)
      wrong.push(`has a bill of ${e.offsetWidth} where there is room for ${box}`);
  }
  if (!touch) return wrong;
  // Links in running text are as high as their line; everything else is for a thumb.
  const controls = 'a, button, input:not([type=hidden]), select, textarea, summary';
  for (const e of document.querySelectorAll(controls)) {
    if (!shown(e) || e.closest('.vh, .skip')) continue;
    if (e.tagName === 'A' && getComputedStyle(e).display === 'inline') continue;
    const box = (e.closest('label') ?? e).getBoundingClientRect();
    if (box.height > 0 && box.height < 43.5)
      wrong.push(`is ${Math.round(box.height)} high for a thumb: ${name(e)}`);
  }
  return wrong;
}

// Everything that is wrong with the page as it stands, and its picture.
export async function look(page, name, { width, scheme = 'light', script = true }) {
  // Colours that are on their way to others are nobody's.  What turns for ever is not waited for.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((a) => a.effect.getComputedTiming().endTime < Infinity)
    .map((a) => a.finished.catch(() => {}))).then(() => 0)`);
  if (process.env.SHOTS) {
    mkdirSync(process.env.SHOTS, { recursive: true });
    const state = script ? scheme : 'noscript';
    await page.screenshot(`${process.env.SHOTS}/${name}.${width}.${state}.png`, true);
  }
  const ask = `(${findings})(${width}, ${width < 600})`;
  const heard = page.complaints.filter((line) => !/favicon/.test(line));
  const wrong = [...(await page.evaluate(ask)), ...heard];
  // Rules about words hold at any width, those about colours in one scheme; two are enough.
  const asked = { 360: 'light', 1280: 'dark' };
  if (script && asked[width] === scheme) wrong.push(...(await axeFindings(page)));
  return wrong.map((line) => `${name} at ${width}, ${scheme}: ${line}`);
}

const VIEWS = [
  { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
  { width: 768, scheme: 'light' },
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 320, scheme: 'light' },
];

// states: { name: address or async (page) => … }.  Each is opened once, as most people do, and
// looked at in every view.
export async function lookAtAll(browser, server, states, views = VIEWS) {
  const wrong = [];
  for (const [name, lead] of Object.entries(states)) {
    const page = await browser.page(views[0]);
    if (typeof lead === 'string') await page.goto(server.url + lead);
    else await lead(page);
    for (const view of views) {
      await page.seen(view);
      wrong.push(...(await look(page, name, view)));
    }
    await page.close();
  }
  assert.deepEqual([...new Set(wrong)], []);
}

// Those of one width less, in which nothing but size and direction can be wrong.
export const SIZES = VIEWS.filter(({ scheme, width }) => scheme === 'light' && width !== 768);
