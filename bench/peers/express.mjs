// Express, as its guides have it: raw bytes where a signature is checked, one transaction for each
// request.  PEER_DB is a file (better-sqlite3) or a postgres:// URL (pg).
import express from 'express';
import { checkout } from './checkout.mjs';
import { hints } from './hint.mjs';
import { pgStore } from './pg.mjs';
import { sqliteStore } from './sqlite.mjs';
import { askSession, askSubscription, check, notice, operationOf } from './words.mjs';
import { Refusal, stripeNotice } from './words.mjs';

const database = process.env.PEER_DB;
const store = database.startsWith('postgres:') ? pgStore(database) : sqliteStore(database);
const { take, confirm, takeInvoice, renew } = store;
const asked = process.env.PEER_CONFIRM === 'ask';
const heard = asked ? hints({ take, ask: askSession, act: confirm }) : store.settle;
const renewed = hints({ take: takeInvoice, ask: askSubscription, act: renew });
const app = express();
app.disable('x-powered-by');
app.disable('etag');

const json = (answer, text) => answer.type('application/json').send(text);
const caught = (handler) => (request, answer, next) => handler(request, answer).catch(next);
const raw = express.raw({ type: '*/*', limit: '256kb' });

app.post(
  '/api/webhooks/moneymotion',
  raw,
  caught(async (request, answer) => {
    await heard(notice(request.body, request.headers));
    json(answer, '{"received":true}');
  }),
);
app.post(
  '/api/webhooks/stripe',
  raw,
  caught(async (request, answer) => {
    await renewed(stripeNotice(request.body, request.headers));
    json(answer, '{"received":true}');
  }),
);
app.post(
  '/api/checkout/create',
  raw,
  caught(async (request, answer) => {
    check(request.headers);
    json(answer, await checkout(store, request.headers, request.body));
  }),
);
const uses = { spend: 'spend', reserve: 'reserve', settle: 'settleHeld' };
for (const [path, kind] of Object.entries(uses))
  app.post(
    `/api/credits/${path}`,
    raw,
    caught(async (request, answer) => {
      check(request.headers);
      const operation = operationOf(request.headers, request.body);
      json(answer, await store[kind]({ operation, said: JSON.parse(request.body) }));
    }),
  );
app.post(
  '/api/access/check',
  raw,
  caught(async (request, answer) => {
    check(request.headers);
    json(answer, await store.gate(JSON.parse(request.body)));
  }),
);
app.get(
  '/api/orders/:id',
  caught(async (request, answer) => {
    check(request.headers);
    const order = await store.read(request.params.id);
    if (!order) throw new Refusal(404, 'NOT_FOUND', 'there is no such order');
    json(answer, order);
  }),
);
app.use('/assets', express.static(process.env.PEER_ASSETS, { maxAge: '1y', immutable: true }));
app.use((error, request, answer, next) => {
  if (answer.headersSent) return next(error);
  if (!(error instanceof Refusal)) console.error(error);
  const { status = 500, code = 'INTERNAL' } = error;
  answer.status(status).json({ success: false, error: error.message, code });
});
app.listen(Number(process.env.PEER_PORT), '127.0.0.1', 1024);
