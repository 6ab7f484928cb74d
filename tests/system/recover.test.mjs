// docs/recover.md, step by step: what is lost comes back, and the gateway is asked about the rest.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { call, command, folder, freePort, sql } from './lib/server.mjs';
import { visitor } from '../browser/lib/visit.mjs';
import { becomes, buy, pay, shop } from './lib/shop.mjs';

// Everybody buys the same.
const bought = async (server) => {
  const body = { priceId: 'sticker-sheet-usd', email: `${randomUUID()}@example.com` };
  return (await buy(server, body)).body.data;
};

const STICKERS = { priceId: 'sticker-sheet-usd', email: 'grace@example.com' };
const lose = (path) => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end, { force: true }));

test('R92 the disk is lost: restore, start, and what the gateway knows comes back', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'purser.db');
  const copy = join(dir, 'backup.db');
  const database = `sqlite:${path}`;
  const options = { database, cwd: dir, sandboxPort: await freePort() };
  let server = await shop(t, options);
  const paid = await bought(server);
  await pay(server, paid.sessionId);
  await becomes(server, paid.orderId, 'completed');
  const open = await bought(server);
  assert.equal(command(['backup', copy], server.env).status, 0);
  // Paid after the backup: the gateway has the money, and its webhook is not repeated any more.
  await pay(server, open.sessionId);
  await becomes(server, open.orderId, 'completed');
  await server.stop();
  lose(path);

  const restored = command(['restore', copy, '--database', database], server.env);
  assert.equal(restored.status, 0, restored.err);
  assert.match(command(['verify'], server.env).out, /everything holds/);
  server = await shop(t, options);
  await becomes(server, paid.orderId, 'completed');
  command(['reconcile'], server.env);
  await becomes(server, open.orderId, 'completed');
  await server.stop();
  assert.match(command(['verify'], server.env).out, /everything holds/);
});

test('R92 a bad release: the old state is put back, the bad one kept to be read', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'purser.db');
  const database = `sqlite:${path}`;
  let server = await shop(t, { database, cwd: dir });
  const before = await bought(server);
  assert.equal(command(['backup', join(dir, 'before.db')], server.env).status, 0);
  const after = await bought(server);
  await server.stop();
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(path + end)) renameSync(path + end, join(dir, `bad.db${end}`));
  const back = command(['restore', join(dir, 'before.db'), '--database', database], server.env);
  assert.equal(back.status, 0, back.err);
  server = await shop(t, { database, cwd: dir });
  await becomes(server, before.orderId, 'pending');
  const { status: gone } = await call(server, 'GET', `/api/orders/${after.orderId}`);
  assert.equal(gone, 404);
  const bad = ['orders', 'list', '--database', `sqlite:${join(dir, 'bad.db')}`];
  assert.ok(command(bad, server.env).out.includes(after.orderNumber));
});

test('R92 the machine is gone: on another one guests\' links and keys go on to hold', async (t) => {
  const env = { PURSER_MASTER_KEY: 'the-only-master-key-0123456789abcdef' };
  const first = await shop(t, { env });
  const guest = await visitor(first).pay('sticker-sheet-usd:1');
  const [{ orderNumber }] = (await call(first, 'GET', '/api/orders')).body.data.items;
  const link = `/order/${orderNumber}?${guest.query.split('&')[1]}`;
  const once = randomUUID();
  const made = await buy(first, STICKERS, once);
  assert.equal(made.status, 200, made.text);
  const copy = join(folder(t), 'backup.db');
  assert.equal(command(['backup', copy], first.env).status, 0);
  await first.stop('SIGKILL');

  const cwd = folder(t);
  const database = `sqlite:${join(cwd, 'purser.db')}`;
  const restored = command(['restore', copy, '--database', database], first.env);
  assert.equal(restored.status, 0, restored.err);
  const second = await shop(t, { env, database, cwd });
  const { status, text } = await visitor(second).ask(link);
  assert.equal(status, 200);
  assert.ok(text.includes(orderNumber));
  assert.equal((await visitor(second).ask(link.slice(0, -3))).status, 404, 'another link does not');
  const again = await buy(second, STICKERS, once);
  assert.equal(again.text.replace(/"requestId".*/, ''), made.text.replace(/"requestId".*/, ''));
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});

test('R90 R92 an upgrade: tried on a copy, and refused before it is migrated', async (t) => {
  const server = await shop(t);
  const order = await bought(server);
  const copy = join(folder(t), 'before-upgrade.db');
  assert.equal(command(['backup', copy], server.env).status, 0);
  const tried = `sqlite:${join(folder(t), 'try.db')}`;
  assert.equal(command(['restore', copy, '--database', tried], server.env).status, 0);
  const there = command(['migrate', '--database', tried], server.env);
  assert.equal(there.status, 0, there.err);
  await server.stop();
  assert.equal(command(['migrate', '--status'], server.env).status, 0);
  assert.equal(command(['migrate'], server.env).status, 0);
  const after = await shop(t, { database: server.database, sandboxPort: server.sandboxPort });
  await becomes(after, order.orderId, 'pending');
  assert.match(command(['verify'], after.env).out, /everything holds/);
  // What can be held back is what docs/incident.md says how to stop.
  const incident = readFileSync('docs/incident.md', 'utf8');
  const { out: flows } = command(['switch', 'list'], after.env);
  for (const [, name, about] of flows.matchAll(/^on +(\w+) +(.*)$/gm))
    if (!about.startsWith('new payments at'))
      assert.ok(incident.includes(`switch off ${name} `), name);
  await after.stop();

  // As an older program left it: this one serves nothing before somebody says so.
  const newest = '(SELECT MAX(n) FROM schema_migration)';
  sql(server.database, `DELETE FROM schema_migration WHERE n = ${newest}`);
  const early = command(['serve'], after.env);
  assert.equal(early.status, 2);
  assert.match(early.err, /has schema \d+, this program needs \d+: run purser migrate/);
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
