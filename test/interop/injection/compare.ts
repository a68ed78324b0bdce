import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Cluster, startCluster } from '../kubernetes/cluster.ts';
import { runStep, runToEnd } from '../processes.ts';
import { checkConversion } from './check-conversion.ts';
import { checkFailures } from './check-failures.ts';
import { checkShapes } from './check-shapes.ts';
import { checkSidecar } from './check-sidecar.ts';
import { createDefinitions } from './definitions.ts';
import { inject, normalized, peerCase, type Result, readShapes } from './injection.ts';

/** What was checked, and what was not as expected. */
export interface Compared {
  readonly compared: number;
  readonly mismatches: readonly string[];
  readonly note?: string;
}

const ROOT = join(import.meta.dirname, '../../..');
const RECORDED = join(import.meta.dirname, 'recorded.json');

/**
 * Compares the pods that the webhook makes with those of the OpenTelemetry operator, whose checkout is `peers`/opentelemetry-operator,
 * or with what was recorded of it; then creates them on a real API server with the webhook, also when the webhook fails.
 */
export async function testInjection(
  peers: string,
  record: boolean,
  report: (way: string, compared: Compared) => void,
): Promise<void> {
  report('pods instrumented by the OpenTelemetry operator', await compareWithPeer(peers, record));
  const programs = join(peers, 'kubernetes');
  await runStep([join(ROOT, 'test/interop/kubernetes/build.sh'), programs]);
  const cluster = await startCluster(programs);
  try {
    await createDefinitions(cluster);
    report('pods created on a real API server', await checkShapes(cluster));
    report('a failing webhook', await checkFailures(cluster));
    report('sidecars', await checkSidecar(cluster));
    const checkout = join(peers, 'opentelemetry-operator');
    report('converted objects', await checkConversion(cluster, checkout));
  } finally {
    await cluster.stop();
  }
}

async function compareWithPeer(peers: string, record: boolean): Promise<Compared> {
  const shapes = await readShapes();
  const checkout = join(peers, 'opentelemetry-operator');
  const mismatches: string[] = [];
  let results = JSON.parse(await readFile(RECORDED, 'utf8')) as readonly Result[];
  const isLive = existsSync(checkout);
  if (isLive) {
    const program = join(peers, 'pod-mutator');
    await runStep([join(import.meta.dirname, 'build.sh'), checkout, program]);
    const { code, stdout, stderr } = await runToEnd([program], {}, undefined, JSON.stringify(shapes.map(peerCase)));
    if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
    const current = (JSON.parse(stdout) as readonly Result[]).map(({ name, pod, error }) => ({
      name,
      ...(pod !== undefined && { pod: normalized(pod) }),
      ...(error !== undefined && { error }),
    }));
    if (record) await writeFile(RECORDED, `${JSON.stringify(current, undefined, 2)}\n`);
    else if (!isDeepStrictEqual(results, current)) mismatches.push('the recorded pods are not those of the operator');
    results = current;
  }
  for (const [i, shape] of shapes.entries()) {
    const { pod } = await inject(shape);
    const isEqual = isDeepStrictEqual(normalized(pod), normalized(results[i]?.pod ?? shape.pod));
    if (isEqual !== (shape.difference === undefined)) mismatches.push(shape.name);
  }
  const differing = shapes.filter(({ difference }) => difference !== undefined).length;
  return {
    compared: shapes.length,
    mismatches,
    note: `${differing} differ for a listed reason, ${isLive ? 'the operator ran' : 'from recorded pods'}`,
  };
}

/** Creates the namespace of the shapes. */
export async function createNamespaces(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names) await cluster.send('POST', '/api/v1/namespaces', { metadata: { name } });
}
