import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';
import { type Audit, countRequests } from './audit.ts';
import { API, createCollector, has, NAMESPACE, pathsOf } from './objects.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { Steps, timed, until } from './steps.ts';

const MAX_MEGABYTES = 150;
const IDLE_SECONDS = 30;
const CONFIG = {
  receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } },
  exporters: { nop: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['nop'] } } },
};

/** Runs many collectors, and counts memory and requests. Ends the operator. */
export async function checkMany(
  cluster: Cluster,
  pods: TestController,
  operator: OperatorProcess,
  { audit, count }: { readonly audit: Audit; readonly count: number },
) {
  const steps = new Steps();
  const names = Array.from({ length: count }, (_, index) => `many-${index}`);
  const checkMemory = async (one: OperatorProcess): Promise<string> => {
    const { now, peak } = await one.memory();
    if (peak > MAX_MEGABYTES) throw new Error(`expected at most ${MAX_MEGABYTES} MB, got ${peak} MB`);
    return `${now} MB, at most ${peak} MB`;
  };
  await steps.run(`${count} collectors:`, async () => {
    const position = await audit.position();
    const startMillis = performance.now();
    await Promise.all(
      Array.from({ length: 4 }, async (_, part) => {
        for (const name of names.filter((_name, index) => index % 4 === part))
          await createCollector(cluster, name, { config: CONFIG, rollout: { healthyAfterSeconds: 0 } });
      }),
    );
    await until(async () => {
      await pods.startPods(NAMESPACE);
      return (await ready(cluster)) === count;
    }, 500_000);
    const seconds = Math.round((performance.now() - startMillis) / 1000);
    await operator.untilIdle();
    const requests = await audit.since(position);
    return `ready after ${seconds} s with ${(requests.length / count).toFixed(1)} API calls each (${countRequests(requests)})`;
  });
  await steps.run('memory after that', () => checkMemory(operator));
  const idle = async (one: OperatorProcess): Promise<string> => {
    await one.untilIdle();
    const position = await audit.position();
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
    const requests = await audit.since(position);
    const others = requests.filter(({ resource, verb }) => resource !== 'leases' && verb !== 'watch');
    if (others.length > 0) throw new Error(`expected no API calls but for the lease, got ${countRequests(others)}`);
    return `in ${IDLE_SECONDS} s: ${countRequests(requests)}`;
  };
  await steps.run('idle', () => idle(operator));
  await steps.run('one change:', async () => {
    const position = await audit.position();
    const { collector } = pathsOf('many-7');
    await cluster.send('PATCH', collector, { spec: { config: { processors: { batch: {} } } } });
    await until(async () => {
      await pods.startPods(NAMESPACE);
      const { status } = (await cluster.send('GET', collector)) as {
        status: { observedGeneration: number; conditions: { type: string; reason: string }[] };
      };
      const progress = status.conditions.find(({ type }) => type === 'Progressing')?.reason;
      return status.observedGeneration === 2 && progress === 'Complete';
    });
    await operator.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    if (requests.length > 20) throw new Error(`expected at most 20 API calls, got ${countRequests(requests)}`);
    return `${requests.length} API calls (${countRequests(requests)})`;
  });
  await steps.run('restart of the operator:', async () => {
    await operator.stop();
    const position = await audit.position();
    const next = await startOperatorProcess(cluster, 'fifth');
    try {
      await until(() => next.isLeader());
      // Nothing is processed before all objects are listed.
      await until(async () => (await next.processed()) >= count, 120_000);
      await next.untilIdle();
      const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
      const changes = requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
      if (changes.length > 0) throw new Error(`expected no changes, got ${countRequests(changes)}`);
      const touched = await audit.position();
      for (const name of names.slice(0, 8))
        await cluster.send('PATCH', pathsOf(name).collector, { metadata: { annotations: { touched: 'yes' } } });
      await next.untilIdle();
      const further = (await audit.since(touched)).filter(
        ({ resource, verb }) => resource !== 'leases' && verb !== 'watch',
      );
      if (further.length > 0) throw new Error(`touched: expected no API calls, got ${countRequests(further)}`);
      return `${countRequests(requests)}; memory ${await checkMemory(next)}; ${await idle(next)}`;
    } finally {
      await steps.run('all deleted', async () => {
        await cluster.send('DELETE', `${API}/collectors`);
        const services = `/api/v1/namespaces/${NAMESPACE}/services?labelSelector=app.kubernetes.io/managed-by`;
        const isGone = async () => ((await cluster.send('GET', services))['items'] as object[]).length === 0;
        return `after ${await timed(isGone, 120_000)} ms`;
      });
      await next.stop();
    }
  });
  return steps.result;
}

async function ready(cluster: Cluster): Promise<number> {
  const list = (await cluster.send('GET', `${API}/collectors`)) as { readonly items: readonly { status?: object }[] };
  return list.items.filter(({ status = {} }) => has(status, 'Ready', 'True')).length;
}
