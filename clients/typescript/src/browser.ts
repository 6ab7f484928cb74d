// For browsers: with a token of the application's user, who sees and spends only their own.  A
// secret key has no business here, and is refused before it goes anywhere.
import { AccessApi, CheckoutApi, CreditsApi, SubscriptionApi } from './api.js';
import { Wire, type Credential, type WireOptions } from './wire.js';

/** Everything that the server takes and gives, by its name in the API's description. */
export type * as Api from './generated.js';
export { CODES } from './generated.js';
export type { Code, Gate, GateReason, Money, Opened, Order, Page, Upgrade } from './generated.js';
export * from './error.js';
export * from './api.js';
export { CreditStore, type CreditState } from './store.js';
export type { CallOptions, WireOptions } from './wire.js';

/** A user token, or where to get one: asked again when the server refuses the last. */
export type UserToken = string | (() => string | Promise<string>);

export interface BrowserOptions extends WireOptions {
  token: UserToken;
}

function checked(token: string): string {
  if (/^\s*(sk|rk|whsec)_/.test(token))
    throw new TypeError('a secret key was given to a browser; revoke it, everybody can read it');
  return token;
}

function credential(token: UserToken): Credential {
  if (typeof token === 'string') {
    const fixed = checked(token);
    return async () => fixed;
  }
  let known: Promise<string> | undefined;
  return async (refused) => {
    if (known === undefined || (await known) === refused)
      known = Promise.resolve(token()).then(checked);
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
}

/** The signed-in customer. */
export class PurserBrowser {
  readonly credits: CreditsApi;
  readonly access: AccessApi;
  readonly checkout: CheckoutApi;
  readonly subscription: SubscriptionApi;
  /** For the stream of changes. */
  readonly wire: Wire;

  constructor(options: BrowserOptions) {
    this.wire = new Wire(options, credential(options.token));
    const scope = { wire: this.wire, customerId: undefined };
    this.credits = new CreditsApi(scope);
    this.access = new AccessApi(scope);
    this.checkout = new CheckoutApi(scope);
    this.subscription = new SubscriptionApi(scope);
  }
}
