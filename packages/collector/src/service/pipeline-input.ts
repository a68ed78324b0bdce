import type { Signal } from '@otelier/otlp';
import type { Consumer } from '../component/contract.ts';
import { Edge } from '../graph/edge.ts';
import { joinBranches } from '../graph/fan-out.ts';
import type { Graph } from '../graph/graph.ts';

/**
 * Returns the input of the first pipeline of a signal that ends in an exporter: its first processor, or its exporters.
 * Returns `undefined` if no pipeline of this thread does. For data that enters without a receiver, such as remote write on
 * the port of the workbench.
 */
export function pipelineInput({ nodes, edges }: Graph, signal: Signal, exporter: string): Consumer | undefined {
  const end = nodes.find(
    ({ identity }) => identity.kind === 'exporter' && identity.component === exporter && identity.signal === signal,
  );
  for (const pipeline of end?.identity.pipelines ?? []) {
    const entrances = edges.filter(({ pipeline: own, from }) => own === pipeline && ENTERS.has(from.identity.kind));
    const targets = [...new Set(entrances.map(({ to }) => to))];
    const consumers = targets.flatMap((node) => (node.consumer === undefined ? [] : [new Edge(node.consumer, node)]));
    if (consumers.length > 0) return joinBranches(consumers);
  }
  return undefined;
}

/** Kinds of components from which batches enter a pipeline. */
const ENTERS: ReadonlySet<string> = new Set(['receiver', 'connector']);
