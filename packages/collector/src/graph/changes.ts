import { isDeepStrictEqual } from 'node:util';
import { compareComponents } from '../config/compare/components.ts';
import { SECTION_NAMES, SECTIONS } from '../config/components.ts';
import type { ConfiguredComponent, PipelineConfig, ServiceConfig } from '../config/model.ts';
import { type Instance, instancesOf } from './instances.ts';

/** What a reload does to the components, by ID as in the configuration: `processors/batch`. */
export interface ComponentChanges {
  /** Components that keep running. An instance for a new pipeline is no restart. */
  readonly kept: readonly string[];
  readonly restarted: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The difference between two configurations. */
export interface GraphChanges {
  readonly components: ComponentChanges;
  /** Node IDs of the instances that keep running. */
  readonly keptNodes: ReadonlySet<string>;
  /** Whether both have the same components and the same pipelines. */
  readonly isEmpty: boolean;
}

/** Compares two configurations. With `restart`, only extensions keep running. */
export function compareGraphs(before: ServiceConfig, after: ServiceConfig, restart = false): GraphChanges {
  const old = instancesOf(before);
  const now = instancesOf(after);
  const isUnchanged = compareComponents(before, after);
  const keptNodes = new Set<string>();
  for (const [id, { component, shape }] of now) {
    if (restart && component.kind !== 'extension') continue;
    if (old.get(id)?.shape === shape && isUnchanged(component)) keptNodes.add(id);
  }
  return {
    components: componentChanges(old, now, keptNodes),
    keptNodes,
    isEmpty:
      old.size === now.size && keptNodes.size === now.size && isDeepStrictEqual(wiringOf(before), wiringOf(after)),
  };
}

function componentChanges(
  old: ReadonlyMap<string, Instance>,
  now: ReadonlyMap<string, Instance>,
  keptNodes: ReadonlySet<string>,
): ComponentChanges {
  const before = nodesByComponent(old);
  const after = nodesByComponent(now);
  const restarted: string[] = [];
  const kept: string[] = [];
  for (const [name, nodes] of after) {
    if (!before.has(name)) continue;
    const isRestarted = nodes.some((node) => old.has(node) && !keptNodes.has(node));
    // All instances of a component can move to other pipelines.
    const isKept = !isRestarted && nodes.some((node) => keptNodes.has(node));
    (isKept ? kept : restarted).push(name);
  }
  return {
    kept,
    restarted,
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}

function nodesByComponent(instances: ReadonlyMap<string, Instance>): ReadonlyMap<string, readonly string[]> {
  const nodes = new Map<string, string[]>();
  for (const [id, { component }] of instances) {
    const name = nameOf(component);
    const others = nodes.get(name);
    if (others === undefined) nodes.set(name, [id]);
    else others.push(id);
  }
  return nodes;
}

/** Returns the name of a component in the configuration: `processors/batch`. */
export function nameOf({ kind, id }: Pick<ConfiguredComponent, 'kind' | 'id'>): string {
  const section = SECTION_NAMES.find((name) => SECTIONS[name] === kind);
  return `${section}/${id}`;
}

function wiringOf({ service }: ServiceConfig): unknown {
  const ids = (references: PipelineConfig['receivers']) => references.map(({ id }) => id);
  const pipelines = service.pipelines.map(({ id, receivers, processors, exporters, tenants }) => [
    id,
    { receivers: ids(receivers), processors: ids(processors), exporters: ids(exporters), tenants },
  ]);
  // The order of pipelines has no meaning.
  return Object.fromEntries(pipelines);
}
