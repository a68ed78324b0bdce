import type { ItemCursor } from '@otelier/otlp';

/** Returns a function that calls `read` once for the consecutive items of a resource. */
export function perResource<T>(read: (item: ItemCursor) => T): (item: ItemCursor) => T {
  return memo(read, (item) => item.resourceGroupStart);
}

/** Returns a function that calls `read` once for the consecutive items of a scope. */
export function perScope<T>(read: (item: ItemCursor) => T): (item: ItemCursor) => T {
  return memo(read, (item) => item.scopeGroupStart);
}

/** Returns a function that calls `read` once for the consecutive points of a metric's data. */
export function perMetric<T>(read: (item: ItemCursor) => T): (item: ItemCursor) => T {
  return memo(read, (item) => item.dataStart);
}

function memo<T>(read: (item: ItemCursor) => T, startOf: (item: ItemCursor) => number): (item: ItemCursor) => T {
  let last: { readonly bytes: Uint8Array; readonly start: number; readonly value: T } | undefined;
  return (item) => {
    const start = startOf(item);
    if (last === undefined || last.bytes !== item.bytes || last.start !== start) {
      last = { bytes: item.bytes, start, value: read(item) };
    }
    return last.value;
  };
}
