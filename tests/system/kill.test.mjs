// F1: the real program is killed as it enters its n-th write or sync (on PostgreSQL: its n-th
// message to the database), for n from the first of a checkout to the last of its refund's webhook.
// Each time it is started again, the client and the gateway do what they would do, and what they
// were told must be so.  The usual run takes every KILL_EVERY-th of these points, beginning with
// the KILL_FIRST-th; KILL_EVERY=1 takes all.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from './lib/gateway.mjs';
import { ON_POSTGRES, call, command, folder, freshDatabase, serve } from './lib/server.mjs';

const EVERY = Number(process.env.KILL_EVERY ?? 15);
const FIRST = Number(process.env.KILL_FIRST ?? 1 + (process.pid % EVERY));

// strace on the running program, whose threads count their calls from now on.
async function attach(t, server, inject) {
  const args = ['-f', '-e', `trace=${inject.call}`, '-e', 'signal=none', '-o', '/dev/null'];
  const kill = ['-e', `inject=${inject.call}:signal=KILL:when=${inject.n}`];
  const tracer = spawn('strace', [...args, ...kill, '-p', String(server.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => tracer.kill('SIGKILL'));
  let said = '';
  tracer.stderr.on('data', (piece) => (said += piece));
  for (let i = 0; !said.includes('attached'); i++) {
    assert.ok(i < 500 && tracer.exitCode === null, `strace: ${said}`);
    await sleep(10);
  }
  return async () => {
    if (tracer.exitCode !== null || tracer.signalCode !== null) return;
    tracer.kill('SIGINT');
    await once(tracer, 'exit');
  };
}

const died = (server) => server.child.exitCode !== null || server.child.signalCode !== null;

// A server that is there again when it has died, in the same place.
class Place {
  constructor(t, options) {
    this.t = t;
    this.options = options;
  }
  async start() {
    this.server = await serve(this.t, this.options);
    Object.assign(this.options, {
      database: this.server.database,
      port: this.server.port,
      sandboxPort: this.server.sandboxPort,
    });
  }
  async here() {
    if (!died(this.server)) return this.server;
    await this.start();
    // On SQLite a start ends the leases of whoever died; servers that share a PostgreSQL wait.
    if (ON_POSTGRES) await this.advance('2m');
    return this.server;
  }
  advance(by) {
    return fetch(`http://127.0.0.1:${this.options.sandboxPort}/_sandbox/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: by }),
    });
  }
  // Again until it is as wanted, on whatever server is there; what was answered at first.
  async until(what, ask, wanted) {
    const end = Date.now() + 30_000;
    let first;
    for (;;) {
      const got = await ask(await this.here()).catch(() => null);
      first ??= got;
      if (got !== null && wanted(got)) return { first, got };
      assert.ok(Date.now() < end, `${what}: ${JSON.stringify(got)}\n${this.server.said()}`);
      await sleep(10);
    }
  }
}

// One order's life.  Throws what was not as it was promised.
async function life(place, gateway) {
  const body = { email: 'ada@example.com', priceId: 'sticker-sheet-usd', again: true };
  const headers = { 'idempotency-key': randomUUID() };
  const create = (server) => call(server, 'POST', '/api/checkout/create', { body, headers });
  const made = await place.until('create', create, ({ status }) => status === 200);
  const { orderId, sessionId } = made.got.body.data;
  const session = gateway.sessions.get(sessionId);
  assert.ok(session, 'a session that the gateway has');
  assert.equal((await create(await place.here()).catch(() => made.got)).text, made.got.text);
  const get = (server) => call(server, 'GET', `/api/orders/${orderId}?wait=1`);
  for (const [status, event, want] of [
    ['completed', 'complete', 'completed'],
    ['refunded', 'refunded', 'refunded'],
  ]) {
    session.status = status;
    const send = (server) => gateway.webhook(server, session, event);
    await place.until(event, send, (answer) => answer === 200);
    // Sent once: what was answered with 200 is on our side now, and needs no second webhook.
    await place.until(want, get, (answer) => answer.body?.data?.status === want);
  }
  const { got } = await place.until('read', get, ({ status }) => status === 200);
  assert.equal(got.body.data.payments.length, 1);
  return got.body.data;
}

const calls = ON_POSTGRES ? { sendto: 2 } : { fdatasync: 1, pwrite64: EVERY };

test('F1 I14 killed at any write or sync of an order, all comes right', async (t) => {
  const gateway = await startGateway(t);
  const options = { sandbox: true, env: gateway.env, cwd: folder(t), database: freshDatabase(t) };
  const place = new Place(t, options);
  await place.start();
  const orders = [];
  const kills = {};
  for (const [name, step] of Object.entries(calls)) {
    kills[name] = 0;
    for (let n = Math.min(FIRST, step), untouched = 0; untouched < 2; n += step) {
      const before = await place.here();
      const detach = await attach(t, before, { call: name, n });
      orders.push(await life(place, gateway));
      await detach();
      // Beyond the last call of an order's life nobody is killed any more.
      untouched = died(before) || place.server !== before ? 0 : untouched + 1;
      kills[name] += untouched === 0 ? 1 : 0;
    }
  }
  const server = await place.here();
  t.diagnostic(`${orders.length} orders, killed: ${JSON.stringify(kills)}`);
  assert.ok(Object.values(kills).every((n) => n > 0));
  // Who has paid is the gateway's word: each order once, and nobody else.
  const paid = [...gateway.sessions.values()].filter(({ status }) => status === 'refunded');
  assert.equal(paid.length, orders.length);
  const listed = await call(server, 'GET', '/api/orders?limit=100');
  assert.equal(listed.body.data.items.length, Math.min(100, orders.length), 'one order per key');
  await server.stop();
  const checked = command(['verify'], server.env);
  assert.equal(checked.status, 0, checked.out + checked.err);
});
