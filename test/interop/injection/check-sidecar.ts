import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Container, Pod } from '../../../packages/collector/src/operator/webhook/pod.ts';
import { NODE, OTELIER } from '../gateway.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { runToEnd } from '../processes.ts';
import type { Compared } from './compare.ts';
import { NAMESPACE } from './injection.ts';
import { configure, serve, until } from './webhook.ts';

const COLLECTORS = `/apis/otelier.dev/v1alpha1/namespaces/${NAMESPACE}/collectors`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CONFIG = {
  receivers: { otlp: { protocols: { http: { endpoint: 'localhost:4318' } } } },
  processors: { 'attributes/price': { actions: [{ key: 'price', value: '$$5 $$(A)', action: 'insert' }] } },
  exporters: { nop: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['attributes/price'], exporters: ['nop'] } } },
};

/** Creates a pod that asks for a sidecar on a real API server, and checks its configuration with the program. */
export async function checkSidecar(cluster: Cluster): Promise<Compared> {
  const mismatches: string[] = [];
  const [port = 0] = await freePorts(1);
  await configure(cluster, { port });
  const webhook = await serve(cluster, port);
  try {
    await cluster.send('POST', COLLECTORS, {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'Collector',
      metadata: { name: 'agent' },
      spec: { mode: 'sidecar', config: CONFIG, resources: { limits: { memory: '64Mi' } } },
    });
    const create = async (annotations: object): Promise<Pod> =>
      (await cluster.send('POST', PODS, {
        metadata: { generateName: 'cart-', annotations },
        spec: { initContainers: [{ name: 'fetch', image: 'fetch:1' }], containers: [{ name: 'app', image: 'cart:1' }] },
      })) as unknown as Pod;
    let sidecar: Container | undefined;
    const hasSidecar = async (): Promise<boolean> => {
      const pod = await create({ 'sidecar.opentelemetry.io/inject': 'true' });
      sidecar = pod.spec.initContainers?.[1];
      return sidecar?.['restartPolicy'] === 'Always';
    };
    await until(hasSidecar, 'a pod with a sidecar');
    const both = await create({
      'sidecar.opentelemetry.io/inject': 'true',
      'instrumentation.opentelemetry.io/inject-nodejs': 'true',
    });
    const names = both.spec.initContainers?.map(({ name }) => name).join();
    if (names !== 'fetch,otelier-sidecar,opentelemetry-auto-instrumentation-nodejs') mismatches.push(String(names));
    const written = sidecar?.env?.find(({ name }) => name === 'OTELIER_CONFIG')?.value ?? '';
    // As a kubelet expands it.
    const value = written.replaceAll('$$', '$');
    const validated = await runToEnd([NODE, OTELIER, 'validate', '--config', 'env:OTELIER_CONFIG'], {
      OTELIER_CONFIG: value,
    });
    if (validated.code !== 0) mismatches.push(`validate: ${validated.stdout}${validated.stderr}`);
    if (!value.includes('"$$5 $$(A)"')) mismatches.push(`expected the configuration as it was written, got ${value}`);
    return { compared: 4, mismatches };
  } finally {
    await webhook.close();
  }
}
