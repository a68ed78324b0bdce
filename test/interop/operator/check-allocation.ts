import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';
import { type Audit, countRequests } from './audit.ts';
import {
  API,
  CONFIG,
  type CollectorStatus,
  createCollector,
  has,
  NAMESPACE,
  pathsOf,
  statusOf,
  uidOf,
} from './objects.ts';
import type { OperatorProcess } from './operator-process.ts';
import { Steps, timed, until } from './steps.ts';

const ALLOCATION = `${API}/targetallocations/scrape`;
const { collector: ALLOCATOR, deployment: DEPLOYMENT, service: SERVICE, role: ROLE } = pathsOf('scrape-targets');
const { collector: COLLECTOR, role: COLLECTOR_ROLE } = pathsOf('gateway');
const SCRAPE_CONFIGS = [{ job_name: 'pods', kubernetes_sd_configs: [{ role: 'pod' }] }];
/** Within this time, what others have deleted or changed is back. */
const REPAIR_MILLIS = 5000;

/** Creates, repairs, changes and deletes a target allocation. */
export async function checkAllocation(cluster: Cluster, pods: TestController, operator: OperatorProcess, audit: Audit) {
  const steps = new Steps();
  const status = async () => ((await cluster.send('GET', ALLOCATION)) as { status?: CollectorStatus }).status ?? {};
  const change = (spec: object): Promise<unknown> => cluster.send('PATCH', ALLOCATION, { spec });
  const allocator = async () => (await cluster.send('GET', ALLOCATOR)) as unknown as Allocator;
  const deployment = async () => (await cluster.send('GET', DEPLOYMENT)) as unknown as Deployment;
  /** Starts pods until all of them are ready and run what is desired, 10 seconds after each has become ready. */
  const untilReady = (replicas: number): Promise<void> =>
    until(async () => {
      await pods.startPods(NAMESPACE);
      const { spec, status: current } = await deployment();
      const isComplete = has(await statusOf(cluster, 'scrape-targets'), 'Progressing', 'False');
      const isReady = has(await status(), 'Ready', 'True');
      return isComplete && isReady && spec.replicas === replicas && current.readyReplicas === replicas;
    }, 60_000);
  await steps.run('created', async () => {
    const startMillis = performance.now();
    await cluster.send('POST', `${API}/targetallocations`, {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'TargetAllocation',
      metadata: { name: 'scrape' },
      spec: { collector: 'gateway', scrapeConfigs: SCRAPE_CONFIGS },
    });
    await untilReady(1);
    const millis = Math.round(performance.now() - startMillis);
    if (!has(await status(), 'ConfigurationValid', 'True')) throw new Error(JSON.stringify(await status()));
    const service = (await cluster.send('GET', SERVICE)) as { spec: { ports: { name: string; port: number }[] } };
    const ports = service.spec.ports.map(({ name, port }) => `${name}=${port}`).join();
    if (ports !== 'http=8080') throw new Error(`expected the port http=8080, got ${ports}`);
    const role = (await cluster.send('GET', ROLE)) as { rules: { resources: string[] }[] };
    const resources = role.rules.flatMap((rule) => rule.resources);
    for (const resource of ['pods', 'endpointslices', 'ingresses'])
      if (!resources.includes(resource)) throw new Error(`expected rules for ${resource}, got ${resources}`);
    return `complete after ${millis} ms`;
  });
  await steps.run('a missing collector is reported, and found once it is created', async () => {
    await until(async () => has(await status(), 'CollectorFound', 'False'));
    await createCollector(cluster, 'gateway', { replicas: 1, config: CONFIG, rollout: { healthyAfterSeconds: 0 } });
    await until(async () => has(await status(), 'CollectorFound', 'True'));
    return undefined;
  });
  // The collector is the last one, because the others are deleted with it.
  const paths = { deployment: DEPLOYMENT, service: SERVICE, 'cluster role': ROLE, collector: ALLOCATOR };
  for (const [kind, path] of Object.entries(paths))
    await steps.run(`deleted ${kind} back`, async () => {
      const uid = await uidOf(cluster, path);
      await cluster.send('DELETE', path);
      const isBack = async () => ![uid, undefined].includes(await uidOf(cluster, path));
      return `after ${await timed(isBack, REPAIR_MILLIS)} ms`;
    });
  await steps.run('ready again, with the deployment of the new collector', async () => {
    await untilReady(1);
    const owner = (await deployment()).metadata.ownerReferences[0]?.uid;
    const uid = await uidOf(cluster, ALLOCATOR);
    if (owner !== uid) throw new Error(`expected the owner ${uid}, got ${owner}`);
    return undefined;
  });
  await steps.run('changed collector back', async () => {
    await cluster.send('PATCH', ALLOCATOR, { spec: { replicas: 3 } });
    return `after ${await timed(async () => (await allocator()).spec.replicas === 1, REPAIR_MILLIS)} ms`;
  });
  await steps.run('change of replicas and strategy:', async () => {
    await untilReady(1);
    await operator.untilIdle();
    const position = await audit.position();
    await change({ replicas: 2, strategy: 'per-node' });
    await untilReady(2);
    const { allocation_strategy: strategy } = (await allocator()).spec.config.extensions.target_allocator;
    if (strategy !== 'per-node') throw new Error(`expected the strategy per-node, got ${strategy}`);
    await operator.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    if (requests.length > 30) throw new Error(`expected at most 30 API calls, got ${countRequests(requests)}`);
    return `${requests.length} API calls (${countRequests(requests)})`;
  });
  await steps.run('wrong scrape configuration is reported, and pods keep theirs', async () => {
    const template = JSON.stringify((await deployment()).spec.template);
    await change({ scrapeConfigs: [{ ...SCRAPE_CONFIGS[0], scrape_interval: 'soon' }] });
    await until(async () => has(await status(), 'ConfigurationValid', 'False'));
    const { conditions = [] } = await status();
    const message = conditions.find(({ type }) => type === 'ConfigurationValid')?.message ?? '';
    if (!message.includes('scrape_interval')) throw new Error(`expected the field scrape_interval, got ${message}`);
    if (JSON.stringify((await deployment()).spec.template) !== template) throw new Error('expected the pods to stay');
    await change({ scrapeConfigs: SCRAPE_CONFIGS });
    await until(async () => has(await status(), 'ConfigurationValid', 'True'));
    return undefined;
  });
  await steps.run('touched without a change:', async () => {
    await untilReady(2);
    await operator.untilIdle();
    const position = await audit.position();
    const processed = await operator.processed();
    await cluster.send('PATCH', ALLOCATION, { metadata: { annotations: { touched: 'yes' } } });
    await until(async () => (await operator.processed()) > processed);
    await operator.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    if (requests.length > 0) throw new Error(`expected no requests, got ${countRequests(requests)}`);
    return '0 API calls';
  });
  await steps.run('deleted with all that was made of it', async () => {
    await cluster.send('DELETE', ALLOCATION);
    await cluster.send('DELETE', COLLECTOR);
    const made = [ALLOCATION, ALLOCATOR, DEPLOYMENT, SERVICE, ROLE, COLLECTOR, COLLECTOR_ROLE];
    const isGone = async () => (await Promise.all(made.map((path) => uidOf(cluster, path)))).every((uid) => !uid);
    return `after ${await timed(isGone, 30_000)} ms`;
  });
  return steps.result;
}

interface Allocator {
  readonly spec: {
    readonly replicas: number;
    readonly config: { readonly extensions: { readonly target_allocator: { readonly allocation_strategy: string } } };
  };
}

interface Deployment {
  readonly metadata: { readonly ownerReferences: readonly { readonly uid: string }[] };
  readonly spec: { readonly replicas: number; readonly template: object };
  readonly status: { readonly readyReplicas?: number };
}
