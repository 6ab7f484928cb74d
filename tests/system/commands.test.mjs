// The program's commands, alone and beside a running server.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  call,
  command,
  folder,
  freshDatabase,
  ON_POSTGRES,
  serve,
  SECRET_KEY,
} from './lib/server.mjs';

const KEYS = { PURSER_SECRET_KEY: SECRET_KEY };

test('--help and --version answer, an unknown command is exit 2', () => {
  const help = command(['--help']);
  assert.equal(help.status, 0);
  for (const name of ['serve', 'migrate', 'backup', 'restore', 'verify', 'key create', 'doctor'])
    assert.ok(help.out.includes(name), name);
  assert.equal(command(['serve', '--help']).status, 0);
  assert.match(command(['--version']).out, /^purser \d+\.\d+\.\d+/);
  for (const words of [['brew'], ['brew', '--help']]) {
    const wrong = command(words);
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /brew/);
    assert.equal(wrong.err.trim().split('\n').length, 1);
  }
  const some = command(['key', '--help']).out;
  assert.ok(some.includes('key revoke') && !some.includes('migrate'));
});

test('the tables that the program prints are the ones that it runs on', () => {
  const routes = JSON.parse(command(['routes', '--json']).out);
  assert.ok(routes.some((r) => r.method === 'GET' && r.path === '/healthz'));
  const codes = JSON.parse(command(['errors', '--json']).out);
  assert.ok(codes.some((c) => c.code === 'IDEMPOTENCY_MISMATCH' && c.status === 422));
});

test('an empty database is migrated once, and said to be up to date', (t) => {
  const database = freshDatabase(t);
  const first = command(['migrate', '--database', database]);
  assert.equal(first.status, 0, first.err);
  const again = command(['migrate', '--status', '--database', database]);
  assert.equal(again.status, 0, again.err);
  assert.match(again.out, /up to date/);
});

test('commands work beside a running server', async (t) => {
  const server = await serve(t);
  const env = { PURSER_DATABASE: server.database, ...KEYS };
  const made = command(['key', 'create', '--role', 'readonly', '--name', 'beside', '--json'], env);
  assert.equal(made.status, 0, made.err);
  const key = JSON.parse(made.out);
  const used = await call(server, 'GET', '/metrics', { key: key.key });
  assert.equal(used.status, 200, 'the server knows the key at once');
  const list = command(['key', 'list', '--json'], env);
  assert.ok(list.out.includes('beside'));
  const gone = command(['key', 'revoke', key.id], env);
  assert.equal(gone.status, 0, gone.err);
  assert.equal((await call(server, 'GET', '/metrics', { key: key.key })).status, 401);
  const wrong = command(['key', 'revoke', 'key_00000000000000000000000000'], env);
  assert.equal(wrong.status, 1, wrong.err);
  const usage = command(['key', 'create', '--role', 'emperor'], env);
  assert.equal(usage.status, 2, usage.err);
  assert.equal(command(['verify'], env).status, 0);
});

const onFile = ON_POSTGRES ? () => {} : test;
onFile('the control socket is for its owner alone', async (t) => {
  const server = await serve(t);
  const socket = `${server.database.slice('sqlite:'.length)}-ctl`;
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  await server.stop();
  assert.ok(!existsSync(socket), 'it is gone when the server is');
});

test('restore and migrate refuse while a server runs', async (t) => {
  const server = await serve(t);
  const env = { PURSER_DATABASE: server.database, ...KEYS };
  for (const args of [['migrate'], ['restore', 'nothing.db']]) {
    const run = command(args, env);
    assert.equal(run.status, 1, `${args}: ${run.out}${run.err}`);
    assert.match(run.err, /in use|running|server/i);
  }
});

onFile('R84 a second server on the same file is refused', async (t) => {
  const server = await serve(t);
  const second = await serve(t, { database: server.database, ready: false });
  const { code } = await second.ended;
  assert.notEqual(code, 0);
  assert.match(second.err, /held|lock|another|process/i);
  assert.equal((await call(server, 'GET', '/healthz')).status, 200);
});

for (const to of ON_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite']) {
  test(`R92 a backup made under load is restored into ${to} and holds`, async (t) => {
    const server = await serve(t);
    const made = [];
    let going = true;
    const load = (async () => {
      for (let i = 0; going; i++) {
        const body = { role: 'readonly', name: `n${i}` };
        const answer = await call(server, 'POST', '/api/admin/keys', { body });
        if (answer.body.success) made.push(answer.body.data.id);
      }
    })();
    while (made.length < 50) await new Promise((next) => setTimeout(next, 10));
    const before = [...made];
    const file = join(folder(t), 'copy.db');
    const backup = command(['backup', file], { PURSER_DATABASE: server.database, ...KEYS });
    going = false;
    await load;
    assert.equal(backup.status, 0, backup.err);
    await server.stop();

    const database = freshDatabase(t, to);
    const restored = command(['restore', file], { PURSER_DATABASE: database, ...KEYS });
    assert.equal(restored.status, 0, restored.err);
    const full = command(['restore', file], { PURSER_DATABASE: database, ...KEYS });
    assert.equal(full.status, 1, 'a database that holds something is not overwritten');
    assert.equal(command(['verify'], { PURSER_DATABASE: database, ...KEYS }).status, 0);

    const other = await serve(t, { database });
    const ids = new Set();
    for (let after = ''; ;) {
      const { body } = await call(other, 'GET', `/api/admin/keys?limit=100${after}`);
      for (const key of body.data.items) ids.add(key.id);
      if (!body.data.hasMore) break;
      after = `&after=${body.data.next}`;
    }
    assert.deepEqual(
      before.filter((id) => !ids.has(id)),
      [],
    );
  });
}

