// The package: it is built of the program under test, installed into a root of its own by dpkg, and
// what lies there then is run; a newer one keeps what somebody wrote into its configuration.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ON_POSTGRES, PROGRAM, folder } from './lib/server.mjs';

const ENV = {
  PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
  LC_ALL: 'C.UTF-8',
  DPKG_DEB_COMPRESSOR_LEVEL: '0',
};

function run(program, ...args) {
  const done = spawnSync(program, args, { env: ENV, timeout: 120_000 });
  const said = `${done.stdout}${done.stderr}`;
  assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${said}`);
  return said.trim();
}

// A root with nothing in it but what dpkg keeps for itself.  Who is not root has one by fakeroot.
function emptyRoot(t) {
  const root = folder(t);
  for (const place of ['info', 'updates', 'triggers', 'alternatives'])
    mkdirSync(join(root, 'var/lib/dpkg', place), { recursive: true });
  for (const list of ['status', 'available', 'lock'])
    writeFileSync(join(root, 'var/lib/dpkg', list), '');
  const forced = ['--force-not-root', '--force-depends', '--force-unsafe-io'];
  const dpkg = ['dpkg', `--root=${root}`, ...forced];
  const as = process.getuid() === 0 ? dpkg : ['fakeroot', ...dpkg];
  return { root, dpkg: (...args) => run(...as, '--force-confdef', '--force-confold', ...args) };
}

// It is the same package whatever the engine.
if (!ON_POSTGRES)
  test('the package is installed, runs, keeps its configuration, and goes without a trace', lives);

function lives(t) {
  const out = folder(t);
  const packaged = (version) => run('tools/deb.sh', version, PROGRAM, out);
  const first = packaged('0.0.1');
  const { root, dpkg } = emptyRoot(t);
  dpkg('--install', first);
  const program = join(root, 'usr/bin/purser');
  assert.match(run(program, '--version'), /purser/);
  const unit = readFileSync(join(root, 'lib/systemd/system/purser.service'), 'utf8');
  const started = unit.match(/^ExecStart=(\S+)/m)[1];
  assert.ok(existsSync(join(root, started)), 'the unit starts what is there');
  const config = join(root, unit.match(/^EnvironmentFile=-(\S+)/m)[1]);
  assert.equal(statSync(config).mode & 0o777, 0o600, 'it will hold secrets');
  run(program, 'doctor', '--config', '--env', config);
  // What it needs is here: the program that was packaged runs on this system.
  run('dpkg', '--no-act', '--force-not-root', '--install', first);

  appendFileSync(config, 'PURSER_OWNER_MAIL=owner@shop.example\n');
  dpkg('--install', packaged('0.0.2'));
  assert.match(dpkg('--status', 'purser'), /Version: 0\.0\.2/);
  assert.match(readFileSync(config, 'utf8'), /owner@shop\.example/);
  dpkg('--remove', 'purser');
  assert.ok(!existsSync(program));
  assert.ok(existsSync(config), 'a removed package leaves its configuration');
  dpkg('--purge', 'purser');
  assert.ok(!existsSync(config));
}
