// What the peers share, whatever their framework and their database: what they believe, what they
// charge, and what their answers look like.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Pool } from 'undici';

export const SECRET = process.env.PEER_SECRET;
export const KEY = process.env.PEER_KEY;
const STRIPE_SECRET = process.env.PEER_STRIPE_SECRET;
const GATEWAY = new URL(process.env.PEER_GATEWAY ?? 'http://127.0.0.1:1');
const PRICES = {
  'mug-usd': { product: 'mug', name: 'Mug', unit: 1999 },
  'pen-usd': { product: 'pen', name: 'Pen', unit: 333 },
};
const TAX = { DE: 1900 };
const DAY_MS = 24 * 3600 * 1000;

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const sha256 = (data) => createHash('sha256').update(data).digest();

export function check(headers) {
  const given = Buffer.from(headers.authorization ?? '');
  const ours = Buffer.from(`Bearer ${KEY}`);
  if (given.length !== ours.length || !timingSafeEqual(given, ours))
    throw new Refusal(401, 'UNAUTHENTICATED', 'no such key');
}

// ---- webhooks

export function notice(raw, headers) {
  const given = Buffer.from(headers['x-moneymotion-signature'] ?? '', 'base64');
  const ours = createHmac('sha512', SECRET).update(raw).digest();
  if (given.length !== ours.length || !timingSafeEqual(given, ours))
    throw new Refusal(400, 'BAD_SIGNATURE', 'the signature does not hold');
  const said = JSON.parse(raw);
  const session = said.checkoutSession?.id;
  if (typeof session !== 'string' || said.event !== 'checkout_session:complete')
    throw new Refusal(400, 'INVALID_REQUEST', 'not an event of this bench');
  const method = said.customer?.paymentMethodInfo ?? {};
  const kept = { ...headers, 'x-moneymotion-signature': sha256(given).toString('hex') };
  return {
    id: `evt_${randomUUID()}`,
    key: sha256(raw),
    name: said.event,
    session,
    amount: said.checkoutSession.totalInCents,
    method: JSON.stringify({
      type: method.type,
      brand: method.cardBrand,
      last4: String(method.lastFourDigits ?? '').slice(-4),
    }),
    headers: JSON.stringify(kept),
    raw,
    at: Date.now(),
  };
}

// As Stripe signs: a time, and a MAC over it and the body.
export function stripeNotice(raw, headers) {
  const words = (headers['stripe-signature'] ?? '').split(',').map((word) => word.split('='));
  const { t, v1 } = Object.fromEntries(words);
  const given = Buffer.from(v1 ?? '', 'hex');
  const ours = createHmac('sha256', STRIPE_SECRET).update(`${t}.`).update(raw).digest();
  const late = Math.abs(Date.now() / 1000 - Number(t)) > 300;
  if (late || given.length !== ours.length || !timingSafeEqual(given, ours))
    throw new Refusal(400, 'BAD_SIGNATURE', 'the signature does not hold');
  const said = JSON.parse(raw);
  const subscription = said.data?.object?.parent?.subscription_details?.subscription;
  if (typeof subscription !== 'string' || said.type !== 'invoice.paid' || !said.livemode)
    throw new Refusal(400, 'INVALID_REQUEST', 'not an event of this bench');
  return {
    id: `evt_${randomUUID()}`,
    key: sha256(said.id),
    name: said.type,
    session: subscription,
    headers: JSON.stringify({ ...headers, 'stripe-signature': sha256(given).toString('hex') }),
    raw,
    at: Date.now(),
  };
}

