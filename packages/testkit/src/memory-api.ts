import type { Batch } from '@otelier/otlp';
import { type Api, type ApiOptions, createApi, type PipelineGraph, type Status, serveApi } from '@otelier/query';
import type { Store } from '@otelier/store';
import { createMemoryStore } from './memory-store.ts';

/** The query API on its own port, backed by an in-memory store. */
export interface TestApi {
  readonly url: string;
  readonly api: Api;
  readonly store: Store;
  /** Internal errors reported by the API. */
  readonly errors: readonly unknown[];
  /** Number of subscribers to the log tail. */
  readonly logListeners: number;
  /** Publishes a batch of logs to the log tail. */
  publish(batch: Batch): void;
  shutdown(graceMillis?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A pipeline with one receiver and one store. */
export const testGraph: PipelineGraph = {
  atMillis: 1_700_000_000_000,
  nodes: [
    {
      id: 'receiver:otlp',
      kind: 'receiver',
      component: 'otlp',
      type: 'otlp',
      signal: undefined,
      pipelines: ['traces'],
      summary: '4317, 4318',
      queue: undefined,
      problem: undefined,
      dropped: {},
    },
  ],
  edges: [
    {
      id: 'e1',
      from: 'receiver:otlp',
      to: 'exporter:traces:store',
      signal: 'traces',
      pipeline: 'traces',
      items: 10,
      bytes: 4000,
      batches: 1,
      refusedItems: 0,
      consumeMicros: 50,
    },
  ],
  admission: { inFlightBytes: 0, limitBytes: 1e6, refusedRequests: 0 },
  process: { cpuCores: 0.1, rssBytes: 8e7, heapBytes: 3e7, externalBytes: 12e6, eventLoopDelayP99Millis: 1 },
};

/** The status of a process that accepts telemetry. */
export const testStatus: Status = {
  version: '0.1.0',
  startedMillis: 1_700_000_000_000,
  nowMillis: 1_700_000_001_000,
  accepting: true,
  endpoints: [{ component: 'otlp', protocol: 'http', address: '127.0.0.1:4318' }],
  process: testGraph.process,
  store: undefined,
};

/** Starts the API. Options override its defaults. */
export async function startTestApi(
  options: Partial<ApiOptions> & { readonly endpoint?: string; readonly memory?: Store } = {},
): Promise<TestApi> {
  const { memory: store = createMemoryStore(), endpoint = '127.0.0.1:0' } = options;
  const listeners = new Set<(batch: Batch) => void>();
  const errors: unknown[] = [];
  const api = createApi({
    store: () => store,
    graph: () => testGraph,
    status: () => testStatus,
    subscribeLogs(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  const server = await serveApi({ endpoint, api, allowUnauthenticated: true });
  return {
    url: `http://${server.address}`,
    api,
    store,
    errors,
    get logListeners() {
      return listeners.size;
    },
    publish(batch) {
      for (const listener of listeners) listener(batch);
    },
    shutdown: server.shutdown,
    [Symbol.asyncDispose]: () => server.shutdown(0),
  };
}
