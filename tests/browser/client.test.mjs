// The TypeScript client in a page of another origin: the application's own, as a browser lets it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { BUILT, grant } from '../system/lib/client.mjs';
import { serve } from '../system/lib/server.mjs';
import { until } from '../system/lib/shop.mjs';
import { token } from '../system/lib/tokens.mjs';
import { open } from './lib/browser.mjs';

// An application: one page, and the modules of the client.
async function application(t, page) {
  const server = createServer(async (request, response) => {
    const script = request.url.endsWith('.js');
    const body = script ? await readFile(join(BUILT, basename(request.url))) : page();
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' }).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

test('a page of the application spends, is refused, and follows the stream', async (t) => {
  let server;
  const origin = await application(
    t,
    () => `<!doctype html><title>Songs</title><p id="balance"></p><p id="said"></p>
<script type="module">
  import { CreditStore, PurserBrowser } from '/browser.js';
  const show = (id, text) => (document.getElementById(id).textContent = text);
  const purser = new PurserBrowser({ url: '${server.url}', token: '${token({ sub: 'nia' })}' });
  const store = new CreditStore(purser);
  store.subscribe(() => {
    const { balance, live } = store.getSnapshot();
    show('balance', balance + (live ? ' live' : ''));
  });
  window.spend = (amount) =>
    store.spend({ amount }).then(
      (spent) => show('said', 'spent ' + spent.amount),
      (error) => show('said', error.code + ' ' + error.details.upgradeTo.plan),
    );
</script>`,
  );
  server = await serve(t, { sandbox: true, env: { PURSER_ALLOWED_ORIGINS: origin } });
  const page = await (await open(t)).page();
  await page.goto(origin);
  const text = (id) => page.evaluate(`document.getElementById('${id}').textContent`);
  const says = (id, wanted) =>
    until(
      () => text(id),
      (got) => got === wanted,
    );
  await until(
    () => text('balance'),
    (got) => got.startsWith('50'),
  );
  await page.evaluate('void spend(20)');
  await says('said', 'spent 20');
  await says('balance', '30 live');
  await page.evaluate('void spend(31)');
  await says('said', 'INSUFFICIENT_CREDITS basic');
  await says('balance', '30 live');
  await grant(server, 'nia', 12);
  await says('balance', '42 live');
});
