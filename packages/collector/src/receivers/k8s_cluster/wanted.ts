import { enabledMetrics } from '../scraping/fields.ts';
import type { ReadingAttributes } from '../scraping/reading.ts';
import type { WantedMetrics } from '../scraping/write-readings.ts';
import type { ClusterConfig } from './config.ts';
import type { ClusterOptions } from './kind.ts';
import { CLUSTER_ATTRIBUTES, CLUSTER_METRICS } from './metrics.ts';
import { allocatableMetrics, conditionMetrics } from './node-metrics.ts';

/** The metrics and attributes that a configuration asks for. */
export interface ClusterMetrics extends WantedMetrics, ClusterOptions {
  /** Reports whether a metric whose name starts with one of the texts is collected. */
  hasAny(prefixes: readonly string[]): boolean;
  /** Returns the attributes that resources have. */
  shownAttributes(attributes: ReadingAttributes): ReadingAttributes;
}

/** Returns the metrics and attributes that a configuration asks for. */
export function clusterMetrics(config: ClusterConfig): ClusterMetrics {
  const conditions = conditionMetrics(config.nodeConditionsToReport);
  const allocatable = allocatableMetrics(config.allocatableTypesToReport);
  const named = [...conditions, ...allocatable];
  const metrics = { ...CLUSTER_METRICS, ...Object.fromEntries(named.map(({ name, metric }) => [name, metric])) };
  const isEnabled = enabledMetrics(metrics, config.metrics);
  const enabled = Object.keys(metrics).filter(isEnabled);
  const isShown = (name: string): boolean =>
    config.resourceAttributes[name]?.enabled ?? CLUSTER_ATTRIBUTES[name] ?? true;
  return {
    ...{ metrics, isEnabled, conditions, allocatable },
    hasAny: (prefixes) => enabled.some((name) => prefixes.some((prefix) => name.startsWith(prefix))),
    shownAttributes: (attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => isShown(name))),
  };
}
