// The work that is measured: settling webhooks, opening checkouts, reading orders.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { budget, snapshot } from './budget.mjs';
import { measure, pace } from './load.mjs';
import { ask, folder, run, startGateway, startPeer, startPurser } from './server.mjs';
import { head, row, title } from './table.mjs';

const JOBS_LEFT = `SELECT COUNT(*) FROM job WHERE standing = 0 AND state = 0
  AND (leased_until_ms > 0 OR due_ms <= `;
const jobsLeft = (database) => ask(database, `${JOBS_LEFT}${Date.now()})`);
const unsealed = (database) => ask(database, 'SELECT COUNT(*) FROM fact WHERE seq IS NULL');
const SETTLED = 'SELECT COUNT(*) FROM attempt WHERE status = 3 AND extra = 0';

// Each who in turn, round by round, so that a pair meets the same minute of the machine.
async function inTurn(options, connections, whos, cell) {
  const cells = whos.map(() => []);
  for (let round = 0; round < options.rounds; round++)
    for (let i = 0; i < whos.length; i++)
      cells[i].push(await cell(whos[i], connections, options.seconds));
  whos.forEach((who, i) => {
    const beside = who.beside === undefined ? null : cells[who.beside];
    row(connections, who.name, cells[i], beside);
  });
  return cells;
}

// ---- who

async function contenders(on, gateway, confirm) {
  const peer = (name, program, database, beside) => async () => ({
    ...(await startPeer({ name, program, database, gateway })),
    store: database,
    peer: true,
    beside,
  });
  const purser = (name, database, postgres) => async () => ({
    ...(await startPurser({ name, database, gateway, confirm })),
    store: database,
    ...(postgres ? { database: postgres } : {}),
  });
  const pg = () => on.postgres().pid;
  const makers = [
    purser('purser, SQLite', on.purserSqlite()),
    peer('Fastify, better-sqlite3, batches', 'fastify.mjs', on.peerSqlite(), 0),
    peer('Express, better-sqlite3', 'express.mjs', on.peerSqlite(), 0),
    purser('purser, PostgreSQL', on.purserPg(), pg()),
    peer('Express, pg', 'express.mjs', on.peerPg(), 3),
  ];
  const whos = [];
  for (const make of makers) whos.push({ ...(await make()), offset: 0 });
  whos[4].database = pg();
  return whos;
}

const stopEach = (whos) => Promise.all(whos.map((who) => who.stop()));

// A peer is timed only when what it stored is right.
function checkPeer(who) {
  return JSON.parse(run(process.execPath, ['bench/peers/check.mjs', who.store]));
}

async function settleCell(on, who, connections, seconds) {
  const webhooks = on.webhooks();
  if (who.offset >= webhooks.bytes)
    throw new Error('all orders are settled: give more of them (ORDERS=)');
  const script = ['replay', webhooks.path, who.offset];
  const cell = await measure(who, connections, seconds, script);
  // What was under way when time was up is asked for again: a webhook that comes twice is one.
  who.offset = cell.offset;
  who.sent = (who.sent ?? 0) + cell.requests;
  return cell;
}

// ---- webhook to settled order

export async function settling(on) {
  title(
    'webhook to settled order: proof, settled in the commit that stores it',
    'MONEYMOTION_CONFIRM=webhook; one durable commit before each 200',
  );
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway, 'webhook');
  for (const who of whos) await settleCell(on, who, 4, 1); // warm, and checked before it is timed
  for (const who of whos.filter((one) => one.peer)) checkPeer(who);
  head();
  for (const connections of on.options.connections)
    await inTurn(on.options, connections, whos, (who, n, seconds) =>
      settleCell(on, who, n, seconds),
    );
  for (const who of whos) {
    const settled = who.peer ? checkPeer(who).settled : ask(who.store, SETTLED);
    if (settled < who.sent) throw new Error(`${who.name} settled ${settled} of ${who.sent}`);
  }
  console.log('   every 200 is a settled order in the database; the books of all sum to zero');
  for (const who of [whos[0], whos[3]]) await spend(on, who);
  await stopEach(whos.slice(1));
  await stopEach([gateway, whos[0]]);
  for (const who of [whos[0], whos[3]]) console.log(`   ${verified(who)}`);
}

