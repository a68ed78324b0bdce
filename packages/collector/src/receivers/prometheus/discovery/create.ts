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
  return discoveries;
}
