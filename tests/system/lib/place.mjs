// A server that is started again, in the same place, whenever it has died; and strace, which makes
// its calls to the kernel fail or kills it there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ON_POSTGRES, call } from './server.mjs';
import { control, shop } from './shop.mjs';

export const died = (server) => server.child.exitCode !== null || server.child.signalCode !== null;

// A connection that broke is nobody's answer; anything else is the test's business.
function unanswered(error) {
  if (error instanceof TypeError) return null;
  throw error;
}

export class Place {
  // options: those of shop, because its clock can be moved.
  constructor(t, options) {
    this.t = t;
    this.options = { ...options };
  }
  async start() {
    this.server = await shop(this.t, this.options);
    const { database, port, sandboxPort } = this.server;
    Object.assign(this.options, { database, port, sandboxPort });
    return this.server;
  }
  async here() {
    if (!died(this.server)) return this.server;
    await this.start();
    // On SQLite a start ends the leases of whoever died; servers that share a PostgreSQL wait.
    if (ON_POSTGRES) await this.advance('2m');
    return this.server;
  }
  async advance(by) {
    await control(this.options, 'clock', { advance: by });
  }
  // Again until it is as wanted, on whatever server is there.
  async until(what, ask, wanted) {
    const end = Date.now() + 30_000;
    for (;;) {
      const got = await ask(await this.here()).catch(unanswered);
      if (got !== null && wanted(got)) return got;
      assert.ok(Date.now() < end, `${what}: ${JSON.stringify(got)}\n${this.server.said()}`);
      await sleep(10);
    }
  }
}

// One order's life, from the checkout to its refund, whatever happens to the server meanwhile.
// Throws when something is not as it was promised; the order as it is in the end.
export async function orderLife(place, gateway, once) {
  const body = { email: 'ada@example.com', priceId: 'sticker-sheet-usd', again: true };
  const headers = { 'idempotency-key': once };
  const create = (server) => call(server, 'POST', '/api/checkout/create', { body, headers });
  const made = await place.until('create', create, ({ status }) => status === 200);
  const { orderId, sessionId } = made.body.data;
  const session = gateway.sessions.get(sessionId);
  assert.ok(session, 'a session that the gateway has');
  const again = await place.until('again', create, ({ status }) => status === 200);
  assert.equal(again.text, made.text);
  const get = (server) => call(server, 'GET', `/api/orders/${orderId}?wait=1`);
  let order;
  for (const [status, event, want] of [
    ['completed', 'complete', 'completed'],
    ['refunded', 'refunded', 'refunded'],
  ]) {
    session.status = status;
    const send = (server) => gateway.webhook(server, session, event);
    await place.until(event, send, (answer) => answer === 200);
    // What was answered with 200 is on our side now, and needs no second webhook.
    order = await place.until(want, get, (answer) => answer.body?.data?.status === want);
  }
  assert.equal(order.body.data.payments.length, 1);
  return order.body.data;
}

// strace on the running program, whose threads count their calls from now on.  how: what befalls a
// call, as strace says it ("signal=KILL:when=3").  Resolves to how to take it off again.
export async function interfere(t, server, name, how) {
  const args = ['-f', '-e', `trace=${name}`, '-e', 'signal=none', '-o', '/dev/null'];
  const tracer = spawn('strace', [...args, '-e', `inject=${name}:${how}`, '-p', `${server.pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = () => tracer.exitCode !== null || tracer.signalCode !== null;
  t.after(() => tracer.kill('SIGKILL'));
  let said = '';
  tracer.stderr.on('data', (piece) => (said += piece));
  for (let i = 0; !said.includes('attached'); i++) {
    assert.ok(i < 500 && !ended(), `strace: ${said}`);
    await sleep(10);
  }
  return async () => {
    if (ended()) return;
    const gone = once(tracer, 'exit');
    tracer.kill('SIGINT');
    // It waits for ever for a process that dies while it lets go.
    const patience = setTimeout(() => tracer.kill('SIGKILL'), 1000);
    await gone;
    clearTimeout(patience);
  };
}
