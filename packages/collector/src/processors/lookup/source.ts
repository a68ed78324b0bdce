import type { Value } from '../../ottl/values/value.ts';

/** The result of a lookup. `failed` leaves the item unchanged; `missing` applies the defaults. */
export type LookupResult =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed' };

export const MISSING: LookupResult = { kind: 'missing' };
export const FAILED: LookupResult = { kind: 'failed' };

/** A source in which keys are looked up. */
export interface LookupSource {
  /** Returns the result for a key, or `undefined` if it is not known yet. */
  get(key: string): LookupResult | undefined;
  /** Looks up keys for which `get` returned `undefined`. Keys never passed to `onResult` have failed. */
  fetch?(keys: Iterable<string>, onResult: (key: string, result: LookupResult) => void): Promise<void>;
  start?(): Promise<void>;
  shutdown?(): void;
}
