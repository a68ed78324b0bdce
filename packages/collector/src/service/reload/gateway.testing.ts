import assert from 'node:assert/strict';
import { ACCEPTED, forEachItem, type Outcome } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { createHttpServer } from '@otelier/transport/http-server';
import type { ReloadReport } from '../../component/host.ts';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/model.ts';
import type { Registry } from '../../config/registry.ts';
import { registry as builtIn } from '../../registry.generated.ts';
import { createLogger } from '../logging.ts';
import { createService, type Service } from '../service.ts';

/** Registers functions that run at the end of a test, the last one first. */
export interface Lifetime {
  after(end: () => Promise<void>): void;
}

/** A running service whose configuration a test replaces. */
export interface Gateway {
  readonly service: Service;
  readonly lines: readonly Record<string, unknown>[];
  reload(yaml: string): Promise<ReloadReport>;
  /** Returns the address of a component's server. */
  address(protocol: 'grpc' | 'http', component?: string): string;
}

/** Loads a configuration that must be valid. */
export async function load(yaml: string, registry: Registry = builtIn): Promise<ServiceConfig> {
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text: yaml }], environment: {}, registry });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  return loaded.config;
}

/** Starts a service with a configuration. */
export async function startGateway(
  lifetime: Lifetime,
  yaml: string,
  { registry, registryUrl }: { readonly registry?: Registry; readonly registryUrl?: URL } = {},
): Promise<Gateway> {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
  const service = createService({
    config: await load(yaml, registry),
    logger,
    ...(registryUrl && { registry: registryUrl }),
  });
  lifetime.after(() => service.shutdown());
  await service.start();
  return {
    service,
    lines,
    reload: async (next) => service.reload(await load(next, registry)),
    address(protocol, component = 'otlp') {
      const found = service.host
        .endpoints()
        .find((endpoint) => endpoint.protocol === protocol && endpoint.component === component);
      assert.ok(found, `expected ${component} to listen for ${protocol}, got nothing`);
      return found.address;
    },
  };
}

/** A destination that counts the spans that it has accepted, by name. */
export interface Destination {
  readonly url: string;
  readonly counts: ReadonlyMap<string, number>;
  /** Returns the outcome of a request; assign to change it. Spans of other outcomes than accepted are not counted. */
  respond: () => Outcome | Promise<Outcome>;
}

/** Starts a destination. */
export async function startDestination(lifetime: Lifetime): Promise<Destination> {
  const counts = new Map<string, number>();
  const handler = createRecordingHandler();
  const destination: Destination & { url: string } = { url: '', counts, respond: () => ACCEPTED };
  handler.response = async ({ signal, body }) => {
    const outcome = await destination.respond();
    if (outcome.kind === 'accepted') {
      forEachItem(signal, body, ({ bytes, start, end }) => {
        const name = NAME.exec(Buffer.from(bytes.subarray(start, end)).toString('latin1'))?.[0] ?? '?';
        counts.set(name, (counts.get(name) ?? 0) + 1);
      });
    }
    return outcome;
  };
  const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  destination.url = `http://${server.address}`;
  lifetime.after(() => server.shutdown(0));
  return destination;
}

const NAME = /item-\d+-\d+\./;

/** Continuous senders, which repeat requests that the gateway did not accept. */
export interface Senders {
  /** Number of accepted items. */
  readonly accepted: () => number;
  /** Duration of each request until it was accepted, in milliseconds. */
  readonly millis: readonly number[];
  /** Stops after the requests in flight. Returns the names of the accepted spans. */
  stop(): Promise<readonly string[]>;
}

/** Starts senders of requests with a few spans each, with names that are unique in the test. */
export function startSenders(
  lifetime: Lifetime,
  count: number,
  /** Returns the client of a sender. */
  createClient: (index: number) => ExportClient,
  { spansPerRequest = 5, pauseMillis = 0 } = {},
): Senders {
  const names: string[] = [];
  const millis: number[] = [];
  let stopped = false;
  // After a failed test, the gateway may be gone.
  let abandoned = false;
  const run = async (sender: number) => {
    const client = createClient(sender);
    for (let sequence = 0; !stopped; ) {
      const spans = Array.from({ length: spansPerRequest }, () => `item-${sender}-${sequence++}.`);
      const started = performance.now();
      if (!(await sendUntilAccepted(client, spans, () => abandoned))) break;
      millis.push(performance.now() - started);
      names.push(...spans);
      await (pauseMillis > 0
        ? new Promise((resolve) => setTimeout(resolve, pauseMillis))
        : new Promise((resolve) => setImmediate(resolve)));
    }
    await client.shutdown();
  };
  const runs = Array.from({ length: count }, (_, sender) => run(sender));
  const stop = async () => {
    stopped = true;
    await Promise.all(runs);
    return names;
  };
  lifetime.after(async () => {
    abandoned = true;
    await stop();
  });
  return { accepted: () => names.length, millis, stop };
}

async function sendUntilAccepted(
  client: ExportClient,
  spans: readonly string[],
  isAbandoned: () => boolean,
): Promise<boolean> {
  for (;;) {
    const outcome = await client.export('traces', [encodeSpans(spans)]);
    if (outcome.kind === 'accepted') return true;
    if (isAbandoned()) return false;
    assert.equal(outcome.kind, 'retry', `expected an outcome that can be repeated, got ${JSON.stringify(outcome)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Encodes a request with one span per name. */
export function encodeSpans(names: readonly string[]): Uint8Array {
  const spans = names.map((name, index) => ({
    traceId: `${index + 1}`.padStart(32, '0'),
    spanId: '1'.repeat(16),
    name,
  }));
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Creates a client of a gateway's OTLP receiver: half of the senders use gRPC, half HTTP. */
export function otlpClients(gateway: Gateway): (index: number) => ExportClient {
  const [grpc, http] = [gateway.address('grpc'), gateway.address('http')];
  return (index) =>
    index % 2 === 0
      ? createGrpcClient({ endpoint: `http://${grpc}` })
      : createHttpClient({ endpoint: `http://${http}` });
}

/** Asserts that destinations together have every accepted span exactly once. */
export function assertExactlyOnce(accepted: readonly string[], destinations: readonly Destination[]): void {
  const counts = new Map<string, number>();
  for (const destination of destinations)
    for (const [name, count] of destination.counts) counts.set(name, (counts.get(name) ?? 0) + count);
  const lost = accepted.filter((name) => !counts.has(name));
  const doubled = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
  const summary = (names: readonly string[]) => `${names.length} (${names.slice(0, 5).join(' ')})`;
  assert.deepEqual([summary(lost), summary(doubled)], ['0 ()', '0 ()'], `lost and doubled of ${accepted.length}`);
}

/** Polls until a condition is true. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