// What follows from a payment: the facts, in the order in which they are told.
export function factsOf(n, row) {
  const paid = JSON.stringify({
    orderId: row.order_id,
    attemptId: row.attempt_id,
    gateway: 'moneymotion',
    amount: { amount: row.amount, currency: row.currency },
    confirmedBy: 'webhook',
    event: n.id,
  });
  const event = JSON.stringify({
    event: n.name,
    reference: n.session,
    sha256: n.key.toString('hex'),
    outcome: 'applied',
  });
  return [
    [n.at, 'MONEYMOTION_WEBHOOK_RECEIVED', 'purser', n.id, event],
    [n.at, 'PAYMENT_RECEIVED', 'purser', row.order_id, paid],
    [n.at, 'ORDER_COMPLETED', 'purser', row.order_id, paid],
    [n.at, 'MONEYMOTION_WEBHOOK_PROCESSED', 'purser', n.id, event],
  ];
}

export function differs(n, row) {
  return row.status === 'captured' || Number(row.amount) !== n.amount;
}

// ---- checkout

export function priced(body) {
  if (!Array.isArray(body.items) || body.items.length === 0 || !/^\S+@\S+$/.test(body.email))
    throw new Refusal(400, 'INVALID_REQUEST', 'items and email are needed');
  const rate = TAX[body.country] ?? 0;
  const lines = body.items.map(({ price, quantity }) => {
    const p = PRICES[price];
    if (!p || !Number.isInteger(quantity) || quantity < 1)
      throw new Refusal(422, 'PRICE_NOT_ACTIVE', 'there is no such price');
    const amount = p.unit * quantity;
    const tax = Math.round((amount * rate) / 10000);
    return { ...p, price, quantity, amount, discount: 0, tax, total: amount + tax };
  });
  const sum = (what) => lines.reduce((all, line) => all + line[what], 0);
  const at = Date.now();
  return {
    id: `ord_${randomUUID()}`,
    attempt: `att_${randomUUID()}`,
    email: body.email,
    country: body.country,
    currency: 'USD',
    subtotal: sum('amount'),
    tax: sum('tax'),
    total: sum('total'),
    lines: JSON.stringify(lines),
    basket: sha256(JSON.stringify([body.email, body.items])),
    at,
    expires: at + DAY_MS,
  };
}

export function operationOf(headers, raw) {
  const key = headers['idempotency-key'];
  if (!key) throw new Refusal(400, 'IDEMPOTENCY_KEY_REQUIRED', 'a key is needed');
  return { key: createHmac('sha256', KEY).update(key).digest(), fingerprint: sha256(raw) };
}

const gateway = new Pool(GATEWAY.origin, { connections: 1024, pipelining: 1 });

export async function open(order) {
  const { statusCode, body } = await gateway.request({
    method: 'POST',
    path: '/checkoutSessions.createCheckoutSession',
    headers: { 'content-type': 'application/json', 'x-api-key': 'mk_bench', 'x-currency': 'USD' },
    body: JSON.stringify({
      json: {
        description: `Order ${order.id}`,
        userInfo: { email: order.email },
        lineItems: JSON.parse(order.lines).map((line) => ({
          name: line.name,
          pricePerItemInCents: line.unit,
          quantity: line.quantity,
        })),
        metadata: { orderId: order.id, attemptId: order.attempt },
      },
    }),
  });
  const said = await body.json();
  const session = said.result?.data?.json?.checkoutSessionId;
  if (statusCode !== 200 || !session)
    throw new Refusal(502, 'GATEWAY_UNAVAILABLE', 'the gateway did not answer');
  return { session, url: `https://pay.example.com/checkout/${session}` };
}

const SESSION = '/checkoutSessions.getCompletedOrPendingCheckoutSessionInfo';

// How a session stands: what is paid there, or a refusal.
export async function askSession(session) {
  const input = encodeURIComponent(JSON.stringify({ json: { checkoutId: session } }));
  const { statusCode, body } = await gateway.request({
    method: 'GET',
    path: `${SESSION}?json.checkoutId=${session}&input=${input}`,
    headers: { 'x-api-key': 'mk_bench' },
  });
  const said = (await body.json()).result?.data?.json;
  if (statusCode !== 200 || said?.status !== 'completed' || said.id !== session)
    throw new Refusal(502, 'GATEWAY_UNAVAILABLE', 'the gateway does not say that it is paid');
  return { amount: said.totalPrice.amountInCents };
}

