import { ACCEPTED, type Batch } from '@otelier/otlp';
import type { Consumer } from '../../component/contract.ts';
import { defineExporter, defineReceiver } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../../config/model.ts';
import { emptyMap } from '../../config/tree.ts';

/** A pipeline reduced to its samplers. */
export interface SampledPipeline {
  readonly config: PipelineConfig;
  /** IDs of the samplers, in order. */
  readonly samplers: readonly string[];
}

/** Returns the pipelines that contain sampling processors, or functions, of which those that change items run too. */
export function sampledPipelines(config: ServiceConfig): readonly SampledPipeline[] {
  return config.service.pipelines.flatMap((pipeline): SampledPipeline[] => {
    const samplers = pipeline.processors
      .map(({ id }) => id)
      .filter((id) => config.processors.get(id)?.definition.samples === true);
    return samplers.length === 0 ? [] : [{ config: pipeline, samplers }];
  });
}

/** The two ends of a simulated pipeline. */
export interface PipelineEnds {
  /** Set when the service is created. */
  entrance: Consumer | undefined;
  keep(batch: Batch): void;
}

/** Returns a configuration that contains only the samplers of pipelines, in a single thread, between the given ends. */
export function simulatedConfig(
  config: ServiceConfig,
  pipelines: readonly SampledPipeline[],
  endsOf: (pipeline: SampledPipeline) => PipelineEnds,
): ServiceConfig {
  const ends = pipelines.map((pipeline) => ({ pipeline, ...componentsOf(pipeline, endsOf(pipeline)) }));
  return {
    ...config,
    receivers: new Map(ends.map(({ receiver }) => [receiver.id, receiver])),
    exporters: new Map(ends.map(({ exporter }) => [exporter.id, exporter])),
    connectors: new Map(),
    extensions: new Map(),
    service: {
      ...config.service,
      extensions: [],
      workers: 1,
      pipelines: ends.map(({ pipeline: { config: written, samplers }, receiver, exporter }) => ({
        ...written,
        receivers: [reference(receiver.id, written)],
        processors: samplers.map((id) => reference(id, written)),
        exporters: [reference(exporter.id, written)],
      })),
    },
  };
}

function reference(id: string, { position }: PipelineConfig): Reference {
  return { id, position };
}

function componentsOf({ config: { id, signal, position } }: SampledPipeline, ends: PipelineEnds) {
  const about = {
    summary: 'An end of a simulated pipeline.',
    stability: 'development',
    signals: [signal],
    config: z.object({}),
    examples: [],
  } as const;
  const configured = {
    ...{ id: `simulated/${id}`, type: 'simulated', config: {}, position, written: emptyMap(position) },
    files: new Map<string, string>(),
  };
  const receiver: ConfiguredComponent<ReturnType<typeof defineReceiver>> = {
    ...configured,
    kind: 'receiver',
    definition: defineReceiver({
      ...about,
      create(_config, next) {
        ends.entrance = next[signal];
        return {};
      },
    }),
  };
  const exporter: ConfiguredComponent<ReturnType<typeof defineExporter>> = {
    ...configured,
    kind: 'exporter',
    definition: defineExporter({
      ...about,
      create: () => ({
        consume(batch) {
          ends.keep(batch);
          return ACCEPTED;
        },
      }),
    }),
  };
  return { receiver, exporter };
}
