// The views for tools of others, asked as docs/bi.md says, by the role that it makes.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ON_POSTGRES, psql, sql } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until } from './lib/shop.mjs';

const VIEWS = ['creators_membership', 'payment_audit_log', 'webhook_events'];
const page = readFileSync(new URL('../../docs/bi.md', import.meta.url), 'utf8');
const [making, ...questions] = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, text]) => text);

// One paid, one that the gateway refused, one that waits.
async function threeMembers(t) {
  const server = await shop(t);
  const begin = async (customerId, plan, interval, status = 200) => {
    const email = `${customerId}@a.example`;
    const made = await buy(server, { customerId, plan, interval, email });
    assert.equal(made.status, status, made.text);
    return made.body.data;
  };
  const paid = await begin('ada', 'insider', 'year');
  await pay(server, paid.sessionId);
  await becomes(server, paid.orderId, 'completed');
  const fault = { gateway: 'flutterwave', call: 'create', fault: 'refuse', times: 1 };
  await control(server, 'faults', fault);
  await begin('bob', 'supporter', 'month', 502);
  const waits = await begin('cy', 'patron', 'month');
  await until(
    () => ON_POSTGRES && psql(server.database, 'SELECT COUNT(*) FROM webhook_events'),
    (n) => !ON_POSTGRES || n === '1',
  );
  return { server, paid, waits };
}

test('the views answer what the page asks, and their role sees nothing else', async (t) => {
  const { server, paid, waits } = await threeMembers(t);
  if (!ON_POSTGRES) {
    await server.stop();
    const ask = (what, view) => sql(server.database, `SELECT ${what} FROM ${view} ORDER BY 1`);
    const all = ask('user_id, new_tier, amount, billing_cycle, status', 'creators_membership');
    assert.equal(
      all,
      [
        'ada|insider|50.00|annual|completed',
        'bob|supporter|3.00|monthly|failed',
        'cy|patron|20.00|monthly|pending',
      ].join('\n'),
    );
    assert.equal(ask('source, status', 'webhook_events'), 'flutterwave|applied');
    assert.match(ask('action_type', 'payment_audit_log'), /^ORDER_COMPLETED$/m);
    return;
  }
  // A role belongs to the whole server: one of this test's own.
  const role = `bi_${process.pid}`;
  psql(server.database, making.replaceAll('purser_bi', role));
  // The database, and with it what the role may read there, is gone by then.
  t.after(() => psql(process.env.TEST_DB, `DROP ROLE ${role}`));
  const url = new URL(server.database);
  url.username = role;
  const ask = (text) => psql(url.href, text);

  const [pending, completed, revenue, webhooks, failed] = questions.map(ask);
  assert.match(pending, new RegExp(`^${waits.orderId}\\|cy\\|patron\\|20.00\\|20[^\\n]*$`));
  assert.match(completed, /^ada\|insider\|50.00\|20[^\n]*$/);
  assert.match(revenue, /^20..-..-..\|1\|50.00\|insider$/);
  assert.match(webhooks, /^flutterwave\|applied\|1\|20[^\n]*$/);
  assert.match(failed, /^ord_[0-9a-z]{26}\|bob\|[^|]+\|declined\|20[^|]+\|0$/);
  assert.equal(
    ask(`SELECT DISTINCT performed_by FROM payment_audit_log
         WHERE transaction_id = '${paid.orderId}' AND new_status = 'completed'`),
    'job:inbox_confirm',
  );

  const all = psql(
    server.database,
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
     AND relkind IN ('r', 'v', 'm', 'p', 'S') ORDER BY relname`,
  ).split('\n');
  assert.ok(all.length > 60);
  const readable = ask(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
     AND CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'SELECT, USAGE, UPDATE')
     ELSE has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE, REFERENCES')
     OR has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER') END ORDER BY relname`,
  ).split('\n');
  assert.deepEqual(readable, VIEWS);
  assert.throws(() => ask('SELECT email FROM customer'), /permission denied/);
  assert.throws(() => ask('BEGIN READ WRITE; CREATE TABLE mine (n INT)'), /permission denied/);
});
