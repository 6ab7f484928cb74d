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
import { PurserBrowser, type Access, type Gate, type Upgrade } from './browser.js';
import { isPurserError, type Failure } from './error.js';
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
  children?: ((upgrade: Upgrade, go: () => void, busy: boolean) => ReactNode) | undefined;
}

/** Names the cheapest plan that would allow it, and leads to its checkout.  Nothing is shown where
 *  no plan would. */
export function UpgradePrompt(props: UpgradePromptProps) {
  const { purser } = useShared();
  const { feature, onUpgrade } = props;
  const [asked, setAsked] = useState<Upgrade | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const given = props.upgradeTo;
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
  }, [purser, feature, given]);
  const upgrade = given ?? asked;
  const go = useCallback(() => {
    if (upgrade === undefined) return;
    if (onUpgrade !== undefined) return onUpgrade(upgrade);
    setBusy(true);
    setFailed(null);
    purser.checkout
      .create({ priceId: upgrade.price.id })
      .then(({ checkoutUrl }) => {
        if (checkoutUrl !== null) window.location.assign(checkoutUrl);
      })
      .catch((error: unknown) => {
        setBusy(false);
        setFailed(error instanceof Error ? error.message : String(error));
      });
  }, [purser, upgrade, onUpgrade]);
  if (upgrade === undefined) return null;
  if (props.children !== undefined) return <>{props.children(upgrade, go, busy)}</>;
  const { price } = upgrade;
  return (
    <div className={props.className} role="group" aria-label="Upgrade">
      <p>
        This comes with <strong>{upgrade.plan}</strong>, {money(price, props.locale)}
        {price.interval === undefined ? '' : ` a ${price.interval}`}.
      </p>
      <button type="button" onClick={go} disabled={busy}>
        Upgrade
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
