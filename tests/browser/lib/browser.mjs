// A real Chromium without a window, driven over its own protocol on two pipes: nothing to install
// but the browser.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

// open(t) → { page(), close() }; ends with the test.
export async function open(t) {
  const profile = mkdtempSync(join(tmpdir(), 'purser-browser-'));
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const child = spawn(chromium, [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: profile },
  });
  const gone = new Promise((done) => child.on('exit', done));
  const waiting = new Map();
  const listeners = new Set();
  let last = 0;
  let rest = '';
  child.stdio[4].on('data', (piece) => {
    const messages = (rest + piece).split('\0');
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (asked && message.error) asked.failed(new Error(message.error.message));
      else if (asked) asked.done(message.result);
      else for (const listener of listeners) listener(message);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((done, failed) => {
      const id = ++last;
      waiting.set(id, { done, failed });
      child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  t.after(async () => {
    await Promise.race([send('Browser.close').catch(() => {}), gone]);
    child.kill('SIGKILL');
    await gone;
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    } catch {
      // A process of the browser that is still writing leaves a folder behind, and no failure.
    }
  });
  return { page: (options) => newPage(send, listeners, options) };
}

// A tab.  width: 390 is a phone.  complaints: what its console and its policies objected to.
async function newPage(
  send,
  listeners,
  { width = 1280, height = 800, script = true, scheme = 'light', motion = false } = {},
) {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const ask = (method, params) => send(method, params, sessionId);
  const complaints = [];
  let loaded = () => {};
  listeners.add((message) => {
    if (message.sessionId !== sessionId) return;
    if (message.method === 'Page.loadEventFired') loaded();
    if (message.method === 'Runtime.exceptionThrown')
      complaints.push(message.params.exceptionDetails.text);
    if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error')
      complaints.push(`${message.params.entry.text} ${message.params.entry.url ?? ''}`);
  });
  await ask('Page.enable');
  await ask('Runtime.enable');
  await ask('Log.enable');
  // A page that is gliding into place takes no clicks; these tests are quicker than people.
  const media = (kind = 'screen') =>
    ask('Emulation.setEmulatedMedia', {
      media: kind,
      features: [
        { name: 'prefers-reduced-motion', value: motion ? 'no-preference' : 'reduce' },
        { name: 'prefers-color-scheme', value: scheme },
      ],
    });
  // The same page, as somebody with another screen has it before them.
  const seen = async (as) => {
    ({ width = width, scheme = scheme } = as);
    const mobile = width < 600;
    const size = { width, height, deviceScaleFactor: 1, mobile };
    await ask('Emulation.setDeviceMetricsOverride', size);
    await ask('Emulation.setTouchEmulationEnabled', { enabled: mobile });
    await media();
  };
  await seen({});
  if (!script) await ask('Emulation.setScriptExecutionDisabled', { value: true });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression);
    return result.value;
  };
  const next = () =>
    new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error('the page did not load')), 15_000);
      loaded = () => {
        clearTimeout(timer);
        done();
      };
    });
  // As a person would, in the middle of it; clicks: 2 is a double click.
  const click = async (selector, clicks = 1) => {
    // People see what they click on; a tab behind another one is slow to load.
    await ask('Page.bringToFront');
    const at = JSON.stringify(selector);
    const box = await evaluate(
      `(() => { const e = document.querySelector(${at}); e.scrollIntoView({block:'center'});` +
        ` const r = e.getBoundingClientRect();` +
        ` return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`,
    );
    for (let clickCount = 1; clickCount <= clicks; clickCount++)
      for (const type of ['mousePressed', 'mouseReleased'])
        await ask('Input.dispatchMouseEvent', { type, ...box, button: 'left', clickCount });
  };
  const press = async (key) => {
    const text = { Enter: '\r', ' ': ' ' }[key];
    const code = { Tab: 9, Enter: 13, Escape: 27, ' ': 32 }[key];
    const what = { key, code: key === ' ' ? 'Space' : key, text, windowsVirtualKeyCode: code };
    await ask('Page.bringToFront');
    await ask('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...what });
    await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...what });
  };
  return {
    complaints,
    close: () => send('Target.closeTarget', { targetId }),
    evaluate,
    media,
    press,
    seen,
    goto: async (url) => {
      await ask('Page.bringToFront');
      const load = next();
      await ask('Page.navigate', { url });
      await load;
    },
    click,
    // Clicks, and waits for the page that follows.
    follow: async (selector) => {
      const load = next();
      await click(selector);
      await load;
    },
    // Until the address is as wanted: for clicks that lead over several pages.
    arrive: async (pattern) => {
      const until = Date.now() + 15_000;
      for (;;) {
        const at = await evaluate('document.readyState === "complete" ? location.href : ""').catch(
          () => '',
        );
        if (pattern.test(at)) return at;
        if (Date.now() > until) throw new Error(`${at || 'a page that loads'} is not ${pattern}`);
        await new Promise((done) => setTimeout(done, 30));
      }
    },
    back: async () => {
      const { currentIndex, entries } = await ask('Page.getNavigationHistory');
      await ask('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    },
    fill: (selector, value) =>
      evaluate(
        `document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(value)}`,
      ),
    text: () => evaluate('document.body.innerText'),
    // whole: what would have to be scrolled to as well.
    screenshot: async (path, whole = false) => {
      const height = whole ? await evaluate('document.documentElement.scrollHeight') : 0;
      const clip = { x: 0, y: 0, width, height, scale: 1 };
      const { data } = await ask('Page.captureScreenshot', {
        format: 'png',
        ...(whole ? { clip, captureBeyondViewport: true } : {}),
      });
      writeFileSync(path, Buffer.from(data, 'base64'));
    },
  };
}
