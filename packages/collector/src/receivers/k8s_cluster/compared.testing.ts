import { decodeRequest } from '@otelier/testkit/request-codec';
import { pathOf } from '../../kubernetes/resource.ts';
import { pointLines } from '../scraping/scraping.testing.ts';
import { KINDS } from './kinds.ts';
import { CLUSTER_ATTRIBUTES, CLUSTER_METRICS } from './metrics.ts';

/** The configuration that is compared with the Collector: all metrics and attributes. */
export const COMPARED_CONFIG = {
  collection_interval: '1s',
  node_conditions_to_report: ['Ready', 'MemoryPressure', 'PIDPressure', 'NetworkUnavailable', 'KernelDeadlock'],
  allocatable_types_to_report: ['cpu', 'memory', 'ephemeral-storage', 'pods', 'hugepages-2Mi', 'missing'],
  metrics: all(CLUSTER_METRICS),
  resource_attributes: all(CLUSTER_ATTRIBUTES),
};

/** The paths of all objects that the receiver reads from Kubernetes itself. */
export const LIST_PATHS: readonly string[] = KINDS.filter(({ isOpenshift }) => isOpenshift !== true).map(({ type }) =>
  pathOf(type),
);

/**
 * Returns the points and entity events of requests as sorted lines. Left out is what the Collector treats differently: empty
 * attributes, which only it adds, attributes of nodes that it adds to some of their metrics only, and the revisions of stateful
 * sets, which it does not read.
 */
export function clusterLines(metrics: readonly Uint8Array[], logs: readonly Uint8Array[]): readonly string[] {
  const points = pointLines(metrics).map((line) => {
    const isCondition = line.includes(' k8s.node.condition gauge');
    return line.replace(/\{[^{}]*\}/g, (list) => {
      const kept = list
        .slice(1, -1)
        .split(',')
        .filter((one) => !one.endsWith('=') && !(isCondition && PARTIAL.test(one)));
      return `{${kept.join(',')}}`;
    });
  });
  return [...new Set([...points, ...logs.flatMap(entityLines)])].sort();
}

const PARTIAL = /^(?:container\.runtime|os\.)/;
const REVISIONS = new Set(['current_revision', 'update_revision']);

function entityLines(part: Uint8Array): readonly string[] {
  const { resourceLogs = [] } = decodeRequest('logs', part);
  return resourceLogs.flatMap(({ scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map(({ attributes }) => `${plain(scope?.attributes)} ${plain(attributes)}`),
    ),
  );
}

/** An attribute as requests are decoded. */
interface Attribute {
  readonly key?: string;
  readonly value?: { readonly kvlistValue?: { readonly values?: readonly Attribute[] } };
}

/** Texts that are empty have no meaning, except for the services of pods. */
function plain(attributes: readonly Attribute[] = []): string {
  const texts = attributes.flatMap(({ key = '', value = {} }) => {
    const nested = value.kvlistValue?.values;
    const text = nested === undefined ? String(Object.values(value)[0] ?? '') : plain(nested);
    const isKept = !REVISIONS.has(key) && (text !== '' || key.startsWith('k8s.service.'));
    return isKept ? [`${key}=${text}`] : [];
  });
  return `{${texts.sort().join(', ')}}`;
}

function all(names: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly enabled: true }>> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, { enabled: true as const }]));
}
