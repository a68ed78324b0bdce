import type { Value } from '../../ottl/values/value.ts';

/** The result of a lookup. `failed` leaves the item as it is, `missing` sets the defaults. */
export type LookupResult =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed' };

export const MISSING: LookupResult = { kind: 'missing' };
export const FAILED: LookupResult = { kind: 'failed' };

/** Where keys are looked up. */
export interface LookupSource {
  /** Returns the result of a key, or `undefined` if it is not known yet. */
  get(key: string): LookupResult | undefined;
  /** Looks up keys for which `get` returned `undefined`. Those that `onResult` does not get have failed. */
  fetch?(keys: Iterable<string>, onResult: (key: string, result: LookupResult) => void): Promise<void>;
  start?(): Promise<void>;
  shutdown?(): void;
}
