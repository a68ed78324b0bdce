import type { Cluster } from './cluster.ts';
import { NAMESPACE } from './workloads.ts';

const CORE = `/api/v1/namespaces/${NAMESPACE}`;

/** Adds the other objects that `k8s_cluster` reads, with states that no workload of `createWorkloads` has. */
export async function createClusterState(cluster: Cluster): Promise<void> {
  const { send } = cluster;
  await send('PATCH', '/api/v1/nodes/node-1/status', {
    status: {
      allocatable: { cpu: '3920m', memory: '15Gi', 'ephemeral-storage': '95e9', pods: '110', 'hugepages-2Mi': '0' },
      capacity: { cpu: '4', memory: '16Gi', pods: '110' },
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'MemoryPressure', status: 'False' },
        { type: 'PIDPressure', status: 'Unknown' },
        { type: 'KernelDeadlock', status: 'False' },
      ],
      nodeInfo: {
        ...{ kubeletVersion: 'v1.36.3', containerRuntimeVersion: 'containerd://2.1.4', osImage: 'Debian GNU/Linux 13' },
        ...{ operatingSystem: 'linux', architecture: 'amd64', bootID: 'b', kernelVersion: '6', kubeProxyVersion: '' },
        ...{ machineID: 'm', systemUUID: 's' },
      },
    },
  });
  await send('POST', `${CORE}/resourcequotas`, {
    metadata: { name: 'quota', namespace: NAMESPACE },
    spec: { hard: { pods: '20', 'requests.cpu': '2500m', 'limits.memory': '3Gi', cpu: '3' } },
  });
  await send('POST', `${CORE}/replicationcontrollers`, {
    metadata: { name: 'old', namespace: NAMESPACE, labels: { app: 'old' } },
    spec: { replicas: 0, selector: { app: 'old' }, template: { metadata: { labels: { app: 'old' } }, spec: POD_SPEC } },
  });
  await send('POST', `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`, {
    metadata: { name: 'cart', namespace: NAMESPACE, labels: { team: 'checkout' } },
    spec: {
      ...{
        minReplicas: 2,
        maxReplicas: 7,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
      },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  });
  await send('POST', '/api/v1/persistentvolumes', {
    metadata: { name: 'disk', labels: { tier: 'fast' }, annotations: { note: 'a disk' } },
    spec: {
      ...{ capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'fast' },
      ...{
        persistentVolumeReclaimPolicy: 'Retain',
        gcePersistentDisk: { pdName: 'disk-1', fsType: 'ext4', partition: 2 },
      },
    },
  });
  await send('POST', `${CORE}/persistentvolumeclaims`, {
    metadata: { name: 'data', namespace: NAMESPACE, annotations: { note: 'a claim' } },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName: 'fast', volumeName: 'disk' },
      resources: { requests: { storage: '3Gi' } },
    },
  });
  await send('POST', `${CORE}/services`, {
    metadata: { name: 'cart', namespace: NAMESPACE, labels: { team: 'checkout' }, annotations: { note: 'a service' } },
    spec: {
      type: 'LoadBalancer',
      selector: { app: 'cart' },
      ports: [{ port: 80 }],
      trafficDistribution: 'PreferClose',
    },
  });
  await send('PATCH', `${CORE}/services/cart/status`, {
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } },
  });
  await createPods(cluster);
}

const POD_SPEC = { containers: [{ name: 'main', image: 'busybox' }] };

/** Creates pods of no workload: one that is not scheduled, one that fails, and one that was evicted. */
async function createPods({ send }: Cluster): Promise<void> {
  const resources = {
    requests: { cpu: '250m', memory: '64Mi', 'ephemeral-storage': '1Gi' },
    limits: { cpu: '0.5', memory: '128M', 'ephemeral-storage': '2G' },
  };
  const statuses: Readonly<Record<string, object | undefined>> = {
    pending: undefined,
    failing: {
      phase: 'Running',
      containerStatuses: [
        containerStatus('main', {
          ...{ restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: '2026-01-02T03:04:05Z' } },
        }),
        containerStatus('other', {
          state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: '2026-01-02T03:04:05Z' } },
        }),
      ],
    },
    evicted: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
  };
  for (const [name, status] of Object.entries(statuses)) {
    const containers = ['main', 'other'].map((one) => ({ name: one, image: 'shop/worker:2', resources }));
    await send('POST', `${CORE}/pods`, {
      metadata: { name, namespace: NAMESPACE, labels: { app: name } },
      spec: { containers },
    });
    if (status !== undefined) await send('PATCH', `${CORE}/pods/${name}/status`, { status });
  }
}

function containerStatus(name: string, more: object): object {
  const image = { image: 'registry.example.com:5000/shop/worker:2', imageID: '' };
  return { name, ...image, containerID: `containerd://id-of-${name}`, ready: false, restartCount: 0, ...more };
}
