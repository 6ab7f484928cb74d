// docs/recover.md, step by step: what is lost comes back, and the gateway is asked about the rest.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, command, folder, freePort, serve } from './lib/server.mjs';

const buy = async (server) => {
  const { body } = await call(server, 'POST', '/api/checkout/create', {
    body: { priceId: 'sticker-sheet-usd', email: `${randomUUID()}@example.com` },
    headers: { 'idempotency-key': randomUUID() },
  });
  return body.data;
};

const pay = (server, { sessionId }) =>
  fetch(`http://127.0.0.1:${server.sandboxPort}/_sandbox/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ session: sessionId, card: '4242424242424242' }),
  }).then((answer) => answer.json());

async function status(server, { orderId }, wanted) {
  const end = Date.now() + 20_000;
  for (;;) {
    const { body } = await call(server, 'GET', `/api/orders/${orderId}`);
    if (body.data?.status === wanted) return;
    assert.ok(Date.now() < end, `${orderId} is still ${body.data?.status}`);
    await sleep(50);
  }
}

const lose = (path) => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end, { force: true }));

test('R92 the disk is lost: restore, start, and what the gateway knows comes back', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'purser.db');
  const copy = join(dir, 'backup.db');
  const database = `sqlite:${path}`;
  const options = { sandbox: true, database, cwd: dir, sandboxPort: await freePort() };
  let server = await serve(t, options);
  const paid = await buy(server);
  await pay(server, paid);
  await status(server, paid, 'completed');
  const open = await buy(server);
  assert.equal(command(['backup', copy], server.env).status, 0);
  // Paid after the backup: the gateway has the money, and its webhook is not repeated any more.
  await pay(server, open);
  await status(server, open, 'completed');
  await server.stop();
  lose(path);

  const restored = command(['restore', copy, '--database', database], server.env);
  assert.equal(restored.status, 0, restored.err);
  assert.match(command(['verify'], server.env).out, /everything holds/);
  server = await serve(t, options);
  await status(server, paid, 'completed');
  command(['reconcile'], server.env);
  await status(server, open, 'completed');
  await server.stop();
  assert.match(command(['verify'], server.env).out, /everything holds/);
});

test('R92 a bad release: the old state is put back, the bad one kept to be read', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'purser.db');
  const database = `sqlite:${path}`;
  let server = await serve(t, { sandbox: true, database, cwd: dir });
  const before = await buy(server);
  assert.equal(command(['backup', join(dir, 'before.db')], server.env).status, 0);
  const after = await buy(server);
  await server.stop();
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(path + end)) renameSync(path + end, join(dir, `bad.db${end}`));
  const back = command(['restore', join(dir, 'before.db'), '--database', database], server.env);
  assert.equal(back.status, 0, back.err);
  server = await serve(t, { sandbox: true, database, cwd: dir });
  await status(server, before, 'pending');
  const { status: gone } = await call(server, 'GET', `/api/orders/${after.orderId}`);
  assert.equal(gone, 404);
  const bad = ['orders', 'list', '--database', `sqlite:${join(dir, 'bad.db')}`];
  assert.ok(command(bad, server.env).out.includes(after.orderNumber));
});

const written = /(?:^ {4}|`|time )purser ([^`\n]+)/gm;
const general = ['database', 'catalog', 'env', 'json', 'help', 'version', 'listen', 'sandbox'];
const documents = ['README.md', 'docs/', 'docs/gateways/'].flatMap((place) =>
  place.endsWith('/')
    ? readdirSync(place)
        .filter((name) => name.endsWith('.md'))
        .map((name) => place + name)
    : [place],
);

test('every command in the documents is one, with flags that it has', () => {
  const wrong = [];
  for (const file of documents)
    for (const [, line] of readFileSync(file, 'utf8').matchAll(written)) {
      const words = line.split(/\s+/);
      const name = words.filter((word) => /^[a-z]+$/.test(word)).slice(0, 2);
      if (name.length === 0 || words[0] !== name[0]) continue;
      const help = [name, name.slice(0, 1)]
        .map((tried) => command([...tried, '--help']))
        .find((run) => run.status === 0);
      if (help === undefined) wrong.push(`${file}: purser ${line}`);
      for (const [, flag] of line.matchAll(/--([a-z-]+)/g))
        if (help && !help.out.includes(`--${flag}`) && !general.includes(flag))
          wrong.push(`${file}: purser ${line}: --${flag}`);
    }
  assert.deepEqual(wrong, []);
});
