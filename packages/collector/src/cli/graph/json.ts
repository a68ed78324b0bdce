import { terminalText } from '../terminal-text.ts';
import { type Drawing, nameOf, pipelinesOf } from './pipelines.ts';

/** Writes a graph as JSON: pipelines, nodes and edges, with counters and rates if it is running. */
export function graphAsJson({ graph, rates }: Drawing): string {
  const value = {
    pipelines: pipelinesOf(graph).map(({ id, signal, steps }) => ({
      id,
      signal,
      steps: steps.map((step) => step.map((node) => node.id)),
    })),
    nodes: graph.nodes.map(({ id, kind, component, type, signal, pipelines, summary, ...counters }) => ({
      ...{ id, name: nameOf({ kind, component }), kind, component, type, signal, pipelines, summary },
      ...(rates && { ...counters, ...rates.nodes.get(id) }),
    })),
    edges: graph.edges.map(({ id, from, to, signal, pipeline, ...counters }) => ({
      ...{ id, from, to, signal, pipeline },
      ...(rates && { ...counters, ...rates.edges.get(id) }),
    })),
  };
  return terminalText(JSON.stringify(value, undefined, 2));
}
