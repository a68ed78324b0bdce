import assert from 'node:assert/strict';
import { enableCompileCache } from 'node:module';
import { encodeRequest } from '@otelier/testkit/request-codec';
import type { ExportClient } from '@otelier/transport';
import type { Clock } from '@otelier/transport/clock';
import { createHttpClient } from '@otelier/transport/http-client';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../service/logging.ts';
import { createService, type Service } from '../service/service.ts';
import { registry } from './registry.testing.ts';

enableCompileCache();

/** Registers functions that run at the end of a test. */
interface Lifetime {
  after(end: () => Promise<void>): void;
}

/** A service with workers, and its log lines. */
export interface WorkersUnderTest {
  readonly service: Service;
  readonly lines: readonly Record<string, unknown>[];
  /** Returns the OTLP/HTTP address. */
  address(): string;
  /** Creates OTLP/HTTP clients with one connection each. */
  clients(count: number): ExportClient[];
}

/** Configuration of an OTLP/HTTP receiver on a free port. */
export const OTLP = 'otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}';

/** Creates a service with two workers, without starting it. */
export async function makeWorkers(lifetime: Lifetime, yaml: string, clock?: Clock): Promise<WorkersUnderTest> {
  const sources = [
    { name: 'c.yaml', text: `service: {workers: 2}\n` },
    { name: 'd.yaml', text: yaml },
  ];
  const loaded = await loadConfig({ sources, environment: {}, registry });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
  const service = createService({
    config: loaded.config,
    logger,
    registry: new URL('./registry.testing.ts', import.meta.url),
    ...(clock && { clock }),
  });
  const ends: (() => Promise<void>)[] = [() => service.shutdown()];
  lifetime.after(async () => {
    for (const end of ends) await end();
  });
  const address = () => {
    const found = service.host.endpoints().find(({ protocol }) => protocol === 'http')?.address;
    assert.ok(found, 'expected an OTLP/HTTP endpoint, got none');
    return found;
  };
  return {
    service,
    lines,
    address,
    clients: (count) =>
      Array.from({ length: count }, () => {
        const client = createHttpClient({ endpoint: `http://${address()}` });
        ends.unshift(() => client.shutdown());
        return client;
      }),
  };
}

/** Creates and starts a service with two workers. */
export async function startWorkers(lifetime: Lifetime, yaml: string, clock?: Clock): Promise<WorkersUnderTest> {
  const made = await makeWorkers(lifetime, yaml, clock);
  await made.service.start();
  return made;
}

/** Encodes a request with one span for each pair of trace number and name. */
export function spans(...traces: readonly (readonly [trace: number, name: string])[]): Uint8Array {
  return encodeRequest('traces', {
    resourceSpans: [
      {
        scopeSpans: [
          { spans: traces.map(([trace, name]) => ({ traceId: trace.toString(16).padStart(32, '0'), name })) },
        ],
      },
    ],
  });
}

/** Polls until a condition is true. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 120_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