const BROKEN = {
  'an unknown name of ours': [{ PURSER_LISTNE: '127.0.0.1:1' }, /PURSER_LISTNE/],
  'a port that is none': [{ PURSER_LISTEN: '127.0.0.1:99999' }, /PURSER_LISTEN/],
  'a host that is none': [{ PURSER_LISTEN: 'not a host:80' }, /PURSER_LISTEN/],
  'a database of no kind': [{ PURSER_DATABASE: 'mongodb://x' }, /PURSER_DATABASE|database/i],
  'an empty secret key': [{ PURSER_SECRET_KEY: '' }, /PURSER_SECRET_KEY/],
  'a short secret key': [{ PURSER_SECRET_KEY: 'sk_test_short' }, /PURSER_SECRET_KEY/],
  'a key of another shape': [{ PURSER_SECRET_KEY: 'x'.repeat(40) }, /PURSER_SECRET_KEY/],
  'a short token secret': [{ PURSER_JWT_SECRET: 'short' }, /PURSER_JWT_SECRET/],
  'a public key that is none': [{ PURSER_JWT_PUBLIC_KEY: 'no pem' }, /PURSER_JWT_PUBLIC_KEY/],
  'an http origin on the internet': [{ PURSER_SITE_URL: 'http://example.com' }, /PURSER_SITE_URL/],
  'an origin with a path': [{ PURSER_ALLOWED_ORIGINS: 'https://a.example/x' }, /ALLOWED_ORIGINS/],
  'a proxy that is no address': [{ PURSER_TRUSTED_PROXIES: 'proxy' }, /TRUSTED_PROXIES/],
  'a proxy range that is too wide a number': [{ PURSER_TRUSTED_PROXIES: '10.0.0.0/33' }, /PROXIES/],
  'a certificate that is not there': [{ PURSER_TLS_CERT: '/nope', PURSER_TLS_KEY: '/nope' }, /TLS/],
  'a certificate without its key': [{ PURSER_TLS_CERT: '/etc/hostname' }, /TLS/],
  'a log level that is none': [{ PURSER_LOG: 'loud' }, /PURSER_LOG/],
  'a number that is none': [{ PURSER_CALLERS: 'many' }, /PURSER_CALLERS/],
  'a duration that is none': [{ PURSER_BACKUP_EVERY: 'often' }, /PURSER_BACKUP_EVERY/],
  'a secret file that is not there': [{ PURSER_JWT_SECRET_FILE: '/nope' }, /PURSER_JWT_SECRET/],
  'a mail server of another kind': [{ PURSER_SMTP_URL: 'ftp://a' }, /PURSER_SMTP_URL/],
};
for (const [name, [env, words]] of Object.entries(BROKEN)) {
  test(`R91 ${name} is exit 2 and one line`, (t) => {
    const given = { PURSER_DATABASE: `sqlite:${join(folder(t), 'a.db')}`, ...KEYS, ...env };
    const run = command(['serve'], given, { timeout: 10_000 });
    assert.equal(run.status, 2, run.out + run.err);
    assert.match(run.err, words);
    const lines = run.err.trim().split('\n');
    assert.equal(lines.length, 1, run.err);
    assert.ok(!run.err.includes(SECRET_KEY));
  });
}

test('R71 a secret file that others can read is refused', (t) => {
  const file = join(folder(t), 'secret');
  writeFileSync(file, 'jwt-secret-0123456789-0123456789-0123456789', { mode: 0o644 });
  const env = {
    PURSER_DATABASE: `sqlite:${join(folder(t), 'a.db')}`,
    PURSER_JWT_SECRET_FILE: file,
  };
  const run = command(['serve'], { ...KEYS, ...env }, { timeout: 10_000 });
  assert.equal(run.status, 2, run.out + run.err);
  assert.match(run.err, /0600/);
});

test('simulate prints what it checked, and the same for the same seed', () => {
  const words = ['simulate', '--seed', '7', '--orders', '25', '--json'];
  const first = command(words);
  assert.equal(first.status, 0, first.err);
  const said = JSON.parse(first.out);
  assert.ok(said.orders >= 25 && said.violations === 0);
  assert.ok(said.invariants.I5.checked > 0 && said.invariants.I5.broken === 0);
  assert.match(said.traceHash, /^[0-9a-f]{16}$/);
  const again = JSON.parse(command(words).out);
  assert.equal(again.traceHash, said.traceHash);
  const other = JSON.parse(command(['simulate', '--seed', '8', '--orders', '1', '--json']).out);
  assert.notEqual(other.traceHash, said.traceHash);
  const calm = command(['simulate', '--orders', '1', '--faults', 'none', '--json']);
  assert.equal(JSON.parse(calm.out).crashes, 0);
  for (const wrong of [['--faults', 'meteor'], ['--orders', 'many'], ['--seed', '-1']])
    assert.equal(command(['simulate', ...wrong]).status, 2, wrong.join(' '));
});
