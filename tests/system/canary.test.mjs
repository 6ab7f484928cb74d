// R65: what must never be written down is sent everywhere, in every place of a request: keys,
// tokens, cookies, passwords and card numbers.  Afterwards none of it is in the log, in a table, in
// the metrics or in what an error answers.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startGateway } from './lib/gateway.mjs';
import { JWT_SECRET, ON_POSTGRES, SECRET_KEY, call } from './lib/server.mjs';
import { freshAddress, freshDatabase, psql, serve, sql } from './lib/server.mjs';
import { token as userToken } from './lib/tokens.mjs';

const CARD = '4242424242424242';
const SPACED = '4000 0566 5566 5556';
const PASSWORD = 'c4n4ry-password-of-nobody';
const KEY = 'sk_live_c4n4ry0123456789abcdef0123456789abcdef0123456789';
const COOKIE = 'c4n4ryC00kieValue0123456789abcdefABCDEFGHIJK';
const SIGNATURE = 'c4n4rySignature'.padEnd(86, 'A') + '==';
const forbidden = [CARD, SPACED, '4000056655665556', PASSWORD, KEY, COOKIE, SIGNATURE];

// Every value of a body, by what its schema says it is.
function filled(schema, document, text) {
  const inside = (part) => filled(part, document, text);
  if (schema?.$ref) return inside(document.components.schemas[schema.$ref.split('/').pop()]);
  if (schema?.anyOf) return inside(schema.anyOf[0]);
  if (schema?.enum) return schema.enum[0];
  if (schema?.type === 'array') return [inside(schema.items)];
  if (schema?.properties) {
    const members = Object.entries(schema.properties);
    return Object.fromEntries(members.map(([name, value]) => [name, inside(value)]));
  }
  const type = [schema?.type].flat()[0];
  return { integer: 1, number: 1, boolean: false }[type] ?? text;
}

const everyRow = (database) => {
  if (!ON_POSTGRES) return sql(database, '.dump');
  const tables = psql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  return tables
    .split('\n')
    .map((table) => psql(database, `SELECT t::text FROM "${table}" t`))
    .join('\n');
};

// Text columns of a dump, and the bytes of binary ones.
const inClear = (dump) =>
  dump.replace(/X'([0-9a-fA-F]*)'|\\\\?x([0-9a-f]+)/g, (_, a, b) =>
    Buffer.from(a ?? b, 'hex').toString('latin1'),
  );

function assertNothingIn(what, text, more = []) {
  for (const secret of [...forbidden, ...more]) {
    const at = text.indexOf(secret);
    const around = text.slice(Math.max(0, at - 200), at + 80);
    assert.ok(at < 0, `${secret} is in ${what}: …${around}…`);
  }
}

test('R65 secrets and card numbers sent everywhere are found nowhere', async (t) => {
  const gateway = await startGateway(t);
  const database = freshDatabase(t);
  const server = await serve(t, {
    database,
    sandbox: true,
    env: { ...gateway.env, PURSER_LOG: 'debug' },
  });
  const document = await fetch(`${server.url}/openapi.json`).then((answer) => answer.json());
  const token = userToken();
  const places = {
    cookie: `purser=${COOKIE}; __Host-purser=${COOKIE}`,
    'user-agent': `browser ${CARD} ${KEY}`,
    'x-api-key': KEY,
    'x-moneymotion-signature': SIGNATURE,
    'stripe-signature': `t=1,v1=${SIGNATURE}`,
    referer: `https://shop.example/?token=${KEY}&card=${CARD}`,
  };
  let asked = 0;
  const ask = async (method, path, options) => {
    const answer = await call(server, method, path, { from: freshAddress(), ...options });
    asked++;
    assert.notEqual(answer.status, 500, `${method} ${path}: ${answer.text}`);
    // A form keeps what was typed into it, for the one who typed it.
    if (answer.status >= 400 && typeof answer.body === 'object')
      assertNothingIn(`the answer of ${method} ${path}`, answer.text);
  };
  for (const [pattern, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const path = pattern.replace(/\{[^}]+\}/g, encodeURIComponent(`x${CARD}`));
      const spaced = encodeURIComponent(SPACED);
      const query = `?token=${KEY}&q=${CARD}&card=${spaced}&password=${PASSWORD}`;
      const schema = operation.requestBody?.content?.['application/json']?.schema;
      for (const key of [KEY, SECRET_KEY, token, null]) {
        const headers = { ...places, 'idempotency-key': randomUUID() };
        const bodies = [
          undefined,
          { card: { number: CARD, cvc: '123' }, password: PASSWORD, api_key: KEY },
          filled(schema, document, CARD),
          filled(schema, document, SPACED),
        ];
        for (const body of method === 'get' ? [undefined] : bodies)
          await ask(method.toUpperCase(), path + query, { key, headers, body });
      }
    }
  // Where people may write what they like.
  const email = 'ada@example.com';
  const order = { email, priceId: 'sticker-sheet-usd', again: true };
  for (const text of [CARD, `my card is ${SPACED}`])
    for (const [method, path, body] of [
      ['PUT', '/api/customers/u-2', { email, name: text, taxId: text, address: [text] }],
      ['POST', '/api/checkout/create', { ...order, name: text }],
      ['POST', '/api/checkout/create', { ...order, metadata: { text } }],
      ['POST', '/api/admin/keys', { role: 'readonly', name: text }],
      ['POST', '/api/orders/ORD-2026-000001/cancel', { reason: text }],
    ]) {
      const headers = { ...places, 'idempotency-key': randomUUID() };
      await ask(method, path, { headers, body });
    }
  for (const fields of [`mail=${CARD}&password=${PASSWORD}`, `token=${KEY}`, `card=${CARD}`])
    for (const path of ['/login', '/session', '/checkout/confirm', '/admin/login'])
      await ask('POST', path, {
        key: null,
        body: fields,
        headers: { ...places, 'content-type': 'application/x-www-form-urlencoded' },
      });
  gateway.refusal = `wrong key ${KEY}, password=${PASSWORD}, for card ${CARD}, ${SPACED}`;
  await ask('POST', '/api/checkout/create', {
    body: order,
    headers: { 'idempotency-key': randomUUID() },
  });
  gateway.refusal = '';
  const made = await call(server, 'POST', '/api/checkout/create', {
    body: order,
    headers: { 'idempotency-key': randomUUID() },
  });
  const session = gateway.sessions.get(made.body.data.sessionId);
  session.status = 'completed';
  assert.equal(await gateway.webhook(server, session, 'complete'), 200);
  await call(server, 'GET', `/api/orders/${made.body.data.orderId}?wait=10`);
  const metrics = await call(server, 'GET', '/metrics');
  const limits = readFileSync(`/proc/${server.pid}/limits`, 'utf8');
  assert.match(limits, /Max core file size +0 +0 /, 'it leaves no core');
  await server.stop();
  const own = [SECRET_KEY, JWT_SECRET, token, ...Object.values(gateway.env).slice(2)];
  assertNothingIn('the metrics', metrics.text, own);
  assertNothingIn('the log', server.out + server.err, own);
  const rows = inClear(everyRow(database));
  assert.ok(rows.includes('ada@example.com') && rows.includes('"checkoutSession"'), 'all is read');
  assertNothingIn('a table', rows, own);
  t.diagnostic(`${asked} requests`);
});
