// What one settle costs: processor time by thread, the waits of the writer, statements and rows.
import { cpuMs, threadsMs } from './server.mjs';

const COUNTERS = [
  'store_statements_total',
  'store_rows_total',
  'store_commit_seconds_sum',
  'store_commit_seconds_count',
  'store_checkpoint_seconds_sum',
  'store_checkpoint_seconds_count',
  'transactions_total',
  'jobs_run_total',
];

export async function snapshot(who) {
  const metric = await who.metrics();
  const counters = Object.fromEntries(COUNTERS.map((name) => [name, metric(name)]));
  return { counters, threads: threadsMs(who), all: cpuMs(who) };
}

export function budget(who, cell, before, after) {
  const n = cell.requests;
  const us = (ms) => `${((ms * 1000) / n).toFixed(1)} µs`;
  const grown = (name) => after.counters[name] - before.counters[name];
  const thread = (name) => (after.threads[name] ?? 0) - (before.threads[name] ?? 0);
  const wait = (name) => us(grown(name) * 1000);
  console.log(`   ${who.name}, 64 connections, ${n} settled, what one costs:`);
  console.log(
    `     processor: loop ${us(thread('loop'))}, scan and signature ${us(thread('reader'))}, ` +
      `writer ${us(thread('writer'))}, jobs ${us(thread('jobs'))}, ` +
      `all with the database ${us(after.all - before.all)}`,
  );
  if (!who.database)
    console.log(
      `     the writer waits: commit ${wait('store_commit_seconds_sum')} ` +
        `(${grown('store_commit_seconds_count')} of them), ` +
        `checkpoint ${wait('store_checkpoint_seconds_sum')} ` +
        `(${grown('store_checkpoint_seconds_count')})`,
    );
  console.log(
    `     ${(grown('store_statements_total') / n).toFixed(1)} statements and ` +
      `${(grown('store_rows_total') / n).toFixed(1)} rows, of which jobs have some: ` +
      `${grown('jobs_run_total')} were run beside it`,
  );
}
