import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport';
import { recordingReceiver } from '../../../packages/collector/src/component/discovery/observing.testing.ts';
import { hostObserver } from '../../../packages/collector/src/extensions/host_observer.ts';
import { k8sObserver } from '../../../packages/collector/src/extensions/k8s_observer.ts';
import { variablesOf } from '../../../packages/collector/src/receivers/receiver_creator/variables.ts';
import type { Cluster } from './cluster.ts';
import type { TestController } from './test-controller.ts';
import { NAMESPACE, POD_COUNT } from './workloads.ts';

/** The variables of endpoints by their IDs. */
type Endpoints = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const OBSERVERS = {
  host_observer: { refresh_interval: '1s' },
  k8s_observer: {
    auth_type: 'kubeConfig',
    observe_nodes: true,
    observe_services: true,
    observe_ingresses: true,
  },
} as const;
type Observer = keyof typeof OBSERVERS;

/** A program that listens on one socket for each kind of address, and prints a line when all are open. */
const LISTENERS = `
const { createServer } = require('node:net');
const { createSocket } = require('node:dgram');
const { once } = require('node:events');
(async () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::'])
    await once(createServer().listen({ port: 0, host, ipv6Only: host === '::' }), 'listening');
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', ipv6Only: host === '::' }).bind(0, host);
    await once(socket, 'listening');
  }
  console.log('open');
})();
`;
const SOCKETS = 8;

/**
 * Compares the endpoints of the observers with those of the Collector, with all variables that rules can use, before and
 * after pods and processes come, change and go.
 */
export async function compareObservers(cluster: Cluster, collector: string, controller: TestController) {
  await createObserved(cluster, controller);
  const first = await startListeners();
  const processes = new Set([first.pid]);
  const theirs = await observeByCollector(cluster, collector);
  const ours = await observeHere(cluster);
  const select = (endpoints: Endpoints): ReadonlySet<string> =>
    new Set(
      [...endpoints]
        // Other processes come and go.
        .filter(([id]) => !id.startsWith('(host_observer)') || processes.has(Number(/\d+$/.exec(id)?.[0])))
        .map(([, variables]) => textOf(variables)),
    );
  const compare = async (isComplete: (texts: readonly string[]) => boolean) => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const expected = select(theirs.endpoints());
      const got = select(ours.endpoints());
      const mismatches = [
        ...[...expected].filter((text) => !got.has(text)).map((text) => `missing: ${text}`),
        ...[...got].filter((text) => !expected.has(text)).map((text) => `only here: ${text}`),
        ...(isComplete([...expected]) ? [] : ['the Collector does not observe everything']),
      ];
      if (mismatches.length === 0 || Date.now() > deadline) return { compared: expected.size, mismatches };
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const socketsOf = (texts: readonly string[], { pid }: ChildProcess): number =>
    texts.filter((text) => text.includes(`-${pid}"`)).length;
  let second: ChildProcess | undefined;
  try {
    const before = await compare(
      (texts) => socketsOf(texts, first) === SOCKETS && texts.some((text) => text.includes('"k8s.ingress"')),
    );
    second = await startListeners();
    processes.add(second.pid);
    first.kill();
    await changeObserved(cluster, controller);
    const after = await compare(
      (texts) =>
        second !== undefined &&
        socketsOf(texts, second) === SOCKETS &&
        socketsOf(texts, first) === 0 &&
        texts.some((text) => text.includes('"name":"added"')) &&
        texts.some((text) => text.includes('"round":"two"')) &&
        !texts.some((text) => text.includes('"name":"plain"')),
    );
    return { compared: before.compared + after.compared, mismatches: [...before.mismatches, ...after.mismatches] };
  } finally {
    first.kill();
    second?.kill();
    await ours.stop();
    await theirs.stop();
  }
}

