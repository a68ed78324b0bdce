import type { RunningSetup } from '../component/host.ts';
import type { Reference, ServiceConfig } from '../config/model.ts';

/** Returns the components and pipelines of a configuration. */
export function setupOf({
  receivers,
  processors,
  exporters,
  connectors,
  extensions,
  service,
}: ServiceConfig): RunningSetup {
  const used = new Set(
    service.pipelines.flatMap((pipeline) =>
      [...pipeline.receivers, ...pipeline.processors, ...pipeline.exporters].map(({ id }) => id),
    ),
  );
  for (const { id } of service.extensions) used.add(id);
  const components = [receivers, processors, exporters, connectors, extensions].flatMap((section) =>
    [...section.values()].filter(({ id }) => used.has(id)),
  );
  const ids = (references: readonly Reference[]): readonly string[] => references.map(({ id }) => id);
  const pipelines = service.pipelines.map((pipeline) => ({
    ...{ id: pipeline.id, signal: pipeline.signal, receivers: ids(pipeline.receivers) },
    ...{ processors: ids(pipeline.processors), exporters: ids(pipeline.exporters) },
  }));
  return { components, pipelines };
}
