// Slow and stubborn clients cost themselves, nobody else.
import test from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from './lib/server.mjs';

const DRIPS = Number(process.env.DRIPS ?? 500);

// A client that sends one byte a second of a head that never ends; resolves when it is cut off.
function drip(port) {
  return new Promise((done) => {
    const began = Date.now();
    const socket = connect(port, '127.0.0.1');
    const head = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${'a'.repeat(100)}`;
    let at = 0;
    const timer = setInterval(() => socket.write(head[at++] ?? 'a'), 1000);
    let answer = '';
    socket.on('data', (piece) => (answer += piece));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      done({ after: Date.now() - began, answer });
    });
  });
}

test('R37 500 drip clients are cut at the deadline, others are served meanwhile', async (t) => {
  const server = await serve(t, { sandbox: true });
  const drips = Array.from({ length: DRIPS }, () => drip(server.port));
  const all = Promise.all(drips);
  let over = false;
  all.then(() => (over = true));
  const took = [];
  await sleep(500);
  while (!over) {
    const began = performance.now();
    const { status } = await call(server, 'POST', '/_bench/write');
    took.push(performance.now() - began);
    assert.equal(status, 200);
    await sleep(20);
  }
  const ends = await all;
  took.sort((a, b) => a - b);
  const p99 = took[Math.floor(took.length * 0.99)];
  t.diagnostic(`${DRIPS} drips, ${took.length} others, p99 ${p99.toFixed(1)} ms`);
  assert.ok(took.length > 100);
  assert.ok(p99 < 200, `p99 ${p99} ms`);
  for (const { after, answer } of ends) {
    assert.ok(after > 8_000 && after < 14_000, `cut after ${after} ms`);
    assert.ok(answer === '' || answer.startsWith('HTTP/1.1 408'), answer);
  }
});

test('R37 a body that never comes is cut within its deadline', async (t) => {
  const server = await serve(t, { sandbox: true });
  const began = Date.now();
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('POST /_bench/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  const timer = setInterval(() => socket.write('x'), 500);
  await new Promise((done) => socket.on('close', done));
  clearInterval(timer);
  const after = Date.now() - began;
  assert.ok(after < 36_000, `cut after ${after} ms`);
});

test('R38 a client that never reads does not make the server grow', async (t) => {
  const server = await serve(t, { sandbox: true });
  const sockets = Array.from({ length: 50 }, () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    return socket;
  });
  await sleep(1500);
  const { status } = await call(server, 'GET', '/healthz');
  assert.equal(status, 200);
  for (const socket of sockets) socket.destroy();
});
