// run.mjs [SECTION…]: what `make bench` does.  docs/bench.md says how to read it.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { checkout, hint, pacing, reading, settling } from './sections.mjs';
import { engine, size, yardstick } from './machine.mjs';
import { writeWebhooks } from './load.mjs';
import { folder, forget, run, startPostgres, stopAll } from './server.mjs';

const set = (name, usual) => Number(process.env[name] ?? usual);
const options = {
  seconds: set('DURATION', 3),
  rounds: set('ROUNDS', 3),
  orders: set('ORDERS', 300_000),
  many: set('MANY', 1_000_000),
  connections: (process.env.CONNECTIONS ?? '1 16 64 256').split(' ').map(Number),
};
const sections = { engine, settle: settling, pace: pacing, hint, checkout, read: reading, size };
const asked = process.argv.slice(2).flatMap((words) => words.split(/\s+/)).filter(Boolean);
const unknown = asked.filter((name) => !sections[name]);
if (unknown.length > 0) {
  console.error(`bench: ${unknown.join(', ')}? It knows ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

// ---- databases, each filled with the same orders

function bench() {
  // An hour from now: what purser asks a minute after an order was made is no part of a cell.
  const start = String(Date.now() + 3600_000);
  const purser = join(folder, 'orders.db');
  const peers = join(folder, 'peers.db');
  const list = join(folder, 'orders');
  let copies = 0;
  let postgres = null;
  const fill = (database, count, state, from = start) => {
    const args = [database, 'bench/catalog.json', from, String(count), state];
    return run('build/release/fill_bench', args);
  };
  const filled = {
    fill,
    options,
    list: () => {
      if (!existsSync(list))
        writeFileSync(list, fill(`sqlite:${purser}`, options.orders, 'pending'));
      return list;
    },
    webhooks: () => (filled.webhooks_ ??= writeWebhooks(filled.list())),
    orderIds: (count) =>
      readFileSync(filled.list(), 'utf8').split('\n', count).map((line) => line.split(' ')[2]),
    postgres: () => (postgres ??= startPostgres()),
    purserSqlite: () => {
      filled.list();
      const copy = join(folder, `purser${++copies}.db`);
      copyFileSync(purser, copy);
      return `sqlite:${copy}`;
    },
    purserPg: () => {
      const url = filled.postgres().fresh(`purser${++copies}`);
      fill(url, options.orders, 'pending');
      run('psql', ['-X', '-q', '-d', url, '-c', 'VACUUM ANALYZE']);
      return url;
    },
    peerSqlite: () => {
      if (!existsSync(peers)) run(process.execPath, ['bench/peers/fill.mjs', peers, filled.list()]);
      const copy = join(folder, `peer${++copies}.db`);
      copyFileSync(peers, copy);
      return copy;
    },
    peerPg: () => {
      const url = filled.postgres().fresh(`peer${++copies}`);
      run(process.execPath, ['bench/peers/fill.mjs', url, filled.list()]);
      return url;
    },
    end: () => postgres?.stop(),
  };
  return filled;
}

const on = bench();
const end = async () => {
  await stopAll();
  on.end();
  forget();
};
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => end().finally(() => process.exit(1)));
try {
  console.log(
    `${cpus().length} cores (${cpus()[0].model}), Linux ${release()}, load on the same machine; ` +
      `${options.rounds} rounds of ${options.seconds} s, medians`,
  );
  await yardstick();
  for (const name of asked.length > 0 ? asked : Object.keys(sections)) await sections[name](on);
} finally {
  await end();
}
