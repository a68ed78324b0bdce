import type { Clock } from '@otelier/transport';
import type { ComponentKind } from '../component/contract.ts';
import type { Node, NodeIdentity } from './node.ts';

/**
 * In which order nodes hand on what they hold, when the graph lists them as they are started: those of one step
 * together, one step after the other.
 */
export interface DrainOrder {
  readonly receivers: readonly string[];
  /** What lies between, each a step of its own, in the direction of the flow. */
  readonly between: readonly string[];
  readonly exporters: readonly string[];
  readonly extensions: readonly string[];
}

/** Upstream first. Receivers drain together and exporters too; what lies between feeds the next. */
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

/** Lets some of the nodes hand on what they hold, together and for at most `remainingMillis`. */
export async function drainNodes(
  nodes: readonly Node[],
  ids: readonly string[],
  remainingMillis: number,
  clock: Clock,
): Promise<void> {
  const over = new AbortController();
  const cancel = clock.setTimeout(() => over.abort(), remainingMillis);
  const drain = async (node: Node) => {
    try {
      await Promise.race([node.drain(over.signal, remainingMillis), overdue(over.signal)]);
    } catch (error) {
      node.logger.error({ err: error }, 'A component could not hand on what it held.');
    }
  };
  await Promise.all(nodes.filter(({ identity }) => ids.includes(identity.id)).map(drain));
  cancel();
}

/** A component gets a moment after its deadline to report what it lost; one that hangs does not keep the others from theirs. */
function overdue(deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    deadline.addEventListener('abort', () => setTimeout(resolve, 100).unref(), { once: true });
  });
}
