// Webhooks of purser, signed as Standard Webhooks 1.0.0.
import { fromBase64, sameBytes, utf8 } from './bytes.js';

/** What happened: `type` says what ("order.completed"), `sequence` rises. */
export interface WebhookEvent {
  id: string;
  type: string;
  createdAt: string;
  sequence: number;
  data: Record<string, unknown>;
}

export interface WebhookOptions {
  /** How far the signed time may lie from now, to both sides, in seconds; 300 unless said. */
  toleranceSeconds?: number | undefined;
  /** In milliseconds; for tests. */
  now?: number | undefined;
}

/** Not ours, changed, or too old: answer 400 and do nothing. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

/** Headers as fetch has them, or as Node has them. */
export type HeadersLike =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export function header(headers: HeadersLike, name: string): string | null {
  if (typeof (headers as { get?: unknown }).get === 'function')
    return (headers as { get(name: string): string | null }).get(name);
  const plain = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  const found = Object.keys(plain).find((one) => one.toLowerCase() === name);
  const value = found === undefined ? undefined : plain[found];
  return typeof value === 'string' ? value : null;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''));
  // An unset secret never means "accept".
  if (!secret.startsWith('whsec_') || bytes === null || bytes.length < 16)
    throw new TypeError('a webhook secret is whsec_… as purser showed it');
  return bytes;
}

async function macOf(key: Uint8Array<ArrayBuffer>, said: Uint8Array<ArrayBuffer>) {
  const how = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, how, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, said));
}

function joined(head: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = utf8.encode(head);
  const all = new Uint8Array(first.length + body.length);
  all.set(first);
  all.set(body, first.length);
  return all;
}

/** The event of a webhook; WebhookError unless one of the secrets signed these bytes lately.
 *
 *  body: as it came, before any parser.  secrets: one, or several while one is being replaced.  The
 *  same event may come more than once: its `id` stays the same. */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: HeadersLike,
  secrets: string | readonly string[],
  options: WebhookOptions = {},
): Promise<WebhookEvent> {
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(keyOf);
  if (keys.length === 0) throw new TypeError('without a secret nothing can be verified');
  const id = header(headers, 'webhook-id');
  const time = header(headers, 'webhook-timestamp');
  const signature = header(headers, 'webhook-signature');
  if (id === null || time === null || signature === null || !/^[0-9]{1,12}$/.test(time))
    throw new WebhookError('the headers of a webhook are missing or malformed');
  const bytes = typeof body === 'string' ? utf8.encode(body) : body;
  const offered = signature
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => fromBase64(part.slice(3)));
  let good = false;
  for (const key of keys) {
    const mac = await macOf(key, joined(`${id}.${time}.`, bytes));
    for (const one of offered) good = (one !== null && sameBytes(one, mac)) || good;
  }
  if (!good) throw new WebhookError('the signature is not by this secret over these bytes');
  // Only what is signed is believed, the time too.
  const away = Math.abs((options.now ?? Date.now()) / 1000 - Number(time));
  if (away > (options.toleranceSeconds ?? 300))
    throw new WebhookError('the webhook was signed too long ago, or a clock is wrong');
  const event = JSON.parse(new TextDecoder().decode(bytes)) as WebhookEvent;
  return event;
}
