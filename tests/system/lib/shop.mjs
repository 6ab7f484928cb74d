// A shop in the sandbox, seen by who buys in it: an order is made and paid, and what becomes of it
// is waited for.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM, call, command, serve } from './server.mjs';

export const shop = (t, options = {}) => serve(t, { sandbox: true, ...options });

// body: what is bought, a sticker sheet when it does not say; once: the Idempotency-Key.
export const buy = (server, body = { priceId: 'sticker-sheet-usd' }, once = randomUUID()) =>
  call(server, 'POST', '/api/checkout/create', {
    body: { email: 'ada@example.com', ...body },
    headers: { 'idempotency-key': once },
  });

// A control of the sandbox (docs/sandbox.md): what it answers.
export async function control({ sandboxPort }, path, body) {
  const answer = await fetch(`http://127.0.0.1:${sandboxPort}/_sandbox/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await answer.json();
  assert.equal(said.success, true, `${path}: ${JSON.stringify(said)}`);
  return said.data;
}

// how: the card, or the outcome; a card that is good when it does not say.
export const pay = (server, session, how = {}) => control(server, 'pay', { session, ...how });

export const order = (server, id, query = '') =>
  call(server, 'GET', `/api/orders/${id}${query}`).then(({ body }) => body.data);

// Asks again until the answer is as wanted, and gives it back.
export async function until(what, wanted = Boolean, milliseconds = 20_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const got = await what();
    if (wanted(got)) return got;
    assert.ok(Date.now() < end, `${what} is still ${JSON.stringify(got)?.slice(0, 500)}`);
    await sleep(20);
  }
}

// Only looks: a reader who waits (?wait=) would have the gateway asked sooner.
export const becomes = (server, id, status) =>
  until(
    () => order(server, id),
    (o) => o?.status === status,
  );

// Stops the server: its books must hold.
export async function verified(server) {
  await server.stop();
  const checked = command(['verify'], server.env);
  assert.equal(checked.status, 0, checked.out + checked.err);
}

// The simulated gateways without a purser: webhooks go to the address of a merchant.
export async function simulators(t, webhooks, cwd, port) {
  const args = ['sandbox', '--listen', `127.0.0.1:${port}`, '--webhooks', webhooks];
  const database = `sqlite:${join(cwd, 'purser.db')}`;
  const child = spawn(PROGRAM, [...args, '--database', database], {
    env: { PATH: process.env.PATH, PURSER_LOG: 'error' },
    cwd,
  });
  const ended = new Promise((done) => child.on('exit', done));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  t.after(kill);
  await new Promise((done, failed) => {
    child.stdout.on('data', (text) => String(text).includes('simulates') && done());
    child.on('exit', () => failed(new Error('the sandbox ended')));
  });
  return { url: `http://127.0.0.1:${port}`, sandboxPort: port, kill };
}
