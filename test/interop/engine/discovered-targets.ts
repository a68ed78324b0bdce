import { createManualClock } from '@otelier/testkit/clock';
import { pino } from 'pino';
import { dockerDiscoveryField } from '../../../packages/collector/src/receivers/prometheus/config/containers.ts';
import { createDockerDiscovery } from '../../../packages/collector/src/receivers/prometheus/discovery/docker.ts';
import type { DiscoveredLabels } from '../../../packages/collector/src/receivers/prometheus/labels/target-labels.ts';

/** Returns the targets that the discovery of the receiver `prometheus` finds in an engine. */
export async function discoveredTargets(host: string): Promise<readonly DiscoveredLabels[]> {
  const [config] = dockerDiscoveryField().parse([{ host }]);
  if (config === undefined) throw new Error('expected a configuration');
  const discovery = createDockerDiscovery(config, {
    clock: createManualClock(),
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
    environment: {},
    job: 'containers',
  });
  const targets = await new Promise<readonly DiscoveredLabels[]>((resolve) => {
    discovery.start(resolve);
  });
  await discovery.stop();
  return targets;
}
