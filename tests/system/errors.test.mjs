// The eight things that go wrong in every shop: each has a sentence for a person, a code for a
// program and a line in the log, and nothing that was not so is said or kept.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ON_POSTGRES, call, psql, serve } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';

const STICKERS = { priceId: 'sticker-sheet-usd', gateway: 'moneymotion', again: true };
const LEAKS = /select |insert |begin|sqlite|postgres|libpq|locked|fatal|\.c:\d|src\/|127\.0\.0/i;

const line = (server, wanted) => until(() => server.lines().find(wanted));

// What was answered, and the line about this very request.
async function refused(server, answer, status, code, sentence) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.code, code);
  assert.match(answer.body.error, sentence);
  assert.doesNotMatch(answer.text, LEAKS);
  const { requestId } = answer.body;
  await line(server, (l) => l.event === 'request' && l.requestId === requestId);
}

const fault = (server, what, times = 1) =>
  control(server, 'faults', { gateway: 'moneymotion', call: 'create', fault: what, times });

test('1. a key that is missing, or that the gateway refuses', async (t) => {
  const bare = await serve(t, { env: { PURSER_CATALOG: resolve('demo/catalog.json') } });
  const off = await buy(bare, STICKERS);
  await refused(bare, off, 502, 'GATEWAY_UNAVAILABLE', /^moneymotion is not set up or reachable/);
  await line(bare, (l) => l.event === 'request.failed' && l.code === 'GATEWAY_UNAVAILABLE');
  const server = await shop(t);
  await fault(server, 'refuse');
  const never = await buy(server, STICKERS);
  await refused(server, never, 502, 'GATEWAY_REJECTED', /MoneyMotion answered 4/);
  await line(server, (l) => l.event === 'gateway_call' && l.status === 403);
});

test('2. to 8. what else goes wrong, one after the other in one shop', async (t) => {
  const mails = { PURSER_SMTP_URL: 'smtp://127.0.0.1:1', PURSER_MAIL_FROM: 'shop@shop.example' };
  const server = await shop(t, { env: mails });

  await t.test('2. a gateway that hangs up, or does not answer', async () => {
    await fault(server, 'reset_after');
    const lost = await buy(server, STICKERS);
    await refused(server, lost, 502, 'GATEWAY_UNAVAILABLE', /the same Idempotency-Key goes on/);
    await line(server, (l) => l.event === 'gateway_call' && l.outcome === 'unknown' && l.why);
  });

  await t.test('3. a signature that does not hold', async () => {
    const headers = { 'x-moneymotion-signature': 'AAAA' };
    const forged = await call(server, 'POST', '/api/webhooks/moneymotion', {
      body: '{}',
      headers,
      key: '',
    });
    await refused(server, forged, 400, 'BAD_SIGNATURE', /signature does not hold/);
    const kept = await call(server, 'GET', '/api/admin/security?kind=bad_signature');
    assert.equal(kept.body.data.items.length, 1);
  });

  await t.test('4. an answer that nobody can read', async () => {
    await fault(server, 'malformed');
    const odd = await buy(server, STICKERS);
    await refused(server, odd, 502, 'GATEWAY_UNAVAILABLE', /no usable answer/);
    await line(server, (l) => l.event === 'gateway.unreadable' && l.status === 200);
  });

  await t.test('5. a database that is held or away', async () => {
    const away = await withoutDatabase(server, () => buy(server, STICKERS));
    await refused(server, away, 503, 'BUSY', /try again after Retry-After/);
    assert.ok(away.headers.get('retry-after'));
    await line(server, (l) => l.event === 'request.failed' && l.code === 'BUSY');
    await until(async () => (await buy(server, STICKERS)).status === 200);
  });

  await t.test('6. a mail server that is away delays the receipt, not the order', async () => {
    const { orderId, sessionId } = (await buy(server, STICKERS)).body.data;
    await pay(server, sessionId);
    await becomes(server, orderId, 'completed');
    await line(server, (l) => l.event === 'mail_send' && l.outcome === 'not sent' && l.why);
    const [mail] = await until(
      async () => (await call(server, 'GET', `/api/admin/mails?about=${orderId}`)).body.data.items,
      ([one]) => one?.lastError,
    );
    assert.equal(mail.status, 'queued');
  });

  await t.test('7. input that makes no sense', async () => {
    for (const [body, sentence] of [
      [{ ...STICKERS, amount: 1 }, /no field "amount"/],
      [{ items: [{ price: 'sticker-sheet-usd', quantity: -1 }] }, /quantity/],
      [{ priceId: 'sticker-sheet-usd', email: 'ada' }, /email/],
    ])
      await refused(server, await buy(server, body), 400, 'INVALID_REQUEST', sentence);
  });

  await t.test('8. a page on which nobody paid in time', async () => {
    const { orderId, sessionId } = (await buy(server, STICKERS)).body.data;
    await pay(server, sessionId, { outcome: 'expire' });
    const over = await becomes(server, orderId, 'expired');
    const cancel = await call(server, 'POST', `/api/orders/${orderId}/cancel`, { body: {} });
    await refused(server, cancel, 409, 'CONFLICT', /expired/);
    const [{ id }] = over.attempts;
    await line(server, (l) => l.event === 'gateway_call' && l.call === 'query' && l.attempt === id);
  });
  await verified(server);
});

// SQLite: another process holds the file; PostgreSQL: it lets nobody in.
async function withoutDatabase(server, what) {
  if (!ON_POSTGRES) {
    const other = spawn('sqlite3', [server.database.slice('sqlite:'.length)]);
    const held = new Promise((done, failed) => {
      other.stdout.once('data', done);
      other.once('exit', () => failed(new Error('nobody holds the database')));
    });
    // The server may be writing just now: it is waited for.
    other.stdin.write('.timeout 10000\nBEGIN IMMEDIATE; SELECT 1;\n');
    await held;
    const answer = await what();
    other.stdin.end('ROLLBACK;\n');
    return answer;
  }
  const name = new URL(server.database).pathname.slice(1);
  const above = process.env.TEST_DB;
  psql(above, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  psql(above, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  const answer = await what();
  const readyz = () => fetch(`${server.url}/readyz`).then(({ status }) => status);
  await until(readyz, (status) => status === 503);
  psql(above, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await until(readyz, (status) => status === 200);
  return answer;
}
