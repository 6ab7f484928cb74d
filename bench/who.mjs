// Who is measured, in turns.
import { measure } from './load.mjs';
import { ask, run, startPeer, startPurser } from './server.mjs';
import { row } from './table.mjs';

export const SETTLED = 'SELECT COUNT(*) FROM attempt WHERE status = 3 AND extra = 0';

// Each who in turn, round by round, so that a pair meets the same minute of the machine.
export async function inTurn(options, connections, whos, cell) {
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

// confirm: 'webhook', or nothing: then each asks the gateway.  few: those on SQLite.  plans: with
// subscriptions instead of orders.
export async function contenders(on, gateway, { confirm, few, plans } = {}) {
  const of = plans ? on.plans : on;
  const peer = (name, program, database, beside) => async () => ({
    ...(await startPeer({ name, program, database, gateway, confirm })),
    store: database,
    peer: true,
    beside,
  });
  const purser = (name, database) => async () => ({
    ...(await startPurser({ name, database, gateway, confirm, plans })),
    store: database,
  });
  const makers = [
    purser('purser, SQLite', of.purserSqlite()),
    peer('Fastify, better-sqlite3, batches', 'fastify.mjs', of.peerSqlite(), 0),
    peer('Express, better-sqlite3', 'express.mjs', of.peerSqlite(), 0),
  ];
  if (!few)
    makers.push(
      purser('purser, PostgreSQL', of.purserPg()),
      peer('Express, pg', 'express.mjs', of.peerPg(), 3),
    );
  const whos = [];
  for (const make of makers) whos.push({ ...(await make()), offset: 0 });
  for (const who of whos)
    if (who.store.startsWith('postgres:')) who.database = on.postgres().pid;
  return whos;
}

export const stopEach = (whos) => Promise.all(whos.map((who) => who.stop()));

// Their databases too: a disk holds so many copies.
export async function endEach(on, whos) {
  await stopEach(whos);
  for (const who of whos) if (who.store) on.drop(who.store);
}

// A peer is timed only when what it stored is right.
export function checkPeer(who) {
  return JSON.parse(run(process.execPath, ['bench/peers/check.mjs', who.store]));
}

export async function settleCell(on, who, connections, seconds, webhooks = on.webhooks()) {
  if (who.offset >= webhooks.bytes)
    throw new Error('all orders are settled: give more of them (ORDERS=)');
  const script = ['replay', webhooks.path, who.offset];
  const cell = await measure(who, connections, seconds, script);
  // What was under way when time was up is asked for again: a webhook that comes twice is one.
  who.offset = cell.offset;
  who.sent = (who.sent ?? 0) + cell.requests;
  return cell;
}

export function settledBy(who) {
  return who.peer ? checkPeer(who).settled : ask(who.store, SETTLED);
}

export function verified(who) {
  const program = process.env.PURSER ?? 'build/purser';
  const args = ['verify', '--database', who.store];
  return `purser verify, ${who.name}: ${run(program, args, { env: {} }).trim().split('\n').pop()}`;
}
