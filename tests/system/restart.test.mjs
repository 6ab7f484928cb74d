// Stopping politely, stopping at once, and dying: what was answered stays true.
import test from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, freePort, freshDatabase, ready, serve } from './lib/server.mjs';

const RESTARTS = Number(process.env.RESTARTS ?? 20);
const KILLS = Number(process.env.KILLS ?? 5);

// Clients that make keys until told to stop.  Every key that was answered is in `answered`; a
// connection that breaks before its answer is nobody's promise.
function writers(server, count) {
  const answered = new Map();
  const wrong = [];
  let going = true;
  let n = 0;
  const one = async () => {
    while (going) {
      const name = `load-${++n}`;
      const body = { role: 'readonly', name };
      const answer = await call(server, 'POST', '/api/admin/keys', { body }).catch(() => null);
      if (answer === null) await sleep(5);
      else if (answer.body.success) answered.set(name, answer.body.data.id);
      else if (answer.status !== 503) wrong.push(`${answer.status} ${answer.text}`);
    }
  };
  const all = Promise.all(Array.from({ length: count }, one));
  return {
    answered,
    wrong,
    stop: async () => {
      going = false;
      await all;
    },
  };
}

async function keysOf(server) {
  const names = new Map();
  let after = '';
  for (;;) {
    const { body } = await call(server, 'GET', `/api/admin/keys?limit=100${after}`);
    for (const key of body.data.items) names.set(key.name, key.id);
    if (!body.data.hasMore) return names;
    after = `&after=${encodeURIComponent(body.data.next)}`;
  }
}

function allThere(answered, stored) {
  const lost = [...answered].filter(([name, id]) => stored.get(name) !== id);
  assert.equal(lost.length, 0, `lost: ${JSON.stringify(lost.slice(0, 5))}`);
}

test('R89 graceful restarts under load lose no answered request and end within 30 s', async (t) => {
  const database = freshDatabase(t);
  const port = await freePort();
  let server = await serve(t, { database, port });
  const load = writers(server, 8);
  let slowest = 0;
  for (let i = 0; i < RESTARTS; i++) {
    await sleep(60);
    const began = Date.now();
    const { code, signal } = await server.stop();
    slowest = Math.max(slowest, Date.now() - began);
    assert.equal(code, 0, `ended with ${code ?? signal}: ${server.err}`);
    server = await serve(t, { database, port });
  }
  await sleep(100);
  await load.stop();
  t.diagnostic(`${RESTARTS} restarts, ${load.answered.size} answered, slowest stop ${slowest} ms`);
  assert.ok(load.answered.size > RESTARTS, String(load.answered.size));
  assert.deepEqual(load.wrong, []);
  assert.ok(slowest < 30_000);
  allThere(load.answered, await keysOf(server));
});

test('R89 a second signal ends it at once', async (t) => {
  const server = await serve(t);
  server.child.kill('SIGTERM');
  server.child.kill('SIGTERM');
  const began = Date.now();
  await server.ended;
  assert.ok(Date.now() - began < 2000);
});

test('R22 R86 kill -9 under load: every answered write is there afterwards', async (t) => {
  const database = freshDatabase(t);
  const port = await freePort();
  let server = await serve(t, { database, port });
  const load = writers(server, 8);
  for (let i = 0; i < KILLS; i++) {
    await sleep(150 + 37 * i);
    await server.stop('SIGKILL');
    const began = Date.now();
    server = await serve(t, { database, port });
    assert.ok(Date.now() - began < 5000, 'it serves again within seconds');
  }
  await sleep(100);
  await load.stop();
  t.diagnostic(`${KILLS} kills, ${load.answered.size} answered`);
  assert.ok(load.answered.size > KILLS * 5, String(load.answered.size));
  assert.deepEqual(load.wrong, []);
  allThere(load.answered, await keysOf(server));
});

test('it is not ready before it can work, and says so while it stops', async (t) => {
  const server = await serve(t, { ready: false });
  await ready(server);
  const { status } = await call(server, 'GET', '/healthz');
  assert.equal(status, 200);
});

// Connects and asks as fast as it can, until told to stop; how often it was let in.
function knocking(port, count) {
  const ask = `GET /store HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  let going = true;
  let letIn = 0;
  const one = () => {
    const socket = connect(port, '127.0.0.1', () => {
      letIn++;
      socket.write(ask.repeat(4));
    });
    socket.on('error', () => {});
    socket.on('close', () => going && setImmediate(one));
  };
  for (let i = 0; i < count; i++) one();
  return () => {
    going = false;
    return letIn;
  };
}

test('a start that fails at its last step serves nobody on what it takes down', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const sandboxPort = taken.address().port;
  let letIn = 0;
  for (let i = 0; i < 5 || (letIn === 0 && i < 50); i++) {
    const server = await serve(t, { sandbox: true, sandboxPort, ready: false });
    const stop = knocking(server.port, 8);
    const ended = await server.ended;
    letIn += stop();
    assert.deepEqual(ended, { code: 2, signal: null }, server.said());
  }
  assert.ok(letIn > 0, 'nobody was let in: this shows nothing');
});
