// The vendor's own clients: its SDK of today and of yesterday, and its command line.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';
import Stripe17 from 'stripe17';

export const KEY = 'sk_test_sandbox_1234567890';
export const SECRET = 'whsec_sandbox_0123456789abcdef0123456789';
export const CONNECT = 'whsec_sandbox_connect_0123456789abcdef0123456789';

function at(url) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 };
}

export const sdk = (url, options) =>
  new Stripe(KEY, { ...at(url), apiVersion: '2026-08-26.dahlia', ...options });
export const oldSdk = (url, options) =>
  new Stripe17(KEY, { ...at(url), apiVersion: '2024-06-20', ...options });

// Reads an event as the vendor tells everybody to; throws on a signature that is none.
export const read = (body, header, secret = SECRET) =>
  new Stripe('sk_none').webhooks.constructEvent(body, header, secret);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// `stripe trigger EVENT`: { status, out }.
export function trigger(url, event, home) {
  const child = spawn(
    here('node_modules/.bin/stripe'),
    ['trigger', event, '--api-base', url, '--api-key', KEY],
    { env: { PATH: process.env.PATH, HOME: home } },
  );
  let out = '';
  child.stdout.on('data', (piece) => (out += piece));
  child.stderr.on('data', (piece) => (out += piece));
  return new Promise((done) => child.on('exit', (status) => done({ status, out })));
}

// The members that the SDK's types promise of an object: those without a question mark.
export function promised(file, name) {
  const text = readFileSync(here(`node_modules/stripe/cjs/resources/${file}.d.ts`), 'utf8');
  const begin = new RegExp(`^(\\s*)(?:export )?interface ${name} \\{$`, 'm').exec(text);
  const lines = text.slice(begin.index + begin[0].length).split('\n').slice(1);
  const own = lines.slice(0, lines.indexOf(`${begin[1]}}`));
  const member = new RegExp(`^${begin[1]}    (\\w+): `);
  return own.map((line) => member.exec(line)?.[1]).filter(Boolean);
}
