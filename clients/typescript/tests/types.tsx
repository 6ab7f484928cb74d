// What the compiler has to refuse, and what it has to take: a line below @ts-expect-error that is
// no error is one.  Never run; `npm run types` and the server's tests compile it.
import {
  Purser,
  isPurserError,
  isRefusal,
  verifyWebhook,
  type AnyCode,
  type Api,
  type Gate,
  type PurserError,
} from '../src/index.js';
import { PurserBrowser } from '../src/browser.js';
import { requireFeature, withFeature } from '../src/middleware.js';
import { FeatureGate, PurserProvider, UpgradePrompt, useCredits } from '../src/react.js';

const purser = new Purser({ url: 'https://pay.example.com', key: 'sk_live_0123456789abcdef' });
const ada = purser.customer('ada');
const me = new PurserBrowser({ url: 'https://pay.example.com', token: async () => 'jwt' });

// @ts-expect-error a server needs its key
new Purser({ url: 'https://pay.example.com' });
// @ts-expect-error a browser has a token, not a key
new PurserBrowser({ url: 'https://pay.example.com', key: 'sk_live_0123456789abcdef' });

export async function refusals(error: unknown): Promise<string | undefined> {
  // @ts-expect-error nothing is known of what was thrown
  error.code;
  if (!isPurserError(error)) return undefined;
  if (error.code === 'INSUFFICIENT_CREDITS') {
    const gate: Gate = error.details;
    // @ts-expect-error not every refusal has a plan that helps
    gate.upgradeTo.plan;
    return gate.upgradeTo?.plan;
  }
  if (error.code === 'DUPLICATE_PURCHASE') {
    // @ts-expect-error this one has an order
    error.details.balance;
    return error.details.orderId;
  }
  // @ts-expect-error there is no such code
  if (error.code === 'INSUFFICIENT_CREDIT') return undefined;
  // @ts-expect-error it was told apart above
  if (error.code === 'INSUFFICIENT_CREDITS') return undefined;
  // @ts-expect-error this code has no details of its own
  error.details.balance;
  if (isRefusal(error)) return error.details.reason ?? undefined;
  return undefined;
}

// All codes, or the compiler says which is missing.
export function all(code: Extract<AnyCode, 'NETWORK' | 'TIMEOUT' | 'BUSY'>): number {
  switch (code) {
    case 'NETWORK':
      return 1;
    case 'TIMEOUT':
      return 2;
    case 'BUSY':
      return 3;
  }
}
// @ts-expect-error one code is forgotten
export function some(code: Extract<AnyCode, 'NETWORK' | 'TIMEOUT' | 'BUSY'>): number {
  switch (code) {
    case 'NETWORK':
      return 1;
    case 'TIMEOUT':
      return 2;
  }
}

export async function uses(): Promise<void> {
  const spent = await ada.credits.spend({ operation: 'standard_generation', quantity: 2 });
  const left: number = spent.balance;
  // @ts-expect-error credits are counted in whole numbers
  await ada.credits.spend({ amount: '5' });
  // @ts-expect-error whose they are is said once, by customer()
  await ada.credits.spend({ amount: 5, customerId: 'bea' });
  // @ts-expect-error nothing takes a price
  await ada.credits.spend({ amount: 5, price: 1 });
  // @ts-expect-error a refund says why
  await ada.credits.refund({ transactionId: 'crd_1' });
  // @ts-expect-error a reservation has another name
  await ada.credits.settle({ reservation: 'res_1' });
  // @ts-expect-error a user holds and gives back nothing
  await me.credits.reserve({ amount: 5 });
  // @ts-expect-error nor by a check
  await me.access.reserve({ amount: 5 });
  // @ts-expect-error check only looks
  await ada.access.check({ amount: 5, reserve: true });
  const gate = await ada.access.reserve({ operation: 'stem_separation', ttlSeconds: 60 });
  // @ts-expect-error what is refused is not held
  const held: string = gate.reservationId;
  // @ts-expect-error money is minor units and a currency
  const price: number = gate.upgradeTo?.price;
  const order: Api.Order = await ada.checkout.finished('ord_1');
  // @ts-expect-error an order is never that
  if (order.status === 'paid') return;
  // @ts-expect-error twice a year is no interval
  await ada.checkout.create({ plan: 'creator', interval: 'half-year' });
  // @ts-expect-error plans change now or at the period's end
  await ada.subscription.change({ plan: 'team', when: 'tomorrow' });
  // @ts-expect-error a change is announced by its moment, not by a flag
  await ada.subscription.change({ plan: 'team', at: true });
  const { offer } = await ada.subscription.cancel({ reason: 'too dear' });
  // @ts-expect-error not everybody is offered something
  offer.coupon;
  for await (const move of ada.credits.moves({ type: 'usage' })) left.toFixed(move.amount);
  // @ts-expect-error bytes or text, not what a parser made of it
  await verifyWebhook({ id: 'evt' }, new Headers(), 'whsec_x');
}

export const express = requireFeature<{ user?: { id: string } }>('stemSeparation', {
  purser,
  customer: (request) => request.user?.id,
});
export const fetched = withFeature(
  { operation: 'stem_separation' },
  { purser, customer: () => 'ada' },
  () => Response.json({}),
);
// @ts-expect-error a middleware does not hold credits
requireFeature({ feature: 'stemSeparation', reserve: true }, { purser, customer: () => 'ada' });

export function Page() {
  const { balance, spend } = useCredits();
  // @ts-expect-error it is not known at first
  const shown: number = balance;
  return (
    <PurserProvider purser={me}>
      <FeatureGate feature="stemSeparation" fallback={<UpgradePrompt feature="stemSeparation" />}>
        <button onClick={() => void spend({ amount: 1 })}>Separate</button>
      </FeatureGate>
      {/* @ts-expect-error a gate is for a feature or a plan */}
      <FeatureGate features="stemSeparation" />
      {/* @ts-expect-error a secret key never comes here */}
      <PurserProvider purser={purser} />
    </PurserProvider>
  );
}

export type Union = PurserError<'INSUFFICIENT_CREDITS'>['details']['balance'] extends number
  ? true
  : never;
export const union: Union = true;
