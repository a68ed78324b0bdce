import type { Batch } from '@otelier/otlp';
import {
  inletReceiver,
  recorder,
  storageExtensions,
  type TestOutput,
  withoutSocket,
} from '../cli/test/pipeline/tested-config.ts';
import type { SignalConsumers } from '../component/contract.ts';
import type { Reference, ServiceConfig } from '../config/model.ts';
import { serviceSchema } from '../config/service-schema.ts';

/** What connects a dry run with the pipelines. */
export interface IsolatedEnds {
  /** Called when the service is created, with the consumers of each receiver. */
  entrances(receiver: string, consumers: SignalConsumers): void;
  record(output: TestOutput, batch: Batch): void;
  /** Directory for the files of storage extensions. */
  readonly storageDirectory: string;
}

/**
 * Returns a configuration whose pipelines run in one thread without effects outside: receivers are replaced by inlets,
 * exporters by recorders, processors that listen by processors that forward. Extensions run only if they store state.
 */
export function isolatedConfig(config: ServiceConfig, ends: IsolatedEnds): ServiceConfig {
  const { connectors, receivers } = config;
  const { position } = config.service;
  const recorders = new Map<string, ReturnType<typeof recorder>>();
  const inlets = new Map<string, ReturnType<typeof inletReceiver>>();
  for (const { receivers: references } of config.service.pipelines) {
    for (const { id } of references) {
      if (!receivers.has(id) || connectors.has(id) || inlets.has(id)) continue;
      inlets.set(
        id,
        inletReceiver(id, position, (consumers) => ends.entrances(id, consumers)),
      );
    }
  }
  const pipelines = config.service.pipelines.map((pipeline) => ({
    ...pipeline,
    exporters: pipeline.exporters.map((reference): Reference => {
      if (connectors.has(reference.id)) return reference;
      const output = { pipeline: pipeline.id, exporter: reference.id, signal: pipeline.signal };
      const component = recorder(output, reference.position, ends);
      recorders.set(component.id, component);
      return { id: component.id, position: reference.position };
    }),
  }));
  const extensions = storageExtensions(config, ends.storageDirectory);
  return {
    ...config,
    receivers: inlets,
    processors: new Map([...config.processors].map(([id, processor]) => [id, withoutSocket(processor)])),
    exporters: recorders,
    extensions,
    service: {
      ...config.service,
      extensions: config.service.extensions.filter(({ id }) => extensions.has(id)),
      workers: 1,
      telemetry: serviceSchema.parse({ telemetry: { metrics: { level: 'none' } } }).telemetry,
      pipelines,
    },
  };
}

/** Returns the name of a component as in the configuration: `processors/batch`. That of a recorder is its exporter's. */
export function componentName(kind: string, component: string): string {
  const id = kind === 'exporter' ? component.slice(0, component.lastIndexOf('@')) : component;
  return `${kind}s/${id}`;
}
