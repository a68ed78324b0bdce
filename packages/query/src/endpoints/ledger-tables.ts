import type { SqlTable } from '@otelier/store';
import type { DeepReadonly, PipelineLedger } from '../api/api.ts';

/** The relations of the ledger, by which statements name them. */
const NAMED = /\b(?:edges|ledger)\b/i;

/** Returns the ledger as relations, if a statement may read them and the process has one. */
export async function ledgerTables(
  statement: string,
  inspector: () => { ledger(): Promise<DeepReadonly<PipelineLedger>> },
): Promise<readonly SqlTable[]> {
  if (!NAMED.test(statement)) return [];
  try {
    const ledger = await inspector().ledger();
    return [edges(ledger), entries(ledger)];
  } catch {
    // Without a pipeline, the statement fails if it reads the relations.
    return [];
  }
}

function edges({ nodes, edges: all }: DeepReadonly<PipelineLedger>): SqlTable {
  const dropped = new Map(nodes.map((node) => [node.id, node.dropped]));
  return {
    name: 'edges',
    columns: [
      ...text('id', 'from', 'to', 'signal', 'pipeline'),
      ...integers('sent_items', 'accepted_items', 'refused_items', 'pending_items', 'dropped_items'),
      { name: 'dropped', type: 'JSON' },
    ],
    rows: all.map(({ id, from, to, signal, pipeline, ...items }) => {
      const drops = dropped.get(to) ?? [];
      return [
        ...[id, from, to, signal, pipeline],
        ...[items.sentItems, items.acceptedItems, items.refusedItems, items.pendingItems],
        ...[drops.reduce((sum, drop) => sum + drop.items, 0), JSON.stringify(drops)],
      ];
    }),
  };
}

/** Returns a row for each count of a component, so that statements can filter and sum them. */
function entries({ nodes }: DeepReadonly<PipelineLedger>): SqlTable {
  return {
    name: 'ledger',
    columns: [...text('node', 'kind', 'component', 'signal', 'event', 'reason', 'rule'), ...integers('items')],
    rows: nodes.flatMap(({ id, kind, component, signal, created, merged, dropped, ...items }) => {
      const node = [id, kind, component, signal] as const;
      const counts = [
        ['received', items.receivedItems],
        ['refused', items.refusedItems],
        ['forwarded', items.forwardedItems],
        ['delivered', items.deliveredItems],
        ['held', items.heldItems],
      ] as const;
      const lists = { created, merged, dropped };
      return [
        ...counts.map(([event, count]) => [...node, event, undefined, undefined, count]),
        ...Object.entries(lists).flatMap(([event, list]) =>
          list.map((entry) => [...node, event, entry.reason, entry.rule, entry.items]),
        ),
      ];
    }),
  };
}

function text(...names: readonly string[]): SqlTable['columns'] {
  return names.map((name) => ({ name, type: 'VARCHAR' }));
}

function integers(...names: readonly string[]): SqlTable['columns'] {
  return names.map((name) => ({ name, type: 'BIGINT' }));
}
