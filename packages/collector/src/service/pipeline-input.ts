import type { Signal } from '@otelier/otlp';
import type { Consumer } from '../component/contract.ts';
import { Edge } from '../graph/edge.ts';
import type { Graph } from '../graph/graph.ts';
import { joinPipelines, type PipelineBranch } from '../graph/tenants/join-pipelines.ts';

/**
 * Returns the input of the first pipeline of a signal that ends in an exporter: its first processor, or its exporters; with pipelines for
 * tenants, those of the tenant of each batch.
 * Returns `undefined` if no pipeline of this thread does. For data that enters without a receiver, such as remote write on
 * the port of the workbench.
 */
export function pipelineInput({ nodes, edges }: Graph, signal: Signal, exporter: string): Consumer | undefined {
  const end = nodes.find(
    ({ identity }) => identity.kind === 'exporter' && identity.component === exporter && identity.signal === signal,
  );
  const branches: PipelineBranch[] = [];
  for (const pipeline of end?.identity.pipelines ?? []) {
    const entrances = edges.filter(({ pipeline: own, from }) => own === pipeline && ENTERS.has(from.identity.kind));
    const tenants = entrances[0]?.tenants;
    for (const node of new Set(entrances.map(({ to }) => to)))
      if (node.consumer !== undefined) branches.push({ consumer: new Edge(node.consumer, node), tenants });
    if (branches.length > 0 && tenants === undefined) break;
  }
  return branches.length === 0 ? undefined : joinPipelines(branches);
}

/** Kinds of components from which batches enter a pipeline. */
const ENTERS: ReadonlySet<string> = new Set(['receiver', 'connector']);
