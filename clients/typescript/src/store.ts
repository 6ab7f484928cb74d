// A customer's balance as a page shows it: at once less what was just used, back again when that is
// refused, and kept up to date by the server's stream.  Knows no framework.
import { isPurserError, type Failure } from './error.js';
import { freshKey, pauseMs, sleep, type CallOptions } from './wire.js';
import type { Calls, CreditUse, Credits } from './generated.js';
import type { PurserBrowser } from './browser.js';

type Use = Omit<CreditUse, 'customerId' | 'ttlSeconds'>;
type Spent = Calls['spendCredits']['gives'];

export interface CreditState {
  /** What may be spent, less what is being spent right now; null: not known yet. */
  balance: number | null;
  /** Uses that the server has not answered yet. */
  pending: number;
  /** All that the server last said. */
  credits: Credits | null;
  /** Why the last look failed; null: it did not. */
  error: Failure | null;
  /** Whether changes arrive by themselves. */
  live: boolean;
}

export interface SpendOptions extends CallOptions {
  /** What it will cost, where that is known; of an operation it is else asked once. */
  cost?: number | undefined;
}

const QUIET_MS = 60_000; // the server says something every 15 seconds

export class CreditStore {
  readonly #purser: PurserBrowser;
  readonly #onPlan: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #pending = new Map<string, number>();
  readonly #costs = new Map<string, number>();
  #credits: Credits | null = null;
  #balance: number | null = null;
  #error: Failure | null = null;
  #live = false;
  #state: CreditState;
  #stop: AbortController | null = null;
  #asked = 0;

  /** onPlan: called when the stream says that the customer's plan is another. */
  constructor(purser: PurserBrowser, onPlan?: () => void) {
    this.#purser = purser;
    this.#onPlan = onPlan;
    this.#state = this.#now();
  }

  /** The same object until something changes. */
  readonly getSnapshot = (): CreditState => this.#state;

  /** The first listener opens the stream, the last one closes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#stop = new AbortController();
      void this.refresh();
      void this.#listen(this.#stop.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = null;
    };
  };

  #now(): CreditState {
    let used = 0;
    for (const cost of this.#pending.values()) used += cost;
    return {
      balance: this.#balance === null ? null : Math.max(0, this.#balance - used),
      pending: this.#pending.size,
      credits: this.#credits,
      error: this.#error,
      live: this.#live,
    };
  }

  #changed(): void {
    this.#state = this.#now();
    for (const listener of [...this.#listeners]) listener();
  }

  /** Asks the server; what an older question is answered with later does not count. */
  readonly refresh = async (): Promise<void> => {
    const mine = ++this.#asked;
    try {
      const credits = await this.#purser.credits.balance();
      if (mine !== this.#asked) return;
      this.#credits = credits;
      // What is under way is in neither figure for certain: the last answer looks again.
      this.#balance = credits.balance;
      this.#error = null;
    } catch (error) {
      if (!isPurserError(error)) throw error;
      if (mine !== this.#asked) return;
      this.#error = error;
    }
    this.#changed();
  };

  /** Uses credits; the balance shows it before the server has answered.  A refusal puts it back
   *  and is thrown: its `details` name the plan that would help. */
  readonly spend = async (use: Use, options: SpendOptions = {}): Promise<Spent> => {
    const key = options.idempotencyKey ?? freshKey();
    const cost = options.cost ?? this.#known(use) ?? (await this.#askCost(use));
    this.#pending.set(key, cost);
    this.#changed();
    try {
      const spent = await this.#purser.credits.spend(use, {
        ...options,
        idempotencyKey: key,
      });
      this.#pending.delete(key);
      this.#asked++; // a look that began before this use knows nothing of it
      this.#balance = spent.balance;
      return spent;
    } catch (error) {
      this.#pending.delete(key);
      throw error;
    } finally {
      this.#changed();
      // Answers of several at once arrive in any order; a refusal may be by another tab.
      if (this.#pending.size === 0) void this.refresh();
    }
  };

  #known(use: Use): number | undefined {
    if (typeof use.amount === 'number') return use.amount;
    return this.#costs.get(nameOf(use));
  }

  /** Whatever it says, the server decides; not to know only means not to show it at once. */
  async #askCost(use: Use): Promise<number> {
    if (typeof use.operation !== 'string') return 0;
    const { operation, quantity, extras } = use;
    const query = { operation, quantity: quantity ?? undefined, extras: extras ?? undefined };
    try {
      const { cost } = await this.#purser.credits.cost(query);
      this.#costs.set(nameOf(use), cost);
      return cost;
    } catch {
      return 0;
    }
  }

  /** ---- the stream */

  async #listen(signal: AbortSignal): Promise<void> {
    let last = '';
    for (let n = 1; !signal.aborted; n++) {
      try {
        const headers: Record<string, string> = last === '' ? {} : { 'last-event-id': last };
        const answer = await this.#purser.wire.open('/api/stream', headers, signal);
        // A server without a stream will not have one in a second.
        if (answer.status === 404 || answer.status === 405) return;
        if (answer.ok && answer.body !== null) {
          this.#setLive(true);
          n = 0;
          await this.#read(answer.body, signal, (id) => (last = id));
        }
      } catch {
        // no connection, or it broke: again, a little later
      }
      this.#setLive(false);
      if (signal.aborted) return;
      await sleep(pauseMs(Math.max(n, 1), null), signal).catch(() => undefined);
      if (!signal.aborted && n === 0) void this.refresh(); // what was said meanwhile
    }
  }

  #setLive(live: boolean): void {
    if (this.#live === live) return;
    this.#live = live;
    this.#changed();
  }

  async #read(
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    heard: (id: string) => void,
  ): Promise<void> {
    const reader = body.getReader();
    const text = new TextDecoder();
    let rest = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const quiet = () => void reader.cancel().catch(() => undefined);
    const stop = () => quiet();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        timer = setTimeout(quiet, QUIET_MS);
        const { done, value } = await reader.read();
        clearTimeout(timer);
        if (done) return;
        const blocks = (rest + text.decode(value, { stream: true })).split(/\r?\n\r?\n/);
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#event(block, heard);
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  #event(block: string, heard: (id: string) => void): void {
    let name = 'message';
    let data = '';
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith('id:')) heard(line.slice(3).trim());
      if (line.startsWith('event:')) name = line.slice(6).trim();
      if (line.startsWith('data:')) data += line.slice(5).trim();
    }
    if (name !== 'balance' && name !== 'subscription') return;
    if (name === 'subscription') this.#onPlan?.();
    const balance = name === 'balance' ? balanceIn(data) : null;
    if (balance === null || this.#pending.size > 0) {
      void this.refresh();
      return;
    }
    this.#asked++;
    this.#balance = balance;
    this.#changed();
  }
}

const nameOf = ({ operation, quantity, extras }: Use) =>
  JSON.stringify([operation, quantity ?? 1, extras ?? []]);

function balanceIn(data: string): number | null {
  try {
    const said: unknown = JSON.parse(data);
    const balance = (said as { balance?: unknown } | null)?.balance;
    return typeof balance === 'number' ? balance : null;
  } catch {
    return null;
  }
}
