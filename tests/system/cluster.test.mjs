// Two servers on one PostgreSQL are one purser (F16).
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, freshDatabase, ON_POSTGRES, psql, serve } from './lib/server.mjs';

if (ON_POSTGRES) {
  test('R12 R16 one key over two servers has one effect', async (t) => {
    const database = freshDatabase(t);
    const one = await serve(t, { database, sandbox: true });
    const two = await serve(t, { database, sandbox: true });
    for (let round = 0; round < 20; round++) {
      const headers = { 'idempotency-key': randomUUID() };
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          call(i % 2 ? one : two, 'POST', '/_bench/paid', { body: {}, headers }),
        ),
      );
      const done = all.filter(({ status }) => status === 200);
      assert.equal(new Set(done.map(({ text }) => text)).size, 1);
      const fresh = done.filter((answer) => answer.headers.get('idempotent-replayed') === null);
      assert.equal(fresh.length, 1);
    }
  });

  test('R75 facts of two servers form one chain', async (t) => {
    const database = freshDatabase(t);
    const one = await serve(t, { database, sandbox: true });
    const two = await serve(t, { database, sandbox: true });
    const many = (server) =>
      Promise.all(Array.from({ length: 50 }, () => call(server, 'POST', '/_bench/write')));
    await Promise.all([many(one), many(two)]);
    const until = Date.now() + 5000;
    const open = 'SELECT count(*) FROM fact WHERE seq IS NULL';
    while (psql(database, open) !== '0' && Date.now() < until)
      await new Promise((next) => setTimeout(next, 50));
    assert.equal(psql(database, open), '0', 'all are sealed within seconds');
    const gaps = psql(database, 'SELECT max(seq) - count(*) FROM fact');
    assert.equal(gaps, '0', 'seq has no gaps');
  });

  test('R87 a server survives the end of its connections', async (t) => {
    const server = await serve(t, { sandbox: true });
    const name = new URL(server.database).pathname.slice(1);
    assert.equal((await call(server, 'POST', '/_bench/write')).status, 200);
    psql(
      process.env.TEST_DB,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    const until = Date.now() + 5000;
    for (;;) {
      const { status } = await call(server, 'POST', '/_bench/write');
      if (status === 200) break;
      assert.equal(status, 503);
      assert.ok(Date.now() < until, 'it has connected again');
    }
  });
}