async function startListeners(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', LISTENERS], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** Returns the variables in their order, without empty ones, which rules cannot tell from those that are not there. */
function textOf(variables: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(variables, (_key, value: unknown) => {
    if (typeof value === 'bigint') return Number(value);
    if (value === null || typeof value !== 'object') return value;
    const all = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
    const own = all.filter(([name, each]) => !isEmpty(each) && !isAccepted(name, each));
    return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return value instanceof Map ? value.size === 0 : typeof value === 'object' && Object.keys(value).length === 0;
}

/** Reports whether a variable may differ. */
function isAccepted(name: string, value: unknown): boolean {
  // The Collector calls what follows the first colon of an ingress's URL its port. 0.161 knows no init containers.
  return (name === 'port' && typeof value === 'string') || name === 'is_init_container';
}

async function observeHere(cluster: Cluster) {
  const benches = await Promise.all(
    (['host_observer', 'k8s_observer'] as const).map(async (observer) => {
      const { definition, endpoints } = recordingReceiver(observer);
      const extension = { host_observer: hostObserver, k8s_observer: k8sObserver }[observer];
      const bench = await createComponentBench(definition, {
        clock: systemClock,
        environment: { KUBECONFIG: cluster.kubeConfig },
        extensions: { [observer]: { definition: extension, config: OBSERVERS[observer] } },
      });
      await bench.start();
      return { bench, endpoints };
    }),
  );
  return {
    endpoints: (): Endpoints =>
      new Map(
        benches.flatMap(({ endpoints }) =>
          [...endpoints].map(([id, endpoint]) => [id, Object.fromEntries(variablesOf(endpoint))] as const),
        ),
      ),
    stop: async (): Promise<void> => void (await Promise.all(benches.map(({ bench }) => bench.close()))),
  };
}

/** Reads the endpoints that the Collector logs, while a `receiver_creator` watches its observers. */
async function observeByCollector(cluster: Cluster, collector: string) {
  const names = Object.keys(OBSERVERS) as Observer[];
  const config = {
    extensions: OBSERVERS,
    receivers: {
      receiver_creator: {
        watch_observers: names,
        receivers: { otlp: { rule: 'type == "hostport" && port == 1', config: { protocols: { http: {} } } } },
      },
    },
    exporters: { nop: {} },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'debug', encoding: 'json' } },
      extensions: names,
      pipelines: { traces: { receivers: ['receiver_creator'], exporters: ['nop'] } },
    },
  };
  const path = join(cluster.directory, 'observers-collector.json');
  await writeFile(path, JSON.stringify(config));
  const child = spawn(collector, ['--config', path], {
    env: { ...process.env, KUBECONFIG: cluster.kubeConfig },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const endpoints = new Map<string, Readonly<Record<string, unknown>>>();
  let last = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    last = line;
    if (!line.includes('endpoints"')) return;
    const { msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    for (const [id, value] of Object.entries(fields)) {
      if (!names.some((name) => id.startsWith(`(${name})`) || id.startsWith(`${name}/`))) continue;
      if (msg === 'removed endpoints') endpoints.delete(id);
      else endpoints.set(id, JSON.parse(String(value)) as Record<string, unknown>);
    }
  });
  return {
    endpoints: (): Endpoints => {
      if (child.exitCode !== null) throw new Error(`${collector} exited: ${last}`);
      return endpoints;
    },
    stop: async (): Promise<void> => {
      child.kill();
      await ended;
    },
  };
}

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;

/** Creates pods with ports, init containers and another family of addresses, services and ingresses. */
async function createObserved(cluster: Cluster, controller: TestController): Promise<void> {
  const ports = [
    { containerPort: 8080, name: 'http' },
    { containerPort: 53, name: 'dns', protocol: 'UDP' },
  ];
  for (const name of ['plain', 'labeled', 'sleeping']) {
    await cluster.send('POST', PODS, {
      metadata: { name, namespace: NAMESPACE, labels: { app: name }, annotations: { 'io.opentelemetry/x': 'y' } },
      spec: {
        initContainers: [{ name: 'prepare', image: `registry.example.com:5000/init:2@sha256:${'a'.repeat(64)}` }],
        containers: [{ name: 'main', image: 'shop/main', ports: [...ports, { containerPort: 9100 }] }],
      },
    });
  }
  await cluster.send('POST', SERVICES, {
    metadata: { name: 'observed', namespace: NAMESPACE, labels: { tier: 'front' }, annotations: { note: 'n' } },
    spec: {
      selector: { app: 'plain' },
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'metrics', port: 9100 },
      ],
    },
  });
  await cluster.send('POST', SERVICES, {
    metadata: { name: 'headless', namespace: NAMESPACE },
    spec: { clusterIP: 'None', selector: { app: 'plain' }, ports: [{ port: 1 }] },
  });
  await cluster.send('POST', SERVICES, {
    metadata: { name: 'elsewhere', namespace: NAMESPACE },
    spec: { type: 'ExternalName', externalName: 'example.com', ports: [{ port: 443 }] },
  });
  const backend = { service: { name: 'observed', port: { number: 80 } } };
  const pathsOf = (...paths: readonly string[]) => ({
    paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })),
  });
  await cluster.send('POST', `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`, {
    metadata: { name: 'observed', namespace: NAMESPACE, labels: { tier: 'edge' } },
    spec: {
      tls: [{ hosts: ['*.example.com'] }],
      rules: [
        { host: 'shop.example.com', http: pathsOf('/', '/cart') },
        { host: 'example.org', http: pathsOf('/plain') },
        { http: pathsOf('/any') },
      ],
    },
  });
  await controller.startPodsUntil(NAMESPACE, POD_COUNT + 3);
  const status = { phase: 'Pending', initContainerStatuses: [statusOf('prepare')], containerStatuses: [] };
  await cluster.send('PATCH', `${PODS}/sleeping/status`, { status });
}

function statusOf(name: string): object {
  const running = { startedAt: '2026-03-01T00:00:00Z' };
  const image = { image: 'init:2', imageID: 'init@sha256:1', containerID: `containerd://sleeping-${name}` };
  return { name, ...image, ready: false, restartCount: 0, state: { running } };
}

/** Deletes, changes and adds what is observed. */
async function changeObserved(cluster: Cluster, controller: TestController): Promise<void> {
  await cluster.send('DELETE', `${PODS}/plain`, { gracePeriodSeconds: 0 });
  await cluster.send('PATCH', `${PODS}/labeled`, { metadata: { labels: { round: 'two' } } });
  await cluster.send('PATCH', '/api/v1/nodes/node-1', { metadata: { labels: { round: 'two' } } });
  await cluster.send('PATCH', `${SERVICES}/observed`, { metadata: { labels: { round: 'two' } } });
  await cluster.send('DELETE', `${SERVICES}/elsewhere`);
  await cluster.send('POST', PODS, {
    metadata: { name: 'added', namespace: NAMESPACE },
    spec: { containers: [{ name: 'main', image: 'added:3', ports: [{ containerPort: 1 }] }] },
  });
  await controller.startPodsUntil(NAMESPACE, POD_COUNT + 3);
}
