import type { Collector, ComponentSections, Pipeline, WrittenConfig } from './model.ts';

const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors'] as const satisfies (keyof ComponentSections)[];

/** A configuration with pipelines merged into it. */
export interface Merged {
  readonly config: WrittenConfig;
  /** Why pipelines were left out, by their names. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Adds pipelines to the configuration of a collector, in the order of their names. */
export function mergePipelines({ spec }: Collector, pipelines: readonly Pipeline[]): Merged {
  const refused = new Map<string, string>();
  let config = spec.config;
  for (const pipeline of pipelines.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const conflict = conflictOf(config, pipeline);
    if (conflict === undefined) config = added(config, pipeline);
    else refused.set(pipeline.metadata.name, conflict);
  }
  return { config, refused };
}

function idOf({ metadata, spec }: Pipeline): string {
  return `${spec.signal}/${metadata.name}`;
}

function conflictOf(config: WrittenConfig, pipeline: Pipeline): string | undefined {
  for (const section of SECTIONS) {
    const known = Object.keys(pipeline.spec[section] ?? {}).find((id) => config[section]?.[id] !== undefined);
    if (known !== undefined)
      return `spec.${section}.${known}: expected a new ID, got one that the collector already has`;
  }
  if (config.service.pipelines?.[idOf(pipeline)] === undefined) return undefined;
  return `metadata.name: expected a new pipeline, got ${idOf(pipeline)}, which the collector already has`;
}

function added(config: WrittenConfig, pipeline: Pipeline): WrittenConfig {
  const sections = Object.fromEntries(
    SECTIONS.map((section) => [section, { ...config[section], ...pipeline.spec[section] }] as const).filter(
      ([, components]) => Object.keys(components).length > 0,
    ),
  );
  const pipelines = { ...config.service.pipelines, [idOf(pipeline)]: pipeline.spec.pipeline };
  return { ...config, ...sections, service: { ...config.service, pipelines } };
}
