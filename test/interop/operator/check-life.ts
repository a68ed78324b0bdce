import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';
import type { Audit } from './audit.ts';
import { API, CONFIG, createCollector, has, NAMESPACE, pathsOf, statusOf, uidOf } from './objects.ts';
import type { OperatorProcess } from './operator-process.ts';
import { Steps, timed, until } from './steps.ts';

const { collector: COLLECTOR, deployment: DEPLOYMENT, service: SERVICE, role: ROLE } = pathsOf('gateway');
/** Objects of the collector `stateful`. */
const FURTHER_OBJECTS = {
  statefulSet: `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/stateful`,
  autoscaler: `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers/stateful`,
  budget: `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets/stateful`,
};
const DAEMON_SET = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/agent`;
/** Within this time, what others have deleted or changed is back. */
const REPAIR_MILLIS = 5000;

/** Creates, changes, repairs, rolls back and deletes a collector. */
export async function checkLife(cluster: Cluster, pods: TestController, operator: OperatorProcess, audit: Audit) {
  const steps = new Steps();
  const status = () => statusOf(cluster, 'gateway');
  const change = (spec: object): Promise<unknown> => cluster.send('PATCH', COLLECTOR, { spec });
  const deployment = async () => (await cluster.send('GET', DEPLOYMENT)) as unknown as Deployment;
  /** Starts pods until all of them run another revision. */
  const untilChanged = async (revision: string | undefined) => {
    await until(async () => {
      await pods.startPods(NAMESPACE);
      const { revision: current } = await status();
      return current !== undefined && current !== revision && has(await status(), 'Ready', 'True');
    }, 60_000);
  };
  await steps.run('create', async () => {
    const rollout = { healthyAfterSeconds: 0, failAfterSeconds: 5 };
    await createCollector(cluster, 'gateway', { replicas: 2, config: CONFIG, rollout });
    await untilChanged(undefined);
    const service = (await cluster.send('GET', SERVICE)) as { spec: { ports: { name: string; port: number }[] } };
    const ports = service.spec.ports.map(({ name, port }) => `${name}=${port}`).sort();
    if (`${ports}` !== 'otlp-grpc=4317,otlp-http=4318') throw new Error(`unexpected ports ${ports}`);
    await cluster.send('GET', ROLE);
    return undefined;
  });
  await steps.run('touched without a change:', async () => {
    await operator.untilIdle();
    const processed = await operator.processed();
    const position = await audit.position();
    await cluster.send('PATCH', COLLECTOR, { metadata: { annotations: { touched: 'yes' } } });
    await until(async () => (await operator.processed()) > processed);
    await operator.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    if (requests.length > 0) throw new Error(`expected no requests, got ${JSON.stringify(requests)}`);
    return '0 API calls';
  });
  for (const [kind, path] of Object.entries({ service: SERVICE, deployment: DEPLOYMENT, 'cluster role': ROLE }))
    await steps.run(`deleted ${kind} back`, async () => {
      const uid = await uidOf(cluster, path);
      await cluster.send('DELETE', path);
      const isBack = async () => ![uid, undefined].includes(await uidOf(cluster, path));
      return `after ${await timed(isBack, REPAIR_MILLIS)} ms`;
    });
  await steps.run('changed deployment back', async () => {
    await cluster.send('PATCH', DEPLOYMENT, { spec: { replicas: 5 } });
    const millis = await timed(async () => (await deployment()).spec.replicas === 2, REPAIR_MILLIS);
    await until(async () => {
      await pods.startPods(NAMESPACE);
      return has(await status(), 'Ready', 'True');
    });
    return `after ${millis} ms`;
  });
  await steps.run('wrong configuration keeps the running one', async () => {
    const { revision } = await status();
    await change({ config: { processors: { batch: { timeout: 'soon' } } } });
    await until(async () => has(await status(), 'ConfigurationValid', 'False'));
    const { conditions, revision: kept } = await status();
    const message = conditions?.find(({ type }) => type === 'ConfigurationValid')?.message ?? '';
    if (!message.includes('spec.config.processors.batch.timeout') || kept !== revision) throw new Error(message);
    await change({ config: { processors: { batch: null } } });
    await until(async () => has(await status(), 'ConfigurationValid', 'True'));
    return undefined;
  });
  await steps.run('refused workload reported', async () => {
    const progressing = async () => (await status()).conditions?.find(({ type }) => type === 'Progressing');
    await change({ tolerations: [{ key: 'a', operator: 'Unknown' }] });
    await until(async () => (await progressing())?.reason === 'Refused');
    const message = (await progressing())?.message ?? '';
    if (!message.includes('spec.template.spec.tolerations[0].operator')) throw new Error(message);
    await change({ tolerations: null });
    await until(async () => (await progressing())?.reason === 'Complete');
    return undefined;
  });
  await steps.run('failing change rolled back', async () => {
    const { revision } = await status();
    const before = await deployment();
    await change({ config: { processors: { batch: { timeout: '1s' } } } });
    await until(async () => (await status()).failedRevision !== undefined, 60_000);
    await until(async () => has(await status(), 'Ready', 'True') && (await deployment()).status.updatedReplicas === 2);
    if ((await status()).revision !== revision) throw new Error('expected the revision from before');
    const [was, is] = [before, await deployment()].map(({ spec }) => JSON.stringify(spec.template));
    if (was !== is) throw new Error(`expected the template ${was}, got ${is}`);
    return undefined;
  });
  await steps.run('healthy change', async () => {
    const { revision } = await status();
    await operator.untilIdle();
    const position = await audit.position();
    await change({ config: { processors: { batch: { timeout: '2s' } } } });
    await untilChanged(revision);
    await operator.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    if (requests.length > 20) throw new Error(`expected at most 20 API calls, got ${JSON.stringify(requests)}`);
    return `with ${requests.length} API calls`;
  });
  await steps.run('pipeline added', async () => {
    const { revision } = await status();
    await cluster.send('POST', `${API}/pipelines`, {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'audit' },
      spec: { collectors: ['gateway'], signal: 'logs', pipeline: { receivers: ['otlp'], exporters: ['nop'] } },
    });
    await untilChanged(revision);
    return undefined;
  });
  await steps.run('statefulset and daemonset, with autoscaler and disruption budget', async () => {
    const settings = { config: CONFIG, rollout: { healthyAfterSeconds: 0 } };
    const autoscaler = { minReplicas: 1, maxReplicas: 3 };
    const ofStateful = { storage: { size: '1Gi' }, autoscaler, podDisruptionBudget: { minAvailable: 1 } };
    await createCollector(cluster, 'stateful', { mode: 'statefulset', ...settings, ...ofStateful });
    await createCollector(cluster, 'agent', { mode: 'daemonset', ...settings });
    await until(async () => {
      await pods.startPods(NAMESPACE);
      const statuses = await Promise.all(['stateful', 'agent'].map((name) => statusOf(cluster, name)));
      return statuses.every((one) => has(one, 'Ready', 'True'));
    });
    for (const path of [...Object.values(FURTHER_OBJECTS), DAEMON_SET]) {
      const uid = await uidOf(cluster, path);
      await cluster.send('DELETE', path);
      await timed(async () => ![uid, undefined].includes(await uidOf(cluster, path)), REPAIR_MILLIS);
    }
    const [stateful, agent] = ['stateful', 'agent'].map((name) => pathsOf(name).collector);
    await cluster.send('PATCH', `${stateful}`, { spec: { autoscaler: null, podDisruptionBudget: null, replicas: 2 } });
    const isGone = async (paths: readonly string[]): Promise<boolean> =>
      (await Promise.all(paths.map((path) => uidOf(cluster, path)))).every((uid) => uid === undefined);
    const { autoscaler: scalerPath, budget, statefulSet } = FURTHER_OBJECTS;
    await until(() => isGone([scalerPath, budget]));
    for (const path of [stateful, agent]) await cluster.send('DELETE', `${path}`);
    await until(() => isGone([statefulSet, DAEMON_SET, pathsOf('stateful').role, pathsOf('agent').role]));
    return undefined;
  });
  await steps.run('conflicts with another writer:', async () => {
    const position = await audit.position();
    await createCollector(cluster, 'contested', { replicas: 0, config: CONFIG });
    const { collector, role } = pathsOf('contested');
    const contested = await contend(cluster, collector, async () => {
      await until(async () => (await uidOf(cluster, role)) !== undefined);
      await until(async () => has(await statusOf(cluster, 'contested'), 'Ready', 'True'));
      await cluster.send('DELETE', collector);
      await until(async () => (await uidOf(cluster, collector)) === undefined, 60_000);
    });
    await until(async () => (await uidOf(cluster, role)) === undefined);
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    const conflicts = requests.filter(({ status: code }) => code === 409).length;
    return `${contested} changes by others, ${conflicts} responses 409, ${requests.length} API calls, created and deleted`;
  });
  await steps.run('delete', async () => {
    await cluster.send('DELETE', COLLECTOR);
    await until(async () => {
      const uids = await Promise.all([COLLECTOR, DEPLOYMENT, SERVICE, ROLE].map((path) => uidOf(cluster, path)));
      return uids.every((uid) => uid === undefined);
    });
    return undefined;
  });
  return steps.result;
}

interface Deployment {
  readonly spec: { readonly replicas: number; readonly template: object };
  readonly status: { readonly updatedReplicas?: number };
}

/** Changes annotations of an object without a pause while a function runs, and returns how often. */
async function contend(cluster: Cluster, path: string, run: () => Promise<void>): Promise<number> {
  let isRunning = true;
  let count = 0;
  const writing = (async () => {
    while (isRunning) {
      const patch = { metadata: { annotations: { writer: String(++count) } } };
      // The object is gone at the end.
      await cluster.send('PATCH', path, patch).catch(() => {});
    }
  })();
  try {
    await run();
  } finally {
    isRunning = false;
    await writing;
  }
  return count;
}
