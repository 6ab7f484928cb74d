// The list before going live.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, folder, freePort, freshDatabase, serve } from './lib/server.mjs';

const lines = (run) =>
  run.out.split('\n').map((line) => [line.slice(0, 5).trim(), line.slice(6, 20).trim(), line]);
const verdict = (run, what, words) =>
  lines(run).find(([, about, line]) => about === what && line.includes(words))?.[0];

const LIVE = {
  STRIPE_SECRET_KEY: 'sk_live_0123456789abcdef',
  STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef0123',
};

test('doctor --live passes what holds, fails what does not, and asks the rest', async (t) => {
  const server = await serve(t, { env: LIVE });
  const run = command(['doctor', '--live'], server.env);
  assert.equal(run.status, 1);
  assert.equal(verdict(run, 'address', 'https'), 'fail');
  assert.equal(verdict(run, 'reach', 'answers'), 'pass');
  assert.equal(verdict(run, 'webhooks', 'not without a signature'), 'pass');
  assert.equal(verdict(run, 'keys', 'stripe'), 'pass');
  assert.equal(verdict(run, 'backups', 'PURSER_BACKUP_DIR'), 'fail');
  assert.equal(verdict(run, 'a payment', 'real card'), 'you');
  assert.equal(verdict(run, 'invoices', 'PURSER_BRAND_LEGAL'), 'fail');
});

test('doctor --live sees test keys, and that nobody answers', (t) => {
  const env = {
    ...LIVE,
    STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef',
    PURSER_SITE_URL: 'http://127.0.0.1:9',
    PURSER_DATABASE: freshDatabase(t),
  };
  assert.equal(command(['migrate'], env).status, 0);
  const run = command(['doctor', '--live'], env);
  assert.equal(run.status, 1);
  assert.equal(verdict(run, 'reach', 'does not answer'), 'fail');
  assert.equal(verdict(run, 'keys', 'test key'), 'fail');
  assert.equal(verdict(run, 'webhooks', ''), undefined);
});

test('doctor speaks also where the database is away, empty or of another program', (t) => {
  const away = { PURSER_DATABASE: 'postgres://127.0.0.1:1/purser' };
  for (const args of [[], ['--live']]) {
    const run = command(['doctor', ...args], away);
    assert.equal(run.status, 1, run.err);
    assert.match(run.out, /database +no connection to PostgreSQL/);
  }
  const config = command(['doctor', '--config'], away);
  assert.equal(config.status, 0, config.err);
  assert.match(config.out, /PURSER_DATABASE/);
  const empty = command(['doctor'], { PURSER_DATABASE: freshDatabase(t) });
  assert.equal(empty.status, 1);
  assert.match(empty.out, /schema +0 of \d+; an empty one: run purser migrate/);
});

test('a time zone that nobody knows ends the start, and doctor names the right one', async (t) => {
  const file = join(folder(t), 'catalog.json');
  const database = freshDatabase(t);
  const port = await freePort();
  const env = { PURSER_CATALOG: file };
  writeFileSync(file, JSON.stringify({ business: { timeZone: 'Europe/Atlantis' } }));
  const sentence = 'Europe/Atlantis is no time zone that this machine knows (package tzdata)';
  const at = { PURSER_DATABASE: database, PURSER_LISTEN: `127.0.0.1:${port}` };
  const start = command(['serve'], { ...env, ...at });
  assert.equal(start.status, 2);
  assert.ok(start.err.includes(`business.timeZone: ${sentence}`), start.err);
  const check = command(['catalog', 'check', file]);
  assert.notEqual(check.status, 0);
  assert.ok(check.err.includes(sentence), check.err);
  writeFileSync(file, JSON.stringify({ business: { timeZone: 'Asia/Kathmandu' } }));
  const server = await serve(t, { env, database });
  assert.equal(verdict(command(['doctor'], server.env), 'time zone', 'Asia/Kathmandu'), 'ok');
  const other = { ...server.env, PURSER_TIMEZONE: 'America/Lima' };
  await server.stop();
  assert.equal(verdict(command(['doctor'], other), 'time zone', 'America/Lima'), 'ok');
});
