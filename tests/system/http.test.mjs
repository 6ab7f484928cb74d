// What every answer has, whichever route gives it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, command, serve, SECRET_KEY } from './lib/server.mjs';
import { parse, raw } from './lib/raw.mjs';

const ends = [];
const shared = { after: (end) => ends.push(end) };
test.after(async () => {
  for (const end of ends.reverse()) await end();
});
let server;
test.before(async () => {
  server = await serve(shared, { sandbox: true });
});

const routes = () => JSON.parse(command(['routes', '--json']).out);
// A path that fits the pattern: {names} become something that is not there.
const concrete = (path) => path.replaceAll(/\{[^}]+\}/g, 'nothing_here');

test('an answer is an envelope, and carries its request id', async () => {
  const { status, headers, body } = await call(server, 'GET', '/api/admin/keys');
  assert.equal(status, 200);
  assert.equal(body.success, true);
  assert.ok(body.data);
  assert.match(headers.get('request-id'), /^req_[0-9a-z]{26}$/);
  assert.match(headers.get('content-type'), /^application\/json/);
});

test('R46 an error has a sentence, a stable code and the same request id', async () => {
  const { status, headers, body } = await call(server, 'GET', '/api/nothing-here');
  assert.equal(status, 404);
  assert.equal(body.success, false);
  assert.equal(body.code, 'NOT_FOUND');
  assert.ok(body.error.length > 5);
  assert.equal(body.requestId, headers.get('request-id'));
});

test('R46 no error tells of SQL, files, lines or libraries', async () => {
  const bad = [
    await call(server, 'POST', '/api/admin/keys', { body: '{"role":' }),
    await call(server, 'POST', '/api/admin/keys', { body: { role: "x'; DROP TABLE key; --" } }),
    await call(server, 'POST', '/api/admin/keys', { body: { role: 1 } }),
    await call(server, 'POST', '/api/admin/keys', { body: [] }),
    await call(server, 'DELETE', "/api/admin/keys/key_'%20OR%201=1"),
    await call(server, 'GET', '/api/admin/keys?limit=banana'),
    await call(server, 'GET', '/api/admin/keys?limit=1000'),
    await call(server, 'GET', '/api/admin/keys?after=%ff%fe'),
  ];
  for (const { status, text } of bad) {
    assert.ok(status >= 400 && status < 500, `${status} ${text}`);
    const leaks = /select |insert |sqlite|postgres|libpq|\.c:\d|src\/|\/tmp|at line \d+ of/i;
    assert.doesNotMatch(text, leaks);
  }
});

test('R41 a method that the address does not have is 405 and says which it has', async () => {
  const { status, headers, body } = await call(server, 'DELETE', '/healthz');
  assert.equal(status, 405);
  assert.equal(body.code, 'METHOD_NOT_ALLOWED');
  assert.match(headers.get('allow'), /GET/);
});

test('R41 TRACE is refused and its headers are not echoed', async () => {
  const { answers } = await raw(
    server.port,
    'TRACE / HTTP/1.1\r\nHost: localhost\r\nX-Canary: c4n4ry\r\n\r\n',
  );
  assert.ok(answers[0].status >= 400 && answers[0].status < 500, answers[0].first);
  assert.doesNotMatch(answers[0].body, /c4n4ry/);
});

test('R41 a header cannot replace the method', async () => {
  const { status } = await call(server, 'GET', '/healthz', {
    headers: { 'x-http-method-override': 'DELETE' },
  });
  assert.equal(status, 200);
});

test('R43 every route answers with the security headers, also when it refuses', async () => {
  const table = routes();
  assert.ok(table.length >= 10, 'the table of routes has rows');
  for (const { method, path } of table) {
    const { headers, status } = await call(server, method, concrete(path), { key: null });
    const where = `${method} ${path} (${status})`;
    assert.equal(headers.get('x-content-type-options'), 'nosniff', where);
    assert.ok(headers.get('referrer-policy'), where);
    assert.ok(headers.get('cross-origin-opener-policy'), where);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /frame-ancestors 'none'/, where);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/, where);
    assert.match(headers.get('request-id') ?? '', /^req_/, where);
    assert.equal(headers.get('server'), null, where);
  }
});

test('R43 what is private is not kept by caches', async () => {
  const { headers } = await call(server, 'GET', '/api/admin/keys');
  assert.match(headers.get('cache-control'), /no-store/);
});

