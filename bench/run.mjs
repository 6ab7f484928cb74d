// run.mjs [SECTION…]: what `make bench` does.  docs/bench.md says how to read it.
import { cpus, release } from 'node:os';
import { credits } from './credits.mjs';
import { databases } from './databases.mjs';
import { hint } from './hint.mjs';
import { engine, size, yardstick } from './machine.mjs';
import { forget, stopAll } from './server.mjs';
import { renewing } from './renew.mjs';
import { pacing, settling } from './settle.mjs';
import { checkout, reading } from './shop.mjs';

const set = (name, usual) => Number(process.env[name] || usual);
const list = (words) => words.split(' ').map(Number);
const options = {
  seconds: set('DURATION', 3),
  rounds: set('ROUNDS', 3),
  orders: set('ORDERS', 300_000),
  plans: set('PLANS', 60_000),
  many: set('MANY', 1_000_000),
  connections: list(process.env.CONNECTIONS || '1 16 64 256'),
  few: list(process.env.CONNECTIONS || '1 64'), // of what matters less
};
const sections = {
  engine,
  settle: settling,
  pace: pacing,
  hint,
  renew: renewing,
  checkout,
  credits,
  read: reading,
  size,
};
const asked = process.argv.slice(2).flatMap((words) => words.split(/\s+/)).filter(Boolean);
const unknown = asked.filter((name) => !sections[name]);
if (unknown.length > 0) {
  console.error(`bench: ${unknown.join(', ')}? It knows ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

const on = databases(options);
const end = async () => {
  await stopAll();
  on.end();
  forget();
};
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => end().finally(() => process.exit(1)));

// A section that fails is said, and the others are measured all the same.
async function measureAll(names) {
  for (const name of names) {
    const began = performance.now();
    try {
      await sections[name](on);
    } catch (error) {
      console.log(`   ${name.toUpperCase()} FAILED: ${error.stack}`);
      process.exitCode = 1;
      await stopAll();
    }
    console.log(`   (${name}: ${((performance.now() - began) / 1000).toFixed(0)} s)`);
  }
}

try {
  console.log(
    `${cpus().length} cores (${cpus()[0].model}), Linux ${release()}, load on the same machine; ` +
      `${options.rounds} rounds of ${options.seconds} s, medians`,
  );
  await yardstick();
  await measureAll(asked.length > 0 ? asked : Object.keys(sections));
} finally {
  await end();
}
