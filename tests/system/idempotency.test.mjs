// The same question twice has one effect and the same bytes, whoever dies in between.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, freePort, freshDatabase, serve } from './lib/server.mjs';

const paid = (server, key, { body = {}, as } = {}) =>
  call(server, 'POST', '/_bench/paid', {
    ...(as ? { key: as } : {}),
    body,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

test('R12 without a key nothing is done', async (t) => {
  const server = await serve(t, { sandbox: true });
  for (const key of [undefined, '', ' ', 'a b', 'x'.repeat(256), 'ü']) {
    const { status, body } = await paid(server, key).catch(() => ({ status: 400 }));
    assert.equal(status, 400, `${key}`);
    if (body && key === undefined) assert.equal(body.code, 'IDEMPOTENCY_KEY_REQUIRED');
  }
});

test('R12 the same key and body get the same bytes, however the body is spelt', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = randomUUID();
  const first = await paid(server, key, { body: '{"a":1,"b":2}' });
  const again = await paid(server, key, { body: ' { "b" : 2, "a" : 1 } ' });
  assert.equal(first.status, 200, first.text);
  assert.equal(again.status, first.status);
  assert.equal(again.text, first.text);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});

test('R12 another body under the same key is 422', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = randomUUID();
  await paid(server, key, { body: { a: 1 } });
  const other = await paid(server, key, { body: { a: 2 } });
  assert.equal(other.status, 422);
  assert.equal(other.body.code, 'IDEMPOTENCY_MISMATCH');
});

test('R12 a key belongs to its caller', async (t) => {
  const server = await serve(t, { sandbox: true });
  const made = await call(server, 'POST', '/api/admin/keys', { body: { role: 'app', name: 'b' } });
  const key = randomUUID();
  const one = await paid(server, key, { body: { a: 1 } });
  const two = await paid(server, key, { body: { a: 2 }, as: made.body.data.key });
  assert.equal(one.status, 200);
  assert.equal(two.status, 200, two.text);
  assert.equal(two.headers.get('idempotent-replayed'), null);
});

test('R12 thirty-two at once have one effect', async (t) => {
  const server = await serve(t, { sandbox: true });
  const key = randomUUID();
  const all = await Promise.all(Array.from({ length: 32 }, () => paid(server, key)));
  const done = all.filter(({ status }) => status === 200);
  const busy = all.filter(({ status }) => status === 409);
  assert.ok(done.length >= 1);
  assert.equal(done.length + busy.length, 32, all.map(({ status }) => status).join());
  assert.equal(new Set(done.map(({ text }) => text)).size, 1);
  const fresh = done.filter(({ headers }) => headers.get('idempotent-replayed') === null);
  assert.equal(fresh.length, 1, 'one did it, the others were told');
  for (const { headers } of busy) assert.ok(headers.get('retry-after'));
});

test('R12 R13 an answer is replayed after kill -9', async (t) => {
  const database = freshDatabase(t);
  const port = await freePort();
  let server = await serve(t, { database, port, sandbox: true });
  const key = randomUUID();
  const first = await paid(server, key);
  assert.equal(first.status, 200);
  await server.stop('SIGKILL');
  server = await serve(t, { database, port, sandbox: true });
  const again = await paid(server, key);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});
