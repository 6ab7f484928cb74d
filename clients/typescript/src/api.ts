// What one customer can do, in the groups of the API.  A secret key says for whom; a user token is
// its own customer.  Members that the server takes and gives are in generated.ts.
import type {
  Calls,
  CreditChange,
  CreditMove,
  CreditUse,
  Gate,
  GateQuestion,
  Opened,
  Order,
  Page,
} from './generated.js';
import type { CallOptions, Wire } from './wire.js';

/** A call is for somebody; whom, is said once, by `customer()` or by the token. */
type Own<T> = Omit<T, 'customerId'>;
type Use = Own<CreditUse>;
type Takes<N extends keyof Calls> = Own<Calls[N]['takes']>;
type Gives<N extends keyof Calls> = Calls[N]['gives'];

/** Whose calls these are: undefined for a user token. */
export interface Scope {
  wire: Wire;
  customerId: string | undefined;
}

const post = (path: string, body: unknown, once = true) =>
  ({ method: 'POST', path, body, once }) as const;

/** ---- credits */

export interface HistoryQuery {
  type?: CreditChange | undefined;
  /** A month: "2026-11". */
  period?: string | undefined;
  limit?: number | undefined;
  after?: string | undefined;
}

export interface CostQuery {
  operation: string;
  quantity?: number | undefined;
  extras?: readonly string[] | undefined;
}

export class CreditsApi {
  protected readonly scope: Scope;
  constructor(scope: Scope) {
    this.scope = scope;
  }

  protected get<T>(path: string, query: object = {}): Promise<T> {
    const { wire, customerId } = this.scope;
    return wire.call({ method: 'GET', path, query: { customerId, ...query } });
  }
  protected post<T>(path: string, body: object, options?: CallOptions): Promise<T> {
    const { wire, customerId } = this.scope;
    return wire.call(post(path, { customerId, ...body }), options);
  }

  /** What there is: the balance, its lots, the day's limit. */
  balance(): Promise<Gives<'getCredits'>> {
    return this.get('/api/credits');
  }

  /** Uses credits at once.  INSUFFICIENT_CREDITS, DAILY_LIMIT_REACHED and FEATURE_NOT_IN_PLAN
   *  change nothing and say in `details` what would help. */
  spend(use: Use, options?: CallOptions): Promise<Gives<'spendCredits'>> {
    return this.post('/api/credits/spend', use, options);
  }

  history(query: HistoryQuery = {}): Promise<Page<CreditMove>> {
    return this.get('/api/credits/history', query);
  }

  /** All of it, newest first, a page at a time. */
  async *moves(query: Omit<HistoryQuery, 'after'> = {}): AsyncGenerator<CreditMove> {
    let after: string | undefined;
    do {
      const page: Page<CreditMove> = await this.history({ limit: 100, ...query, after });
      yield* page.items;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** How a month went: by day, operation and label. */
  usage(query: { period?: string | undefined } = {}): Promise<Gives<'getCreditUsage'>> {
    return this.get('/api/credits/usage', query);
  }

  /** What an operation would cost. */
  cost({ extras, ...query }: CostQuery): Promise<Gives<'creditCost'>> {
    return this.get('/api/credits/cost', { ...query, extras: extras?.join(',') });
  }
}

/** With a secret key also what gives credits back. */
export class KeyCreditsApi extends CreditsApi {
  /** Holds credits for work that may fail, until it is settled, released, or its time is over. */
  reserve(use: Use, options?: CallOptions): Promise<Gives<'reserveCredits'>> {
    return this.post('/api/credits/reserve', use, options);
  }
  /** Uses what was held, or `amount` of it; the rest goes back. */
  settle(held: Takes<'settleCredits'>, options?: CallOptions): Promise<Gives<'settleCredits'>> {
    return this.post('/api/credits/settle', held, options);
  }
  release(
    held: { reservationId: string },
    options?: CallOptions,
  ): Promise<Gives<'releaseCredits'>> {
    return this.post('/api/credits/release', held, options);
  }
  /** Gives a use back, once, to the lots that it came from. */
  refund(use: Takes<'refundCredits'>, options?: CallOptions): Promise<Gives<'refundCredits'>> {
    return this.post('/api/credits/refund', use, options);
  }

  /** Holds, works, settles; what the work throws releases, and is thrown on. */
  async during<T>(use: Use, work: (reservationId: string) => Promise<T> | T): Promise<T> {
    const { reservationId } = await this.reserve(use);
    let result: T;
    try {
      result = await work(reservationId);
    } catch (error) {
      // What cannot be released now is, when its time is over.
      await this.release({ reservationId }).catch(() => undefined);
      throw error;
    }
    await this.settle({ reservationId });
    return result;
  }
}

/** ---- access */

/** Plans by group (`{ ai: 'creator' }`), and what they give together. */
export type Access = Gives<'getAccess'>;

export class AccessApi {
  protected readonly scope: Scope;
  constructor(scope: Scope) {
    this.scope = scope;
  }

  /** Plans, and what they give together. */
  get(): Promise<Access> {
    const { wire, customerId } = this.scope;
    return wire.call({ method: 'GET', path: '/api/access', query: { customerId } });
  }
  feature(name: string): Promise<Gives<'hasFeature'>> {
    const { wire, customerId } = this.scope;
    const path = `/api/access/${encodeURIComponent(name)}`;
    return wire.call({ method: 'GET', path, query: { customerId } });
  }
  /** May they, all that is asked together?  Only looks: a moment later it may be otherwise. */
  check(question: Omit<Own<GateQuestion>, 'reserve' | 'ttlSeconds'>): Promise<Gate> {
    const { wire, customerId } = this.scope;
    const body = { customerId, ...question };
    return wire.call({ ...post('/api/access/check', body, false), looks: true });
  }
  /** A signed token that names plan, features and limits, for at most 300 seconds. */
  token(options: { ttlSeconds?: number | undefined } = {}): Promise<Gives<'createAccessToken'>> {
    const { wire, customerId } = this.scope;
    const body = { customerId, ...options };
    return wire.call({ ...post('/api/access/token', body, false), looks: true });
  }
}

export class KeyAccessApi extends AccessApi {
  /** Checks, and where it is allowed holds the credits at once: `reservationId` is what
   *  `credits.settle` and `credits.release` take. */
  reserve(question: Omit<Own<GateQuestion>, 'reserve'>, options?: CallOptions): Promise<Gate> {
    const { wire, customerId } = this.scope;
    const body = { customerId, ...question, reserve: true };
    return wire.call(post('/api/access/check', body), options);
  }
}

/** ---- buying */

export type Basket = Own<Calls['createCheckout']['takes']>;

const FINAL: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'expired',
  'cancelled',
  'partially_refunded',
  'refunded',
  'disputed',
  'review',
]);

