import type { Cluster } from './cluster.ts';

/** The namespace of the workloads. */
export const NAMESPACE = 'shop';

/** Number of pods that the controllers make of them. */
export const POD_COUNT = 8;

/** Creates one workload of each kind, with labels and annotations. */
export async function createWorkloads(cluster: Cluster): Promise<void> {
  const labels = { team: 'checkout', 'app.kubernetes.io/part-of': 'shop' };
  await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE, labels: { env: 'prod' } } });
  const metadataOf = (name: string) => ({
    name,
    namespace: NAMESPACE,
    labels: { ...labels, app: name },
    annotations: { owner: `owner of ${name}` },
  });
  const template = (name: string, more: object = {}) => ({
    metadata: {
      labels: { app: name, ...labels, 'app.kubernetes.io/version': '2.1' },
      annotations: { note: `pod of ${name}`, 'resource.opentelemetry.io/deployment.environment.name': 'prod' },
    },
    spec: {
      containers: [
        { name: 'main', image: `registry.example.com:5000/shop/${name}:1.4` },
        { name: 'proxy', image: 'envoyproxy/envoy' },
      ],
      ...more,
    },
  });
  const selector = (name: string) => ({ matchLabels: { app: name } });
  const apps = `/apis/apps/v1/namespaces/${NAMESPACE}`;
  const batch = `/apis/batch/v1/namespaces/${NAMESPACE}`;
  await cluster.send('POST', `${apps}/deployments`, {
    metadata: metadataOf('cart'),
    spec: { replicas: 3, selector: selector('cart'), template: template('cart') },
  });
  await cluster.send('POST', `${apps}/statefulsets`, {
    metadata: metadataOf('db'),
    spec: { replicas: 1, serviceName: 'db', selector: selector('db'), template: template('db') },
  });
  await cluster.send('POST', `${apps}/daemonsets`, {
    metadata: metadataOf('agent'),
    spec: { selector: selector('agent'), template: template('agent') },
  });
  await cluster.send('POST', `${batch}/jobs`, {
    metadata: metadataOf('import'),
    spec: { template: template('import', { restartPolicy: 'Never' }) },
  });
  await cluster.send('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, {
    metadata: { name: 'single', namespace: NAMESPACE, labels: { team: 'none' } },
    spec: { containers: [{ name: 'only', image: 'busybox' }] },
  });
}
