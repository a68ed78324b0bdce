import type { ConfigIssue } from '../../component/define.ts';
import { clientTlsField } from '../../component/fields/client.ts';
import { z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';
import { metricsField, resourceAttributesField, scrapingFields } from '../scraping/fields.ts';
import { KUBELET_ATTRIBUTES, KUBELET_METRICS } from './metrics.ts';

const { insecure: _, ...tlsFields } = clientTlsField().unwrap().shape;

/** The configuration schema of `kubelet_stats`. */
export const kubeletConfig = z.object({
  ...scrapingFields('10s'),
  ...apiConfigFields,
  authType: apiConfigFields.authType
    .unwrap()
    .prefault('tls')
    .describe(
      'Authentication: `tls` with a client certificate, `serviceAccount` of the pod, `kubeConfig` through the proxy of the API server, or `none` for the port that is read only.',
    ),
  ...tlsFields,
  endpoint: z
    .string()
    .regex(/^(?:https?:\/\/)?[^/\s?#@]*\/?$/, { error: 'expected a host with a port, or a URL without a path' })
    .prefault('')
    .describe(
      'Address of the kubelet, or the name of the node with `kubeConfig`. Default: the name of the host, with port 10250, or 10255 with `none`.',
    ),
  metricGroups: z
    .array(z.enum(['container', 'pod', 'node', 'volume']))
    .prefault(['container', 'pod', 'node'])
    .describe('What is read.'),
  extraMetadataLabels: z
    .array(z.enum(['container.id', 'k8s.volume.type']))
    .prefault([])
    .describe('Attributes that are read from the pods of the kubelet, which is a request more.'),
  k8sApiConfig: z
    .object(apiConfigFields)
    .optional()
    .describe('API server, for the utilization of nodes and the types of claimed volumes.'),
  node: z.string().prefault('').describe('Name of the node, for the utilization of nodes.'),
  collectAllNetworkInterfaces: z
    .object({
      pod: z.boolean().prefault(false).describe('Whether all interfaces of pods are read.'),
      node: z.boolean().prefault(false).describe('Whether all interfaces of the node are read.'),
    })
    .prefault({})
    .describe('Network metrics of all interfaces. Default: of the first one.'),
  metrics: metricsField(KUBELET_METRICS),
  resourceAttributes: resourceAttributesField(KUBELET_ATTRIBUTES),
});

/** The parsed configuration. */
export type KubeletConfig = z.output<typeof kubeletConfig>;

/** Reports whether a metric needs the capacity of the node. */
export function needsNode(metric: string): boolean {
  return metric.endsWith('.node.utilization');
}

/** Reports whether a metric needs the requests and limits of pods. */
export function needsPods(metric: string): boolean {
  return /_(?:limit|request)_utilization$/.test(metric);
}

/** Returns what is missing for the metrics that are enabled. */
export function checkKubelet({ metrics, node, k8sApiConfig }: KubeletConfig): readonly ConfigIssue[] {
  const [needing] = Object.keys(metrics).filter((name) => needsNode(name) && metrics[name]?.enabled === true);
  if (needing === undefined) return [];
  return [
    ...(node === '' ? [{ path: ['node'], message: `expected the name of the node for ${needing}, got none` }] : []),
    ...(k8sApiConfig === undefined
      ? [{ path: ['k8s_api_config'], message: `expected an API server for ${needing}, got none` }]
      : []),
  ];
}
