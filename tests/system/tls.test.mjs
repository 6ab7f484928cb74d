// TLS ended by purser itself, and a listening socket that was handed over.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, freshDatabase, freePort, PROGRAM, serve, SECRET_KEY } from './lib/server.mjs';

const SUPERVISOR = new URL('./lib/supervisor.pl', import.meta.url).pathname;

function certificate(into, name) {
  const run = spawnSync('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', join(into, 'new.key'), '-out', join(into, 'new.pem')],
  ]);
  assert.equal(run.status, 0, String(run.stderr));
  renameSync(join(into, 'new.key'), join(into, 'tls.key'));
  renameSync(join(into, 'new.pem'), join(into, 'tls.pem'));
}

async function overTls(t) {
  const into = folder(t);
  certificate(into, 'first');
  const port = await freePort();
  const server = await serve(t, {
    port,
    ready: false,
    env: {
      PURSER_SITE_URL: `https://localhost:${port}`,
      PURSER_TLS_CERT: join(into, 'tls.pem'),
      PURSER_TLS_KEY: join(into, 'tls.key'),
    },
  });
  for (let i = 0; i < 200 && (await get(port, '/readyz').catch(() => 0)) !== 200; i++)
    await sleep(25);
  return { server, port, into };
}

function get(port, path, options = {}) {
  return new Promise((done, failed) => {
    const asked = request(
      { host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, ...options },
      (answer) => {
        answer.resume();
        answer.on('end', () => done(answer.statusCode));
      },
    );
    asked.on('error', failed);
    asked.end();
  });
}

const handshake = (port, options) =>
  new Promise((done, failed) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('error', failed);
    socket.on('secureConnect', () => {
      const { subject } = socket.getPeerCertificate();
      done({ protocol: socket.getProtocol(), alpn: socket.alpnProtocol, name: subject.CN });
      socket.destroy();
    });
  });

test('R73 it speaks TLS 1.2 and 1.3, and nothing older', async (t) => {
  const { port } = await overTls(t);
  assert.equal(await get(port, '/healthz'), 200);
  assert.equal((await handshake(port, {})).protocol, 'TLSv1.3');
  assert.equal((await handshake(port, { maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await assert.rejects(handshake(port, old));
  const { alpn } = await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(alpn, 'http/1.1');
});

test('R43 over TLS browsers are told to stay there', async (t) => {
  const { port } = await overTls(t);
  const header = await new Promise((done) =>
    request({ host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false }, (answer) => {
      answer.resume();
      done(answer.headers['strict-transport-security']);
    }).end(),
  );
  assert.ok(Number(/max-age=(\d+)/.exec(header)?.[1]) >= 31536000, header);
});

test('SIGHUP takes a new certificate without closing a connection', async (t) => {
  const { server, port, into } = await overTls(t);
  assert.equal((await handshake(port, {})).name, 'first');
  certificate(into, 'second');
  server.child.kill('SIGHUP');
  for (let i = 0; i < 100 && (await handshake(port, {})).name !== 'second'; i++) await sleep(20);
  assert.equal((await handshake(port, {})).name, 'second');
});

test('bytes that are no TLS end their connection and nothing else', async (t) => {
  const { server, port } = await overTls(t);
  for (let i = 0; i < 20; i++) {
    const plain = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    assert.equal(plain, null);
  }
  assert.equal(await get(port, '/healthz'), 200);
  assert.equal(server.child.exitCode, null);
});

test('R89 a socket handed over by a supervisor refuses nobody during restarts', async (t) => {
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    PURSER_DATABASE: freshDatabase(t),
    PURSER_SITE_URL: `http://127.0.0.1:${port}`,
    PURSER_SECRET_KEY: SECRET_KEY,
    PURSER_LOG: 'error',
  };
  const supervisor = spawn('perl', [SUPERVISOR, String(port), PROGRAM, 'serve'], {
    env,
    cwd: folder(t),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => supervisor.kill('SIGTERM'));
  const pids = [];
  supervisor.stdout.on('data', (piece) => {
    // Beside the number of each process stand the program's own lines.
    pids.push(...(String(piece).match(/^\d+$/gm) ?? []).map(Number));
  });
  const ask = () => fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } });
  for (let i = 0; i < 100 && (await ask().catch(() => null)) === null; i++) await sleep(20);
  for (let i = 0; i < 5; i++) {
    process.kill(pids.at(-1), 'SIGTERM');
    const during = await Promise.all(Array.from({ length: 20 }, ask));
    for (const answer of during) assert.ok([200, 503].includes(answer.status));
    while (pids.length < i + 2) await sleep(10);
  }
  assert.equal((await ask()).status, 200);
});
