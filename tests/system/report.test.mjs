// Reports by API and by command, beside a server that runs.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, command } from './lib/server.mjs';
import { becomes, buy, pay, shop, until } from './lib/shop.mjs';

const report = async (server, name, query = '') =>
  (await call(server, 'GET', `/api/admin/reports/${name}${query}`)).body.data;
const rows = (said, table) => said.tables[table].rows;
const ask = (server, ...words) =>
  command(['report', ...words, '--database', server.database], server.env);

test('what was bought stands in every report at once, by API and by command', async (t) => {
  const server = await shop(t);
  const goods = { items: [{ price: 'sticker-sheet-usd', quantity: 2 }], email: 'a@a.example' };
  const left = await buy(server, goods);
  assert.equal(left.status, 200);
  const bought = await buy(server, { ...goods, email: 'b@a.example', country: 'DE' });
  await pay(server, bought.body.data.sessionId);
  await becomes(server, bought.body.data.orderId, 'completed');
  const plan = await buy(server, { plan: 'basic', interval: 'year', customerId: 'ada' });
  await pay(server, plan.body.data.sessionId);
  await becomes(server, plan.body.data.orderId, 'completed');
  const total = await until(
    async () => (await report(server, 'revenue')).tables.spans.total[0],
    (sum) => sum?.orders === 2,
  );
  const products = rows(await report(server, 'revenue'), 'products');
  const sum = products.reduce((all, { net }) => all + net.amount, 0);
  assert.equal(sum, total.net.amount);
  const month = rows(await report(server, 'subscriptions'), 'spans').at(-1);
  assert.equal(month.new.amount, Math.round(9990 / 12));
  assert.equal(month.subscribers, 1);
  assert.equal(rows(await report(server, 'pending'), 'orders').length, 1);
  assert.equal(rows(await report(server, 'taxes'), 'rates').at(-1).country, 'DE');

  const said = ask(server, 'unexplained');
  assert.equal(said.status, 0);
  assert.match(said.out, /0: everything is explained\./);
  const file = ask(server, 'completed', '--csv');
  assert.equal(file.out.trim().split('\r\n').length, 3);
  const json = JSON.parse(ask(server, 'monthly', '--json').out);
  assert.deepEqual(json.tables.spans.total[0].net, total.net);
  const odd = ask(server, 'nothing');
  assert.equal(odd.status, 1);
  assert.match(odd.err + odd.out, /there is no such report; there are daily, weekly/);
});
