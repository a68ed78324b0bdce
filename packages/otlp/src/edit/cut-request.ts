import type { Signal } from '../signals.ts';
import { rewriteItems } from './rewrite-items.ts';

/**
 * The first `head` items of a canonical request, and the rest, each a request. Resources and scopes with items on both
 * sides are in both.
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

/** A request without anything in it is valid. */
const EMPTY = new Uint8Array();
