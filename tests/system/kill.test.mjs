// F1: the real program is killed as it enters its n-th write or sync (on PostgreSQL: its n-th
// message to the database), for n from the first of an order's life to the last.  Each time it is
// started again, the client and the gateway do what they would do, and what they were told must be
// so.  The usual run takes every sync and every KILL_EVERY-th write, beginning with the
// KILL_FIRST-th; KILL_EVERY=1 takes all.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startGateway } from './lib/gateway.mjs';
import { died, interfere, orderLife, Place } from './lib/place.mjs';
import { ON_POSTGRES, call, folder, freshDatabase } from './lib/server.mjs';
import { verified } from './lib/shop.mjs';

const EVERY = Number(process.env.KILL_EVERY ?? 15);
const FIRST = Number(process.env.KILL_FIRST ?? 1 + (process.pid % EVERY));

// A server's threads share the work on PostgreSQL: none sends many.
const calls = ON_POSTGRES ? { sendto: 1 } : { fdatasync: 1, pwrite64: EVERY };

test('F1 I14 killed at any write or sync of an order, all comes right', async (t) => {
  const gateway = await startGateway(t);
  const place = new Place(t, { env: gateway.env, cwd: folder(t), database: freshDatabase(t) });
  await place.start();
  const orders = [];
  const kills = {};
  for (const [name, step] of Object.entries(calls)) {
    kills[name] = 0;
    for (let n = Math.min(FIRST, step), untouched = 0; untouched < 3; n += step) {
      const before = await place.here();
      const letGo = await interfere(t, before, name, `signal=KILL:when=${n}`);
      orders.push(await orderLife(place, gateway, randomUUID()));
      await letGo();
      await place.until('alive', (server) => call(server, 'GET', '/healthz'), () => true);
      // Beyond the last call of an order's life nobody is killed any more.
      untouched = died(before) ? 0 : untouched + 1;
      kills[name] += untouched === 0 ? 1 : 0;
    }
  }
  const server = await place.here();
  t.diagnostic(`${orders.length} orders, killed: ${JSON.stringify(kills)}`);
  assert.ok(Object.values(kills).every((n) => n > 0));
  // Who has paid is the gateway's word: each order once, and nobody else.
  const paid = [...gateway.sessions.values()].filter(({ status }) => status === 'refunded');
  assert.equal(paid.length, orders.length);
  const listed = await call(server, 'GET', '/api/orders?limit=100');
  assert.equal(listed.body.data.items.length, Math.min(100, orders.length), 'one order per key');
  await verified(server);
});
