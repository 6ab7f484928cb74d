// F12 and F13: PostgreSQL's primary dies under load and its synchronous standby takes over; what
// anybody was told is there, and everybody who asks again hears the truth.  FAILOVERS rounds, each
// with a pair of servers of its own.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from './lib/gateway.mjs';
import { ON_POSTGRES, call, folder, psql } from './lib/server.mjs';
import { becomes, control, shop, until, verified } from './lib/shop.mjs';

const FAILOVERS = Number(process.env.FAILOVERS ?? 2);
const CLIENTS = 8;

function pair(t) {
  const above = mkdtempSync(join(tmpdir(), 'purser-pair-'));
  chmodSync(above, 0o711); // PostgreSQL's user passes through
  const place = join(above, 'pair');
  const tool = (word) => {
    const run = spawnSync(resolve('tools/postgres.sh'), [word, place], { timeout: 120_000 });
    if (run.status !== 0) throw new Error(`postgres.sh ${word}: ${run.stderr}`);
    return String(run.stdout).trim().split('\n');
  };
  t.after(() => {
    tool('stop');
    rmSync(above, { recursive: true, force: true });
  });
  const [both, first, second] = tool('pair');
  return { both, first, second, tool };
}

const post = (server, headers) =>
  call(server, 'POST', '/api/checkout/create', {
    body: { email: 'ada@example.com', priceId: 'sticker-sheet-usd', again: true },
    headers,
  });

// Clients that buy and pay until they are told to stop.  What they were told is kept.
function load(server, gateway) {
  const told = { created: new Map(), paid: new Map(), refused: 0, wrong: [] };
  const keys = [];
  let going = true;
  const one = async () => {
    while (going) {
      const key = randomUUID();
      keys.push(key);
      const made = await post(server, { 'idempotency-key': key });
      if (made.status === 200) {
        told.created.set(key, made.text);
        const session = gateway.sessions.get(made.body.data.sessionId);
        session.status = 'completed';
        const status = await gateway.webhook(server, session, 'complete');
        if (status === 200) told.paid.set(made.body.data.orderId, session);
        else if (status === 503) told.refused++;
        else told.wrong.push(`webhook ${status}`);
      } else if (made.status === 502 || made.status === 503) told.refused++;
      else told.wrong.push(made.text);
    }
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, one));
  return {
    told,
    keys,
    stop: () => {
      going = false;
      return all;
    },
  };
}

const serves = (ask) => until(ask, ({ status }) => status === 200, 60_000);

async function start(t) {
  const pg = pair(t);
  const gateway = await startGateway(t);
  const cwd = folder(t);
  const server = await shop(t, { database: pg.both, env: gateway.env, cwd });
  return { pg, gateway, server };
}

// Everybody asks again, with the key that he has: one order for each, and the same bytes as before.
async function askAgain(server, keys, told) {
  const answers = [];
  for (const key of keys) {
    const headers = { 'idempotency-key': key };
    const again = await serves(() => post(server, headers));
    const before = told.created.get(key);
    if (before !== undefined) assert.equal(again.text, before, 'what was told is still so');
    answers.push(again.body.data);
  }
  return answers;
}

// A call of the process that died cannot be told from one that runs: its lease must pass.
const pastLeases = (server) => control(server, 'clock', { advance: '2m' });

async function failover(t) {
  const { pg, gateway, server } = await start(t);
  const clients = load(server, gateway);
  await sleep(1000 + Math.random() * 1000);
  const before = clients.told.created.size;
  const began = Date.now();
  pg.tool('failover');
  const promoted = Date.now();
  await serves(() => call(server, 'GET', '/readyz'));
  const back = Date.now();
  await sleep(1000);
  await clients.stop();
  const { told, keys } = clients;
  assert.deepEqual(told.wrong, []);
  assert.ok(told.created.size > before, 'it sells again');
  const there = new Set(
    psql(pg.second, "SELECT n FROM purchase").split('\n').filter(Boolean),
  );
  await pastLeases(server);
  const orders = await askAgain(server, keys, told);
  assert.equal(new Set(orders.map(({ orderId }) => orderId)).size, keys.length);
  assert.equal(psql(pg.second, 'SELECT count(*) FROM purchase'), String(keys.length));
  // A webhook that was answered with 200 is not sent again.
  for (const orderId of told.paid.keys()) {
    const paid = await becomes(server, orderId, 'completed');
    assert.equal(paid.payments.length, 1);
  }
  await verified(server);
  return {
    told: told.created.size + told.paid.size,
    refused: told.refused,
    unsaid: there.size - told.created.size,
    promotedMs: promoted - began,
    backMs: back - promoted,
  };
}

// What an administrator may do to a COMMIT that waits for the standby: PostgreSQL then calls it
// done, with no more than a warning.
const cancel =
  "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

if (ON_POSTGRES) {
  test('R87 F12 a standby takes over under load: nothing told is lost', async (t) => {
    for (let i = 0; i < FAILOVERS; i++) t.diagnostic(JSON.stringify(await failover(t)));
  });

  test('R87 F13 a commit that no standby confirms is not told, even when cancelled', async (t) => {
    const { pg, gateway, server } = await start(t);
    const headers = { 'idempotency-key': randomUUID() };
    assert.equal((await post(server, { 'idempotency-key': randomUUID() })).status, 200);
    pg.tool('hold');
    let answered = false;
    const asked = post(server, headers).finally(() => (answered = true));
    let cancelled = 0;
    while (!answered) {
      cancelled += Number(psql(pg.first, cancel));
      await sleep(100);
    }
    const refused = await asked;
    t.diagnostic(`${cancelled} cancelled, ${refused.status} ${refused.text}`);
    assert.ok(cancelled > 0);
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    pg.tool('resume');
    await pastLeases(server);
    const made = await serves(() => post(server, headers));
    assert.ok(gateway.sessions.has(made.body.data.sessionId));
    assert.equal(psql(pg.first, 'SELECT count(*) FROM purchase'), '2');
  });
}
