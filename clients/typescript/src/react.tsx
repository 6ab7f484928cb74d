// For React: a provider, a gate, a prompt, a balance.  Gates on a page decide what is shown; what
// is done is decided where it is done, on the server.
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { PurserBrowser, type Access, type Api, type Gate, type Upgrade } from './browser.js';
import { codeOf, isPurserError, type Failure } from './error.js';
import { CreditStore, type CreditState } from './store.js';

export { CreditStore, type CreditState };

interface Shared {
  purser: PurserBrowser;
  credits: CreditStore;
  access: Access | null;
  error: Failure | null;
  refresh: () => Promise<void>;
}

const Context = createContext<Shared | null>(null);

function useShared(): Shared {
  const shared = useContext(Context);
  if (shared === null) throw new Error('put a <PurserProvider> around this');
  return shared;
}

export interface PurserProviderProps {
  purser: PurserBrowser;
  /** What the server rendered with: gates are right from the first moment on. */
  access?: Access | undefined;
  children?: ReactNode;
}

export function PurserProvider({ purser, access: known, children }: PurserProviderProps) {
  const [access, setAccess] = useState<Access | null>(known ?? null);
  const [error, setError] = useState<Failure | null>(null);
  const refresh = useCallback(async () => {
    try {
      setAccess(await purser.access.get());
      setError(null);
    } catch (failed) {
      if (!isPurserError(failed)) throw failed;
      setError(failed);
    }
  }, [purser]);
  useEffect(() => {
    void refresh();
  }, [refresh]);
  const credits = useMemo(() => new CreditStore(purser, () => void refresh()), [purser, refresh]);
  const shared = useMemo(
    () => ({ purser, credits, access, error, refresh }),
    [purser, credits, access, error, refresh],
  );
  return <Context.Provider value={shared}>{children}</Context.Provider>;
}

export interface UseAccess {
  /** null: not known yet. */
  access: Access | null;
  error: Failure | null;
  /** After a plan was bought or changed. */
  refresh: () => Promise<void>;
}

export function useAccess(): UseAccess {
  const { access, error, refresh } = useShared();
  return { access, error, refresh };
}

export interface FeatureGateProps {
  /** A feature of the catalogue. */
  feature?: string | undefined;
  /** Exactly this plan, of any group; for "or one above it" ask `access.check`. */
  plan?: string | undefined;
  /** Instead of what is not theirs; an <UpgradePrompt>, say. */
  fallback?: ReactNode;
  /** While it is not known; nothing unless given. */
  loading?: ReactNode;
  children?: ReactNode;
}

/** Shows its children to those whose plan has the feature.  What cannot be asked is not theirs. */
export function FeatureGate(props: FeatureGateProps) {
  const { access, error } = useShared();
  if (access === null && error === null) return <>{props.loading ?? null}</>;
  const feature = props.feature === undefined || access?.features[props.feature] === true;
  const plan = props.plan === undefined || Object.values(access?.plans ?? {}).includes(props.plan);
  return <>{access !== null && feature && plan ? props.children : (props.fallback ?? null)}</>;
}

/** An amount for people: `{ amount: 2999, currency: 'USD' }` is $29.99. */
export function money(price: { amount: number; currency: string }, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: price.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(price.amount / 10 ** digits);
}

export interface Upgrading {
  /** Opens a checkout and goes there; who pays for a plan of the group already is told first what
   *  the change costs, and the second time it is done. */
  go: () => void;
  busy: boolean;
  /** What the change costs, once it was asked: `go` does it. */
  due: Api.Calls['previewSubscription']['gives'] | null;
  /** Why it did not work. */
  failed: string | null;
}

