// Access tokens (POST /api/access/token), checked without a call: what a customer may do, for at
// most five minutes.  The public key is fetched once, and again when a token names another.
import { fromBase64, utf8 } from './bytes.js';

export interface AccessClaims {
  iss: string;
  /** The application's id of the customer. */
  sub: string;
  iat: number;
  exp: number;
  plan: string | null;
  plans: Record<string, string>;
  features: Record<string, boolean>;
  limits: Record<string, number>;
}

export class AccessTokenError extends Error {
  override readonly name = 'AccessTokenError';
}

interface Jwk extends JsonWebKey {
  kid?: string;
}

const KEYS_AGAIN_MS = 10_000;

function part(text: string | undefined): Record<string, unknown> {
  const bytes = fromBase64(text ?? '');
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array()));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new AccessTokenError('this is no access token');
}

export class AccessTokens {
  readonly #url: string;
  readonly #fetch: typeof fetch | undefined;
  #keys: Promise<Map<string, CryptoKey>> | undefined;
  #fetchedMs = -Infinity;

  /** url: where purser is, which is also who has to have issued a token. */
  constructor(options: { url: string; fetch?: typeof fetch | undefined }) {
    this.#url = new URL(options.url).origin;
    this.#fetch = options.fetch;
  }

  async #load(): Promise<Map<string, CryptoKey>> {
    const answer = await (this.#fetch ?? fetch)(`${this.#url}/.well-known/jwks.json`);
    if (!answer.ok) throw new Error(`${this.#url} has no keys: ${answer.status}`);
    const { keys } = (await answer.json()) as { keys: Jwk[] };
    const found = new Map<string, CryptoKey>();
    const how = { name: 'ECDSA', namedCurve: 'P-256' };
    for (const key of keys)
      if (key.kid !== undefined && key.kty === 'EC' && key.crv === 'P-256')
        found.set(key.kid, await crypto.subtle.importKey('jwk', key, how, false, ['verify']));
    return found;
  }

  async #key(kid: string): Promise<CryptoKey> {
    const known = await this.#keys?.catch(() => undefined);
    const have = known?.get(kid);
    if (have !== undefined) return have;
    // A token that names nonsense must not make us ask each time.
    if (known === undefined || Date.now() - this.#fetchedMs > KEYS_AGAIN_MS) {
      this.#fetchedMs = Date.now();
      this.#keys = this.#load();
    }
    const key = (await this.#keys)?.get(kid);
    if (key === undefined) throw new AccessTokenError('the token names a key that is none of ours');
    return key;
  }

  /** What it says; AccessTokenError for what is not ours, was changed, or is over. */
  async verify(token: string): Promise<AccessClaims> {
    const [head, claims, signature, more] = token.split('.');
    const { alg, typ, kid } = part(head);
    if (more !== undefined || alg !== 'ES256' || typ !== 'purser-access+jwt')
      throw new AccessTokenError('this is no access token');
    const bytes = fromBase64(signature ?? '');
    if (typeof kid !== 'string' || bytes === null || bytes.length !== 64)
      throw new AccessTokenError('this is no access token');
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const said = utf8.encode(`${head}.${claims}`);
    if (!(await crypto.subtle.verify(how, await this.#key(kid), bytes, said)))
      throw new AccessTokenError('the signature of the token is wrong');
    const told = part(claims) as unknown as AccessClaims;
    if (told.iss !== this.#url) throw new AccessTokenError('another server issued the token');
    if (typeof told.exp !== 'number' || Date.now() >= told.exp * 1000)
      throw new AccessTokenError('the token is over');
    return told;
  }
}
