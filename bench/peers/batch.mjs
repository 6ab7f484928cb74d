// Many transactions in one commit: what waits when the loop comes round runs in one transaction,
// each body in a savepoint of its own, and nobody is answered before the commit.
import { sqliteStore } from './sqlite.mjs';

export function batchStore(file) {
  const store = sqliteStore(file);
  const begin = store.db.prepare('BEGIN IMMEDIATE');
  const commit = store.db.prepare('COMMIT');
  const rollback = store.db.prepare('ROLLBACK');
  const save = store.db.prepare('SAVEPOINT one');
  const release = store.db.prepare('RELEASE one');
  const back = store.db.prepare('ROLLBACK TO one');
  let waiting = [];

  function run(one) {
    save.run();
    try {
      one.result = store.bodies[one.kind](one.arg);
    } catch (error) {
      one.error = error;
      back.run();
    }
    release.run();
  }

  function turn() {
    const batch = waiting;
    waiting = [];
    try {
      begin.run();
      for (const one of batch) run(one);
      commit.run();
    } catch (error) {
      if (store.db.inTransaction) rollback.run();
      for (const one of batch) one.error = error;
    }
    for (const one of batch) one.error ? one.failed(one.error) : one.done(one.result);
  }

  const later = (kind) => (arg) =>
    new Promise((done, failed) => {
      if (waiting.length === 0) setImmediate(turn);
      waiting.push({ kind, arg, done, failed });
    });
  const together = Object.keys(store.bodies).map((kind) => [kind, later(kind)]);
  return { ...store, ...Object.fromEntries(together) };
}
