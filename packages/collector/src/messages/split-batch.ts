import {
  countItems,
  cutRequest,
  encodeHex,
  findField,
  type ItemCursor,
  partitionItems,
  payloadEnd,
  payloadStart,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';

/** A part of a batch that goes to one destination. */
export interface KeyedRequest {
  /** What decides about the destination: a trace ID, the hash of a resource. `undefined` if nothing does. */
  readonly key: string | undefined;
  readonly request: Uint8Array;
  readonly itemCount: number;
}

/** Returns what decides about the destination of an item. */
export type KeyOf = (item: ItemCursor) => string | undefined;

/** Splits a request by the keys of its items. With `mergesMissing`, items without one stay together. */
export function splitByKey(signal: Signal, request: Uint8Array, keyOf: KeyOf): readonly KeyedRequest[] {
  const indexes = new Map<string | undefined, number>();
  const order: number[] = [];
  for (const key of keysOf(signal, request, keyOf)) {
    const known = indexes.get(key);
    const index = known ?? indexes.size;
    if (known === undefined) indexes.set(key, index);
    order.push(index);
  }
  let next = 0;
  const pieces = partitionItems(signal, request, indexes.size, () => order[next++] ?? 0);
  return [...indexes].flatMap(([key, index]) => {
    const piece = pieces[index];
    return piece === undefined ? [] : [{ key, request: piece.bytes, itemCount: piece.itemCount }];
  });
}

function keysOf(signal: Signal, request: Uint8Array, keyOf: KeyOf): (string | undefined)[] {
  const keys: (string | undefined)[] = [];
  partitionItems(signal, request, 1, (item) => {
    keys.push(keyOf(item));
    return 0;
  });
  return keys;
}

/** Returns the trace ID of an item in hexadecimal digits, or `undefined` if it has none. */
export function traceIdKey(signal: Signal): KeyOf {
  const field = SIGNALS[signal].traceIdField;
  return ({ bytes, start, end }) => {
    const value = field === undefined ? -1 : findField(bytes, start, end, field);
    if (value < 0) return undefined;
    const id = encodeHex(bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value)));
    return /[^0]/.test(id) ? id : undefined;
  };
}

/** Splits a request in halves of items. */
export function halve(signal: Signal, request: Uint8Array, itemCount: number): readonly [Piece, Piece] {
  const half = Math.ceil(itemCount / 2);
  const [first, rest] = cutRequest(signal, request, half);
  return [
    { request: first, itemCount: half },
    { request: rest, itemCount: itemCount - half },
  ];
}

/** A part of a request. */
export interface Piece {
  readonly request: Uint8Array;
  readonly itemCount: number;
}

/** Concatenates the parts of a batch into requests of at most `maxBytes`, unless a part alone is larger. */
export function concatParts(signal: Signal, parts: readonly Uint8Array[], maxBytes: number): readonly Piece[] {
  const groups: Uint8Array[][] = [];
  let size = 0;
  for (const part of parts) {
    const group = groups.at(-1);
    if (group !== undefined && size + part.length <= maxBytes && SIGNALS[signal].mergeable) {
      group.push(part);
      size += part.length;
    } else {
      groups.push([part]);
      size = part.length;
    }
  }
  return groups.map((group) => {
    const [first] = group;
    const request = group.length === 1 && first !== undefined ? first : Buffer.concat(group);
    return { request, itemCount: countItems(signal, request) };
  });
}
