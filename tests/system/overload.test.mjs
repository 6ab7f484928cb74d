// R47: four times what it can do, and it stays itself.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from './lib/server.mjs';

const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 8);
const CONNECTIONS = Number(process.env.OVERLOAD_CONNECTIONS ?? 3200);

// From several addresses, because one may have no more than 1,024 connections.
function client(i, port, counts, until) {
  const localAddress = `127.0.0.${1 + (i % 4)}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
  const options = { port, host: '127.0.0.1', method: 'POST', path: '/_bench/write', agent };
  const ask = (done) => {
    const began = performance.now();
    const sent = request(options, (answer) => {
      const status = answer.statusCode;
      counts[status] = (counts[status] ?? 0) + 1;
      if (status === 503 && !answer.headers['retry-after']) counts.bare503++;
      answer.resume();
      answer.on('end', () => {
        counts.slowest = Math.max(counts.slowest, performance.now() - began);
        Date.now() < until() ? ask(done) : done();
      });
    });
    sent.on('error', () => {
      counts.broken++;
      Date.now() < until() ? setTimeout(ask, 20, done) : done();
    });
    sent.end();
  };
  return new Promise(ask).finally(() => agent.destroy());
}

test('R47 four times the capacity: no crash, 503 with Retry-After, recovery', async (t) => {
  const server = await serve(t, { sandbox: true, env: { PURSER_LOG: 'warn' } });
  const counts = { bare503: 0, broken: 0, slowest: 0 };
  const end = Date.now() + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => client(i, server.port, counts, () => end)),
  );
  t.diagnostic(JSON.stringify(counts));
  assert.equal(server.child.exitCode, null, server.err);
  assert.ok(counts[200] > 1000 && counts[503] > 0, JSON.stringify(counts));
  assert.equal(counts.bare503, 0, 'every 503 says when to come again');
  const began = Date.now();
  for (;;) {
    const asked = performance.now();
    const { status } = await call(server, 'POST', '/_bench/write');
    if (status === 200 && performance.now() - asked < 100) break;
    assert.ok(Date.now() - began < 5000, 'recovered within 5 s');
    await sleep(50);
  }
});