async function stripe(path) {
  const headers = { authorization: 'Bearer sk_live_bench', 'stripe-version': '2025-09-30.clover' };
  const { statusCode, body } = await gateway.request({ method: 'GET', path, headers });
  const said = await body.json();
  if (statusCode !== 200) throw new Refusal(502, 'GATEWAY_UNAVAILABLE', 'Stripe did not answer');
  return said;
}

// How a subscription stands, and its newest invoice that was paid.
export async function askSubscription(id) {
  const sub = await stripe(`/v1/subscriptions/${id}?expand[]=default_payment_method`);
  const list = await stripe(`/v1/invoices?subscription=${id}&limit=12&expand[]=data.payments`);
  const item = sub.items.data[0];
  const invoice = list.data.find((one) => one.status === 'paid');
  const period = invoice?.lines.data[0].period;
  if (sub.id !== id || sub.status !== 'active' || period?.end !== item.current_period_end)
    throw new Refusal(502, 'GATEWAY_UNAVAILABLE', 'Stripe does not say that it is renewed');
  return {
    invoice: invoice.id,
    payment: invoice.payments.data[0].payment.payment_intent,
    subtotal: invoice.subtotal,
    tax: invoice.total_taxes.reduce((sum, one) => sum + one.amount, 0),
    amount: invoice.amount_due,
    price: item.price.unit_amount,
    method: JSON.stringify(sub.default_payment_method.card),
    begins: period.start * 1000,
    ends: period.end * 1000,
  };
}

const numberOf = (n, at) =>
  `ORD-${new Date(Number(at)).getUTCFullYear()}-${String(n).padStart(6, '0')}`;

export function openedAnswer(order, n, opened) {
  return JSON.stringify({
    success: true,
    data: {
      orderId: order.id,
      orderNumber: numberOf(n, order.at),
      status: 'pending',
      total: { amount: order.total, currency: order.currency },
      gateway: 'moneymotion',
      sessionId: opened.session,
      checkoutUrl: opened.url,
      expiresAt: new Date(order.expires).toISOString(),
    },
  });
}

// ---- reading

const time = (ms) => (ms ? new Date(Number(ms)).toISOString() : null);

export function orderAnswer(o, attempts) {
  const money = (amount) => ({ amount: Number(amount), currency: o.currency });
  const paid = attempts.filter((a) => a.status === 'captured');
  return JSON.stringify({
    success: true,
    data: {
      orderId: o.id,
      orderNumber: numberOf(o.n, o.created_ms),
      status: o.status,
      version: Number(o.version),
      email: o.email,
      country: o.country,
      lines: JSON.parse(o.lines),
      subtotal: money(o.subtotal),
      discount: money(0),
      tax: money(o.tax),
      taxInclusive: false,
      taxBasisPoints: TAX[o.country] ?? 0,
      total: money(o.total),
      refunded: money(0),
      createdAt: time(o.created_ms),
      expiresAt: time(o.expires_ms),
      completedAt: time(o.completed_ms),
      reason: null,
      attempts: attempts.map((a) => ({
        id: a.id,
        gateway: 'moneymotion',
        status: a.status,
        amount: money(a.amount),
        sessionId: a.session_id,
        why: null,
        createdAt: time(a.created_ms),
        expiresAt: time(o.expires_ms),
      })),
      payments: paid.map((a) => ({
        id: a.id.replace('att_', 'pay_'),
        gateway: 'moneymotion',
        amount: money(a.amount),
        refunded: money(0),
        disputed: false,
        method: JSON.parse(a.method),
        confirmedBy: a.confirmed_by,
        capturedAt: time(a.captured_ms),
      })),
      refunds: [],
      grants: [],
    },
  });
}
