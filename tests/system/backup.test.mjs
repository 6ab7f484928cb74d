// Backups that nobody has to remember.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, command, folder, serve } from './lib/server.mjs';
import { until } from './lib/shop.mjs';

const copies = (dir) => readdirSync(dir).filter((name) => /^purser-\d{8}T\d{6}Z\.db$/.test(name));
const made = (server) =>
  call(server, 'GET', '/api/admin/audit?action=BACKUP_MADE').then(({ body }) => body.data.items[0]);

test('R92 a backup is made, proven and rotated by the server itself', async (t) => {
  const dir = folder(t);
  const old = ['20200101T000000Z', '20210101T000000Z', '20220101T000000Z'];
  for (const stamp of old) writeFileSync(join(dir, `purser-${stamp}.db`), '');
  writeFileSync(join(dir, 'purser-notes.db'), 'mine');
  const server = await serve(t, {
    env: { PURSER_BACKUP_DIR: dir, PURSER_BACKUP_KEEP: '2', PURSER_BACKUP_EVERY: '31d' },
  });
  const fact = await until(() => made(server));
  assert.equal(copies(dir).length, 2);
  assert.ok(existsSync(join(dir, `purser-${old[2]}.db`)), 'the newest of the old ones stays');
  assert.ok(existsSync(join(dir, 'purser-notes.db')), 'what is no backup is not touched');
  assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith('trial')), []);
  assert.match(command(['doctor'], server.env).out, /ok +backups +the last that held is/);

  const other = `sqlite:${join(folder(t), 'other.db')}`;
  const env = { ...server.env, PURSER_DATABASE: other };
  assert.equal(command(['restore', fact.metadata.file], env).status, 0);
  assert.match(command(['verify'], env).out, /everything holds/);
});

test('R92 a backup that does not hold is not kept, and is an alert at once', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'trial.db')); // where it would be restored into
  const server = await serve(t, { env: { PURSER_BACKUP_DIR: dir } });
  const alert = await until(async () => {
    const { body } = await call(server, 'GET', '/api/admin/alerts');
    return body.data.items.find(({ kind }) => kind === 'backup');
  });
  assert.match(alert.sentence, /could not be made or does not hold/);
  assert.deepEqual(copies(dir), []);
  const doctor = command(['doctor'], server.env);
  assert.match(doctor.out, /MISSING backups/);
  assert.equal(doctor.status, 1);
});
