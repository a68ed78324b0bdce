import type { Clock } from '@otelier/transport';
import type { ComponentKind } from '../component/contract.ts';
import type { Node, NodeIdentity } from './node.ts';

/** The order in which nodes drain. Receivers drain concurrently, as do exporters. */
export interface DrainOrder {
  readonly receivers: readonly string[];
  /** Processors and connectors, drained one after the other in flow order. */
  readonly between: readonly string[];
  readonly exporters: readonly string[];
  readonly extensions: readonly string[];
}

/** Returns the drain order of nodes that are given in start order. */
export function drainOrder(nodes: readonly Pick<NodeIdentity, 'id' | 'kind'>[]): DrainOrder {
  const upstreamFirst = nodes.toReversed();
  const of = (...kinds: readonly ComponentKind[]) =>
    upstreamFirst.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  return {
    receivers: of('receiver'),
    between: of('processor', 'connector'),
    exporters: of('exporter'),
    extensions: of('extension'),
  };
}

/** Sorts node IDs in flow order: every node precedes the nodes that its batches reach. Edges may cross threads. */
export function inFlowOrder(ids: readonly string[], edges: readonly { readonly from: string; readonly to: string }[]) {
  const outgoing = Map.groupBy(edges, ({ from }) => from);
  const visited = new Set<string>();
  const upstreamLast: string[] = [];
  const visit = (id: string) => {
    if (visited.has(id)) return;
    visited.add(id);
    for (const { to } of outgoing.get(id) ?? []) visit(to);
    upstreamLast.push(id);
  };
  for (const id of ids) visit(id);
  const wanted = new Set(ids);
  return upstreamLast.reverse().filter((id) => wanted.has(id));
}

/** Drains some of the nodes concurrently, for at most `remainingMillis`, each after `settled` has resolved. */
export async function drainNodes(
  nodes: readonly Node[],
  ids: readonly string[],
  remainingMillis: number,
  clock: Clock,
  settled: (node: Node) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const over = new AbortController();
  const cancel = clock.setTimeout(() => over.abort(), remainingMillis);
  const drain = async (node: Node) => {
    try {
      const drained = Promise.race([settled(node), aborted(over.signal)]).then(() =>
        node.drain(over.signal, remainingMillis),
      );
      await Promise.race([drained, overdue(over.signal)]);
    } catch (error) {
      node.logger.error({ err: error }, 'drain failed');
    }
  };
  await Promise.all(nodes.filter(({ identity }) => ids.includes(identity.id)).map(drain));
  cancel();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Resolves 100 ms after the deadline, so that a component can still report its losses but cannot block the others. */
function overdue(deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    deadline.addEventListener('abort', () => setTimeout(resolve, 100).unref(), { once: true });
  });
}
