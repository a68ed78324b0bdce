import type { JsonAttributes, JsonValue } from '@otelier/query';

/** Attributes that share a namespace. */
export interface AttributeGroup {
  readonly name: string;
  readonly entries: readonly (readonly [string, JsonValue])[];
}

const OTHER = 'other';

/**
 * Groups attributes by namespace (`http`, `db`), with the largest group first and ungrouped attributes last. Keys are
 * sorted.
 */
export function groupAttributes(attributes: JsonAttributes): readonly AttributeGroup[] {
  const groups = new Map<string, [string, JsonValue][]>();
  for (const [key, value] of Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b))) {
    const dot = key.indexOf('.');
    const name = dot > 0 ? key.slice(0, dot) : OTHER;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [[key, value]]);
    else group.push([key, value]);
  }
  return [...groups]
    .map(([name, entries]) => ({ name, entries }))
    .sort(
      (a, b) =>
        Number(a.name === OTHER) - Number(b.name === OTHER) ||
        b.entries.length - a.entries.length ||
        a.name.localeCompare(b.name),
    );
}
