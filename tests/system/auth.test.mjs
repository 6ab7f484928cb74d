// Who may call what, over every route of the program's own table.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, command, freshAddress, serve, SECRET_KEY } from './lib/server.mjs';
import { forgeries, token } from './lib/tokens.mjs';

const ends = [];
let server;
const callers = {};
test.before(async () => {
  server = await serve({ after: (end) => ends.push(end) }, { sandbox: true });
  for (const role of ['readonly', 'app', 'admin']) {
    const body = { role, name: `matrix ${role}` };
    const made = await call(server, 'POST', '/api/admin/keys', { body });
    assert.ok(made.body.success, made.text);
    callers[`${role} key`] = { key: made.body.data.key };
  }
  callers.nobody = { key: null };
  callers.user = { key: token() };
  callers['a key that was never made'] = { key: `sk_test_${'0'.repeat(64)}` };
  callers['a key without its end'] = { key: callers['admin key'].key.slice(0, -1) };
  callers['an ended token'] = { key: token({ exp: 1000 }) };
});
test.after(async () => {
  for (const end of ends.reverse()) await end();
});

const LADDER = ['readonly key', 'app key', 'admin key'];
const INVALID = ['a key that was never made', 'a key without its end', 'an ended token'];

// What the table says: a key may what a lesser key may, and admin is the highest. "Anyone" may buy;
// a key that was made for reading may not.
function may(who, allow, shape) {
  if (who === 'readonly key' && ['write', 'call'].includes(shape)) return allow.includes(who);
  if (LADDER.includes(who)) {
    const rank = LADDER.indexOf(who);
    if (LADDER.some((key, i) => i <= rank && allow.includes(key))) return true;
  }
  return allow.includes('anyone') || allow.includes(who);
}

test('R54 R55 every route lets in whom its row names, and nobody else', async () => {
  const table = JSON.parse(command(['routes', '--json']).out);
  let asked = 0;
  for (const route of table) {
    const allow = route.allow.split(', ');
    assert.ok(route.allow.length > 0, `${route.method} ${route.path} says who may call it`);
    // Webhooks come with signatures, also where guides send them.
    const signed = /^\/api\/(webhooks\/|stripe\/webhooks$|stripe-webhook$)/.test(route.path);
    if (signed || route.allow === 'control socket') continue;
    // Where one signs in, 401 is about what was brought along.
    if (/^\/(session|login|logout)/.test(route.path)) continue;
    // A stream is its customer's, or whose link's token stands in the address.
    if (route.path === '/api/stream') continue;
    // Forms are sent by people with cookies, not by programs with keys.
    if (route.page && route.method !== 'GET') continue;
    const path = route.path.replaceAll(/\{[^}]+\}/g, 'nothing_here');
    for (const [who, { key }] of Object.entries(callers)) {
      const body = ['POST', 'PUT'].includes(route.method) ? '{"no":"such member"}' : undefined;
      const { status, text } = await call(server, route.method, path, {
        key,
        body,
        from: freshAddress(),
      });
      const where = `${route.method} ${path} as ${who}: ${status} ${text.slice(0, 200)}`;
      asked++;
      if (route.page && key === null) continue;
      // Without the store nothing is known of keys; such a route is anyone's.
      if (route.shape === 'plain') assert.ok(allow.includes('anyone') && status !== 401, where);
      else if (INVALID.includes(who)) assert.equal(status, 401, where);
      else if (may(who, allow, route.shape)) assert.ok(![401, 403].includes(status), where);
      else assert.equal(status, who === 'nobody' ? 401 : 403, where);
    }
  }
  assert.ok(asked > 50, String(asked));
});

test('R53 forty forged tokens and more are refused', async () => {
  const forged = Object.entries(forgeries());
  assert.ok(forged.length >= 40);
  const probe = { path: '/_bench/read' };
  const good = await call(server, 'GET', probe.path, { key: token() });
  assert.ok(good.status < 400, `${probe.path}: ${good.status}`);
  for (const [name, key] of forged) {
    const { status } = await call(server, 'GET', probe.path, { key, from: freshAddress() });
    assert.equal(status, 401, `${name}: ${status}`);
  }
});

test('R52 a key is shown once, works until it is revoked, and is not in the database', async () => {
  const body = { role: 'readonly', name: 'once' };
  const made = await call(server, 'POST', '/api/admin/keys', { body });
  const { key, id } = made.body.data;
  assert.match(key, /^sk_test_[0-9a-f]{64}$/);
  const list = await call(server, 'GET', '/api/admin/keys?limit=100');
  assert.ok(!list.text.includes(key));
  assert.equal((await call(server, 'GET', '/metrics', { key })).status, 200);
  const gone = await call(server, 'DELETE', `/api/admin/keys/${id}`);
  assert.ok(gone.body.success, gone.text);
  assert.equal((await call(server, 'GET', '/metrics', { key })).status, 401);
});

test('R27 R98 guesses at keys are throttled, the right key is not', async () => {
  const from = freshAddress();
  let last = 0;
  for (let i = 0; i < 400 && last !== 429; i++) {
    const key = `sk_test_${String(i).padStart(64, '0')}`;
    last = (await call(server, 'GET', '/metrics', { key, from })).status;
  }
  assert.equal(last, 429);
  assert.equal((await call(server, 'GET', '/metrics', { key: SECRET_KEY, from })).status, 200);
});
