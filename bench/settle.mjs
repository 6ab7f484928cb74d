// Webhooks that prove a payment: settled in the commit that stores them.
import { setTimeout as sleep } from 'node:timers/promises';
import { budget, snapshot } from './budget.mjs';
import { pace } from './load.mjs';
import { ask, startGateway, startPurser } from './server.mjs';
import { head, title } from './table.mjs';
import { checkPeer, contenders, endEach, inTurn, settleCell } from './who.mjs';
import { settledBy, stopEach, verified } from './who.mjs';

// A job is under way while its lease lasts, a minute and a little.
const LEASE_MS = 120_000;
const jobsLeft = (database, now = Date.now()) =>
  ask(
    database,
    `SELECT COUNT(*) FROM job WHERE standing = 0 AND state = 0 AND due_ms <= ${now + LEASE_MS}
      AND (leased_until_ms > 0 OR due_ms <= ${now})`,
  );
const unsealed = (database) => ask(database, 'SELECT COUNT(*) FROM fact WHERE seq IS NULL');

// ---- webhook to settled order

export async function settling(on) {
  title(
    'webhook to settled order: proof, settled in the commit that stores it',
    'MONEYMOTION_CONFIRM=webhook; one durable commit before each 200',
  );
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway, { confirm: 'webhook' });
  for (const who of whos) await settleCell(on, who, 4, 1); // warm, and checked before it is timed
  for (const who of whos.filter((one) => one.peer)) checkPeer(who);
  head();
  for (const connections of on.options.connections)
    await inTurn(on.options, connections, whos, async (who, n, seconds) => {
      const cell = await settleCell(on, who, n, seconds);
      if (!who.peer) await quiet(who, 20_000); // its jobs are no part of the next one's time
      return cell;
    });
  for (const who of whos) {
    const settled = settledBy(who);
    if (settled < who.sent) throw new Error(`${who.name} settled ${settled} of ${who.sent}`);
  }
  console.log('   every 200 is a settled order in the database; the books of all sum to zero');
  for (const who of [whos[0], whos[3]]) await spend(on, who);
  await stopEach([...whos, gateway]);
  for (const who of [whos[0], whos[3]]) console.log(`   ${verified(who)}`);
  await endEach(on, whos);
}

// Where the time of a settle goes, and whether the jobs that it leaves are done soon.
async function spend(on, who) {
  await quiet(who, 60_000);
  const before = await snapshot(who);
  const cell = await settleCell(on, who, 64, on.options.seconds);
  const after = await snapshot(who);
  const left = jobsLeft(who.store);
  const ms = await quiet(who, 60_000);
  budget(who, cell, before, after);
  const seconds = ms < 0 ? 'more than 60' : (ms / 1000).toFixed(1);
  console.log(`   jobs left when the load ends: ${left}`);
  console.log(`   none left, and every fact sealed, after ${seconds} s`);
}

async function quiet(who, most) {
  const start = performance.now();
  while (performance.now() - start < most) {
    if (jobsLeft(who.store) + unsealed(who.store) === 0) return performance.now() - start;
    await sleep(100);
  }
  return -1;
}

// ---- at a steady pace

export async function pacing(on) {
  title('200 webhooks a second, each timed from the moment at which it was due');
  const gateway = await startGateway(0);
  const database = on.purserSqlite();
  const who = await startPurser({ name: 'purser', database, gateway, confirm: 'webhook' });
  const got = await pace(who, on.webhooks(), 0, 200, 5 * on.options.seconds);
  const bad = got.bad > 0 ? `, ${got.bad} BAD ANSWERS` : '';
  console.log(`   p50 ${got.p50.toFixed(2)} ms, p99 ${got.p99.toFixed(2)} ms${bad}`);
  await stopEach([who, gateway]);
  on.drop(database);
}
