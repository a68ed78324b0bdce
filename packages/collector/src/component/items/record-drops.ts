import type { DropRule } from '../contract.ts';
import type { Hooks } from '../rewriter.ts';

/** Returns an item hook that records the items which `item` drops. */
export function recordDrops(rule: DropRule, item: NonNullable<Hooks['item']>): NonNullable<Hooks['item']> {
  return (cursor, batch) => {
    const decision = item(cursor, batch);
    if (decision === 'drop') rule.item(cursor);
    return decision;
  };
}
