// The TypeScript client, built from its sources for whoever imports this: a place of its own for
// each process, inside the package, where its packages are found.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET_KEY, call } from './server.mjs';

const HOME = fileURLToPath(new URL('../../../clients/typescript', import.meta.url));

function node(...args) {
  const run = spawnSync(process.execPath, args, { cwd: HOME, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}
export const compile = (...args) => node(join(HOME, 'node_modules/typescript/bin/tsc'), ...args);

mkdirSync(join(HOME, 'dist'), { recursive: true });
export const BUILT = mkdtempSync(join(HOME, 'dist/test-'));
process.on('exit', () => rmSync(BUILT, { recursive: true, force: true }));
node('generate.mjs');
compile('-p', '.', '--outDir', BUILT);

export const entry = (name) => import(join(BUILT, `${name}.js`));
export const packaged = (name) => import(join(HOME, 'node_modules', name, 'index.js'));
const { Purser, PurserError } = await entry('index');

export const purserOf = (server, more = {}) =>
  new Purser({ url: server.url, key: SECRET_KEY, timeoutMs: 5_000, ...more });

export const grant = (server, customerId, amount) =>
  call(server, 'POST', '/api/admin/credits/grant', {
    body: { customerId, amount, reason: 'a test' },
    headers: { 'idempotency-key': randomUUID() },
  });

// The failure of this code; anything else is the test's.
export async function failed(promise, code) {
  const error = await promise.then(
    () => assert.fail(`${code} is expected`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof PurserError, String(error?.stack ?? error));
  assert.equal(error.code, code, error.message);
  return error;
}

// Between client and server.  how.before and how.after (the server has done it then) get request,
// response and how many there were; who returns true has answered, or has made sure nobody does.
export async function between(t, server, how) {
  const heard = [];
  const proxy = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method, url, headers } = request;
    heard.push({ method, url, headers, body });
    if (how.before?.(request, response, heard.length)) return;
    const { host, connection, ...kept } = headers;
    assert.ok(host && connection !== 'none');
    const answer = await fetch(server.url + url, {
      method,
      headers: kept,
      ...(method === 'GET' ? {} : { body }),
    });
    const text = await answer.text();
    if (await how.after?.(request, response, heard.length)) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text);
  });
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${proxy.address().port}`, heard };
}
