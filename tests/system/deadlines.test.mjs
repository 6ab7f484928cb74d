// Slow and stubborn clients cost themselves, nobody else.
import test from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from './lib/server.mjs';

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