/** What stands behind the button of a prompt. */
export function useUpgrade(upgrade: Upgrade | undefined): Upgrading {
  const { purser, refresh } = useShared();
  const [busy, setBusy] = useState(false);
  const [due, setDue] = useState<Upgrading['due']>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const priceId = upgrade?.price.id;
  useEffect(() => {
    setDue(null);
    setFailed(null);
  }, [priceId]);
  const go = useCallback(() => {
    if (upgrade === undefined || busy) return;
    const { plan, price } = upgrade;
    const change = { plan, interval: price.interval ?? null, when: 'now' as const };
    const pay = (url: string | null | undefined) => {
      if (url !== null && url !== undefined) window.location.assign(url);
    };
    const begin = async () =>
      pay((await purser.checkout.create({ priceId: price.id })).checkoutUrl);
    const end = async (at: string) => {
      pay((await purser.subscription.change({ ...change, at })).checkoutUrl);
      await refresh();
    };
    setBusy(true);
    setFailed(null);
    (due === null ? begin() : end(due.at))
      .catch(async (error: unknown) => {
        if (codeOf(error) !== 'ALREADY_SUBSCRIBED') throw error;
        setDue(await purser.subscription.preview(change));
      })
      .catch((error: unknown) => setFailed(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  }, [purser, refresh, upgrade, busy, due]);
  return { go, busy, due, failed };
}

export interface UpgradePromptProps {
  /** What they lack: asked for, when no upgrade is given … */
  feature?: string | undefined;
  /** … or what a gate or a refusal said: `gate.upgradeTo`, `error.details.upgradeTo`. */
  upgradeTo?: Upgrade | undefined;
  /** Instead of opening a checkout and going there. */
  onUpgrade?: ((upgrade: Upgrade) => void) | undefined;
  locale?: string | undefined;
  className?: string | undefined;
  /** How it looks, when not like this. */
  children?: ((upgrade: Upgrade, upgrading: Upgrading) => ReactNode) | undefined;
}

/** Names the cheapest plan that would allow it, and leads to it.  Nothing is shown where no plan
 *  would. */
export function UpgradePrompt(props: UpgradePromptProps) {
  const { purser, access } = useShared();
  const { feature, onUpgrade, locale, upgradeTo: given } = props;
  const [asked, setAsked] = useState<Upgrade | undefined>(undefined);
  const upgrade = given ?? asked;
  const upgrading = useUpgrade(upgrade);
  // Another plan of theirs is another way up.
  useEffect(() => {
    let over = false;
    if (given !== undefined || feature === undefined) return;
    purser.access.feature(feature).then(
      (answer) => over || setAsked(answer.upgradeTo),
      () => over || setAsked(undefined),
    );
    return () => {
      over = true;
    };
  }, [purser, access, feature, given]);
  if (upgrade === undefined) return null;
  const go = onUpgrade === undefined ? upgrading.go : () => onUpgrade(upgrade);
  if (props.children !== undefined) return <>{props.children(upgrade, { ...upgrading, go })}</>;
  const { price } = upgrade;
  const { busy, due, failed } = upgrading;
  return (
    <div className={props.className} role="group" aria-label="Upgrade">
      <p>
        This comes with <strong>{upgrade.plan}</strong>, {money(price, locale)}
        {price.interval === undefined ? '' : ` a ${price.interval}`}.
      </p>
      {due === null ? null : <p role="status">The change costs {money(due.dueNow, locale)} now.</p>}
      <button type="button" onClick={go} disabled={busy}>
        {due === null ? 'Upgrade' : 'Change the plan'}
      </button>
      {failed === null ? null : <p role="alert">{failed}</p>}
    </div>
  );
}

export interface UseCredits extends CreditState {
  /** Shown at once, put back when it is refused; throws as `credits.spend` does. */
  spend: CreditStore['spend'];
  refresh: CreditStore['refresh'];
}

/** The balance, live. */
export function useCredits(): UseCredits {
  const { credits } = useShared();
  const state = useSyncExternalStore(credits.subscribe, credits.getSnapshot, credits.getSnapshot);
  return { ...state, spend: credits.spend, refresh: credits.refresh };
}

export type { Access, Gate, Upgrade };
