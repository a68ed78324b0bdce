import type { DiscoveryConfig } from '../config/discovery.ts';
import { type Discovery, type DiscoveryContext, targetsOf } from './discovery.ts';

/** Creates the discoveries of a job, each loaded when it is used. */
export async function createDiscoveries(config: DiscoveryConfig, context: DiscoveryContext): Promise<Discovery[]> {
  const discoveries: Discovery[] = [];
  if (config.staticConfigs.length > 0) {
    const targets = config.staticConfigs.flatMap((group) => targetsOf(group));
    discoveries.push({ start: async (onTargets) => onTargets(targets), stop: async () => {} });
  }
  if (config.fileSdConfigs.length > 0) {
    const { createFileDiscovery } = await import('./file.ts');
    discoveries.push(...config.fileSdConfigs.map((one) => createFileDiscovery(one, context)));
  }
  if (config.httpSdConfigs.length > 0) {
    const { createHttpDiscovery } = await import('./http.ts');
    discoveries.push(...config.httpSdConfigs.map((one) => createHttpDiscovery(one, context)));
  }
  if (config.dnsSdConfigs.length > 0) {
    const { createDnsDiscovery } = await import('./dns.ts');
    discoveries.push(...config.dnsSdConfigs.map((one) => createDnsDiscovery(one, context)));
  }
  if (config.kubernetesSdConfigs.length > 0) {
    const { createKubernetesDiscovery } = await import('./kubernetes/kubernetes.ts');
    discoveries.push(...config.kubernetesSdConfigs.map((one) => createKubernetesDiscovery(one, context)));
  }
  if (config.dockerSdConfigs.length > 0) {
    const { createDockerDiscovery } = await import('./docker.ts');
    discoveries.push(...config.dockerSdConfigs.map((one) => createDockerDiscovery(one, context)));
  }
  if (config.consulSdConfigs.length > 0) {
    const { createConsulDiscovery } = await import('./consul.ts');
    discoveries.push(...config.consulSdConfigs.map((one) => createConsulDiscovery(one, context)));
  }
  return discoveries;
}
