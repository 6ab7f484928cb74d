// R37 and R47: 500 that drip, and four times what it can do, and it stays itself.  What is measured
// here is measured alone (tools/node_tests.sh).
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { interfere } from './lib/place.mjs';
import { ON_POSTGRES, call, serve } from './lib/server.mjs';

const FREE_MS = 2000;
const SLOW_MS = Number(process.env.OVERLOAD_SECONDS ?? 4) * 1000;
const CONNECTIONS = Number(process.env.OVERLOAD_CONNECTIONS ?? 4000);
const ASK = 'POST /_bench/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';

// A connection that asks again as soon as it has its answer.  From several addresses, because one
// may have no more than 1,024 connections.
function client(i, port, counts) {
  return new Promise((connected) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${1 + (i % 8)}` });
    socket.setNoDelay(true);
    const one = { socket, going: true };
    socket.on('connect', () => connected(one));
    socket.on('error', () => {
      counts.broken++;
      connected(one);
    });
    socket.on('data', (piece) => {
      const answer = piece.toString('latin1');
      const status = answer.slice(9, 12);
      counts[status] = (counts[status] ?? 0) + 1;
      if (status === '503' && !/\r\nretry-after: /i.test(answer)) counts.bare503++;
      if (one.going && !/\r\nconnection: close/i.test(answer)) socket.write(ASK);
    });
  });
}

// The store takes half a second for each commit, until the function that is returned was called:
// however fast a machine is, more is asked now than it can do.
async function slowed(t, server) {
  if (!ON_POSTGRES) return interfere(t, server, 'fdatasync', 'delay_enter=500000');
  const hold = `DO $$ BEGIN LOOP
      LOCK TABLE setting IN EXCLUSIVE MODE; PERFORM pg_sleep(0.5); COMMIT;
    END LOOP; END $$`;
  const args = ['-X', '-q', '-d', server.database, '-c', hold];
  const holder = spawn('psql', args, { stdio: 'ignore' });
  t.after(() => holder.kill('SIGKILL'));
  return async () => {
    const gone = once(holder, 'exit');
    holder.kill('SIGINT');
    await gone;
  };
}

test('R47 four times the capacity: no crash, 503 with Retry-After, recovery', async (t) => {
  const server = await serve(t, { sandbox: true, env: { PURSER_LOG: 'warn' } });
  const counts = { bare503: 0, broken: 0 };
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => client(i, server.port, counts)),
  );
  for (const { socket } of clients) socket.write(ASK);
  await sleep(FREE_MS);
  assert.ok(counts[200] > 200, JSON.stringify(counts));
  const letGo = await slowed(t, server);
  await sleep(SLOW_MS);
  for (const one of clients) one.going = false;
  await letGo();
  t.diagnostic(JSON.stringify(counts));
  assert.equal(server.child.exitCode, null, server.err);
  assert.ok(counts[503] > 1000, JSON.stringify(counts));
  assert.equal(counts.bare503, 0, 'every 503 says when to come again');
  const began = Date.now();
  for (;;) {
    const asked = performance.now();
    const { status } = await call(server, 'POST', '/_bench/write');
    if (status === 200 && performance.now() - asked < 100) break;
    assert.ok(Date.now() - began < 5000, 'recovered within 5 s');
    await sleep(50);
  }
  for (const { socket } of clients) socket.destroy();
});

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
