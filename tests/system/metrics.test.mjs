// What a monitor sees: R93, each thing that can go wrong moves its figure.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call } from './lib/server.mjs';
import { buy, control, pay, shop, until } from './lib/shop.mjs';

async function figures(server) {
  const { body } = await call(server, 'GET', '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith('purser_'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}

// All figures, once this one is as wanted.
const reaches = (server, name, wanted) =>
  until(
    () => figures(server),
    (all) => wanted(all[name]),
  );

test('R93 a sale is seen in the times to applied and to paid', async (t) => {
  const server = await shop(t);
  const before = await figures(server);
  assert.equal(before.purser_checkout_paid_seconds_count, 0);
  const { body } = await buy(server);
  await pay(server, body.data.sessionId);
  await reaches(server, 'purser_checkout_paid_seconds_count', (n) => n > 0);
  await reaches(server, 'purser_webhook_applied_seconds_count', (n) => n > 0);
  await reaches(server, 'purser_webhooks_waiting', (n) => n === 0);
});

test('R93 what waits is counted, with the age of the oldest', async (t) => {
  const env = { PURSER_SMTP_URL: 'smtp://127.0.0.1:9', PURSER_MAIL_FROM: 'shop@example.com' };
  const server = await shop(t, { env });
  const { body } = await buy(server);
  await pay(server, body.data.sessionId);
  const waits = await reaches(server, 'purser_mails_waiting', (n) => n > 0);
  assert.ok(waits.purser_mails_oldest_seconds >= 0);
  await control(server, 'clock', { advance: '2h' });
  const later = await figures(server);
  assert.ok(later.purser_mails_oldest_seconds >= 7200, String(later.purser_mails_oldest_seconds));
});

test('R93 a forged webhook is counted', async (t) => {
  const server = await shop(t);
  await call(server, 'POST', '/api/webhooks/moneymotion', { body: '{}', key: '' });
  assert.equal((await figures(server)).purser_security_bad_signature_total, 1);
});

test('R93 what the application was not told is counted, with the age of the oldest', async (t) => {
  const env = { PURSER_PRIVATE_WEBHOOK_TARGETS: 'yes' };
  const server = await shop(t, { env });
  const quiet = await figures(server);
  assert.equal(quiet.purser_outgoing_behind, 0);
  const made = await call(server, 'POST', '/api/webhook-endpoints', {
    body: { url: 'https://127.0.0.1:9/hook' },
  });
  assert.equal(made.status, 201, made.text);
  const { body } = await buy(server);
  await pay(server, body.data.sessionId);
  await reaches(server, 'purser_outgoing_behind', (n) => n > 0);
  await control(server, 'clock', { advance: '2h' });
  const later = await figures(server);
  assert.ok(later.purser_outgoing_oldest_seconds >= 7200, JSON.stringify(later));
});

test('R93 the books are read whole by the server itself', async (t) => {
  const server = await shop(t);
  const all = await reaches(server, 'purser_books_checked_total', (n) => n > 0);
  assert.equal(all.purser_books_wrong, 0);
  assert.ok(Math.abs(all.purser_store_clock_offset_ms) < 2000);
});
