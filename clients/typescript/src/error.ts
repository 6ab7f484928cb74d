// What can go wrong, so that the compiler tells one from the other:
//
//   catch (error) {
//     if (isPurserError(error) && error.code === 'INSUFFICIENT_CREDITS')
//       offer(error.details.upgradeTo);
//   }
import type { Code, Gate } from './generated.js';

/** Without an answer of the server: no connection, none in time, or one that is none of its own. */
export type ClientCode = 'NETWORK' | 'TIMEOUT' | 'BAD_ANSWER';
export type AnyCode = Code | ClientCode;

/** What stands in `details`, by code. */
export type Details<C extends AnyCode> = C extends
  'INSUFFICIENT_CREDITS' | 'DAILY_LIMIT_REACHED' | 'FEATURE_NOT_IN_PLAN'
  ? Gate
  : C extends 'DUPLICATE_PURCHASE'
    ? { orderId: string }
    : C extends 'ALREADY_SUBSCRIBED'
      ? { plan: string; status: string; change: string }
      : Record<string, unknown> | undefined;

export interface Told<C extends AnyCode> {
  code: C;
  message: string;
  /** HTTP's; 0 without an answer. */
  status: number;
  details: Details<C>;
  /** Finds it in the server's log. */
  requestId: string | null;
  /** How long the server wants to be left alone, in milliseconds; null: it did not say. */
  retryAfterMs: number | null;
  cause?: unknown;
}

export class PurserError<C extends AnyCode = AnyCode> extends Error {
  readonly code: C;
  readonly status: number;
  readonly details: Details<C>;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(told: Told<C>) {
    super(told.message, told.cause === undefined ? undefined : { cause: told.cause });
    this.name = 'PurserError';
    this.code = told.code;
    this.status = told.status;
    this.details = told.details;
    this.requestId = told.requestId;
    this.retryAfterMs = told.retryAfterMs;
  }
}

/** Any of them; `code` says which, and with it what `details` is. */
export type Failure = { [C in AnyCode]: PurserError<C> }[AnyCode];

export function isPurserError(error: unknown): error is Failure {
  return error instanceof PurserError;
}

/** The code of a failure, for one `switch` over all that is expected; undefined: something else. */
export function codeOf(error: unknown): AnyCode | undefined {
  return isPurserError(error) ? error.code : undefined;
}

/** Refusals that a gate would have told beforehand, with the plan that would help. */
export function isRefusal(error: unknown): error is Extract<Failure, { details: Gate }> {
  const code = codeOf(error);
  return (
    code === 'INSUFFICIENT_CREDITS' ||
    code === 'DAILY_LIMIT_REACHED' ||
    code === 'FEATURE_NOT_IN_PLAN'
  );
}
