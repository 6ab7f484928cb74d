// A MoneyMotion of a few lines, in the test's own process: it outlives every purser and remembers
// what each asked of it, so it can say afterwards who paid and how often.
import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const KEY = 'mk_test_gateway_0001';
const SECRET = 'mm_whsec_gateway_0123456789abcdef';

export async function startGateway(t) {
  const sessions = new Map();
  const answer = (res, json, status = 200) => {
    const body = status === 200 ? { result: { data: { json } } } : { error: { json } };
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  };
  const create = ({ lineItems, metadata }, currency, res) => {
    if (gateway.refusal) return answer(res, { message: gateway.refusal }, 401);
    const id = randomUUID();
    const total = lineItems.reduce((sum, l) => sum + l.pricePerItemInCents * l.quantity, 0);
    sessions.set(id, { id, total, currency, status: 'pending', attempt: metadata.attemptId });
    answer(res, { checkoutSessionId: id });
  };
  const query = (id, res) => {
    const session = sessions.get(id);
    if (!session) return answer(res, { message: 'not found' }, 404);
    const { status, total, currency } = session;
    answer(res, { id, status, totalPrice: { amountInCents: total, currency } });
  };
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const piece of req) body += piece;
    const { pathname, searchParams } = new URL(req.url, 'http://gateway');
    if (pathname.endsWith('.createCheckoutSession'))
      create(JSON.parse(body).json, req.headers['x-currency'], res);
    else query(searchParams.get('json.checkoutId'), res);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const gateway = {
    sessions,
    refusal: '', // what it says to every create, when it is said
    // For a purser that calls this one.
    env: {
      MONEYMOTION_API_URL: url,
      MONEYMOTION_CHECKOUT_URL: url,
      MONEYMOTION_API_KEY: KEY,
      MONEYMOTION_WEBHOOK_SECRET: SECRET,
    },
    // Our status for a webhook about this session, or 0 when nobody answered.
    async webhook(to, { id, total }, event) {
      const body = JSON.stringify({
        checkoutSession: { id, status: 'x', totalInCents: total },
        event: `checkout_session:${event}`,
        customer: { email: 'ada@example.com' },
      });
      const signature = createHmac('sha512', SECRET).update(body).digest('base64');
      return fetch(`${to.url}/api/webhooks/moneymotion`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-moneymotion-signature': signature },
        body,
        signal: AbortSignal.timeout(10_000),
      }).then(
        ({ status }) => status,
        () => 0,
      );
    },
  };
  return gateway;
}
