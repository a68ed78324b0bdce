import type { Signal } from '../signals.ts';
import { rewriteItems } from './rewrite-items.ts';

/**
 * Splits a canonical request into a request with its first `head` items and one with the rest. Resources and scopes
 * with items in both are repeated.
 */
export function cutRequest(
  signal: Signal,
  request: Uint8Array,
  head: number,
): readonly [first: Uint8Array, rest: Uint8Array] {
  let index = 0;
  const first = rewriteItems(signal, request, { item: () => (index++ < head ? 'keep' : 'drop') });
  index = 0;
  const rest = rewriteItems(signal, request, { item: () => (index++ < head ? 'drop' : 'keep') });
  return [first.bytes ?? EMPTY, rest.bytes ?? EMPTY];
}

/** An empty request is valid. */
const EMPTY = new Uint8Array();
