import assert from 'node:assert/strict';
import { enableCompileCache } from 'node:module';
import { encodeRequest } from '@otelier/testkit';
import { type Clock, createHttpClient, type ExportClient } from '@otelier/transport';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../service/logging.ts';
import { createService, type Service } from '../service/service.ts';
import { registry } from './registry.testing.ts';

enableCompileCache();

/** What a test of workers ends with. */
interface Lifetime {
  after(end: () => Promise<void>): void;
}

/** A service with workers, and the lines of its log. */
export interface WorkersUnderTest {
  readonly service: Service;
  readonly lines: readonly Record<string, unknown>[];
  /** OTLP/HTTP. */
  address(): string;
  /** Clients of OTLP/HTTP with a connection each. */
  clients(count: number): ExportClient[];
}

/** A receiver of OTLP/HTTP at a free port. */
export const OTLP = 'otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}';

/** Makes a service of two workers. Nothing is started. */
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
    ...{ config: loaded.config, logger, registry: new URL('./registry.testing.ts', import.meta.url) },
    ...(clock && { clock }),
  });
  const ends: (() => Promise<void>)[] = [() => service.shutdown()];
  lifetime.after(async () => {
    for (const end of ends) await end();
  });
  const address = () => {
    const found = service.host.endpoints().find(({ protocol }) => protocol === 'http')?.address;
    assert.ok(found, 'nothing listens');
    return found;
  };
  return {
    ...{ service, lines, address },
    clients: (count) =>
      Array.from({ length: count }, () => {
        const client = createHttpClient({ endpoint: `http://${address()}` });
        ends.unshift(() => client.shutdown());
        return client;
      }),
  };
}

/** Makes a service of two workers and starts it. */
export async function startWorkers(lifetime: Lifetime, yaml: string, clock?: Clock): Promise<WorkersUnderTest> {
  const made = await makeWorkers(lifetime, yaml, clock);
  await made.service.start();
  return made;
}

/** A request of one span for each name, each in the trace of this number. */
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

/** Waits for a condition, which is looked at often. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
