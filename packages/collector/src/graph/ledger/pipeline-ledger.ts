import type { PipelineGraph, PipelineLedger } from '@otelier/query';

/** Returns the ledger of a graph. */
export function pipelineLedgerOf({ atMillis, nodes, edges }: PipelineGraph): PipelineLedger {
  const ledgers = nodes.flatMap(({ id, kind, component, signal, pipelines, ledger }) =>
    ledger === undefined ? [] : [{ id, kind, component, signal, pipelines, ...ledger }],
  );
  return {
    atMillis,
    isBalanced: ledgers.every(({ differenceItems }) => differenceItems === 0),
    nodes: ledgers,
    edges: edges.map(
      ({ id, from, to, signal, pipeline, items, refusedItems, rejectedItems = 0, pendingItems = 0 }) => ({
        ...{ id, from, to, signal, pipeline },
        sentItems: items - rejectedItems + refusedItems + pendingItems,
        acceptedItems: items - rejectedItems,
        refusedItems,
        pendingItems,
      }),
    ),
  };
}
