import { parse } from 'yaml';
import { z } from '../../../../component/schema.ts';
import { apiConfigFields, configuredServer } from '../../../../kubernetes/server/config.ts';
import { defineDetector, MetadataUnavailable } from '../../detector.ts';
import { createObjectReader } from './client.ts';
import { KUBE_SYSTEM, OBJECT } from './k8s_api.ts';

export const kubeadm = defineDetector({
  attributes: { 'k8s.cluster.name': true, 'k8s.cluster.uid': true },
  options: apiConfigFields,
  empty: 'nothing',
  create({ resourceAttributes, ...config }, { environment }) {
    const client = createObjectReader(configuredServer(config, environment));
    return async (signal) => {
      const wantsName = resourceAttributes['k8s.cluster.name'].enabled;
      const wantsUid = resourceAttributes['k8s.cluster.uid'].enabled;
      const settings = wantsName
        ? await client.get(`${KUBE_SYSTEM}/configmaps/kubeadm-config`, CONFIG_MAP, signal)
        : undefined;
      return {
        'k8s.cluster.name': settings && clusterName(settings.data.ClusterConfiguration),
        'k8s.cluster.uid': wantsUid ? (await client.get(KUBE_SYSTEM, OBJECT, signal)).metadata.uid : undefined,
      };
    };
  },
});

const CONFIG_MAP = z.object({ data: z.object({ ClusterConfiguration: z.string() }) });

function clusterName(configuration: string): string {
  try {
    return z.object({ clusterName: z.string().prefault('') }).parse(parse(configuration)).clusterName;
  } catch (error) {
    throw new MetadataUnavailable('expected a ClusterConfiguration in YAML, got other text', { cause: error });
  }
}
