import type { ApiClient, PipelineLedger } from '@otelier/query';
import { pause } from '../reload/load.ts';

/** Returns what does not balance in a ledger. */
export function findImbalances({ nodes, edges, isBalanced }: PipelineLedger): string[] {
  const offNodes = nodes.filter((node) => node.differenceItems !== 0 || balanceOf(node) !== 0);
  const offEdges = edges.filter(
    ({ sentItems, acceptedItems, refusedItems, pendingItems }) =>
      sentItems !== acceptedItems + refusedItems + pendingItems ||
      Math.min(acceptedItems, refusedItems, pendingItems) < 0,
  );
  return [
    ...offNodes.map((node) => `a node does not balance: ${JSON.stringify(node)}`),
    ...offEdges.map((edge) => `an edge does not balance: ${JSON.stringify(edge)}`),
    ...(isBalanced === (offNodes.length === 0) ? [] : [`expected isBalanced ${!isBalanced}`]),
  ];
}

function balanceOf(node: PipelineLedger['nodes'][number]): number {
  const sum = (entries: readonly { readonly items: number }[]) => entries.reduce((all, { items }) => all + items, 0);
  const left = node.refusedItems + node.forwardedItems + node.deliveredItems + node.heldItems + node.insideItems;
  return node.receivedItems + sum(node.created) - left - sum(node.dropped) - sum(node.merged);
}

/** Resolves when no item is on its way. */
export async function untilQuiet(api: Pick<ApiClient, 'get'>): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const { nodes, edges } = await api.get('/pipeline/ledger');
    const isQuiet =
      nodes.every(({ heldItems, insideItems }) => heldItems === 0 && insideItems === 0) &&
      edges.every(({ pendingItems }) => pendingItems === 0);
    if (isQuiet) return;
    await pause(50);
  }
  throw new Error('expected a quiet pipeline within a minute, got items on their way');
}
