import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test serves in the place of a response. */
export interface KubeletResponse {
  readonly status: number;
  readonly body: string;
}

/** A running fake. */
export interface FakeKubelet {
  readonly url: string;
  readonly requests: IncomingMessage[];
  close(): void;
}

/**
 * Starts a fake of the kubelet: it serves `/stats/summary` and `/pods` in the documented formats, with the values below, also
 * behind the path of the API server's proxy. The CPU time of each summary is 10 seconds after the one before. It is no kubelet: nothing runs, and it checks no credentials.
 */
export async function startFakeKubelet(
  respond: (path: string) => KubeletResponse | undefined = () => undefined,
): Promise<FakeKubelet> {
  const requests: IncomingMessage[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    const path = (request.url ?? '').replace('/api/v1/nodes/node-1/proxy', '');
    if (path === '/stats/summary') count += 1;
    const documents: Readonly<Record<string, unknown>> = {
      '/stats/summary': later(SUMMARY, count - 1),
      '/pods': POD_LIST,
    };
    const known = documents[path];
    const given = respond(path) ?? { status: known === undefined ? 404 : 200, body: JSON.stringify(known ?? {}) };
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Returns a summary some readings later. */
function later(summary: unknown, readings: number): unknown {
  const isCpu = (value: object): value is ReturnType<typeof cpu> => 'usageNanoCores' in value;
  return JSON.parse(JSON.stringify(summary), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !isCpu(value)) return value;
    const time = new Date(Date.parse(value.time) + readings * 10_000).toISOString().replace('.000', '');
    return { ...value, time, usageCoreNanoSeconds: value.usageCoreNanoSeconds + readings * 10 * value.usageNanoCores };
  });
}

const TIME = '2026-03-04T05:06:07Z';

function cpu(factor: number) {
  return { time: TIME, usageNanoCores: 38_400_000 * factor, usageCoreNanoSeconds: 30_950_306_756 * factor };
}

function memory(factor: number) {
  return {
    ...{ time: TIME, availableBytes: 171_589_632 * factor, usageBytes: 33_259_520 * factor },
    ...{ workingSetBytes: 28_827_648 * factor, rssBytes: 29_151_232 * factor },
    ...{ pageFaults: 17_820 * factor, majorPageFaults: factor },
  };
}

function filesystem(factor: number) {
  return {
    ...{ time: TIME, availableBytes: 13_717_454_848, capacityBytes: 17_361_125_376, usedBytes: 12_288 * factor },
    ...{ inodesFree: 9_725_586, inodes: 9_768_928, inodesUsed: 43_342 * factor },
  };
}

function network(factor: number) {
  const eth0 = { name: 'eth0', rxBytes: 948_305 * factor, rxErrors: 0, txBytes: 12_542 * factor, txErrors: factor };
  const tunnel = { name: 'tun0', rxBytes: 7 * factor, rxErrors: 1, txBytes: 9 * factor, txErrors: 0 };
  return { time: TIME, ...eth0, interfaces: [eth0, tunnel] };
}

function container(name: string, factor: number) {
  const stats = { cpu: cpu(factor), memory: memory(factor), rootfs: filesystem(factor), logs: filesystem(2 * factor) };
  return { name, startTime: '2026-03-03T00:00:00Z', ...stats };
}

const SUMMARY = {
  node: {
    nodeName: 'node-1',
    startTime: '2026-03-01T00:00:00Z',
    systemContainers: [
      { name: 'kubelet', startTime: '2026-03-01T01:00:00Z', cpu: cpu(2), memory: memory(2) },
      { name: 'pods', startTime: '2026-03-01T01:00:00Z', cpu: cpu(3), memory: { time: TIME, workingSetBytes: 9 } },
    ],
    ...{ cpu: cpu(10), memory: memory(10), network: network(10), fs: filesystem(10) },
    runtime: { imageFs: filesystem(3) },
    rlimit: { time: TIME, maxpid: 32_768, curproc: 438 },
  },
  pods: [
    {
      podRef: { name: 'cart-1', namespace: 'shop', uid: 'uid-of-cart' },
      startTime: '2026-03-02T00:00:00Z',
      containers: [container('main', 1), container('proxy', 4)],
      ...{ cpu: cpu(5), memory: memory(5), network: network(5), 'ephemeral-storage': filesystem(5) },
      volume: [
        { name: 'data', pvcRef: { name: 'data', namespace: 'shop' }, ...filesystem(6) },
        { name: 'scratch', ...filesystem(7) },
      ],
    },
    {
      // Without a network, and with counters of 64 bits.
      podRef: { name: 'host-agent', namespace: 'kube-system', uid: 'uid-of-agent' },
      startTime: null,
      containers: [
        { name: 'agent', startTime: null, cpu: { time: TIME, usageCoreNanoSeconds: 4_503_599_627_370_496 } },
      ],
      volume: [{ name: 'token', ...filesystem(1) }],
    },
  ],
};

function containerStatus(name: string) {
  return { name, image: 'shop', containerID: `containerd://id-of-${name}`, ready: true, restartCount: 0, imageID: '' };
}

const POD_LIST = {
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: {},
  items: [
    {
      metadata: { name: 'cart-1', namespace: 'shop', uid: 'uid-of-cart' },
      spec: {
        containers: [
          {
            name: 'main',
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
          },
          { name: 'proxy', resources: { requests: { cpu: '200m', memory: '32Mi' }, limits: { memory: '128Mi' } } },
        ],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
      status: { containerStatuses: [containerStatus('main'), containerStatus('proxy')] },
    },
    {
      metadata: { name: 'host-agent', namespace: 'kube-system', uid: 'uid-of-agent' },
      spec: { containers: [{ name: 'agent' }], volumes: [{ name: 'token', secret: { secretName: 'token' } }] },
      status: { containerStatuses: [containerStatus('agent')] },
    },
  ],
};
