// Disputes at the simulated Stripe: won, lost, inquired about, answered by us and by Stripe's own
// client.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call } from './lib/server.mjs';
import { becomes, buy, control, pay, shop, until, verified } from './lib/shop.mjs';
import { sdk } from './oracles/stripe.mjs';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64');

async function paid(server, card) {
  const body = { gateway: 'stripe', priceId: 'sticker-sheet-usd', again: true };
  const { orderId, sessionId } = (await buy(server, body)).body.data;
  await pay(server, sessionId, card ? { card } : {});
  return { orderId, sessionId };
}

const emit = (server, event, session) =>
  control(server, 'emit', { gateway: 'stripe', event, session });

async function disputes(server, query = '') {
  const { body, status, text } = await call(server, 'GET', `/api/admin/disputes${query}`);
  assert.equal(status, 200, text);
  return body.data.items;
}

const standing = (server, status) =>
  until(
    async () => (await disputes(server))[0]?.status,
    (now) => now === status,
  );

async function told(server, type) {
  const { body } = await call(server, 'GET', '/api/events?limit=100');
  return body.data.items.filter((event) => event.type === type).length;
}

const say = (server, id, body) =>
  call(server, 'POST', `/api/admin/disputes/${id}/evidence`, { body });

test('R99 a dispute is held, won and lost, told once each, and the books hold', async (t) => {
  const server = await shop(t);
  for (const [event, status, end] of [
    ['dispute_won', 'won', 'completed'],
    ['dispute_lost', 'lost', 'refunded'],
  ]) {
    const { orderId, sessionId } = await paid(server);
    await becomes(server, orderId, 'completed');
    await control(server, 'webhooks', { mode: 'duplicate' });
    await emit(server, 'disputed', sessionId);
    await becomes(server, orderId, 'disputed');
    await standing(server, 'open');
    await control(server, 'webhooks', { mode: 'reorder' });
    await emit(server, event, sessionId);
    await control(server, 'webhooks', { mode: 'normal' });
    await becomes(server, orderId, end);
    await standing(server, status);
  }
  const [lost, won] = await disputes(server);
  assert.equal(lost.lost.amount, lost.amount.amount);
  assert.equal(won.withdrawn.amount, 0);
  assert.deepEqual(won.fee, { amount: 1500, currency: 'USD' });
  assert.deepEqual(
    (await disputes(server, '?status=won')).map(({ id }) => id),
    [won.id],
  );
  await until(
    async () => [
      await told(server, 'dispute.opened'),
      await told(server, 'dispute.won'),
      await told(server, 'dispute.lost'),
    ],
    (counts) => counts.join() === '2,1,1',
  );
  await verified(server);
});

test('what we say reaches the bank once, with its document, and decides', async (t) => {
  const server = await shop(t);
  for (const [words, status, end] of [
    ['winning_evidence', 'won', 'completed'],
    ['losing_evidence', 'lost', 'refunded'],
  ]) {
    const { orderId } = await paid(server, '4000000000000259');
    await becomes(server, orderId, 'disputed');
    const [{ id, reference, dueAt, daysLeft }] = await disputes(server);
    assert.ok(Date.parse(dueAt) > 0 && daysLeft >= 8);
    const kept = await say(server, id, {
      texts: { uncategorizedText: words, customerName: 'Ada' },
      files: [{ field: 'receipt', name: 'receipt.png', content: PNG }],
    });
    assert.equal(kept.status, 200, kept.text);
    assert.equal(kept.body.data.evidence.files[0].type, 'image/png');
    await control(server, 'faults', {
      gateway: 'stripe',
      call: 'create',
      fault: 'reset_after',
      times: 1,
    });
    const sent = await say(server, id, { send: true });
    assert.equal(sent.body.data.evidence.status, 'sending');
    await until(
      async () => {
        await control(server, 'clock', { advance: '30s' });
        return (await call(server, 'GET', `/api/admin/disputes/${id}`)).body.data.evidence.status;
      },
      (now) => now === 'sent',
    );
    const stripe = sdk(`http://127.0.0.1:${server.sandboxPort}`);
    const there = await stripe.disputes.retrieve(reference);
    assert.equal(there.evidence_details.submission_count, 1);
    assert.equal(there.evidence.customer_name, 'Ada');
    assert.match(there.evidence.receipt, /^file_/);
    await control(server, 'clock', { advance: '5m' });
    await becomes(server, orderId, end);
    await standing(server, status);
    assert.equal((await say(server, id, { send: true })).status, 409);
  }
  await verified(server);
});

test("what Stripe's own client does in the Dashboard's place is seen here", async (t) => {
  const server = await shop(t);
  const stripe = sdk(`http://127.0.0.1:${server.sandboxPort}`);
  const { orderId } = await paid(server, '4000000000000259');
  await becomes(server, orderId, 'disputed');
  const [{ reference }] = await disputes(server);
  await stripe.disputes.update(reference, {
    evidence: { uncategorized_text: 'winning_evidence' },
    submit: true,
  });
  await standing(server, 'under_review');
  await control(server, 'clock', { advance: '5m' });
  await becomes(server, orderId, 'completed');
  // A question moves no money and holds nothing.
  const asked = await paid(server, '4000000000001976');
  await becomes(server, asked.orderId, 'completed');
  await standing(server, 'warning');
  await verified(server);
});
