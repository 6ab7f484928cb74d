// Webhooks that are hints: stored and answered, then the gateway is asked, and its answer settles.
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, startGateway } from './server.mjs';
import { median, title } from './table.mjs';
import { contenders, endEach, settleCell, settledBy, stopEach } from './who.mjs';

const SECONDS = 1; // of load; then all that it left is waited for
const MOST_MS = 60_000;

// How many wait; no more of them are counted than it takes to know.
const unasked = (who, job, most) =>
  ask(
    who.store,
    'SELECT COUNT(*) FROM (SELECT n FROM job WHERE ' +
      (who.peer
        ? `kind = '${job}'`
        : `standing = 0 AND state = 0 AND kind = '${job}' AND due_ms <= ${Date.now() + 120_000}`) +
      ` LIMIT ${most}) AS waiting`,
  );

// job: what asks the gateway about a webhook.
export async function hintCell(on, who, connections, job, webhooks) {
  const start = performance.now();
  const cell = await settleCell(on, who, connections, SECONDS, webhooks);
  const ended = performance.now();
  let left = unasked(who, job, 1);
  while (left > 0 && performance.now() - start < MOST_MS) {
    await sleep(20);
    left = unasked(who, job, 1);
  }
  const now = performance.now();
  if (left > 0) left = unasked(who, job, cell.requests);
  await sleep(who.peer ? 0 : 1000); // its mails are no part of the next one's time
  return {
    ...cell,
    settled: ((cell.requests - left) * 1000) / (now - start),
    after: left > 0 ? NaN : (now - ended) / 1000,
  };
}

function line(connections, who, cells, beside) {
  const of = (what) => median(cells.map((cell) => cell[what]));
  const bad = cells.reduce((sum, cell) => sum + cell.bad, 0);
  const after = Number.isNaN(of('after')) ? 'not in 60 s' : `${of('after').toFixed(1)} s`;
  const times = beside && median(beside.map((cell, i) => cell.settled / cells[i].settled));
  const figures = [
    of('perSecond').toFixed(0),
    of('p50').toFixed(2),
    of('p99').toFixed(2),
    of('settled').toFixed(0),
    after,
  ];
  const text = figures.map((figure) => figure.padStart(11)).join('');
  const ratio = times ? `  ${times.toFixed(1)} times as fast` : '';
  const all = `${String(connections).padStart(5)}  ${who.name.padEnd(32)}${text}${ratio}`;
  console.log(all + (bad ? `  ${bad} BAD ANSWERS` : ''));
}

export async function inRounds(on, connections, whos, job, webhooks) {
  const cells = whos.map(() => []);
  for (let round = 0; round < on.options.rounds; round++)
    for (let i = 0; i < whos.length; i++)
      cells[i].push(await hintCell(on, whos[i], connections, job, webhooks));
  whos.forEach((who, i) =>
    line(connections, who, cells[i], who.beside === undefined ? null : cells[who.beside]),
  );
}

export function hintHead() {
  const words = ['taken/s', 'p50 ms', 'p99 ms', 'settled/s', 'done after', '  purser is'];
  const head = words.map((word) => word.padStart(11)).join('');
  console.log(`${'conn'.padStart(5)}  ${'who'.padEnd(32)}${head}`);
}

const JOB = 'inbox_confirm';

export async function hint(on) {
  title(
    'webhook to settled order: hint, then a job asks for the session',
    'the default; settled/s counts from the first webhook to the last order settled',
  );
  for (const delay of [0, 200]) {
    const gateway = await startGateway(delay);
    const whos = await contenders(on, gateway);
    for (const who of whos) await hintCell(on, who, 4, JOB); // warm
    console.log(delay === 0 ? '   the gateway answers at once' : `   it answers after ${delay} ms`);
    hintHead();
    for (const connections of delay === 0 ? on.options.connections : [64])
      await inRounds(on, connections, whos, JOB);
    for (const who of whos)
      if (settledBy(who) < who.sent) throw new Error(`${who.name} settled less than ${who.sent}`);
    await stopEach([gateway]);
    await endEach(on, whos);
  }
}
