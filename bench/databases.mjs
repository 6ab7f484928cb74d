// Databases, each with the same orders: made once, and copied for each who is measured.
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webhookOf, writeWebhooks } from './load.mjs';
import { BEGAN_MS, folder, RENEWED_MS, run, startPostgres } from './server.mjs';

// Each with the same rows of one kind: orders to be paid, or plans that were begun.
function filled(on, kind, count, start) {
  const purser = join(folder, `${kind}.db`);
  const peers = join(folder, `${kind}-peers.db`);
  const list = join(folder, kind);
  const program = process.env.PURSER ?? 'build/purser';
  let copies = 0;
  let requests = null;
  const made = {}; // PostgreSQL's databases that are copied

  const fillPeers = (database) =>
    run(process.execPath, ['bench/peers/fill.mjs', database, of.list(), kind], {
      env: { ...process.env, PEER_BEGAN: String(BEGAN_MS), PEER_RENEWED: String(RENEWED_MS) },
    });
  const copyFile = (from, name) => {
    const copy = join(folder, `${kind}-${name}${++copies}.db`);
    copyFileSync(from, copy);
    return copy;
  };
  const copyPg = (name, make) => {
    made[name] ??= on.postgres().fresh(`${name}_${kind}`, make);
    return on.postgres().copy(made[name], `${name}_${kind}${++copies}`);
  };

  const of = {
    list: () => {
      if (!existsSync(list))
        writeFileSync(list, on.fill(`sqlite:${purser}`, count, kind, start));
      return list;
    },
    webhooks: (requestOf = webhookOf) =>
      (requests ??= writeWebhooks(of.list(), `${kind}-webhooks`, requestOf)),
    purserSqlite: () => {
      of.list();
      return `sqlite:${copyFile(purser, 'purser')}`;
    },
    // The same rows, from the one store into the other.
    purserPg: () =>
      copyPg('purser', (url) => {
        run(program, ['restore', copyFile(of.list() && purser, 'restored'), '--database', url]);
      }),
    peerSqlite: () => {
      if (!existsSync(peers)) fillPeers(peers);
      return copyFile(peers, 'peer');
    },
    peerPg: () => copyPg('peer', fillPeers),
  };
  return of;
}

export function databases(options) {
  // An hour from now: what purser asks a minute after an order was made is no part of a cell.
  const start = Date.now() + 3600_000;
  let postgres = null;

  const on = {
    fill: (database, count, state, from = start) =>
      run('build/release/fill_bench',
        [database, 'bench/catalog.json', String(from), String(count), state]),
    options,
    orderIds: (count) =>
      readFileSync(on.list(), 'utf8').split('\n', count).map((line) => line.split(' ')[2]),
    postgres: () => (postgres ??= startPostgres()),
    // Whoever was measured on it has ended.
    drop: (database) => {
      if (database.startsWith('postgres:')) return on.postgres().drop(database);
      const file = database.replace('sqlite:', '');
      for (const end of ['', '-wal', '-shm', '-lock']) rmSync(file + end, { force: true });
    },
    end: () => postgres?.stop(),
  };
  Object.assign(on, filled(on, 'pending', options.orders, start));
  on.plans = filled(on, 'plans', options.plans, BEGAN_MS);
  return on;
}
