// What a monitor sees: R93, each thing that can go wrong moves its figure.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, serve } from './lib/server.mjs';

async function figures(server) {
  const { body } = await call(server, 'GET', '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith('purser_'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}

async function until(server, name, wanted) {
  const end = Date.now() + 15_000;
  for (;;) {
    const all = await figures(server);
    if (wanted(all[name])) return all;
    assert.ok(Date.now() < end, `${name} is still ${all[name]}`);
    await sleep(50);
  }
}

const control = (server, path, body) =>
  fetch(`http://127.0.0.1:${server.sandboxPort}/_sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((answer) => answer.json());

const buy = (server) =>
  call(server, 'POST', '/api/checkout/create', {
    body: { email: `${randomUUID()}@example.com`, priceId: 'sticker-sheet-usd' },
    headers: { 'idempotency-key': randomUUID() },
  });

test('R93 a sale is seen in the times to applied and to paid', async (t) => {
  const server = await serve(t, { sandbox: true });
  const before = await figures(server);
  assert.equal(before.purser_checkout_paid_seconds_count, 0);
  const { body } = await buy(server);
  await control(server, 'pay', { session: body.data.sessionId, card: '4242424242424242' });
  await until(server, 'purser_checkout_paid_seconds_count', (n) => n > 0);
  await until(server, 'purser_webhook_applied_seconds_count', (n) => n > 0);
  await until(server, 'purser_webhooks_waiting', (n) => n === 0);
});

test('R93 what waits is counted, with the age of the oldest', async (t) => {
  const env = { PURSER_SMTP_URL: 'smtp://127.0.0.1:9', PURSER_MAIL_FROM: 'shop@example.com' };
  const server = await serve(t, { sandbox: true, env });
  const { body } = await buy(server);
  await control(server, 'pay', { session: body.data.sessionId, card: '4242424242424242' });
  const waits = await until(server, 'purser_mails_waiting', (n) => n > 0);
  assert.ok(waits.purser_mails_oldest_seconds >= 0);
  await control(server, 'clock', { advance: '2h' });
  const later = await figures(server);
  assert.ok(later.purser_mails_oldest_seconds >= 7200, String(later.purser_mails_oldest_seconds));
});

test('R93 a forged webhook is counted', async (t) => {
  const server = await serve(t, { sandbox: true });
  await call(server, 'POST', '/api/webhooks/moneymotion', { body: '{}', key: '' });
  assert.equal((await figures(server)).purser_security_bad_signature_total, 1);
});
