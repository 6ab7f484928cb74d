// A gate before a route: `requireFeature` for Express and plain Node, `withFeature` for whatever
// answers a Request with a Response.  What cannot be asked is not allowed.
import { isPurserError } from './error.js';
import type { Gate, GateQuestion } from './generated.js';
import type { Purser } from './index.js';

/** What has to be so: a feature, a plan or one above it, an operation or an amount. */
export type Need = Omit<GateQuestion, 'customerId' | 'reserve' | 'ttlSeconds'>;

export interface GateOptions<R> {
  purser: Purser;
  /** Whose request it is: the application's own id; null or undefined: nobody's, which is 401. */
  customer: (request: R) => string | null | undefined | Promise<string | null | undefined>;
}

interface Refusal {
  status: 401 | 402 | 403 | 429 | 503;
  body: { success: false; error: string; code: string; details?: Gate };
}

const STATUS = {
  PLAN_REQUIRED: 403,
  FEATURE_NOT_IN_PLAN: 403,
  INSUFFICIENT_CREDITS: 402,
  DAILY_LIMIT_REACHED: 429,
} as const;
const WORDS = {
  PLAN_REQUIRED: 'Your plan does not include this.',
  FEATURE_NOT_IN_PLAN: 'Your plan does not include this.',
  INSUFFICIENT_CREDITS: 'There are not enough credits for this.',
  DAILY_LIMIT_REACHED: 'The limit for today is used up.',
} as const;

const refusal = (status: Refusal['status'], code: string, error: string): Refusal => ({
  status,
  body: { success: false, error, code },
});

async function ask<R>(need: Need, options: GateOptions<R>, request: R): Promise<Gate | Refusal> {
  const customer = await options.customer(request);
  if (customer === null || customer === undefined || customer === '')
    return refusal(401, 'UNAUTHENTICATED', 'Sign in first.');
  let gate: Gate;
  try {
    gate = await options.purser.customer(customer).access.check(need);
  } catch (error) {
    // A question that the server finds wrong is a mistake of the application's: let it be seen.
    if (
      !isPurserError(error) ||
      (error.status >= 400 && error.status < 500 && error.status !== 429)
    )
      throw error;
    return refusal(503, 'BUSY', 'It cannot be asked right now whether this is allowed.');
  }
  if (gate.allowed || gate.reason === null) return gate;
  const no = refusal(STATUS[gate.reason], gate.reason, WORDS[gate.reason]);
  return { ...no, body: { ...no.body, details: gate } };
}

const isRefusal = (answer: Gate | Refusal): answer is Refusal => 'status' in answer;

/** Node's and Express's, as far as they are needed. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/** `app.post('/stems', requireFeature('stemSeparation', { purser, customer }), handler)` */
export function requireFeature<R extends object>(
  feature: string | Need,
  options: GateOptions<R>,
): (request: R, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const need = typeof feature === 'string' ? { feature } : feature;
  return async (request, response, next) => {
    let answer: Gate | Refusal;
    try {
      answer = await ask(need, options, request);
    } catch (error) {
      next(error);
      return;
    }
    if (!isRefusal(answer)) {
      next();
      return;
    }
    response.statusCode = answer.status;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'no-store');
    response.end(JSON.stringify(answer.body));
  };
}

/** `export const POST = withFeature('stemSeparation', options, async (request) => …)` */
export function withFeature<More extends unknown[]>(
  feature: string | Need,
  options: GateOptions<Request>,
  handler: (request: Request, ...more: More) => Response | Promise<Response>,
): (request: Request, ...more: More) => Promise<Response> {
  const need = typeof feature === 'string' ? { feature } : feature;
  return async (request, ...more) => {
    const answer = await ask(need, options, request);
    if (!isRefusal(answer)) return handler(request, ...more);
    return Response.json(answer.body, {
      status: answer.status,
      headers: { 'cache-control': 'no-store' },
    });
  };
}
