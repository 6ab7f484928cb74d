// What is measured, as processes: started on free ports, asked what they cost, stopped by number.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'purser-bench-'));
export const KEY = 'sk_bench_0123456789abcdef0123456789';
export const SECRET = 'mm_bench_secret_0123456789abcdef';
export const STRIPE_SECRET = 'whsec_bench_0123456789abcdef';
export const TOTAL = 3568; // of every order here

// Every subscription here began a month and ten minutes ago, so that its next period has begun.
const TEN_MINUTES_MS = 600_000;
function monthsFrom(ms, months) {
  const at = new Date(ms);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.getTime();
}
export const BEGAN_MS = monthsFrom(Math.floor(Date.now() / 1000) * 1000 - TEN_MINUTES_MS, -1);
export const RENEWED_MS = monthsFrom(BEGAN_MS, 1);
export const ENDS_MS = monthsFrom(BEGAN_MS, 2);
const alive = new Set();
chmodSync(folder, 0o755); // PostgreSQL runs as somebody else


// Every tool here ends well, or the bench ends.
export function run(program, args, options = {}) {
  const got = spawnSync(program, args, { maxBuffer: 1 << 30, ...options });
  if (got.error) throw got.error;
  if (got.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')}: ${got.signal ?? `ended with ${got.status}`}: ` +
        `${got.stderr}${got.stdout}`.slice(0, 2000),
    );
  return String(got.stdout ?? '');
}

export function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy() && done(true));
    socket.once('error', () => done(false));
  });
}

// ---- what a process costs

const TICK_MS = 10; // getconf CLK_TCK is 100 wherever this runs

// ended: and of its children that have ended.
function cpuOf(stat, ended = false) {
  const field = readFileSync(stat, 'latin1').replace(/^.*\) /s, '').split(' ');
  const of = field.slice(11, ended ? 15 : 13).map(Number);
  return of.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1').replace(/^.*\) /s, '');
        return Number(stat.split(' ')[1]) === pid;
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}

function statusOf(pid, field) {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(text.match(new RegExp(`${field}:\\s+(\\d+)`))[1]) / 1024;
}

// Milliseconds of processor time so far, the database's processes included.
export function cpuMs(server) {
  let all = server.database ? cpuOf(`/proc/${server.database}/stat`, true) : 0;
  for (const pid of [server.pid, ...(server.database ? childrenOf(server.database) : [])])
    try {
      all += cpuOf(`/proc/${pid}/stat`);
    } catch {
      // a connection that was closed meanwhile
    }
  return all;
}

export const residentMiB = (server) => statusOf(server.pid, 'VmRSS');

// { writer: ms, loop: ms, … }: threads of one name together.
export function threadsMs(server) {
  const all = {};
  for (const id of readdirSync(`/proc/${server.pid}/task`))
    try {
      const name = readFileSync(`/proc/${server.pid}/task/${id}/comm`, 'latin1').trim();
      all[name] = (all[name] ?? 0) + cpuOf(`/proc/${server.pid}/task/${id}/stat`);
    } catch {
      // a caller that went home
    }
  return all;
}

// ---- life

export async function start(name, program, args, env, port) {
  const path = join(folder, `${name.replace(/\W+/g, '-')}.log`);
  const log = openSync(path, 'a');
  const began = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const server = { name, pid: child.pid, port, url: `http://127.0.0.1:${port}` };
  server.stop = () => {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((done) => {
      child.once('exit', done);
      child.kill('SIGTERM');
    });
  };
  child.once('exit', () => alive.delete(server));
  alive.add(server);
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() - began > 60_000)
      throw new Error(`${name} did not start:\n${readFileSync(path, 'utf8').slice(-2000)}`);
    await sleep(5);
  }
  server.startedMs = performance.now() - began;
  return server;
}

const plain = { PATH: process.env.PATH, HOME: '/nonexistent', LC_ALL: 'C.UTF-8' };

const STRIPE = {
  STRIPE_SECRET_KEY: 'sk_live_bench0123456789abcdef',
  STRIPE_WEBHOOK_SECRET: STRIPE_SECRET,
};

