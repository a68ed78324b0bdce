import { pointLines } from '../scraping/scraping.testing.ts';
import { KUBELET_ATTRIBUTES, KUBELET_METRICS } from './metrics.ts';

/** The configuration that is compared with the Collector: all metrics, attributes and interfaces. */
export const COMPARED_CONFIG = {
  collection_interval: '1s',
  initial_delay: '0s',
  metric_groups: ['container', 'pod', 'node', 'volume'],
  extra_metadata_labels: ['container.id', 'k8s.volume.type'],
  collect_all_network_interfaces: { pod: true, node: false },
  node: 'node-1',
  k8s_api_config: { auth_type: 'kubeConfig' },
  metrics: all(KUBELET_METRICS),
  resource_attributes: all(KUBELET_ATTRIBUTES),
};

/**
 * Returns the points of requests as sorted lines. Values that depend on when they were read are left out, and others are
 * rounded: the rate of the CPU time is the same at all times but for its last digits.
 */
export function kubeletLines(parts: readonly Uint8Array[]): readonly string[] {
  return pointLines(parts).map((line) =>
    / [\w.]*(?:uptime|cpu\.time) counter /.test(line)
      ? line.replace(/\S+$/, '…')
      : line.replace(/double (\S+)$/, (_, value: string) => `double ${Number(value).toPrecision(7)}`),
  );
}

function all(names: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly enabled: true }>> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, { enabled: true as const }]));
}
