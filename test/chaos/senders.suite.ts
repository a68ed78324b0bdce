import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { type Gateway, startGateway, withLifetime } from '../e2e/gateway.ts';
import type { Attack } from './senders/attack.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** A suite that runs slow and misbehaving clients alongside normal clients, which must not be affected. */
export const suite: ChaosSuite = {
  name: 'senders',
  summary: 'slow and misbehaving clients do not affect normal clients, at any limit of file descriptors',
  cases: 6,
  sampleCases: 2,
  async run(run) {
    for (let index = run.from; index < run.from + run.count; index += 1) await attackOnce(run, index);
  },
};

interface Scenario {
  readonly name: string;
  readonly connections: number;
  readonly isIdle: boolean;
  readonly shell?: string;
  /** How long each normal client sends one request every 20 ms: a number of requests or a duration. */
  readonly until: { readonly requests: number } | { readonly millis: number };
}

const SHORT = { requests: 40 };
const LONG = { millis: 60_000 };
const SCENARIOS: readonly Scenario[] = [
  { name: 'all kinds', connections: 600, isIdle: false, until: SHORT },
  { name: 'all kinds, 256 descriptors', connections: 500, isIdle: false, shell: 'ulimit -n 256', until: SHORT },
  { name: 'idle, 256 descriptors', connections: 1000, isIdle: true, shell: 'ulimit -n 256', until: SHORT },
  { name: 'all kinds', connections: 3000, isIdle: false, until: LONG },
  { name: '10,000 idle connections', connections: 10_000, isIdle: true, until: LONG },
  { name: 'idle, 1,024 descriptors', connections: 10_000, isIdle: true, shell: 'ulimit -n 1024', until: LONG },
];

/** Settings added to the built-in configuration. */
const WEBSOCKET = [
  'receivers.otlp_websocket.endpoint=127.0.0.1:0',
  'service.pipelines.traces.receivers=[otlp, otlp_websocket]',
];

async function attackOnce(run: ChaosRun, index: number): Promise<void> {
  const scenario = SCENARIOS[index % SCENARIOS.length];
  if (scenario === undefined) return;
  await withLifetime(async (lifetime) => {
    const { shell } = scenario;
    const gateway = await startGateway(lifetime, { set: WEBSOCKET, ...(shell === undefined ? {} : { shell }) });
    const errors = await serveBeside(gateway, scenario, run, index);
    for (const message of errors) run.fail(index, `${scenario.name}: ${message}`);
  });
}

async function serveBeside(gateway: Gateway, scenario: Scenario, run: ChaosRun, index: number) {
  const errors: string[] = [];
  const clients = {
    grpc: createGrpcClient({ endpoint: gateway.grpc, tls: { insecure: true } }),
    http: createHttpClient({ endpoint: gateway.http }),
  };
  // Normal clients connect first, as in a running system.
  for (const client of Object.values(clients)) await client.export('traces', sampleBatch('traces', 20).parts);
  const websocket = /websocket.*?(127\.0\.0\.1:\d+)/i.exec(gateway.output())?.[1] ?? '';
  const port = (address: string) => Number(/:(\d+)$/.exec(address)?.[1]);
  const attack: Attack = {
    seed: run.seed + index,
    http: port(gateway.http),
    grpc: port(gateway.grpc),
    websocket: port(websocket),
    connections: scenario.connections,
    isIdle: scenario.isIdle,
  };
  const attacker = fork(join(import.meta.dirname, 'senders', 'attack.ts'), [JSON.stringify(attack)]);
  const gone = once(attacker, 'exit');
  const ready = once(attacker, 'message');
  try {
    const served = Object.entries(clients).map(([name, client]) => serve(client, scenario.until, ready, errors, name));
    const p99s = await Promise.all(served);
    run.log(
      `  ${scenario.name}, ${scenario.connections} senders: p99 ${p99s.map((millis) => millis.toFixed(0)).join(' and ')} ms`,
    );
  } finally {
    attacker.disconnect();
    await gone;
    for (const client of Object.values(clients)) await client.shutdown();
  }
  if (gateway.child.exitCode !== null) errors.push(`the process exited:\n${gateway.output().slice(-2000)}`);
  const last = await gateway.api
    .get('/status', {})
    .catch((error: unknown) => errors.push(`the API does not respond: ${error}`));
  if (last === undefined) errors.push('the API said nothing');
  return errors;
}

/**
 * Sends requests at a steady rate before and during the attack. Returns the 99th percentile latency in milliseconds.
 */
async function serve(
  client: ExportClient,
  until: Scenario['until'],
  ready: Promise<unknown>,
  errors: string[],
  name: string,
): Promise<number> {
  const { parts } = sampleBatch('traces', 20);
  const millis: number[] = [];
  let [sent, began] = [0, Number.POSITIVE_INFINITY];
  void ready.then(() => {
    [sent, began] = [0, performance.now()];
  });
  const isOver = () => ('requests' in until ? sent >= until.requests : performance.now() - began >= until.millis);
  while (!(isOver() && began < Number.POSITIVE_INFINITY)) {
    const start = performance.now();
    const outcome = await client.export('traces', parts);
    millis.push(performance.now() - start);
    sent += 1;
    if (outcome.kind !== 'accepted') errors.push(`${name}: ${JSON.stringify(outcome)}`);
    if (errors.length > 5) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  millis.sort((a, b) => a - b);
  return millis[Math.floor(millis.length * 0.99)] ?? 0;
}
