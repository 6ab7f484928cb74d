// The machine's own measures, and purser's size.
import { closeSync, fdatasyncSync, openSync, writeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure } from './load.mjs';
import { folder, residentMiB, startGateway, startNginx, startPurser } from './server.mjs';
import { head, median, row, title } from './table.mjs';

// How long the disk takes to keep something: whoever commits alone is never faster than this.
export async function yardstick() {
  const file = openSync(join(folder, 'sync'), 'w');
  const page = Buffer.alloc(8192, 1);
  const ms = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    ms.push(performance.now() - start);
  }
  closeSync(file);
  const slow = ms.sort((a, b) => a - b)[Math.floor(ms.length * 0.99)];
  console.log(
    `the disk keeps 8 kB in ${median(ms).toFixed(2)} ms (p99 ${slow.toFixed(1)} ms): ` +
      `one at a time, that is at most ${(1000 / median(ms)).toFixed(0)} commits a second`,
  );
}

// The engine without payments, beside nginx's `return 200`.
export async function engine(on) {
  title('the bare engine, beside nginx `return 200` in the same minute');
  const gateway = await startGateway(0);
  const nginx = { ...(await startNginx()), name: 'nginx return 200' };
  const database = `sqlite:${join(folder, 'engine.db')}`;
  const purser = await startPurser({ name: 'engine', database, gateway, sandbox: true });
  const shapes = [
    ['purser static', ['same'], '/_bench/static'],
    ['purser read', ['same'], '/_bench/read'],
    ['purser write, durable', ['same', 'POST'], '/_bench/write'],
  ];
  head();
  for (const connections of on.options.few) {
    const plain = [];
    const cells = shapes.map(() => []);
    for (let round = 0; round < on.options.rounds; round++) {
      plain.push(await measure(nginx, connections, on.options.seconds, ['same']));
      for (let i = 0; i < shapes.length; i++) {
        const [, script, path] = shapes[i];
        cells[i].push(await measure(purser, connections, on.options.seconds, script, path));
      }
    }
    row(connections, nginx.name, plain);
    shapes.forEach(([name], i) => row(connections, name, cells[i]));
  }
  await Promise.all([nginx, purser, gateway].map((one) => one.stop()));
}

// Memory and start, empty and with many orders.
export async function size(on) {
  const { many } = on.options;
  title(`memory and start: empty, and with ${many} paid orders`);
  const gateway = await startGateway(0);
  const empty = await startPurser({ database: `sqlite:${join(folder, 'empty.db')}`, gateway });
  await sleep(2000);
  say('empty, idle', empty);
  await empty.stop();
  const database = `sqlite:${join(folder, 'many.db')}`;
  const start = String(Date.now() - 40 * 24 * 3600_000);
  const ids = on.fill(database, many, 'paid', start).trimEnd().split('\n');
  const full = await startPurser({ database, gateway });
  say(`${many} orders, started in ${full.startedMs.toFixed(0)} ms`, full);
  await sleep(10_000);
  say('10 s later', full);
  const step = Math.ceil(ids.length / 20_000);
  const some = ids.filter((_, i) => i % step === 0).map((line) => line.split(' ')[2]);
  writeFileSync(join(folder, 'many'), some.map((id) => `/api/orders/${id}`).join('\n'));
  await measure(full, 64, on.options.seconds, ['paths', join(folder, 'many')]);
  await measure(full, 64, on.options.seconds, ['checkout', `many-${process.pid}`]);
  say('after reading and buying with 64 connections', full);
  await Promise.all([full.stop(), gateway.stop()]);
}

function say(what, server) {
  console.log(`   ${what.padEnd(50)} ${residentMiB(server).toFixed(0).padStart(5)} MiB resident`);
}
