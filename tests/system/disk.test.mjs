// F5 and F6 on the real program: a disk that cannot sync and a disk that is full.  What is on it is
// unknown then, so the process ends (R86); the next start reads what is there.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startGateway } from './lib/gateway.mjs';
import { died, interfere, orderLife, Place } from './lib/place.mjs';
import { ON_POSTGRES, folder, freshDatabase } from './lib/server.mjs';
import { verified } from './lib/shop.mjs';

const EX_IOERR = 74;

async function failing(t, name, error, points) {
  const gateway = await startGateway(t);
  const place = new Place(t, { env: gateway.env, cwd: folder(t), database: freshDatabase(t) });
  await place.start();
  for (const n of points) {
    const before = await place.here();
    const letGo = await interfere(t, before, name, `error=${error}:when=${n}`);
    await orderLife(place, gateway, randomUUID());
    await letGo();
    assert.ok(died(before), `it went on after the ${n}-th ${name} had failed`);
    assert.equal((await before.ended).code, EX_IOERR, before.said());
    assert.match(before.err, /what is on the disk is unknown, so this process ends/);
  }
  const server = await place.here();
  await verified(server);
}

if (!ON_POSTGRES) {
  test('R86 F5 a sync that fails ends the process, and nothing told is lost', (t) =>
    failing(t, 'fdatasync', 'EIO', [1, 2, 3, 4, 5, 6, 7, 8]));

  test('R86 F6 R97 a full disk ends the process, and nothing told is lost', (t) =>
    failing(t, 'pwrite64', 'ENOSPC', ['1+', '2+', '9+', '30+', '64+', '101+']));
}
