import { join } from 'node:path';
import { DOCKER_METRICS } from '../../../packages/collector/src/receivers/docker_stats/metrics.ts';
import { DOCKER_CONFIG } from './containers.ts';

/** File with the points that the Collector's receiver made. */
export const OUTCOMES = join(import.meta.dirname, 'outcomes.json');

/** Returns a configuration of the receiver with all metrics and attributes. */
export function dockerConfig(endpoint: string) {
  const enabled = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, { enabled: true }]));
  return {
    endpoint,
    api_version: '1.44',
    collection_interval: '1s',
    ...DOCKER_CONFIG,
    metrics: enabled(DOCKER_METRICS.metrics),
    resource_attributes: enabled(DOCKER_METRICS.resourceAttributes),
  };
}

/** Returns the lines of points whose value does not depend on the time at which they are read. */
export function comparable(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.includes(' container.uptime '));
}
