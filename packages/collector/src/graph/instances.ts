import type { Signal } from '@otelier/otlp';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../config/model.ts';
import { exporterNodeId, processorNodeId } from './node.ts';

/** A component instance that a configuration asks for. */
export interface Instance {
  readonly component: ConfiguredComponent;
  /** What an instance is created for, apart from its configuration: the signals or pipelines behind it. */
  readonly shape: string;
}

/** Returns the instances of a configuration by node ID. */
export function instancesOf(config: ServiceConfig): ReadonlyMap<string, Instance> {
  const instances = new Map<string, Instance>();
  const add = (id: string, component: ConfiguredComponent | undefined, shape: readonly string[]) => {
    if (component !== undefined) instances.set(id, { component, shape: shape.toSorted().join(' ') });
  };
  const { extensions, pipelines } = config.service;
  for (const { id } of extensions) add(`extension:${id}`, config.extensions.get(id), []);
  for (const { id: pipeline, signal, receivers, processors, exporters } of pipelines) {
    for (const { id } of receivers) add(`receiver:${id}`, config.receivers.get(id), signalsOf(pipelines, id));
    for (const { id } of processors) add(processorNodeId(pipeline, id), config.processors.get(id), [signal]);
    for (const { id } of exporters) {
      add(exporterNodeId(signal, id), config.exporters.get(id), []);
      add(exporterNodeId(signal, id, 'connector'), config.connectors.get(id), outputsOf(config, id, signal));
    }
  }
  return instances;
}

function signalsOf(pipelines: readonly PipelineConfig[], receiver: string): string[] {
  return [...new Set(pipelines.filter(({ receivers }) => refersTo(receivers, receiver)).map(({ signal }) => signal))];
}

function outputsOf({ connectors, service }: ServiceConfig, connector: string, signal: Signal): string[] {
  const joins = connectors.get(connector)?.definition.joins[signal] ?? [];
  return service.pipelines
    .filter((pipeline) => joins.includes(pipeline.signal) && refersTo(pipeline.receivers, connector))
    .map(({ id }) => id);
}

function refersTo(references: readonly Reference[], id: string): boolean {
  return references.some((reference) => reference.id === id);
}
