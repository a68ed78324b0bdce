import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { type Cluster, startCluster } from '../kubernetes/cluster.ts';
import { runToEnd } from '../processes.ts';
import { CHART, chartExamples, type Example, sourcesComment } from './chart.ts';
import { goModule, programIn } from './programs.ts';
import { SCHEMA_PATTERN, writeSchemas } from './schemas.ts';
import { WRONG_VALUES } from './wrong-values.ts';

const KUBERNETES = 'k8s.io/kubernetes@v1.36.3';
const PROMETHEUS_OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const SERVICE_MONITORS = 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml';
/** Checks of kube-score that the chart does not pass. */
const IGNORED_CHECKS = [
  // A limit of CPU throttles a gateway on a node that has CPU to use.
  '--ignore-container-cpu-limit',
  // Both probes ask for the status, liveness less often: a process that does not respond is ended.
  '--ignore-test=pod-probes-identical',
  // Tags of images are versions.
  '--ignore-test=container-image-pull-policy',
  // Agents read files that belong to root on their node.
  '--ignore-test=container-security-context-user-group-id',
  // One of the examples wants a single pod.
  '--ignore-test=deployment-replicas',
];
const NAMESPACE = 'observability';
const RELEASE = 'otelier';

/**
 * Checks the Helm chart: lint, recorded objects, schemas, linter and refused values of every example; then a dry run, an
 * installation and an upgrade of each on a real API server. With `records`, writes the objects that `npm test` reads.
 */
export async function testChart(peers: string, records: boolean): Promise<Comparison> {
  const mismatches: string[] = [];
  let compared = 0;
  const expect = (what: string, isMet: boolean, got: string) => {
    compared++;
    if (!isMet) mismatches.push(`${what}, got ${got.trim().slice(-2_000)}`);
  };
  const succeeds = async (what: string, command: readonly string[]) => {
    const { code, stdout, stderr } = await runToEnd(command);
    expect(`${what}: expected success`, code === 0, stdout + stderr);
    return stdout;
  };
  const helm = await programIn(peers, 'helm');
  const cluster = await startCluster(join(peers, 'kubernetes'));
  try {
    const definition = join(await goModule(PROMETHEUS_OPERATOR), SERVICE_MONITORS);
    const schemas = join(cluster.directory, 'schemas');
    await writeSchemas(join(await goModule(KUBERNETES), 'api/openapi-spec/swagger.json'), [definition], schemas);
    const kubectl = [join(peers, 'kubernetes', 'bin', 'kubectl'), '--kubeconfig', cluster.kubeConfig];
    await succeeds('the definition of ServiceMonitor', [...kubectl, 'apply', '--server-side', '-f', definition]);
    await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    const examples = chartExamples();
    for (const example of examples) {
      const { name, values, recorded } = example;
      await succeeds(`lint of ${name}`, [helm, 'lint', CHART, '--strict', '--values', values]);
      const text = await succeeds(`template of ${name}`, templateOf(helm, example));
      if (records) await writeFile(recorded, sourcesComment() + text);
      expect(
        `${name}: expected the recorded objects`,
        (await readFile(recorded, 'utf8')) === sourcesComment() + text,
        text,
      );
      const strict = ['-strict', '-summary', '-schema-location', join(schemas, SCHEMA_PATTERN)];
      await succeeds(`schemas of ${name}`, [await programIn(peers, 'kubeconform'), ...strict, recorded]);
      const score = ['score', '--exit-one-on-warning', '--output-format', 'ci', ...IGNORED_CHECKS, recorded];
      await succeeds(`linter of ${name}`, [await programIn(peers, 'kube-score'), ...score]);
      await succeeds(`dry run of ${name}`, [...kubectl, 'apply', '--dry-run=server', '-n', NAMESPACE, '-f', recorded]);
    }
    for (const { what, values, message } of WRONG_VALUES) {
      const set = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
      const { code, stderr } = await runToEnd([helm, 'template', RELEASE, CHART, ...set]);
      expect(`${what}: expected an error with "${message}"`, code !== 0 && stderr.includes(message), stderr);
    }
    await installAll(helm, cluster, examples, succeeds, expect);
  } finally {
    await cluster.stop();
  }
  return { compared, mismatches };
}

function templateOf(helm: string, { values }: Example): readonly string[] {
  return [helm, 'template', RELEASE, CHART, '--namespace', NAMESPACE, '--values', values];
}

/** Installs each example, upgrades it to another image and other settings, rolls back, and removes it. */
async function installAll(
  helm: string,
  cluster: Cluster,
  examples: readonly Example[],
  succeeds: (what: string, command: readonly string[]) => Promise<string>,
  expect: (what: string, isMet: boolean, got: string) => void,
): Promise<void> {
  const connection = ['--kubeconfig', cluster.kubeConfig, '--namespace', NAMESPACE];
  const upgraded = ['--set', 'image.tag=next', '--set', 'podAnnotations.upgraded=yes'];
  for (const { name, values } of examples) {
    const chart = [RELEASE, CHART, ...connection, '--values', values];
    await succeeds(`installation of ${name}`, [helm, 'install', ...chart]);
    await succeeds(`upgrade of ${name}`, [helm, 'upgrade', ...chart, ...upgraded]);
    const image = await imageIn(cluster);
    expect(`upgrade of ${name}: expected otelier:next`, image === 'otelier:next', image);
    await succeeds(`rollback of ${name}`, [helm, 'rollback', RELEASE, '1', ...connection]);
    const before = await imageIn(cluster);
    expect(`rollback of ${name}: expected the image before`, !['otelier:next', ''].includes(before), before);
    await succeeds(`removal of ${name}`, [helm, 'uninstall', RELEASE, ...connection]);
    const left = await imageIn(cluster);
    expect(`removal of ${name}: expected nothing left`, left === '', left);
  }
}

/** Returns the image of the release's workload, or an empty text if there is none. */
async function imageIn(cluster: Cluster): Promise<string> {
  for (const kind of ['statefulsets', 'daemonsets', 'deployments']) {
    const { items } = (await cluster.send('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/${kind}`)) as {
      readonly items: readonly {
        readonly spec: {
          readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
        };
      }[];
    };
    const image = items[0]?.spec.template.spec.containers[0]?.image;
    if (image !== undefined) return image;
  }
  return '';
}
