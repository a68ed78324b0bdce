import { metric, type ScrapedMetric } from '../scraping/reading.ts';

/** A metric of nodes that a configuration names: a condition or an allocatable resource. */
export interface NodeMetric {
  /** The condition or resource, such as `MemoryPressure` or `cpu`. */
  readonly of: string;
  readonly name: string;
  readonly metric: ScrapedMetric;
}

/** Returns the metrics of conditions: 1 true, 0 false, -1 unknown. */
export function conditionMetrics(conditions: readonly string[]): readonly NodeMetric[] {
  return conditions.map((of) => ({
    of,
    name: `k8s.node.condition_${snakeCase(of)}`,
    metric: metric('gauge', 'int', '', true, `Condition ${of} of the node: 1 true, 0 false, -1 unknown.`),
  }));
}

const UNITS: Readonly<Record<string, string>> = {
  cpu: '{cpu}',
  memory: 'By',
  'ephemeral-storage': 'By',
  storage: 'By',
  pods: '{pod}',
};

/** Returns the metrics of resources that pods can use on a node. */
export function allocatableMetrics(types: readonly string[]): readonly NodeMetric[] {
  return types.map((of) => ({
    of,
    name: `k8s.node.allocatable_${snakeCase(of)}`,
    metric: metric(
      'gauge',
      of === 'cpu' ? 'double' : 'int',
      UNITS[of] ?? `{${of}}`,
      true,
      `Amount of ${of} that pods can use on the node.`,
    ),
  }));
}

/** Returns a name such as `memory_pressure` for `MemoryPressure`, with digits as words of their own. */
export function snakeCase(text: string): string {
  return text
    .replace(/[A-Z](?=[A-Z][a-z])|[a-z](?=[A-Z0-9])|[A-Z](?=\d)|\d(?=[A-Za-z])/g, '$&_')
    .replace(/[ .-]/g, '_')
    .toLowerCase();
}
