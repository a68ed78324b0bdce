import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../kubernetes/cluster.ts';
import { TestController } from '../kubernetes/test-controller.ts';
import { runStep } from '../processes.ts';
import { checkOperator } from './check-operator.ts';
import { checkWrongObjects } from './check-wrong-objects.ts';

/** What was checked, and what was not as expected. */
interface Compared {
  readonly compared: number;
  readonly mismatches: readonly string[];
  readonly note?: string;
}

const ROOT = join(import.meta.dirname, '../../..');
const CRDS = join(ROOT, 'deploy/operator/crds');

/** Runs the operator on a real API server with real controllers; a test controller makes pods ready. */
export async function testOperator(peers: string, report: (way: string, compared: Compared) => void): Promise<void> {
  const programs = join(peers, 'kubernetes');
  await runStep([join(ROOT, 'test/interop/kubernetes/build.sh'), programs]);
  const cluster = await startCluster(programs);
  try {
    await createDefinitions(cluster);
    report('wrong objects refused by the API server', await checkWrongObjects(cluster));
    await cluster.startControllers();
    const controller = new TestController(cluster, ['node-1', 'node-2']);
    await controller.addNodes();
    report('the operator on a real API server', await checkOperator(cluster, controller));
  } finally {
    await cluster.stop();
  }
}

async function createDefinitions(cluster: Cluster): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const file of await readdir(CRDS)) {
    const definition = parse(await readFile(join(CRDS, file), 'utf8')) as {
      readonly metadata: { readonly name: string };
    };
    await cluster.send('POST', path, definition);
    for (;;) {
      const { status } = (await cluster.send('GET', `${path}/${definition.metadata.name}`)) as {
        readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
      };
      if (status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // Requests are served a moment after the definition is established.
    await until(() => cluster.send('GET', `/apis/otelier.dev/v1alpha1/${definition.metadata.name.split('.')[0]}`));
  }
}

async function until(request: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await request();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
