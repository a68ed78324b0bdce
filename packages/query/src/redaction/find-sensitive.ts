import type { Signal } from '@otelier/otlp';
import type { RedactionPreview } from '../api/api.ts';

/** What is searched for, and how examples are masked. */
export interface SensitiveSearch {
  readonly signal: Signal;
  /** Names of kinds and groups. */
  readonly kinds: readonly string[];
  readonly method: string;
  /** Maximum number of items to search. */
  readonly limit: number;
}

/** Searches requests for sensitive values. */
export type FindSensitive = (
  search: SensitiveSearch,
  requests: readonly Uint8Array[],
) => Promise<
  { readonly kind: 'found'; readonly preview: RedactionPreview } | { readonly kind: 'invalid'; readonly reason: string }
>;
