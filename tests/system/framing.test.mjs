// R36, R38, R41: what could be read in two ways is one 4xx and a closed connection, and whatever
// was smuggled behind it is never answered.
import test, { before } from 'node:test';
import assert from 'node:assert/strict';
import { serve } from './lib/server.mjs';
import { raw } from './lib/raw.mjs';

// Where a body is read, and refused only afterwards for want of a key.
const SMUGGLED = 'GET /healthz?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
const get = (...lines) =>
  ['GET /healthz HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n');
const post = (lines, body = '') =>
  ['POST /api/admin/keys HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n') + body;
const chunked = (body) => post(['Transfer-Encoding: chunked'], body);

const cases = {
  'Content-Length beside Transfer-Encoding': post(
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'Transfer-Encoding before Content-Length': post(
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'two different Content-Lengths': post(['Content-Length: 2', 'Content-Length: 3'], 'abc'),
  'two equal Content-Lengths': post(['Content-Length: 2', 'Content-Length: 2'], '{}'),
  'a list of Content-Lengths': post(['Content-Length: 2, 2'], '{}'),
  'a signed Content-Length': post(['Content-Length: +2'], '{}'),
  'a negative Content-Length': post(['Content-Length: -1'], '{}'),
  'a hexadecimal Content-Length': post(['Content-Length: 0x2'], '{}'),
  'a Content-Length with a space inside': post(['Content-Length: 1 2'], '{}'),
  'a Content-Length that overflows': post(['Content-Length: 18446744073709551617'], 'a'),
  'an empty Content-Length': post(['Content-Length: '], '{}'),
  'a Content-Length that is a fraction': post(['Content-Length: 2.0'], '{}'),
  'Transfer-Encoding: identity': post(['Transfer-Encoding: identity'], '{}'),
  'Transfer-Encoding: gzip, chunked': post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'),
  'Transfer-Encoding: chunked, chunked': post(['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'),
  'Transfer-Encoding: chunked, identity': post(
    ['Transfer-Encoding: chunked, identity'],
    '0\r\n\r\n',
  ),
  'Transfer-Encoding: xchunked': post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
  'Transfer-Encoding in quotes': post(['Transfer-Encoding: "chunked"'], '0\r\n\r\n'),
  'two Transfer-Encodings': post(
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    '0\r\n\r\n',
  ),
  'Transfer-Encoding behind a vertical tab': post(['Transfer-Encoding:\x0bchunked'], '0\r\n\r\n'),
  'Transfer-Encoding in HTTP/1.0':
    post(['Transfer-Encoding: chunked'], '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  'a space before the colon': get('X-A : b'),
  'a space before the colon of Content-Length': post(['Content-Length : 2'], '{}'),
  'a tab before the colon': get('X-A\t: b'),
  'an empty header name': get(': b'),
  'a header line without a colon': get('nothing'),
  'a header name that is no token': get('X(A): b'),
  'a header name with a byte above 127': get('X\xe9: b'),
  'a folded header': get('X-A: b', ' c'),
  'a folded header with a tab': get('X-A: b', '\tc'),
  'a folded Transfer-Encoding': post(['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'),
  'a header before the first that begins with a space':
    'GET /healthz HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n',
  'line feeds alone': 'GET /healthz HTTP/1.1\nHost: localhost\n\n',
  'one line feed alone': 'GET /healthz HTTP/1.1\r\nHost: localhost\nX: b\r\n\r\n',
  'a carriage return alone in a value': get('X-A: b\rc'),
  'a carriage return that hides Transfer-Encoding': get('X: \rTransfer-Encoding: chunked'),
  'a head that ends in a line feed': 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n',
  'a carriage return and another byte after the head':
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\rZ' + SMUGGLED,
  'a NUL in a value': get('X-A: b\0c'),
  'a NUL in a name': get('X\0A: b'),
  'a NUL in the target': 'GET /health\0z HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a control byte in a value': get('X-A: b\x01c'),
  'a delete byte in a value': get('X-A: b\x7fc'),
  'an escape in a value': get('X-A: \x1b[31m'),
  'no Host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'two Hosts': get('Host: 127.0.0.1'),
  'two equal Hosts': get('Host: localhost'),
  'an absolute target in another scheme': 'GET ftp://a/ HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a target without a slash': 'GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a target with a space': 'GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'two spaces before the target': 'GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'two spaces before the version': 'GET /healthz  HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a tab in the first line': 'GET\t/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a space before the method': ' GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'a fragment in the target': 'GET /healthz#a HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'no version': 'GET /healthz\r\nHost: localhost\r\n\r\n',
  'HTTP/0.9': 'GET /healthz HTTP/0.9\r\nHost: localhost\r\n\r\n',
  'HTTP/1.2': 'GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n',
  'HTTP/2.0': 'GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n',
  'HTTP/01.1': 'GET /healthz HTTP/01.1\r\nHost: localhost\r\n\r\n',
  'lower-case http': 'GET /healthz http/1.1\r\nHost: localhost\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a method in lower case': 'get /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'an unknown method': 'BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  CONNECT: 'CONNECT a:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  Upgrade: get('Connection: Upgrade', 'Upgrade: h2c'),
  'a chunk size that is no number': chunked('zz\r\nab\r\n0\r\n\r\n'),
  'a chunk size with a sign': chunked('+2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size with 0x': chunked('0x2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size that overflows': chunked('fffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
  'a chunk size line that ends in a line feed': chunked('2\n{}\r\n0\r\n\r\n'),
  'chunk data that ends in a line feed': chunked('2\r\n{}\n0\r\n\r\n'),
  'chunk data that ends in other bytes': chunked('2\r\n{}XX0\r\n\r\n'),
  'chunk data longer than said': chunked('2\r\n{}}\r\n0\r\n\r\n'),
  'a chunk extension of 200 bytes': chunked(`2;${'x'.repeat(200)}\r\n{}\r\n0\r\n\r\n`),
  'a space before the chunk size': chunked(' 2\r\n{}\r\n0\r\n\r\n'),
  'TLS spoken to a plain port':
    Buffer.from('16030100a5010000a10303', 'hex').toString('latin1') + 'x'.repeat(64) + '\r\n\r\n',
  nonsense: '\x80\x81\x82\x83\r\n\r\n',
};

const ends = [];
let server;
before(async () => {
  server = await serve({ after: (end) => ends.push(end) });
});
test.after(async () => {
  for (const end of ends.reverse()) await end();
});

for (const [name, bytes] of Object.entries(cases)) {
  test(`R36 ${name} is one 4xx and a close`, async () => {
    const { answers, closed } = await raw(server.port, bytes + SMUGGLED);
    assert.equal(answers.length, 1, `answers: ${answers.map((a) => a.first)}`);
    assert.ok(answers[0].status >= 400 && answers[0].status < 500, answers[0].first);
    assert.equal(answers[0].headers.get('connection')?.toLowerCase(), 'close');
    assert.ok(closed, 'the connection is closed');
  });
}

test('R36 at least sixty cases of ambiguous framing are refused', () => {
  assert.ok(Object.keys(cases).length >= 60, String(Object.keys(cases).length));
});

const SPLITS = [1, 7, 64];
for (const size of SPLITS) {
  test(`R36 a head that comes in pieces of ${size} is judged the same`, async () => {
    const good = get('X-A: b');
    const bad = post(['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n');
    const pieces = (bytes) => bytes.match(new RegExp(`[^]{1,${size}}`, 'g'));
    const well = await raw(server.port, pieces(good), { gap: 1 });
    assert.equal(well.answers[0]?.status, 200);
    const ill = await raw(server.port, pieces(bad), { gap: 1 });
    assert.equal(ill.answers.length, 1);
    assert.equal(ill.answers[0].status, 400);
  });
}

test('R38 a request line over 8 KiB is 414 or 431', async () => {
  const { answers, closed } = await raw(
    server.port,
    `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  assert.ok([414, 431].includes(answers[0]?.status), answers[0]?.first);
  assert.ok(closed);
});

test('R38 a head over 32 KiB is 431', async () => {
  const { answers, closed } = await raw(
    server.port,
    get(...Array(40).fill(`X-Long: ${'a'.repeat(1000)}`)),
  );
  assert.equal(answers[0]?.status, 431);
  assert.ok(closed);
});

test('R38 more than 100 headers are 431', async () => {
  const { answers, closed } = await raw(server.port, get(...Array(101).fill('X: y')));
  assert.equal(answers[0]?.status, 431);
  assert.ok(closed);
});

test('R38 a body over the limit is 413 before it is read', async () => {
  const { answers, closed } = await raw(server.port, post(['Content-Length: 1048577']));
  assert.equal(answers[0]?.status, 413);
  assert.ok(closed);
});

test('R38 a chunked body over the limit is 413', async () => {
  const piece = `10000\r\n${'a'.repeat(65536)}\r\n`;
  const { answers, closed } = await raw(server.port, [chunked(''), ...Array(20).fill(piece)]);
  assert.equal(answers[0]?.status, 413);
  assert.ok(closed);
});