test('R42 no spelling of a path leaves the table of assets', async () => {
  const spellings = ['..', '%2e%2e', '.%2e', '..%2f', '..%5c', '%2e%2e%2f', '..\\', '%00', '%2500'];
  for (const spelling of spellings) {
    for (const where of ['/assets/', '/']) {
      const target = `${where}${spelling}/etc/passwd`;
      const { answers } = await raw(
        server.port,
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assert.ok([400, 404].includes(answers[0]?.status), `${target}: ${answers[0]?.first}`);
      assert.doesNotMatch(answers[0].body, /root:/);
    }
  }
});

test('HEAD answers as GET does, without the body', async () => {
  const get = await raw(
    server.port,
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  const head = await raw(
    server.port,
    'HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  const [answer] = parse(head.text, () => true);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-length'), get.answers[0].headers.get('content-length'));
  assert.ok(head.text.endsWith('\r\n\r\n'));
});

test('a connection serves many requests, one after the other', async () => {
  const one = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const { answers, closed } = await raw(server.port, Array(20).fill(one), { gap: 2, wait: 300 });
  assert.equal(answers.length, 20);
  assert.ok(answers.every((answer) => answer.status === 200));
  assert.equal(closed, false);
});

test('requests sent ahead are answered in their order', async () => {
  const ask = (path) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${SECRET_KEY}\r\n\r\n`;
  const write = 'POST /_bench/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
  const sent = [ask('/healthz'), write, ask('/api/nothing'), ask('/_bench/read'), write];
  const { answers } = await raw(server.port, sent.join(''), { wait: 800 });
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 200, 404, 200, 200],
  );
});

test('HTTP/1.0 is answered and the connection closed', async () => {
  const { answers, closed } = await raw(
    server.port,
    'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n',
  );
  assert.equal(answers[0].status, 200);
  assert.ok(closed);
});

test('a client that asks first is told to continue', async () => {
  const body = '{"role":"readonly","name":"patient"}';
  const head =
    'POST /api/admin/keys HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n' +
    `Authorization: Bearer ${SECRET_KEY}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  const { answers } = await raw(server.port, [head, body], { gap: 200 });
  assert.equal(answers[0].status, 100);
  assert.ok([200, 201].includes(answers[1].status), answers[1].first);
});

test('a chunked body is read like any other', async () => {
  const body = '9\r\n{"role":"\r\na\r\nreadonly"}\r\n0\r\nX-Trailer: dropped\r\n\r\n';
  const { answers } = await raw(
    server.port,
    'POST /api/admin/keys HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n' +
      `Authorization: Bearer ${SECRET_KEY}\r\nContent-Type: application/json\r\n\r\n${body}`,
  );
  assert.ok([200, 201].includes(answers[0]?.status), answers[0]?.first + answers[0]?.body);
});

test('R45 a Host that is not ours is refused and appears nowhere', async () => {
  const { answers } = await raw(server.port, 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n');
  assert.ok([400, 421].includes(answers[0].status), answers[0].first);
  assert.doesNotMatch(answers[0].body, /evil\.example/);
});

test('R44 X-Forwarded-For of a stranger is not believed', async () => {
  await call(server, 'GET', '/api/nothing-forwarded', {
    headers: { 'x-forwarded-for': '203.0.113.77' },
  });
  await new Promise((done) => setTimeout(done, 200));
  assert.doesNotMatch(server.out + server.err, /203\.0\.113\.77/);
});

test('R64 R65 each log line is JSON, and no secret is in any', async () => {
  const canary = 'sk_live_c4n4ry0123456789abcdef0123456789abcdef0123456789abcdef01';
  await call(server, 'GET', '/api/admin/keys', { key: canary });
  await raw(
    server.port,
    `GET /api/nothing?token=${canary} HTTP/1.1\r\nHost: localhost\r\nCookie: purser=${canary}\r\n` +
      'User-Agent: line\tbreaker \xe2\x80\xae \xff\r\nConnection: close\r\n\r\n',
  );
  await call(server, 'POST', '/api/admin/keys', { body: { card: '4242424242424242', canary } });
  await new Promise((done) => setTimeout(done, 200));
  const said = server.out + server.err;
  assert.ok(
    server.lines().some((line) => line.requestId),
    'requests are logged',
  );
  assert.doesNotMatch(said, /c4n4ry/);
  assert.doesNotMatch(said, /4242424242424242/);
  assert.ok(!said.includes('\u202e'), 'no mark turns the line around');
  assert.ok(!said.includes(SECRET_KEY));
});
