import { defineDetector, endpointField } from '../../detector.ts';
import { AZURE_METADATA_URL, fetchCompute } from './imds.ts';

export const aks = defineDetector({
  attributes: { 'cloud.platform': true, 'cloud.provider': true, 'k8s.cluster.name': false },
  options: { endpoint: endpointField(AZURE_METADATA_URL) },
  empty: 'nothing',
  create:
    ({ endpoint }, { environment }) =>
    async (signal) => {
      if (!environment['KUBERNETES_SERVICE_HOST']) return undefined;
      const { resourceGroupName } = await fetchCompute(endpoint, signal);
      return {
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.aks',
        'k8s.cluster.name': clusterName(resourceGroupName),
      };
    },
});

/** Returns the cluster name. A cluster's nodes are in their own resource group: `MC_<group>_<cluster>_<location>`. */
function clusterName(resourceGroup: string): string {
  const parts = resourceGroup.split('_');
  return parts.length === 4 && parts[0]?.toLowerCase() === 'mc' ? (parts[2] ?? '') : resourceGroup;
}
