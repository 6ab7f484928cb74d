// For servers: with a secret key, for any customer.
import { CheckoutApi, KeyAccessApi, KeyCreditsApi, SubscriptionApi, type Scope } from './api.js';
import { Wire, type WireOptions } from './wire.js';

/** Everything that the server takes and gives, by its name in the API's description. */
export type * as Api from './generated.js';
export { CODES } from './generated.js';
export type { Code, Gate, GateReason, Money, Opened, Order, Page, Upgrade } from './generated.js';
export * from './error.js';
export * from './api.js';
export { verifyWebhook, WebhookError, type WebhookEvent, type WebhookOptions } from './webhook.js';
export { AccessTokens, AccessTokenError, type AccessClaims } from './token.js';
export type { CallOptions, WireOptions } from './wire.js';

export interface PurserOptions extends WireOptions {
  /** A secret key: "sk_…", of role app or above for what changes something. */
  key: string;
}

/** One customer, by the application's own id or by `cus_…`. */
export class Customer {
  readonly credits: KeyCreditsApi;
  readonly access: KeyAccessApi;
  readonly checkout: CheckoutApi;
  readonly subscription: SubscriptionApi;

  constructor(scope: Scope) {
    this.credits = new KeyCreditsApi(scope);
    this.access = new KeyAccessApi(scope);
    this.checkout = new CheckoutApi(scope);
    this.subscription = new SubscriptionApi(scope);
  }
}

export class Purser {
  /** Guests: an order for a mail, without a customer. */
  readonly checkout: CheckoutApi;
  readonly #wire: Wire;

  constructor(options: PurserOptions) {
    if (!/^sk_\S{8,}$/.test(options.key))
      throw new TypeError('key is a secret key of purser: sk_…');
    const { key } = options;
    this.#wire = new Wire(options, async () => key);
    this.checkout = new CheckoutApi({ wire: this.#wire, customerId: undefined });
  }

  customer(customerId: string): Customer {
    if (customerId === '') throw new TypeError('a customer has an id');
    return new Customer({ wire: this.#wire, customerId });
  }

  /** What is for sale. */
  catalog(): Promise<import('./generated.js').Calls['getCatalog']['gives']> {
    return this.#wire.call({ method: 'GET', path: '/api/catalog' });
  }
}
