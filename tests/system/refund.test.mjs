// Money that goes back at the simulated Stripe: whatever becomes of the answer, and of us.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ON_POSTGRES, call, command, folder, ready } from './lib/server.mjs';
import { becomes, buy, control, order, pay, shop, until, verified } from './lib/shop.mjs';

const give = (server, orderId, body = {}, once = randomUUID()) =>
  call(server, 'POST', '/api/admin/refunds', {
    body: { orderId, reason: 'asked for it', ...body },
    headers: { 'idempotency-key': once },
  });

async function paid(server, email = 'ada@example.com') {
  const body = { gateway: 'stripe', priceId: 'sticker-sheet-usd', again: true, email };
  const made = await buy(server, body);
  assert.equal(made.status, 200, made.text);
  const { orderId, orderNumber, sessionId, total } = made.body.data;
  await pay(server, sessionId);
  await becomes(server, orderId, 'completed');
  return { orderId, orderNumber, sessionId, total: total.amount };
}

// What the gateway holds of it, which purser has no part in.
async function backThere(server, sessionId) {
  const { captures } = await control(server, 'state');
  return captures.find(({ reference }) => reference === sessionId).refunded;
}

test('R15 F21 F22 F23 a refund whose answer is lost is pending, and is made once', async (t) => {
  const server = await shop(t);
  const faults = ['refuse', 'reset_after', '500', '500_after', '429', 'malformed'];
  for (const fault of faults) {
    const { orderId, sessionId } = await paid(server, `${fault}@example.com`);
    // Else its event may be here before its answer is missed.
    await control(server, 'webhooks', { mode: 'hold' });
    await control(server, 'faults', { gateway: 'stripe', call: 'refund', fault, times: 1 });
    const key = randomUUID();
    const first = await give(server, orderId, { amount: 150 }, key);
    const want = fault === 'refuse' ? 502 : 202;
    assert.equal(first.status, want, `${fault}: ${first.text}`);
    if (fault === 'refuse') {
      assert.equal(first.body.code, 'GATEWAY_REJECTED');
      assert.equal(await backThere(server, sessionId), 0);
      assert.equal((await give(server, orderId, { amount: 150 })).status, 200);
    } else {
      assert.equal(first.body.data.status, 'pending', fault);
      const left = await give(server, orderId);
      assert.ok([200, 202].includes(left.status), `${fault}: ${left.text}`);
      await control(server, 'clock', { advance: '2m' });
      await becomes(server, orderId, 'refunded');
    }
    assert.equal((await give(server, orderId, { amount: 150 }, key)).text, first.text, fault);
    await control(server, 'webhooks', { mode: 'release' });
    const { refunds, total } = await order(server, orderId);
    const back = refunds.filter(({ status }) => status === 'succeeded');
    const sum = back.reduce((all, { amount }) => all + amount.amount, 0);
    assert.equal(sum, fault === 'refuse' ? 150 : total.amount, fault);
    assert.equal(await backThere(server, sessionId), sum, fault);
  }
  await verified(server);
});

test('R11 refunds of the Dashboard and ours, by command too, are each known once', async (t) => {
  const server = await shop(t);
  const { orderId, orderNumber, sessionId } = await paid(server);
  const emit = { gateway: 'stripe', event: 'partially_refunded', session: sessionId, amount: 100 };
  await control(server, 'emit', emit);
  await becomes(server, orderId, 'partially_refunded');
  assert.equal((await give(server, orderId, { amount: 100, alreadyRefunded: 0 })).status, 409);
  assert.equal((await give(server, orderId, { amount: 100, alreadyRefunded: 100 })).status, 200);
  const args = ['refund', orderNumber, '--amount', '50', '--reason', 'torn', '--json'];
  const said = command(args, server.env);
  assert.equal(said.status, 0, said.out + said.err);
  // On PostgreSQL the command is a process beside the server, which sends it.
  assert.equal(JSON.parse(said.out).status, ON_POSTGRES ? 'pending' : 'succeeded');
  await until(
    () => backThere(server, sessionId),
    (back) => back === 250,
  );
  const too = command(['refund', orderNumber, '--amount', '500', '--reason', 'r'], server.env);
  assert.equal(too.status, 1, too.out);
  await control(server, 'emit', { ...emit, event: 'refunded', amount: undefined });
  await becomes(server, orderId, 'refunded');
  const { refunds } = await order(server, orderId);
  assert.deepEqual(
    refunds.map(({ amount }) => amount.amount),
    [100, 100, 50, 150],
  );
  await until(
    () => control(server, 'mail'),
    ({ items }) => items.filter(({ subject }) => subject.includes('on its way back')).length === 4,
  );
  await verified(server);
});

test('a refund that fails a minute after it was done is money that we hold again', async (t) => {
  const server = await shop(t);
  const made = await buy(server, { gateway: 'stripe', priceId: 'sticker-sheet-usd' });
  const { orderId, sessionId } = made.body.data;
  await pay(server, sessionId, { card: '4000000000005126' });
  await becomes(server, orderId, 'completed');
  assert.equal((await give(server, orderId)).status, 200);
  assert.equal((await order(server, orderId)).status, 'refunded');
  await control(server, 'clock', { advance: '5m' });
  await becomes(server, orderId, 'completed');
  const { body } = await call(server, 'GET', '/api/admin/alerts?status=open');
  assert.ok(body.data.items.some(({ kind }) => kind === 'refund'));
  await verified(server);
});

test('R13 F1 killed at any point of a refund, it is made once by who comes after', async (t) => {
  const points = [
    ['operation.plan.after_commit', ''],
    ['operation.call.after', ''],
    ['operation.record.before_commit', ''],
    ['refund.call.after', 'reset_after'],
  ];
  for (const [point, fault] of points) {
    const cwd = folder(t);
    const times = point.startsWith('operation') ? 2 : 1; // the first is the page's
    const env = { PURSER_CRASH_AT: `${point}:${times}` };
    const doomed = await shop(t, { env, ready: false, cwd });
    await ready(doomed);
    const { orderId, sessionId } = await paid(doomed);
    await control(doomed, 'webhooks', { mode: 'drop' });
    if (fault) await control(doomed, 'faults', { gateway: 'stripe', call: 'refund', fault });
    const key = randomUUID();
    const first = await give(doomed, orderId, { amount: 150 }, key).catch(() => ({ status: 0 }));
    if (fault) {
      assert.equal(first.status, 202);
      await control(doomed, 'clock', { advance: '1m' }).catch(() => {});
    }
    await doomed.stop('SIGKILL');
    const { database, port, sandboxPort } = doomed;
    const server = await shop(t, { cwd, database, port, sandboxPort });
    await control(server, 'clock', { advance: ON_POSTGRES ? '4m' : '2m' });
    await becomes(server, orderId, 'partially_refunded');
    const again = await give(server, orderId, { amount: 150 }, key);
    assert.equal(again.status, fault ? 202 : 200, `${point}: ${again.text}`);
    assert.equal(await backThere(server, sessionId), 150, point);
    await verified(server);
  }
});
