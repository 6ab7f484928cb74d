// Databases, each with the same orders: made once, and copied for each who is measured.
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWebhooks } from './load.mjs';
import { folder, run, startPostgres } from './server.mjs';

export function databases(options) {
  // An hour from now: what purser asks a minute after an order was made is no part of a cell.
  const start = String(Date.now() + 3600_000);
  const purser = join(folder, 'orders.db');
  const peers = join(folder, 'peers.db');
  const list = join(folder, 'orders');
  const program = process.env.PURSER ?? 'build/purser';
  let copies = 0;
  let postgres = null;
  let webhooks = null;
  const made = {}; // PostgreSQL's databases that are copied

  const fill = (database, count, state, from = start) =>
    run('build/release/fill_bench', [database, 'bench/catalog.json', from, String(count), state]);
  const fillPeers = (database) =>
    run(process.execPath, ['bench/peers/fill.mjs', database, on.list()]);
  const copyFile = (from, name) => {
    const copy = join(folder, `${name}${++copies}.db`);
    copyFileSync(from, copy);
    return copy;
  };
  const copyPg = (name, make) => {
    made[name] ??= on.postgres().fresh(`${name}_filled`, make);
    return on.postgres().copy(made[name], `${name}${++copies}`);
  };

  const on = {
    fill,
    options,
    list: () => {
      if (!existsSync(list))
        writeFileSync(list, fill(`sqlite:${purser}`, options.orders, 'pending'));
      return list;
    },
    webhooks: () => (webhooks ??= writeWebhooks(on.list())),
    orderIds: (count) =>
      readFileSync(on.list(), 'utf8').split('\n', count).map((line) => line.split(' ')[2]),
    postgres: () => (postgres ??= startPostgres()),
    purserSqlite: () => {
      on.list();
      return `sqlite:${copyFile(purser, 'purser')}`;
    },
    // The same orders, from the one store into the other.
    purserPg: () =>
      copyPg('purser', (url) => {
        run(program, ['restore', copyFile(on.list() && purser, 'restored'), '--database', url]);
      }),
    peerSqlite: () => {
      if (!existsSync(peers)) fillPeers(peers);
      return copyFile(peers, 'peer');
    },
    peerPg: () => copyPg('peer', fillPeers),
    // Whoever was measured on it has ended.
    drop: (database) => {
      if (database.startsWith('postgres:')) return on.postgres().drop(database);
      const file = database.replace('sqlite:', '');
      for (const end of ['', '-wal', '-shm', '-lock']) rmSync(file + end, { force: true });
    },
    end: () => postgres?.stop(),
  };
  return on;
}