function verified(who) {
  const program = process.env.PURSER ?? 'build/purser';
  const args = ['verify', '--database', who.store];
  return `purser verify, ${who.name}: ${run(program, args, { env: {} }).trim().split('\n').pop()}`;
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
}

// ---- the hint path

export async function hint(on) {
  title(
    'webhook to settled order: hint, then a job asks for the session',
    'the default; counted from the first webhook to the last order settled',
  );
  const words = ['taken/s', 'p50 ms', 'p99 ms', 'settled/s', 'done after'];
  const text = words.map((word) => word.padStart(11)).join('');
  console.log(`${'conn'.padStart(5)}  ${'gateway'.padEnd(32)}${text}`);
  for (const delay of [0, 200])
    for (const connections of delay === 0 ? on.options.connections : [64])
      await hintCell(on, delay, connections);
}

async function hintCell(on, delay, connections) {
  const gateway = await startGateway(delay);
  const database = on.purserSqlite();
  const who = { ...(await startPurser({ database, gateway })), store: database, offset: 0 };
  const start = performance.now();
  const cell = await settleCell(on, who, connections, 1);
  const ended = performance.now();
  let settled = 0;
  while (settled < cell.requests && performance.now() - start < 60_000) {
    await sleep(50);
    settled = ask(database, SETTLED);
  }
  const ms = performance.now() - start;
  const after = (performance.now() - ended) / 1000;
  const figures = [
    cell.perSecond.toFixed(0),
    cell.p50.toFixed(2),
    cell.p99.toFixed(2),
    ((settled * 1000) / ms).toFixed(0),
    settled < cell.requests ? 'not in 60 s' : `${after.toFixed(1)} s`,
  ];
  const name = delay === 0 ? 'answers at once' : `answers after ${delay} ms`;
  const text = figures.map((figure) => figure.padStart(11)).join('');
  console.log(`${String(connections).padStart(5)}  ${name.padEnd(32)}${text}`);
  await stopEach([who, gateway]);
}

// ---- checkouts

export async function checkout(on) {
  title('checkout creation: order, attempt, a session at the gateway, its answer recorded');
  let nonce = 0;
  const cell = (who, connections, seconds) =>
    measure(who, connections, seconds, ['checkout', `${process.pid}-${++nonce}`]);
  for (const delay of [0, 200]) {
    const gateway = await startGateway(delay);
    const whos = await contenders(on, gateway);
    console.log(delay === 0 ? '   the gateway answers at once' : `   it answers after ${delay} ms`);
    head();
    for (const connections of delay === 0 ? on.options.connections : [64, 1024])
      await inTurn(on.options, connections, whos, cell);
    await stopEach([...whos, gateway]);
  }
}

// ---- reading

export async function reading(on) {
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway);
  const paths = join(folder, 'paths');
  writeFileSync(paths, on.orderIds(20_000).map((id) => `/api/orders/${id}`).join('\n'));
  title('an order read by id, with lines and attempts');
  head();
  for (const connections of on.options.connections)
    await inTurn(on.options, connections, whos, (who, n, seconds) =>
      measure(who, n, seconds, ['paths', paths]),
    );
  title('the style sheet of the pages (31 kB, as it is)');
  head();
  const text = await (await fetch(`${whos[0].url}/store`)).text();
  const sheet = text.match(/\/assets\/purser\.[^"]*css/)[0];
  for (const connections of on.options.connections)
    await inTurn(on.options, connections, whos.slice(0, 3), (who, n, seconds) =>
      measure(who, n, seconds, ['same'], who.peer ? '/assets/purser.css' : sheet),
    );
  await stopEach([...whos, gateway]);
}
