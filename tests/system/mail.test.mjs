// Mails leave through a real SMTP server, and wait when it is away.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, folder, freePort, freshDatabase, serve, sql } from './lib/server.mjs';

async function smtpServer(t, port) {
  const mailbox = join(folder(t), 'box');
  for (const part of ['new', 'tmp', 'cur']) mkdirSync(join(mailbox, part), { recursive: true });
  const child = spawn(
    '/usr/bin/python3',
    ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', mailbox],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  const listens = () =>
    new Promise((done) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => done(true) || socket.destroy());
      socket.on('error', () => done(false));
    });
  while (!(await listens())) await sleep(20);
  const received = () => {
    try {
      const names = readdirSync(join(mailbox, 'new'));
      return names.map((name) => readFileSync(join(mailbox, 'new', name), 'utf8'));
    } catch {
      return [];
    }
  };
  return { received };
}

// A queued mail as a feature would have written it in the commit of its deed.
const queued = (to, subject, text) =>
  `INSERT INTO mail (kind, about, customer_n, key, state, version, to_address, to_name, subject,
     text_body, html_body, message_id, created_ms, since_ms, due_ms, done_ms, tries, last_error)
   VALUES ('test', '', 0, '', 0, 1, '${to}', 'Zoë', '${subject}', '${text}', '',
     'test.${Math.random()}@localhost', 0, ${Date.now()}, 0, 0, 0, '')`;

test('R63 a mail reaches a real server once, with its dots and its umlauts', async (t) => {
  const port = await freePort();
  const smtp = await smtpServer(t, port);
  const database = freshDatabase(t);
  assert.equal(command(['migrate', '--database', database]).status, 0);
  sql(database, queued('zoe@example.com', 'Grüße', 'one\n.two\n..three\n'));
  sql(database, queued('eve@example.com\r\nBcc: all@example.com', 'x', 'never'));
  const env = { PURSER_SMTP_URL: `smtp://127.0.0.1:${port}`, PURSER_MAIL_FROM: 'shop@example.com' };
  await serve(t, { database, env });
  for (let i = 0; i < 400 && smtp.received().length === 0; i++) await sleep(50);
  await sleep(300);
  const mails = smtp.received();
  assert.equal(mails.length, 1, mails.join('\n----\n'));
  assert.match(mails[0], /^X-RcptTo: zoe@example\.com$/m);
  assert.match(mails[0], /^Subject: =\?utf-8\?/im);
  const body = mails[0].slice(mails[0].indexOf('\n\n'));
  const text = body.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  assert.match(text.replaceAll('\r', ''), /one\n\.two\n\.\.three/);
});

test('F40 a mail server that is away delays mails and nothing else', async (t) => {
  const port = await freePort();
  const database = freshDatabase(t);
  assert.equal(command(['migrate', '--database', database]).status, 0);
  sql(database, queued('late@example.com', 'late', 'but here'));
  const env = { PURSER_SMTP_URL: `smtp://127.0.0.1:${port}`, PURSER_MAIL_FROM: 'shop@example.com' };
  const server = await serve(t, { database, env });
  await sleep(1500);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200, 'it works without mail');
  const smtp = await smtpServer(t, port);
  for (let i = 0; i < 1200 && smtp.received().length === 0; i++) await sleep(50);
  assert.equal(smtp.received().length, 1);
});
