/**
 * Measures `k8s_attributes` and the Collector's `k8sattributes` in turn over a real API server with many pods that change:
 * whether all telemetry gets the right attributes, memory, and spans per second of CPU.
 *
 *    node bench/kubernetes/run.ts [--pods 10000] [--changes 50] [--seconds 10] [--rounds 3] [--programs DIR] [--check]
 *
 * `--programs` is a directory that `test/interop/kubernetes/build.sh` has filled (default: "peers/kubernetes" in the directory
 * for temporary files). `--check` compares attributes and memory of otelier only, and measures no speed.
 */
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyValues } from '@otelier/testkit/otlp-json';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { NODE, OTELIER } from '../../test/interop/gateway.ts';
import { type Cluster, startCluster } from '../../test/interop/kubernetes/cluster.ts';
import { cpuSecondsOf, type Pinned, residentMegabytes, startPinned } from '../pinned.ts';
import { addressOf, changePods, createPods } from './pods.ts';

const { values: options } = parseArgs({
  options: {
    pods: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    programs: { type: 'string', default: join(tmpdir(), 'peers', 'kubernetes') },
    check: { type: 'boolean', default: false },
  },
});
const POD_COUNT = Number(options.pods);
const SPANS_PER_REQUEST = 100;
const CONNECTIONS = 4;
const ASSOCIATION = [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] }];

const cluster = await startCluster(options.programs);
let stopChanges = async (): Promise<number> => 0;
try {
  await createPods(cluster, POD_COUNT);
  print(`${POD_COUNT} pods`);
  stopChanges = changePods(cluster, POD_COUNT, Number(options.changes));
  await checkAttributes(cluster);
  const ratios: number[] = [];
  for (let round = 0; !options.check && round < Number(options.rounds); round++) {
    const here = await measure('otelier', cluster);
    const there = await measure('collector', cluster);
    ratios.push(here / there);
    print(`round ${round + 1}: otelier ${format(here)}, Collector ${format(there)} spans per CPU-second`);
  }
  print(`${await stopChanges()} changes of pods`);
  if (ratios.length > 0) print(`ratios: ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')}`);
} finally {
  await stopChanges();
  await cluster.stop();
}

/** Sends telemetry of each pod through otelier, and reports how many got the right attributes, and memory. */
async function checkAttributes(running: Cluster): Promise<void> {
  const sink = await startRecordingHttpServer();
  const { program, port } = await start('otelier', running, { otlp_http: { endpoint: sink.url, compression: 'none' } });
  await using _ = program;
  const names = Array.from({ length: POD_COUNT }, (_, number) => `app-${number % 100}-6c45f8d6f6-${number}`);
  const perRequest = 500;
  for (let first = 0; first < POD_COUNT; first += perRequest) {
    const numbers = names.slice(first, first + perRequest).map((_, index) => first + index);
    await post(port, encodeRequest('traces', requestOf(numbers, 1)));
  }
  while (sink.requests.length < Math.ceil(POD_COUNT / perRequest))
    await new Promise((resolve) => setTimeout(resolve, 20));
  let right = 0;
  for (const { body } of sink.requests)
    for (const { resource } of decodeRequest('traces', body).resourceSpans ?? []) {
      const found = new Map((resource?.attributes ?? []).map(({ key, value }) => [key, value?.stringValue]));
      const number = numberOf(found.get('k8s.pod.ip') ?? '');
      const isRight =
        found.get('k8s.pod.name') === names[number] &&
        found.get('k8s.deployment.name') === `app-${number % 100}` &&
        found.get('k8s.node.name') === `node-${number % 50}`;
      if (isRight) right += 1;
    }
  const { now, peak } = await residentMegabytes(program.pid);
  print(`${right} of ${POD_COUNT} resources have the right attributes; ${format(now)} MB, at most ${format(peak)} MB`);
  await sink.close();
}

/** Returns the spans per second of CPU of a program, after it was warmed up. */
async function measure(which: 'otelier' | 'collector', running: Cluster): Promise<number> {
  const { program, port } = await start(which, running, { nop: {} });
  await using _ = program;
  const requests = Array.from({ length: 200 }, (_, index) => {
    const number = Math.floor((index * POD_COUNT) / 200);
    return encodeRequest('traces', requestOf([number], SPANS_PER_REQUEST));
  });
  await sendFor(2000, port, requests);
  const before = await cpuSecondsOf(program.pid);
  const sent = await sendFor(Number(options.seconds) * 1000, port, requests);
  const seconds = (await cpuSecondsOf(program.pid)) - before;
  const { peak } = await residentMegabytes(program.pid);
  print(`  ${which}: ${sent} spans in ${seconds.toFixed(2)} CPU-seconds, at most ${format(peak)} MB`);
  return sent / seconds;
}

async function start(
  which: 'otelier' | 'collector',
  running: Cluster,
  exporters: Readonly<Record<string, unknown>>,
): Promise<{ readonly program: Pinned; readonly port: number }> {
  const [port = 0] = await freePorts(1);
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    processors: {
      k8s_attributes: {
        auth_type: 'kubeConfig',
        wait_for_metadata: true,
        wait_for_metadata_timeout: '60s',
        pod_association: ASSOCIATION,
      },
    },
    exporters,
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], processors: ['k8s_attributes'], exporters: Object.keys(exporters) } },
    },
  };
  const path = join(running.directory, `${which}.yaml`);
  await writeFile(path, JSON.stringify(config));
  const own = which === 'otelier' ? [NODE, OTELIER] : [join(options.programs, 'bin', 'otelcol-kubernetes')];
  const command = ['env', `KUBECONFIG=${running.kubeConfig}`, ...own, '--config', path];
  return { program: await startPinned('0', command, [port]), port };
}

function requestOf(numbers: readonly number[], spanCount: number) {
  const attributes = keyValues(
    Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`attribute.${index}`, `value ${index}`])),
  );
  const spans = Array.from({ length: spanCount }, (_, index) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'GET /cart',
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000010000000',
    attributes,
  }));
  return {
    resourceSpans: numbers.map((number) => ({
      resource: {
        attributes: keyValues({
          'k8s.pod.ip': addressOf(number),
          'service.name': 'cart',
          'telemetry.sdk.language': 'nodejs',
        }),
      },
      scopeSpans: [{ scope: { name: 'bench' }, spans }],
    })),
  };
}

/** Sends requests over some connections for a time, and returns the number of spans. */
async function sendFor(millis: number, port: number, requests: readonly Uint8Array[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + millis;
  let sent = 0;
  const work = async (first: number): Promise<void> => {
    for (let index = first; performance.now() < end; index += CONNECTIONS) {
      await post(port, requests[index % requests.length] ?? new Uint8Array(), agent);
      sent += SPANS_PER_REQUEST;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => work(index)));
  agent.destroy();
  return sent;
}

function post(port: number, body: Uint8Array, agent?: Agent): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request({ port, path: '/v1/traces', method: 'POST', headers, agent }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`expected status 200, got ${response.statusCode}`));
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

function numberOf(address: string): number {
  const [, second = 0, third = 0, fourth = 0] = address.split('.').map(Number);
  return ((second - 16) << 16) | (third << 8) | fourth;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
