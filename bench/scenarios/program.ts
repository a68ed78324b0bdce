import type { Signal } from '@otelier/otlp';
import type { Goal, StartScenario, StoreScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

const GROUP = 'Store and start';

/** Into the store, durable and queryable, beside what the Collector receives and drops. */
export const STORE: readonly StoreScenario[] = [
  storeOf('traces', 'spans', [
    { kind: 'metric', metric: 'itemsPerCpuSecond', atLeast: 250_000 },
    { kind: 'metric', metric: 'bytesPerItem', atMost: 30 },
  ]),
  storeOf('logs', 'log records', []),
  storeOf('metrics', 'data points', []),
];

function storeOf(signal: Signal, noun: string, goals: readonly Goal[]): StoreScenario {
  return {
    kind: 'store',
    name: signal === 'traces' ? 'store' : `store-${signal}`,
    group: GROUP,
    what: `gRPC in, store: ${noun} durable and queryable, all CPU time from socket to Parquet; the Collector drops them`,
    load: { protocol: 'grpc', signal, itemsPerRequest: 1_000, freshIds: true },
    contestants: [
      ...sideBySide({ exporter: 'store' }),
      { name: 'otelcol', program: 'otelcol', pipeline: { exporter: 'nop' } },
    ],
    goals: [...goals, { kind: 'ratio', against: 'otelcol', atLeast: 1 }],
  };
}

/** The built-in configuration, from start until telemetry is accepted. */
export const START: StartScenario = {
  kind: 'start',
  name: 'start',
  group: GROUP,
  what: 'warm start until ready, and memory with store and page',
  contestants: sideBySide({ exporter: 'store' }),
  goals: [
    { kind: 'metric', metric: 'startMillis', atMost: 1_000 },
    { kind: 'metric', metric: 'idleMegabytes', atMost: 130 },
    { kind: 'metric', metric: 'queriedMegabytes', atMost: 220 },
  ],
};
