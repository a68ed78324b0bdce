import { countItems, cutRequest, type Signal } from '@otelier/otlp';

/** A set of parts, with the number of items in them. */
export interface Piece {
  readonly parts: readonly Uint8Array[];
  readonly itemCount: number;
}

/**
 * Splits a piece: the first result has at most `firstItems` items (0 for none) and the others at most `maxItems`; all
 * but the last are full. A part is copied only if it is split. Resources and scopes are repeated in each piece that
 * contains their items.
 */
export function splitPiece(signal: Signal, piece: Piece, firstItems: number, maxItems: number): Piece[] {
  const pieces: Piece[] = [];
  let parts: Uint8Array[] = [];
  let itemCount = 0;
  let capacity = firstItems;
  const end = () => {
    if (itemCount > 0) pieces.push({ parts, itemCount });
    parts = [];
    itemCount = 0;
    capacity = maxItems;
  };
  const take = (part: Uint8Array, items: number) => {
    parts.push(part);
    itemCount += items;
    capacity -= items;
  };
  for (const part of piece.parts) {
    let rest = part;
    let items = piece.parts.length === 1 ? piece.itemCount : countItems(signal, part);
    if (items > capacity) {
      if (capacity > 0) {
        const head = capacity;
        const [first, second] = cutRequest(signal, part, head);
        take(first, head);
        rest = second;
        items -= head;
      }
      end();
    }
    for (const whole of splitEvenly(signal, rest, items, maxItems)) {
      if (whole.itemCount > capacity) end();
      take(whole.part, whole.itemCount);
    }
  }
  end();
  return pieces;
}

/**
 * Splits a part into pieces of `maxItems` by repeated halving, so that each byte is copied a logarithmic number of
 * times.
 */
function splitEvenly(
  signal: Signal,
  part: Uint8Array,
  itemCount: number,
  maxItems: number,
): { readonly part: Uint8Array; readonly itemCount: number }[] {
  if (itemCount <= maxItems) return [{ part, itemCount }];
  const head = Math.floor(Math.ceil(itemCount / maxItems) / 2) * maxItems;
  const [first, second] = cutRequest(signal, part, head);
  return [...splitEvenly(signal, first, head, maxItems), ...splitEvenly(signal, second, itemCount - head, maxItems)];
}

/**
 * Splits a piece into pieces of at most `maxBytes`, except for single items that are larger. Parts are cut by halves, so
 * that each byte is copied a logarithmic number of times.
 */
export function splitByBytes(signal: Signal, piece: Piece, maxBytes: number): Piece[] {
  return piece.parts.flatMap((part) => {
    const itemCount = piece.parts.length === 1 ? piece.itemCount : countItems(signal, part);
    return halve(signal, part, itemCount, maxBytes);
  });
}

function halve(signal: Signal, part: Uint8Array, itemCount: number, maxBytes: number): Piece[] {
  if (part.length <= maxBytes || itemCount <= 1) return [{ parts: [part], itemCount }];
  const head = itemCount >> 1;
  const [first, second] = cutRequest(signal, part, head);
  return [...halve(signal, first, head, maxBytes), ...halve(signal, second, itemCount - head, maxBytes)];
}
