// Two servers that speak MoneyMotion's wires, built from the stock libraries that it is built on
// itself, so that our client is not only judged by our own simulator: tRPC 10 with superjson, and
// Effect's RPC over NDJSON.  Each keeps its sessions and answers like the real one.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import superjson from 'superjson';
import { z } from 'zod';
import { Effect, Layer, Schema } from 'effect';
import { HttpServer } from '@effect/platform';
import { Rpc, RpcGroup, RpcSerialization, RpcServer } from '@effect/rpc';

export const KEY = 'mk_test_oracle_0001';

const url = z.string().url();
const line = { name: z.string(), description: z.string() };
const input = z.object({
  description: z.string().min(1),
  urls: z.object({ success: url, cancel: url, failure: url }),
  userInfo: z.object({ email: z.string().email() }),
  lineItems: z
    .array(
      z.object({
        ...line,
        pricePerItemInCents: z.number().int().positive(),
        quantity: z.number().int().positive(),
      }),
    )
    .min(1),
  metadata: z.record(z.string()).optional(),
});

class Model {
  sessions = new Map();
  requests = [];
  open(payload, currency) {
    const id = randomUUID();
    const total = payload.lineItems.reduce((sum, l) => sum + l.pricePerItemInCents * l.quantity, 0);
    const createdAt = new Date();
    this.sessions.set(id, { id, status: 'pending', total, currency, payload, createdAt });
    return { checkoutSessionId: id };
  }
  info(id) {
    const s = this.sessions.get(id);
    if (!s) return undefined;
    return {
      id,
      createdAt: s.createdAt,
      status: s.status,
      customerEmail: s.payload.userInfo.email,
      checkoutSessionItems: s.payload.lineItems,
      totalPrice: { amountInCents: s.total, amountInCentsUsd: s.total, currency: s.currency },
    };
  }
}

function listen(server) {
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)),
  );
}

export async function trpcServer(t) {
  const model = new Model();
  const trpc = initTRPC.context().create({ transformer: superjson });
  const checked = trpc.procedure.use(({ ctx, next }) => {
    if (ctx.key !== KEY) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Invalid API key' });
    return next();
  });
  const router = trpc.router({
    checkoutSessions: trpc.router({
      createCheckoutSession: checked
        .input(input)
        .mutation(({ input: payload, ctx }) => model.open(payload, ctx.currency)),
      getCompletedOrPendingCheckoutSessionInfo: checked
        .input(z.object({ checkoutId: z.string() }))
        .query(({ input: { checkoutId } }) => {
          const info = model.info(checkoutId);
          if (!info) throw new TRPCError({ code: 'NOT_FOUND', message: 'not found' });
          return info;
        }),
    }),
  });
  const handler = createHTTPHandler({
    router,
    createContext: ({ req }) => ({
      key: req.headers['x-api-key'],
      currency: req.headers['x-currency'],
    }),
  });
  const server = createServer((req, res) => {
    model.requests.push({ method: req.method, url: req.url, headers: req.headers });
    handler(req, res);
  });
  const url = await listen(server);
  t.after(() => server.close());
  return { url, model };
}

class AuthenticationError extends Schema.TaggedError()('AuthenticationError', {
  code: Schema.String,
  message: Schema.String,
}) {}

const Payload = Schema.Struct({
  description: Schema.String,
  urls: Schema.Struct({ success: Schema.String, cancel: Schema.String, failure: Schema.String }),
  userInfo: Schema.Struct({ email: Schema.String }),
  lineItems: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      description: Schema.String,
      pricePerItemInCents: Schema.Number.pipe(Schema.positive()),
      quantity: Schema.Number.pipe(Schema.positive()),
    }),
  ),
  metadata: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
});

export async function effectServer(t) {
  const model = new Model();
  class Calls extends RpcGroup.make(
    Rpc.make('CheckoutSessionsCreateCheckoutSession', {
      payload: Payload,
      success: Schema.Struct({ checkoutSessionId: Schema.String }),
      error: AuthenticationError,
    }),
    Rpc.make('CheckoutSessionsGetCompletedOrPendingCheckoutSessionInfo', {
      payload: Schema.Struct({ checkoutId: Schema.String }),
      success: Schema.Unknown,
      error: AuthenticationError,
    }),
  ) {}
  let headers = {};
  const wrong = () =>
    new AuthenticationError({ code: 'unauthorized', message: 'Invalid API key' });
  const live = Calls.toLayer({
    CheckoutSessionsCreateCheckoutSession: (payload) =>
      headers['x-api-key'] === KEY
        ? Effect.succeed(model.open(payload, headers['x-currency']))
        : Effect.fail(wrong()),
    CheckoutSessionsGetCompletedOrPendingCheckoutSessionInfo: ({ checkoutId }) =>
      headers['x-api-key'] === KEY && model.sessions.has(checkoutId)
        ? Effect.succeed(model.info(checkoutId))
        : Effect.fail(wrong()),
  });
  const { handler, dispose } = RpcServer.toWebHandler(Calls, {
    layer: Layer.mergeAll(live, RpcSerialization.layerNdjson, HttpServer.layerContext),
  });
  const server = createServer(async (req, res) => {
    const pieces = [];
    for await (const piece of req) pieces.push(piece);
    headers = req.headers;
    model.requests.push({ method: req.method, url: req.url, headers });
    const answer = await handler(
      new Request(`http://oracle${req.url}`, {
        method: req.method,
        headers: req.headers,
        body: Buffer.concat(pieces),
      }),
    );
    res.writeHead(answer.status, Object.fromEntries(answer.headers));
    res.end(Buffer.from(await answer.arrayBuffer()));
  });
  const url = await listen(server);
  t.after(async () => {
    server.close();
    await dispose();
  });
  return { url, model };
}
