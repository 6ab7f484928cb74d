// Starts the real program on a free port with a database of its own, on SQLite or, when TEST_DB
// names a PostgreSQL, on a fresh database there.  Everything it starts it also ends.
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertDescribed } from './openapi.mjs';

export const PROGRAM = resolve(process.env.PURSER ?? 'build/purser');
export const SECRET_KEY = 'sk_test_system_0123456789abcdef';
export const JWT_SECRET = 'jwt-secret-of-the-system-tests-0123456789';
export const ON_POSTGRES = Boolean(process.env.TEST_DB);

// Below those that the kernel hands to whoever calls out: a server that is killed and starts again
// finds its port as it left it.
export function freePort() {
  const port = randomInt(10000, 32000);
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(freePort()));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(port)));
  });
}

export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'purser-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

let databases = 0;

// A database that nobody else uses: a file, or a new one on the PostgreSQL of TEST_DB.
export function freshDatabase(t, engine = ON_POSTGRES ? 'postgres' : 'sqlite') {
  if (engine === 'sqlite') return `sqlite:${join(folder(t), 'purser.db')}`;
  const url = new URL(process.env.TEST_DB);
  const name = `t${process.pid}_${++databases}`;
  psql(process.env.TEST_DB, `CREATE DATABASE ${name}`);
  t.after(() => psql(process.env.TEST_DB, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  url.pathname = `/${name}`;
  return url.href;
}

export function psql(url, sql) {
  const run = spawnSync('psql', [
    '-X',
    '-q',
    '-t',
    '-A',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    url,
    '-c',
    sql,
  ]);
  if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
  return run.stdout.toString().trim();
}

// A statement on a database that no server has open; PostgreSQL's may be open.
export function sql(database, text) {
  if (!database.startsWith('sqlite:')) return psql(database, text);
  const run = spawnSync('sqlite3', [database.slice('sqlite:'.length), text]);
  if (run.status !== 0) throw new Error(`sqlite3: ${run.stderr}`);
  return run.stdout.toString().trim();
}

function environment(more) {
  return { PATH: process.env.PATH, HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...more };
}

// A command of the program: { status, out, err }.
export function command(args, env = {}, options = {}) {
  const run = spawnSync(PROGRAM, args, {
    env: environment(env),
    timeout: 60_000,
    cwd: options.cwd ?? tmpdir(),
    ...options,
  });
  return { status: run.status, out: String(run.stdout ?? ''), err: String(run.stderr ?? '') };
}

// serve, until it says that it is ready.  options: database, sandbox, env, args, ready.
export async function serve(t, options = {}) {
  const database = options.database ?? freshDatabase(t);
  const port = options.port ?? (await freePort());
  const env = environment({
    PURSER_DATABASE: database,
    PURSER_LISTEN: `127.0.0.1:${port}`,
    PURSER_SITE_URL: `http://127.0.0.1:${port}`,
    PURSER_SECRET_KEY: SECRET_KEY,
    PURSER_JWT_SECRET: JWT_SECRET,
    PURSER_LOG: 'info',
    ...options.env,
  });
  const sandboxPort = options.sandbox ? (options.sandboxPort ?? (await freePort())) : 0;
  const sandbox = ['--sandbox', '--sandbox-listen', `127.0.0.1:${sandboxPort}`];
  const args = ['serve', ...(options.sandbox ? sandbox : []), ...(options.args ?? [])];
  const child = spawn(PROGRAM, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? folder(t),
  });
  const server = {
    child,
    port,
    sandboxPort,
    database,
    env,
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    out: '',
    err: '',
    ended: new Promise((done) => child.on('exit', (code, signal) => done({ code, signal }))),
  };
  child.stdout.on('data', (piece) => (server.out += piece));
  child.stderr.on('data', (piece) => (server.err += piece));
  server.stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return server.ended;
  };
  // The end of what it said, for messages.
  server.said = () => (server.out + server.err).split('\n').slice(-8).join('\n').slice(-2000);
  server.lines = () =>
    server.out
      .split('\n')
      .concat(server.err.split('\n'))
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  t.after(() => server.stop('SIGKILL'));
  if (options.ready !== false) await ready(server);
  return server;
}

export async function ready(server, milliseconds = 15_000) {
  const until = Date.now() + milliseconds;
  for (;;) {
    if (server.child.exitCode !== null || server.child.signalCode !== null)
      throw new Error(`purser ended: ${JSON.stringify(await server.ended)}\n${server.said()}`);
    const status = await fetch(`${server.url}/readyz`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > until) throw new Error(`not ready, /readyz says ${status}:\n${server.said()}`);
    await sleep(20);
  }
}

// A call of the API: { status, headers, body } with body as JSON where it is JSON.  from: the
// address to ask from, any of 127/8, because limits count by address.
export async function call(server, method, path, options = {}) {
  const { body, key = SECRET_KEY, from } = options;
  const headers = {
    ...(key ? { authorization: `Bearer ${key}` } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  };
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const asked = { method, headers, body: sent };
  const answer = await (from
    ? askFrom(from, server.port, path, asked)
    : ask(server.url + path, asked));
  const json = (answer.headers.get('content-type') ?? '').startsWith('application/json');
  const said = json ? JSON.parse(answer.text) : answer.text;
  assertDescribed(PROGRAM, { method, path, sent: body, status: answer.status, body: said });
  return { ...answer, body: said };
}

async function ask(url, asked) {
  const answer = await fetch(url, { ...asked, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function askFrom(localAddress, port, path, { method, headers, body }) {
  return new Promise((done, failed) => {
    const to = { host: '127.0.0.1', port, localAddress, path, method, headers, agent: false };
    const sent = request(to, (answer) => {
      const pieces = [];
      const whole = () =>
        done({
          status: answer.statusCode,
          headers: new Headers(answer.headers),
          text: Buffer.concat(pieces).toString(),
        });
      answer.on('data', (piece) => {
        pieces.push(piece);
        // A stream has no end: its beginning is the answer.
        if (answer.headers['content-type'] === 'text/event-stream') {
          whole();
          answer.destroy();
        }
      });
      answer.on('end', whole);
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

// An address that nobody asked from before.
let addresses = 0;
export function freshAddress() {
  addresses++;
  return `127.${1 + (addresses >> 16)}.${(addresses >> 8) & 255}.${addresses & 255}`;
}
