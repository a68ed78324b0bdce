import type { TappedItem } from '@otelier/query';

type KeyCount = readonly [key: string, count: number];

/** The keys of items with the number of items that have them, most frequent first: changed ones, and the attributes that are not. */
export function countKeys(items: readonly TappedItem[]): {
  readonly changed: readonly KeyCount[];
  readonly same: readonly KeyCount[];
} {
  const changed = new Map<string, number>();
  const same = new Map<string, number>();
  for (const { values, changedValues } of items) {
    for (const [index, { key }] of values.entries()) {
      if (index >= changedValues && conditionFor(key) === undefined) continue;
      const counts = index < changedValues ? changed : same;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const sorted = (counts: ReadonlyMap<string, number>): readonly KeyCount[] =>
    [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  return { changed: sorted(changed), same: sorted(same) };
}

/** Returns the OTTL condition for items with an attribute; `undefined` for other values. */
export function conditionFor(key: string): string | undefined {
  const [, scope, name] = /^(resource|attributes)\.(.+)$/s.exec(key) ?? [];
  if (name === undefined) return undefined;
  return `${scope === 'resource' ? 'resource.attributes' : 'attributes'}[${JSON.stringify(name)}] != nil`;
}

/** Returns a key as it is shown: attributes without their prefix. */
export function shortKey(key: string): string {
  return key.replace(/^attributes\./, '');
}
