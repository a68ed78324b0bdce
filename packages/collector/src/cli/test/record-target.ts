import type { PipelineConfig } from '../../config/model.ts';
import { processorNodeId } from '../../graph/node.ts';

/** What recorded telemetry enters in a test. */
export type RecordTarget = { readonly pipeline: string } | { readonly components: readonly string[] };

/**
 * Returns what telemetry enters that passed an edge (`receiver:otlp>processor:traces/batch@traces`) or entered a component
 * (`processors/batch`): a pipeline, or its processors from that one on and its connector.
 */
export function recordTarget(at: string, pipelines: readonly PipelineConfig[]): RecordTarget {
  const [, to = '', id = ''] = /^[^>]*>(.*)@([^@]+)$/.exec(at) ?? [];
  const component = /^processors\/(.+)$/.exec(at)?.[1];
  const isEntered = (pipeline: PipelineConfig, processor: string) =>
    component === undefined ? processorNodeId(pipeline.id, processor) === to : processor === component;
  for (const pipeline of pipelines) {
    const index = pipeline.processors.findIndex((processor) => isEntered(pipeline, processor.id));
    if (index < 0) continue;
    if (index === 0) return { pipeline: pipeline.id };
    return { components: pipeline.processors.slice(index).map((processor) => processor.id) };
  }
  const receiver = /^receivers\/(.+)$/.exec(at)?.[1];
  const received = pipelines.find(({ receivers }) => receivers.some((one) => one.id === receiver));
  if (received !== undefined) return { pipeline: received.id };
  if (component !== undefined) return { components: [component] };
  return { pipeline: id === '' ? (pipelines[0]?.id ?? at) : id };
}
