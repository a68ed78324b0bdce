import { duration, notYet, z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';
import { metricsField, resourceAttributesField } from '../scraping/fields.ts';
import { CLUSTER_ATTRIBUTES, CLUSTER_METRICS } from './metrics.ts';

/** The configuration schema of `k8s_cluster`. */
export const clusterConfig = z.object({
  ...apiConfigFields,
  collectionInterval: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('10s')
    .describe('Interval between metrics.'),
  metadataCollectionInterval: duration()
    .prefault('5m')
    .describe('Interval at which all entities are described again, also those that have not changed. 0 never.'),
  nodeConditionsToReport: z
    .array(z.string().min(1))
    .prefault(['Ready'])
    .describe('Conditions of nodes, each of which becomes a metric such as `k8s.node.condition_ready`.'),
  allocatableTypesToReport: z
    .array(z.string().min(1))
    .prefault([])
    .describe(
      'Resources such as `cpu`, `memory`, `ephemeral-storage` and `pods`, each of which becomes a metric such as `k8s.node.allocatable_cpu`.',
    ),
  distribution: z
    .enum(['kubernetes', 'openshift'])
    .prefault('kubernetes')
    .describe('With `openshift`, quotas over several namespaces are read too.'),
  namespaces: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Namespaces to read. Default: all. With namespaces, nodes, namespaces and volumes are not read.'),
  namespace: z.string().prefault('').describe('One namespace to read, if `namespaces` is empty.'),
  metrics: metricsField(CLUSTER_METRICS),
  resourceAttributes: resourceAttributesField(CLUSTER_ATTRIBUTES),
  metadataExporters: notYet('a pipeline of logs receives the same metadata as entity events').describe(
    'Exporters that receive metadata.',
  ),
  k8sLeaderElector: notYet('run one instance per cluster').describe('Extension that elects the instance that reads.'),
});

/** The parsed configuration. */
export type ClusterConfig = z.output<typeof clusterConfig>;
