// The master key is set, changed and missing; and the program is killed while it writes anew.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, command, serve } from './lib/server.mjs';

const OLD = 'the-old-master-key-0123456789abcdef';
const NEW = 'the-new-master-key-0123456789abcdef';
const ENDPOINTS = 20;

test('R72 the master key is changed over kill -9 at each commit, and is needed', async (t) => {
  const server = await serve(t, { env: { PURSER_MASTER_KEY: OLD } });
  const made = [];
  for (let i = 0; i < ENDPOINTS; i++) {
    const body = { url: `https://app.example.com/hook-${i}` };
    const answer = await call(server, 'POST', '/api/webhook-endpoints', { body });
    assert.equal(answer.status, 201, answer.text);
    made.push(answer.body.data.id);
  }
  await server.stop();

  const both = { ...server.env, PURSER_MASTER_KEY: `${NEW},${OLD}` };
  let kills = 0;
  for (let n = 1; ; n++, kills++) {
    assert.ok(n < 100);
    const run = command(['seal'], { ...both, PURSER_CRASH_AT: `commit.after:${n}` });
    if (run.status === 0) break;
    assert.equal(run.status, null, run.out + run.err);
  }
  assert.ok(kills > ENDPOINTS, `${kills}`);
  t.diagnostic(`killed ${kills} times`);
  assert.match(command(['seal'], both).out, /endpoints +0 of 20 written anew/);

  for (const key of [OLD, '']) {
    const env = { ...server.env, PURSER_MASTER_KEY: key };
    if (!key) delete env.PURSER_MASTER_KEY;
    const refused = command(['seal'], env);
    assert.notEqual(refused.status, 0);
    assert.match(refused.err, /PURSER_MASTER_KEY is missing or another/);
  }
  const { database } = server;
  const wrong = await serve(t, { database, ready: false, env: { PURSER_MASTER_KEY: OLD } });
  assert.notEqual((await wrong.ended).code, 0);
  assert.match(wrong.err, /PURSER_MASTER_KEY is missing or another/);
  const again = await serve(t, { database, env: { PURSER_MASTER_KEY: NEW } });
  const { body } = await call(again, 'GET', '/api/webhook-endpoints');
  assert.deepEqual(body.data.items.map(({ id }) => id).sort(), made.sort());
});
