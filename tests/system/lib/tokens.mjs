// User tokens as an application would make them, and as a forger would.
import { createHmac } from 'node:crypto';
import { JWT_SECRET } from './server.mjs';

const part = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function claims(more = {}) {
  const now = Math.floor(Date.now() / 1000);
  return { sub: 'user-1', email: 'ada@example.com', iat: now, exp: now + 600, ...more };
}

export function sign(header, payload, secret = JWT_SECRET, hash = 'sha256') {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

export function token(more = {}) {
  return sign({ alg: 'HS256', typ: 'JWT' }, claims(more));
}

// Forty ways to be let in without the secret, or with it and yet not rightly.
export function forgeries() {
  const now = Math.floor(Date.now() / 1000);
  const good = token();
  const [head, body, signature] = good.split('.');
  const hs = { alg: 'HS256', typ: 'JWT' };
  const with_header = (more) => sign({ ...hs, ...more }, claims());
  const unsigned = (alg) => `${part({ alg, typ: 'JWT' })}.${body}.`;
  const flipped = (text, at) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  return {
    'alg none': unsigned('none'),
    'alg None': unsigned('None'),
    'alg NONE': unsigned('NONE'),
    'alg nOnE': unsigned('nOnE'),
    'alg none with a signature': `${part({ alg: 'none' })}.${body}.${signature}`,
    'no alg': sign({ typ: 'JWT' }, claims()),
    'an empty alg': sign({ alg: '' }, claims()),
    'an alg that is a number': sign({ alg: 256 }, claims()),
    HS384: sign({ alg: 'HS384' }, claims(), JWT_SECRET, 'sha384'),
    HS512: sign({ alg: 'HS512' }, claims(), JWT_SECRET, 'sha512'),
    'RS256 signed with the HMAC': sign({ alg: 'RS256' }, claims()),
    'ES256 signed with the HMAC': sign({ alg: 'ES256' }, claims()),
    'hs256 in lower case': sign({ alg: 'hs256' }, claims()),
    'an empty key': sign(hs, claims(), ''),
    'a key of NULs': sign(hs, claims(), Buffer.alloc(32)),
    'another key': sign(hs, claims(), 'another-secret-0123456789012345678901'),
    'a key named by its file': sign({ ...hs, kid: '../../dev/null' }, claims(), ''),
    'a key named by SQL': sign({ ...hs, kid: "x' UNION SELECT 'k" }, claims(), 'k'),
    'a key of its own': sign({ ...hs, jwk: { kty: 'oct', k: part('own') } }, claims(), 'own'),
    'a key from elsewhere': sign({ ...hs, jku: 'http://127.0.0.1/keys' }, claims(), 'own'),
    'a certificate from elsewhere': sign({ ...hs, x5u: 'http://127.0.0.1/c' }, claims(), 'own'),
    'a critical header that we do not know': with_header({ crit: ['exp'] }),
    'an ended one': token({ iat: now - 7200, exp: now - 3600 }),
    'one that just ended': token({ exp: now - 61 }),
    'one that has not begun': token({ nbf: now + 3600 }),
    'one without an end': sign(hs, { sub: 'user-1', iat: now }),
    'an end that is text': token({ exp: String(now + 600) }),
    'an end that is a fraction': sign(hs, `{"sub":"user-1","exp":${now + 600}.5}`),
    'an end in scientific spelling': sign(hs, `{"sub":"user-1","exp":9e9}`),
    'no subject': sign(hs, { exp: now + 600 }),
    'an empty subject': token({ sub: '' }),
    'a subject that is a number': token({ sub: 1 }),
    'a subject of 129 characters': token({ sub: 'a'.repeat(129) }),
    'a subject with a line break': token({ sub: 'user-1\n' }),
    'two subjects': sign(hs, `{"sub":"user-2","sub":"user-1","exp":${now + 600}}`),
    'two ends': sign(hs, `{"sub":"user-1","exp":1,"exp":${now + 600}}`),
    'a changed body': `${head}.${part(claims({ sub: 'user-2' }))}.${signature}`,
    'a changed signature': `${head}.${body}.${flipped(signature, 5)}`,
    'a shortened signature': `${head}.${body}.${signature.slice(0, -2)}`,
    'a lengthened signature': `${good}AA`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'four parts': `${good}.${signature}`,
    padding: `${good}=`,
    'a space inside': `${head}.${body}. ${signature}`,
    'the wide alphabet':
      sign(hs, claims({ name: '???>>>' }))
        .replaceAll('-', '+')
        .replaceAll('_', '/') + '+',
    'a body that is no object': sign(hs, '[]'),
    'a body that is no JSON': sign(hs, 'user-1'),
    'over 8 KiB': token({ name: 'a'.repeat(9000) }),
    words: 'let-me-in-please',
  };
}
