import type { DryRunReport } from '@otelier/query';
import { componentName } from './isolated-config.ts';
import type { Replay } from './replay.ts';

type Row = DryRunReport['balance'][number];
type Entry = Pick<Row, 'kind' | 'component' | 'reason' | 'rule'>;

/**
 * Returns what became of the received items with both configurations:
 *
 *     received + copied + created = not received + refused + dropped + merged + held + kept + unaccounted
 *
 * What is kept is counted by the exporters, and the others by the ledgers of the components.
 */
export function balanceOf(received: number, now: Replay, draft: Replay): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const [side, replay] of [
    ['now', now],
    ['draft', draft],
  ] as const) {
    for (const [entry, items] of entriesOf(received, replay)) {
      const key = [entry.kind, entry.component, entry.reason, entry.rule].join('\0');
      const row = rows.get(key) ?? { ...entry, now: 0, draft: 0 };
      rows.set(key, { ...row, [side]: row[side] + items });
    }
  }
  const isShown = ({ kind, now: a, draft: b }: Row) => ALWAYS.has(kind) || a !== 0 || b !== 0;
  return [...rows.values()].filter(isShown).toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly Row['kind'][] = [
  ...(['received', 'not_received', 'copied', 'created', 'refused', 'dropped', 'merged', 'held'] as const),
  ...(['kept', 'unaccounted'] as const),
];
const ALWAYS: ReadonlySet<Row['kind']> = new Set<Row['kind']>(['received', 'kept', 'unaccounted']);

function entriesOf(received: number, replay: Replay): readonly (readonly [Entry, number])[] {
  const { ledger, notReceivedItems, outputs } = replay;
  const kept = outputs.reduce((sum, { items }) => sum + items, 0);
  const entries: (readonly [Entry, number])[] = [[{ kind: 'not_received' }, notReceivedItems]];
  let [created, left] = [0, 0];
  const leave = (entry: Entry, items: number) => {
    left += items;
    entries.push([entry, items]);
  };
  for (const node of ledger.nodes) {
    const component = componentName(node.kind, node.component);
    if (node.kind === 'receiver') {
      leave({ kind: 'refused', component }, node.refusedItems);
      continue;
    }
    for (const { reason, rule, items } of node.dropped) leave(entryOf('dropped', component, reason, rule), items);
    for (const { reason, rule, items } of node.merged) leave(entryOf('merged', component, reason, rule), items);
    leave({ kind: 'held', component }, node.heldItems + node.insideItems);
    for (const { reason, rule, items } of node.created) {
      created += items;
      entries.push([entryOf('created', component, reason, rule), items]);
    }
  }
  const copied = copiedItems(replay);
  const unaccounted = received - notReceivedItems + copied + created - left - kept;
  entries.push([{ kind: 'copied' }, copied], [{ kind: 'kept' }, kept], [{ kind: 'unaccounted' }, unaccounted]);
  return [[{ kind: 'received' }, received], ...entries];
}

/** Items that enter several pipelines, or that several exporters get, count once more for each further one. */
function copiedItems({ ledger: { nodes, edges } }: Replay): number {
  return nodes.reduce((sum, { id, forwardedItems }) => {
    const accepted = edges.filter(({ from }) => from === id).reduce((all, { acceptedItems }) => all + acceptedItems, 0);
    return sum + accepted - forwardedItems;
  }, 0);
}

function entryOf(kind: Row['kind'], component: string, reason: string, rule: string | undefined): Entry {
  return { kind, component, reason, ...(rule !== undefined && { rule }) };
}
