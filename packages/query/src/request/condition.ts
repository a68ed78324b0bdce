import type { Condition, ItemFilter } from '@otelier/store';

/** Returns the filter for items whose field satisfies a condition. */
export function condition(field: string, op: Condition['op'], value: Condition['value']): ItemFilter {
  return { kind: 'condition', condition: { field, op, value } };
}
