import type { Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import { nearest } from '../../config/nearest.ts';
import { TapError } from './selector.ts';

/** The edges that a tap observes. */
export interface TapTarget {
  readonly edges: readonly string[];
  readonly signals: readonly Signal[];
}

/**
 * Returns the edges of a target: an edge ID, or the input of a component, which is a node ID, `processors/batch` or
 * `batch`. Receivers have no input: their output is observed, once per signal. Throws a `TapError` if there is none.
 */
export function tapTargetOf({ nodes, edges }: PipelineGraph, at: string): TapTarget {
  const edge = edges.find(({ id }) => id === at);
  if (edge !== undefined) return targetOf([edge]);
  const found = nodes.filter(({ id, kind, component }) => [id, component, `${kind}s/${component}`].includes(at));
  if (found.length === 0) {
    const known = nodes.map(({ kind, component }) => `${kind}s/${component}`);
    const near = nearest(at, known);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new TapError(
      `at: expected an edge or a component of the running pipelines, got ${JSON.stringify(at)}${hint}`,
    );
  }
  const ids = new Set(found.map(({ id }) => id));
  const inputs = edges.filter(({ to }) => ids.has(to));
  if (inputs.length > 0) return targetOf(inputs);
  const outputs = edges.filter(({ from }) => ids.has(from));
  const firstOfSignal = new Map(outputs.toReversed().map((output) => [`${output.from} ${output.signal}`, output]));
  return targetOf([...firstOfSignal.values()]);
}

function targetOf(edges: readonly PipelineGraph['edges'][number][]): TapTarget {
  return { edges: edges.map(({ id }) => id), signals: [...new Set(edges.map(({ signal }) => signal as Signal))] };
}
