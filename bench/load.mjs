// Load, and what came of it.  wrk keeps each connection busy: the next request leaves when the last
// answer is there.  pace() instead sends at fixed times, and counts from those.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { cpuMs, folder, residentMiB, SECRET } from './server.mjs';

// ---- webhooks, signed beforehand

export function webhookOf(line) {
  const [session, attemptId, orderId, total] = line.split(' ');
  const body = JSON.stringify({
    checkoutSession: {
      id: session,
      createdByCustomerId: '0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8',
      createdOnCustomerSessionId: 'c0ffee00-1111-4222-8333-444455556666',
      status: 'completed',
      totalInCents: Number(total),
      metadata: { orderId, attemptId },
      storeId: '7b1d2c3e-4f50-4a61-8b72-9c83ad94be05',
    },
    event: 'checkout_session:complete',
    customer: {
      firstName: 'Ada',
      lastName: 'Example',
      address: '1 Test Street',
      city: 'Lisbon',
      region: 'LI',
      postalCode: '1000-001',
      country: 'PT',
      email: 'ada@example.com',
      paymentMethodInfo: { type: 'card', lastFourDigits: '4242', cardBrand: 'visa' },
    },
  });
  const signature = createHmac('sha512', SECRET).update(body).digest('base64');
  return (
    'POST /api/webhooks/moneymotion HTTP/1.1\r\nHost: 127.0.0.1\r\n' +
    'Content-Type: application/json\r\nUser-Agent: MoneyMotion-Webhooks/1.0\r\n' +
    `x-moneymotion-signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

// The whole requests of a list of orders or plans, as load.lua reads them.
export function writeWebhooks(list, name, requestOf) {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  const lines = readFileSync(list, 'utf8').trimEnd().split('\n');
  for (let i = 0; i < lines.length; i += 1000) {
    const some = lines.slice(i, i + 1000).map(requestOf);
    writeSync(file, some.map((text) => `${text.length}\n${text}`).join(''));
  }
  closeSync(file);
  return { path, bytes: statSync(path).size };
}

// ---- wrk

function wrk(server, connections, seconds, script, path) {
  const threads = script[0] === 'hold' ? connections : 1;
  const args = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '30s'];
  args.push('--latency', '-s', 'bench/load.lua', server.url + path, '--', ...script);
  const child = spawn('wrk', args);
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  child.stderr.on('data', (piece) => (text += piece));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', () => {
      const line = text.match(/^RESULT (.*)$/m);
      line ? done(JSON.parse(line[1])) : failed(new Error(`wrk said: ${text}`));
    });
  });
}

// { perSecond, p50, p99 (ms), cpu (% of one core), mib, bad, requests, offset }
export async function measure(server, connections, seconds, script, path = '/') {
  const before = cpuMs(server);
  const got = await wrk(server, connections, seconds, script.map(String), path);
  const cpu = cpuMs(server) - before;
  return {
    requests: got.requests,
    offset: got.offset,
    bad: got.bad + got.broken,
    perSecond: (got.requests * 1e6) / got.us,
    p50: got.p50 / 1000,
    p99: got.p99 / 1000,
    cpu: (cpu * 1000 * 100) / got.us,
    mib: residentMiB(server),
  };
}

// ---- at fixed times

function readWebhook(path, offset) {
  const file = openSync(path, 'r');
  const room = Buffer.alloc(4096);
  const n = readSync(file, room, 0, room.length, offset);
  closeSync(file);
  const text = room.toString('latin1', 0, n);
  const end = text.indexOf('\n');
  const whole = text.slice(end + 1, end + 1 + Number(text.slice(0, end)));
  const [head, body] = whole.split('\r\n\r\n');
  const headers = head.split('\r\n').slice(1).map((line) => line.split(': '));
  return { headers: Object.fromEntries(headers), body, next: offset + end + 1 + whole.length };
}

function send(server, agent, one, due) {
  return new Promise((done) => {
    const path = '/api/webhooks/moneymotion';
    const asked = request(server.url + path, { method: 'POST', agent, headers: one.headers });
    asked.once('response', (answer) => {
      answer.resume();
      answer.once('end', () =>
        done({ ms: performance.now() - due, good: answer.statusCode === 200 }),
      );
    });
    asked.once('error', () => done({ ms: performance.now() - due, good: false }));
    asked.end(one.body);
  });
}

// perSecond webhooks for some seconds; each is timed from the moment at which it was due.
export async function pace(server, webhooks, offset, perSecond, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const all = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    all.push(readWebhook(webhooks.path, offset));
    offset = all[i].next;
  }
  const start = performance.now() + 50;
  const answers = await new Promise((done) => {
    const sent = [];
    const tick = setInterval(() => {
      const now = performance.now();
      while (sent.length < all.length && start + (sent.length * 1000) / perSecond <= now)
        sent.push(send(server, agent, all[sent.length], start + (sent.length * 1000) / perSecond));
      if (sent.length < all.length) return;
      clearInterval(tick);
      done(Promise.all(sent));
    }, 1);
  });
  agent.destroy();
  const ms = answers.map((one) => one.ms).sort((a, b) => a - b);
  return {
    offset,
    p50: ms[Math.floor(ms.length / 2)],
    p99: ms[Math.floor(ms.length * 0.99)],
    bad: answers.filter((one) => !one.good).length,
  };
}