export class CheckoutApi {
  readonly #scope: Scope;
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** What it would cost, with coupon and tax. */
  quote(basket: Basket): Promise<Gives<'quoteBasket'>> {
    const { wire } = this.#scope;
    return wire.call({ ...post('/api/checkout/quote', basket, false), looks: true });
  }
  /** An order, and the page on which it is paid: send the buyer to `checkoutUrl`. */
  create(basket: Basket, options?: CallOptions): Promise<Opened> {
    const { wire, customerId } = this.#scope;
    return wire.call(post('/api/checkout/create', { customerId, ...basket }), options);
  }
  order(orderId: string): Promise<Order> {
    const path = `/api/orders/${encodeURIComponent(orderId)}`;
    return this.#scope.wire.call({ method: 'GET', path });
  }
  /** The order once it is paid or over; as it stands when `timeoutMs` (ten minutes) has passed. */
  async finished(orderId: string, { timeoutMs = 600_000 } = {}): Promise<Order> {
    const until = Date.now() + timeoutMs;
    let order = await this.order(orderId);
    while (!FINAL.has(order.status) && Date.now() < until) {
      const wait = Math.max(1, Math.min(25, Math.ceil((until - Date.now()) / 1000)));
      const path = `/api/orders/${encodeURIComponent(orderId)}`;
      const query = { wait, version: order.version };
      order = await this.#scope.wire.call({ method: 'GET', path, query });
    }
    return order;
  }
}

/** ---- plans that go on */

export type Subscription = Gives<'getSubscription'>;
/** Another plan, or the same by another interval; `at` is what a preview said. */
export type PlanChange = Takes<'changeSubscription'>;

export class SubscriptionApi {
  readonly #scope: Scope;
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  #once<T>(path: string, body: object, options?: CallOptions): Promise<T> {
    const { wire, customerId } = this.#scope;
    return wire.call(post(path, { customerId, ...body }), options);
  }
  #look<T>(path: string, body: object): Promise<T> {
    const { wire, customerId } = this.#scope;
    return wire.call({ ...post(path, { customerId, ...body }, false), looks: true });
  }

  /** How it stands; `status` is null where there is none. */
  status(query: { group?: string | undefined } = {}): Promise<Subscription> {
    const { wire, customerId } = this.#scope;
    const path = '/api/subscription/status';
    return wire.call({ method: 'GET', path, query: { customerId, ...query } });
  }
  /** What another plan would cost and when it would be; changes nothing. */
  preview(change: PlanChange): Promise<Gives<'previewSubscription'>> {
    return this.#look('/api/subscription/preview', change);
  }
  /** With the `at` of a preview it costs what that said. */
  change(change: PlanChange, options?: CallOptions): Promise<Gives<'changeSubscription'>> {
    return this.#once('/api/subscription/change', change, options);
  }
  /** Ends with its period, or at once.  An `offer` is what it would go on with instead:
   *  `cancel({ accept: offer.coupon })`. */
  cancel(
    cancel: Takes<'cancelSubscription'> = {},
    options?: CallOptions,
  ): Promise<Gives<'cancelSubscription'>> {
    return this.#once('/api/subscription/cancel', cancel, options);
  }
  /** Goes on after all; with `pendingChange`, stays with the plan that is. */
  resume(
    what: Takes<'resumeSubscription'> = {},
    options?: CallOptions,
  ): Promise<Gives<'resumeSubscription'>> {
    return this.#once('/api/subscription/resume', what, options);
  }
  /** A page on which the customer mends how they pay: the gateway's, or purser's own. */
  portal(what: Takes<'createPortal'> = {}): Promise<Gives<'createPortal'>> {
    return this.#look('/api/portal/create', what);
  }
}