export async function startPurser({ name = 'purser', database, gateway, confirm, sandbox, plans }) {
  const port = await freePort();
  const env = {
    ...plain,
    PURSER_DATABASE: database,
    PURSER_LISTEN: `127.0.0.1:${port}`,
    PURSER_LOG: 'warn',
    PURSER_SECRET_KEY: KEY,
    MONEYMOTION_API_KEY: 'mk_bench_0123456789abcdef',
    MONEYMOTION_WEBHOOK_SECRET: SECRET,
    MONEYMOTION_API_URL: gateway.url,
    ...(confirm ? { MONEYMOTION_CONFIRM: confirm } : {}),
    ...(plans ? { ...STRIPE, STRIPE_API_URL: gateway.url } : {}),
  };
  const program = process.env.PURSER ?? 'build/purser';
  const args = ['serve', '--catalog', 'bench/catalog.json'];
  if (sandbox) args.push('--sandbox', '--sandbox-listen', `127.0.0.1:${await freePort()}`);
  const server = await start(name, program, args, env, port);
  server.metrics = async () => {
    const headers = { authorization: `Bearer ${KEY}` };
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    return (metric) => Number(text.match(new RegExp(`^purser_${metric} (\\S+)`, 'm'))?.[1] ?? 0);
  };
  return server;
}

export async function startPeer({ name, program, database, gateway, confirm }) {
  const port = await freePort();
  const env = {
    ...plain,
    NODE_ENV: 'production',
    PEER_DB: database,
    PEER_PORT: String(port),
    PEER_KEY: KEY,
    PEER_SECRET: SECRET,
    PEER_STRIPE_SECRET: STRIPE_SECRET,
    PEER_GATEWAY: gateway.url,
    PEER_ASSETS: join(process.cwd(), 'assets'),
    PEER_CONFIRM: confirm ?? 'ask',
  };
  return start(name, process.execPath, [`bench/peers/${program}`], env, port);
}

export async function startGateway(delayMs) {
  const port = await freePort();
  const args = [port, delayMs, TOTAL, RENEWED_MS / 1000, ENDS_MS / 1000].map(String);
  return start(`gateway ${delayMs}`, 'build/release/gateway_bench', args, plain, port);
}

export async function startNginx() {
  const port = await freePort();
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${folder}/${what};`)
    .join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
     events { worker_connections 4096; }
     http { access_log off; keepalive_requests 100000000; ${temp}
       server { listen 127.0.0.1:${port} backlog=1024; location / { return 200 "ok\\n"; } } }\n`,
  );
  const args = ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'nginx.log')];
  return start('nginx', process.env.NGINX ?? 'nginx', args, plain, port);
}

// A PostgreSQL with its own defaults, and databases in it.
export function startPostgres() {
  const at = join(folder, 'postgres');
  const env = { ...process.env, DURABLE: '1' };
  const url = run('tools/postgres.sh', ['start', at], { env }).trim();
  const pid = Number(readFileSync(join(at, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const say = (sql, database = url) => run('psql', ['-X', '-q', '-d', database, '-c', sql]);
  const rows = (sql, database = url) =>
    run('psql', ['-X', '-q', '-t', '-A', '-d', database, '-c', sql]).trim().split('\n');
  const named = (name) => url.replace(/[^/]*$/, name);
  const nameOf = (database) => database.split('/').pop();
  if (rows('SHOW fsync')[0] !== 'on')
    throw new Error('this PostgreSQL does not sync');
  return {
    pid,
    fresh: (name, make) => {
      say(`CREATE DATABASE ${name}`);
      make(named(name));
      // Not where nothing is: a plan made for no rows would be kept while many come.
      const filled = `SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0
        AND relnamespace = 'public'::regnamespace ORDER BY relname`;
      for (const table of rows(filled, named(name))) say(`VACUUM ANALYZE ${table}`, named(name));
      return named(name);
    },
    copy: (database, name) => {
      say(`CREATE DATABASE ${name} TEMPLATE ${nameOf(database)} STRATEGY file_copy`);
      return named(name);
    },
    drop: (database) => say(`DROP DATABASE ${nameOf(database)} WITH (FORCE)`),
    stop: () => run('tools/postgres.sh', ['stop', at]),
  };
}

// One number out of a database, beside its server.
export function ask(database, sql) {
  const text = database.startsWith('postgres:')
    ? run('psql', ['-X', '-q', '-t', '-A', '-d', database, '-c', sql])
    : run('sqlite3', ['-readonly', '-cmd', '.timeout 5000', database.replace('sqlite:', ''), sql]);
  return Number(text.trim().split('\n').pop());
}

export async function stopAll() {
  await Promise.all([...alive].map((server) => server.stop()));
}

export const forget = () => rmSync(folder, { recursive: true, force: true });
