// One exchange with the server, and when it may be tried again.  What moves money carries an
// Idempotency-Key that is made once for each call of yours and kept over all tries, so that a lost
// answer never becomes a second effect.
import { PurserError, isPurserError, type AnyCode } from './error.js';
import { CODES, type Code } from './generated.js';

export interface CallOptions {
  /** Your own key, 1 to 255 printable characters: one deed, one key.  Else one is made. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface WireOptions {
  /** Where the server is: "https://pay.example.com". */
  url: string;
  /** Milliseconds for one try; 30 seconds unless said. */
  timeoutMs?: number | undefined;
  /** How often a call is tried again where that is safe; 3 unless said. */
  retries?: number | undefined;
  /** Another fetch: for tests, or one that keeps connections. */
  fetch?: typeof fetch | undefined;
}

export interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  body?: unknown;
  /** It moves money: with an Idempotency-Key. */
  once?: boolean | undefined;
  /** A POST that only looks. */
  looks?: boolean | undefined;
  timeoutMs?: number | undefined;
}

/** Who is asking: what stands behind "Bearer", or undefined for nobody.  refused: what the server
 *  did not take just now; the same again means that there is no other. */
export type Credential = (refused?: string) => Promise<string | undefined>;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_RETRY_AFTER_MS = 30_000;

/** Changed nothing, whatever was asked: anybody may ask again. */
const NOTHING_HAPPENED: ReadonlySet<AnyCode> = new Set<AnyCode>(['BUSY', 'RATE_LIMITED']);
/** May have had its effect, or has it still under way: again only under the same key. */
const UNKNOWN: ReadonlySet<AnyCode> = new Set<AnyCode>([
  'NETWORK',
  'TIMEOUT',
  'BAD_ANSWER',
  'GATEWAY_UNAVAILABLE',
  'IDEMPOTENCY_IN_PROGRESS',
]);

export function mayTryAgain(error: PurserError, ask: Ask): boolean {
  if (error.retryAfterMs !== null && error.retryAfterMs > LONGEST_RETRY_AFTER_MS) return false;
  if (NOTHING_HAPPENED.has(error.code)) return true;
  const harmless = ask.method === 'GET' || ask.once === true || ask.looks === true;
  if (error.code === 'BAD_ANSWER' && error.status < 500) return false;
  return harmless && UNKNOWN.has(error.code);
}

/** Before try `n` (1, 2, …) is repeated: longer each time, and never all at the same moment. */
export function pauseMs(n: number, error: PurserError | null, chance = Math.random()): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (n - 1));
  return Math.max(error?.retryAfterMs ?? 0, most / 2 + (most / 2) * chance);
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    if (signal?.aborted) return failed(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      failed(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      done();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** 128 bits of chance, also where randomUUID is missing (pages without TLS). */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function failure(code: AnyCode, message: string, cause?: unknown, status = 0): PurserError {
  const told = { code, message, status, requestId: null, retryAfterMs: null, cause };
  return new PurserError({ ...told, details: undefined as never });
}

function retryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an answer says: its data, or a throw. */
async function read(answer: Response): Promise<unknown> {
  const text = await answer.text();
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    throw failure('BAD_ANSWER', `${answer.status} without JSON`, cause, answer.status);
  }
  if (!isObject(said) || typeof said['success'] !== 'boolean')
    throw failure('BAD_ANSWER', `${answer.status}, but not as purser answers`, said, answer.status);
  if (said['success']) return said['data'];
  const code = said['code'];
  if (typeof code !== 'string' || !(code in CODES))
    throw failure('BAD_ANSWER', `${String(code)}: ${String(said['error'])}`, said, answer.status);
  throw new PurserError({
    code: code as Code,
    message: String(said['error'] ?? code),
    status: answer.status,
    details: said['details'] as never,
    requestId: typeof said['requestId'] === 'string' ? said['requestId'] : null,
    retryAfterMs: retryAfter(answer.headers),
  });
}

export class Wire {
  readonly url: string;
  readonly #options: WireOptions;
  readonly #credential: Credential;

  constructor(options: WireOptions, credential: Credential) {
    const url = new URL(options.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new TypeError(`purser is at an http address, not at ${url.protocol}`);
    this.url = url.href.replace(/\/+$/, '');
    this.#options = options;
    this.#credential = credential;
  }

  /** The answer's `data`; PurserError otherwise. */
  async call<T>(ask: Ask, options: CallOptions = {}): Promise<T> {
    const key = ask.once === true ? (options.idempotencyKey ?? freshKey()) : undefined;
    const retries = this.#options.retries ?? 3;
    let bearer = await this.#credential();
    let renewed = false;
    for (let n = 1; ; n++) {
      try {
        return (await this.#try(ask, bearer, key, options.signal)) as T;
      } catch (error) {
        if (!isPurserError(error)) throw error;
        // A token that ran out is asked for anew, once: the call had no effect.
        if (error.code === 'UNAUTHENTICATED' && bearer !== undefined && !renewed) {
          const other = await this.#credential(bearer);
          renewed = true;
          if (other !== bearer) {
            bearer = other;
            continue;
          }
        }
        if (n > retries || !mayTryAgain(error, ask)) throw error;
        await sleep(pauseMs(n, error), options.signal);
      }
    }
  }

  /** A stream of server-sent events; the caller reads its body. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal) {
    const bearer = await this.#credential();
    return (this.#options.fetch ?? fetch)(this.url + path, {
      headers: { accept: 'text/event-stream', ...authorization(bearer), ...headers },
      signal,
    });
  }

  async #try(ask: Ask, bearer: string | undefined, key: string | undefined, signal?: AbortSignal) {
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(),
      ask.timeoutMs ?? this.#options.timeoutMs ?? 30_000,
    );
    const stop = () => timeout.abort();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      signal?.throwIfAborted();
      const answer = await (this.#options.fetch ?? fetch)(this.#address(ask), {
        method: ask.method,
        headers: {
          accept: 'application/json',
          ...authorization(bearer),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: 'error',
        signal: timeout.signal,
      });
      return await read(answer);
    } catch (error) {
      if (isPurserError(error)) throw error;
      if (signal?.aborted) throw signal.reason;
      if (timeout.signal.aborted) throw failure('TIMEOUT', 'there was no answer in time', error);
      throw failure('NETWORK', `${this.url} cannot be reached`, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  #address(ask: Ask): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(ask.query ?? {}))
      if (value !== undefined && value !== null) query.set(name, String(value));
    const text = query.toString();
    return this.url + ask.path + (text === '' ? '' : `?${text}`);
  }
}

const authorization = (bearer: string | undefined) =>
  bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
