// invoice.paid to a renewed subscription: the webhook is stored and answered, then Stripe is asked
// how the subscription stands and for its invoices, and the answer is an order that was paid, a
// period and the credits of its month.
import { createHmac } from 'node:crypto';
import { hintCell, hintHead, inRounds } from './hint.mjs';
import { ask, RENEWED_MS, startGateway, STRIPE_SECRET } from './server.mjs';
import { title } from './table.mjs';
import { checkPeer, contenders, endEach, stopEach, verified } from './who.mjs';

const JOB = 'inbox_mirror';
const CREDITS = 500; // of a month
// A signature holds for five minutes before and after its time.
export const signedFor = () => Math.floor(Date.now() / 1000) + 240;

export const requestOf = (time) => (line) => {
  const [sub] = line.split(' ');
  const body = JSON.stringify({
    id: `evt_${sub}`,
    object: 'event',
    api_version: '2025-09-30.clover',
    created: RENEWED_MS / 1000,
    livemode: true,
    pending_webhooks: 1,
    type: 'invoice.paid',
    data: {
      object: {
        id: `in_${sub}`,
        object: 'invoice',
        livemode: true,
        status: 'paid',
        billing_reason: 'subscription_cycle',
        currency: 'usd',
        customer: `cus_${sub}`,
        customer_email: 'ada@example.com',
        amount_due: 1189,
        amount_paid: 1189,
        subtotal: 999,
        total: 1189,
        number: 'BENCH-0001',
        parent: {
          type: 'subscription_details',
          subscription_details: { subscription: sub, metadata: {} },
        },
      },
    },
  });
  const v1 = createHmac('sha256', STRIPE_SECRET).update(`${time}.${body}`).digest('hex');
  return (
    'POST /api/webhooks/stripe HTTP/1.1\r\nHost: 127.0.0.1\r\n' +
    'Content-Type: application/json; charset=utf-8\r\nUser-Agent: Stripe/1.0\r\n' +
    `Stripe-Signature: t=${time},v1=${v1}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
};

// Every webhook that was answered is an order, a period and a month's credits, once.
function checkRenewed(who) {
  if (who.peer) {
    const { renewed } = checkPeer(who);
    if (renewed < who.sent) throw new Error(`${who.name} renewed ${renewed} of ${who.sent}`);
    return;
  }
  const of = (sql) => ask(who.store, sql);
  const orders = of('SELECT COUNT(*) FROM purchase WHERE kind = 2 AND status = 2');
  const periods = of(`SELECT COUNT(*) FROM subscription WHERE period_start_ms = ${RENEWED_MS}`);
  const lots = of(`SELECT COUNT(*) FROM credit_lot WHERE kind = 0 AND given = ${CREDITS}`);
  const begun = of('SELECT COUNT(*) FROM subscription');
  if (orders < who.sent || periods !== orders || lots !== begun + orders)
    throw new Error(`${who.name}: ${who.sent} sent, ${orders} orders, ${periods} periods, ` +
      `${lots - begun} months of credits`);
}

export async function renewing(on) {
  title(
    'invoice.paid to a renewed subscription, its credits included',
    'Stripe is asked how it stands, then for its invoices; it answers at once',
  );
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway, { plans: true });
  const webhooks = on.plans.webhooks(requestOf(signedFor()));
  for (const who of whos) await hintCell(on, who, 4, JOB, webhooks); // warm
  hintHead();
  for (const connections of on.options.few) await inRounds(on, connections, whos, JOB, webhooks);
  await stopEach([...whos, gateway]);
  for (const who of whos) checkRenewed(who);
  console.log('   every answered webhook is an order, a period and its credits, once');
  for (const who of whos.filter((one) => !one.peer)) console.log(`   ${verified(who)}`);
  await endEach(on, whos);
}
