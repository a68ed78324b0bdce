import { forEachItem, type ItemCursor, MESSAGES, type MessageName, type Signal, TrustedReader } from '@otelier/otlp';
import type { Store } from '../contract.ts';
import { attributeText } from './attribute-text.ts';
import { itemMessage } from './item-match.ts';

/** How many items have the same values of some attributes. */
export interface AttributeGroups {
  /** Number of items by their values, as a JSON array; `null` stands for a missing attribute. */
  readonly groups: ReadonlyMap<string, number>;
  readonly items: number;
  /** Whether there were more items or groups than the limits. */
  readonly isPartial: boolean;
}

const MAX_ITEMS = 1_000_000;
const MAX_GROUPS = 200_000;

/** Groups the items of a tenant that have at least one of some attributes by the values of all of them. */
export async function groupByAttributes(
  store: Store,
  { tenant, signals }: { readonly tenant: string; readonly signals: readonly Signal[] },
  keys: readonly string[],
): Promise<AttributeGroups> {
  const groups = new Map<string, number>();
  let items = 0;
  for (const signal of signals) {
    for await (const request of store.export({ tenant, signal })) {
      forEachItem(signal, request, (cursor) => {
        const values = valuesOf(signal, cursor, keys);
        if (values.every((value) => value === null)) return;
        const key = JSON.stringify(values);
        const count = groups.get(key);
        if (count === undefined && groups.size >= MAX_GROUPS) return;
        groups.set(key, (count ?? 0) + 1);
        items += 1;
      });
      if (items >= MAX_ITEMS || groups.size >= MAX_GROUPS) return { groups, items, isPartial: true };
    }
  }
  return { groups, items, isPartial: false };
}

function valuesOf(signal: Signal, cursor: ItemCursor, keys: readonly string[]): readonly (string | null)[] {
  const found = new Map<string, string>();
  collect(cursor.bytes, cursor.resourceStart, cursor.resourceEnd, 'Resource', found);
  collect(cursor.bytes, cursor.start, cursor.end, itemMessage(signal, cursor), found);
  return keys.map((key) => found.get(key) ?? null);
}

/** Adds the attributes of a message to those that were found. */
function collect(bytes: Uint8Array, start: number, end: number, name: MessageName, found: Map<string, string>): void {
  const { byNumber } = MESSAGES[name];
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const field = byNumber.get(reader.field);
    if (field?.kind !== 'message' || field.message !== 'KeyValue') continue;
    const pair = new TrustedReader(bytes, reader.valueStart, reader.end);
    let key = '';
    while (pair.next()) {
      if (pair.field === 1) key = Buffer.from(bytes.subarray(pair.valueStart, pair.end)).toString();
      else if (pair.field === 2) found.set(key, attributeText(bytes, pair.valueStart, pair.end).join(', '));
    }
  }
}
