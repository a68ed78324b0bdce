import { join } from 'node:path';
import { runStep } from '../processes.ts';
import { compareAttributes } from './attributes.ts';
import { startCluster } from './cluster.ts';
import { compareCluster } from './cluster-metrics.ts';
import { createClusterState } from './cluster-state.ts';
import { compareDiscovery } from './discovery.ts';
import { compareKubelet } from './kubelet-metrics.ts';
import { compareMonitors } from './monitors.ts';
import { compareObservers } from './observers.ts';
import { TestController } from './test-controller.ts';
import { createWorkloads, NAMESPACE, POD_COUNT } from './workloads.ts';

/** What was compared, and how the results differ. */
interface Compared {
  readonly compared: number;
  readonly mismatches: readonly string[];
}

/**
 * Compares with a real API server and the Collector's components. The programs are built into the directory `kubernetes` of
 * `peers` at first, which takes a quarter of an hour. `record` writes the objects that npm test reads.
 */
export async function compareWithKubernetes(
  peers: string,
  record: boolean,
  report: (way: string, compared: Compared) => void,
): Promise<void> {
  const programs = join(peers, 'kubernetes');
  const collector = join(programs, 'bin', 'otelcol-kubernetes');
  await runStep([join(import.meta.dirname, 'build.sh'), programs]);
  const prometheus = join(programs, 'bin', 'prometheus-kubernetes');
  const cluster = await startCluster(programs);
  try {
    await cluster.startControllers();
    const controller = new TestController(cluster, ['node-1', 'node-2']);
    await controller.addNodes();
    await createWorkloads(cluster);
    const pods = await controller.startPodsUntil(NAMESPACE, POD_COUNT);
    report('attributes of pods, with the Collector', await compareAttributes(cluster, collector, pods));
    await createClusterState(cluster);
    report('metrics and entities of a cluster, with the Collector', await compareCluster(cluster, collector, record));
    // The quota would refuse the pods of service discovery.
    await cluster.send('DELETE', `/api/v1/namespaces/${NAMESPACE}/resourcequotas/quota`);
    report('endpoints of observers, with the Collector', await compareObservers(cluster, collector, controller));
    report('metrics of a kubelet, with the Collector', await compareKubelet(cluster, collector, record));
    report('targets of service discovery, with Prometheus', await compareDiscovery(cluster, prometheus));
  } finally {
    await cluster.stop();
  }
  // The monitors select pods and services of all namespaces.
  const empty = await startCluster(programs);
  try {
    await empty.startControllers();
    await new TestController(empty, ['node-1', 'node-2']).addNodes();
    report('targets of monitors, with Prometheus', await compareMonitors(empty, prometheus));
  } finally {
    await empty.stop();
  }
}
