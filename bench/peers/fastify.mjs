// Fastify on better-sqlite3 with group commit: the strongest of the peers.
import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';
import { batchStore } from './batch.mjs';
import { checkout } from './checkout.mjs';
import { hints } from './hint.mjs';
import { askSession, askSubscription, check, notice, operationOf } from './words.mjs';
import { Refusal, stripeNotice } from './words.mjs';

const store = batchStore(process.env.PEER_DB);
const { take, confirm, takeInvoice, renew } = store;
const asked = process.env.PEER_CONFIRM === 'ask';
const heard = asked ? hints({ take, ask: askSession, act: confirm }) : store.settle;
const renewed = hints({ take: takeInvoice, ask: askSubscription, act: renew });
const app = Fastify({ logger: false, bodyLimit: 256 * 1024 });

app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
app.register(fastifyStatic, {
  root: process.env.PEER_ASSETS,
  prefix: '/assets/',
  maxAge: '1y',
  immutable: true,
});
app.post('/api/webhooks/moneymotion', async (request, reply) => {
  await heard(notice(request.body, request.headers));
  return reply.type('application/json').send('{"received":true}');
});
app.post('/api/webhooks/stripe', async (request, reply) => {
  await renewed(stripeNotice(request.body, request.headers));
  return reply.type('application/json').send('{"received":true}');
});
app.post('/api/checkout/create', async (request, reply) => {
  check(request.headers);
  const answer = await checkout(store, request.headers, request.body);
  return reply.type('application/json').send(answer);
});
const uses = { spend: 'spend', reserve: 'reserve', settle: 'settleHeld' };
for (const [path, kind] of Object.entries(uses))
  app.post(`/api/credits/${path}`, async (request, reply) => {
    check(request.headers);
    const operation = operationOf(request.headers, request.body);
    const answer = await store[kind]({ operation, said: JSON.parse(request.body) });
    return reply.type('application/json').send(answer);
  });
app.post('/api/access/check', async (request, reply) => {
  check(request.headers);
  return reply.type('application/json').send(await store.gate(JSON.parse(request.body)));
});
app.get('/api/orders/:id', async (request, reply) => {
  check(request.headers);
  const order = await store.read(request.params.id);
  if (!order) throw new Refusal(404, 'NOT_FOUND', 'there is no such order');
  return reply.type('application/json').send(order);
});
app.setErrorHandler((error, request, reply) => {
  if (!(error instanceof Refusal)) console.error(error);
  const { status = 500, code = 'INTERNAL' } = error;
  return reply.status(status).send({ success: false, error: error.message, code });
});
await app.listen({ port: Number(process.env.PEER_PORT), host: '127.0.0.1', backlog: 1024 });
