import type { Load, LoadScenario, Pipeline } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

const GROUP = 'Latency, cores, connections, overload';
const TRACES: Load = { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000 };
const BATCH_TO_GRPC: Pipeline = {
  processors: { batch: {} },
  exporter: { kind: 'otlp_grpc', compression: 'none' },
};
const BOTH_CORES = { program: '0,1', others: '0,1' } as const;

/** Behavior under overload, with many connections, and with several threads. */
export const BEHAVIOR: readonly LoadScenario[] = [
  {
    kind: 'load',
    name: 'latency',
    group: GROUP,
    what: 'gRPC in, batch, gRPC out: 100 requests of 100 spans per second',
    load: { ...TRACES, itemsPerRequest: 100, rate: 100 },
    sink: {},
    contestants: sideBySide(BATCH_TO_GRPC, 'otelcol', 'rotel'),
    goals: [
      { kind: 'metric', metric: 'p50Millis', atMost: 2 },
      { kind: 'metric', metric: 'p99Millis', atMost: 10 },
      { kind: 'metric', metric: 'refused', atMost: 0 },
    ],
  },
  {
    kind: 'load',
    name: 'workers',
    group: GROUP,
    what: 'two workers on two cores, compared with one, 8 connections',
    load: { ...TRACES, connections: 8, inFlight: 32 },
    contestants: [
      { name: '2 workers', program: 'otelier', pipeline: { exporter: 'nop', workers: 2 }, cores: BOTH_CORES },
      { name: '1 worker', program: 'otelier', pipeline: { exporter: 'nop', workers: 1 }, cores: BOTH_CORES },
    ],
    goals: [
      { kind: 'ratio', against: '1 worker', atLeast: 1 / 1.1 },
      { kind: 'metric', metric: 'workerShare', atLeast: 0.4 },
    ],
  },
  {
    kind: 'load',
    name: 'idle-connections',
    group: GROUP,
    what: '9,000 additional idle connections, 1,000 spans per request',
    load: TRACES,
    contestants: [
      {
        name: 'with 9,000 idle',
        program: 'otelier',
        pipeline: { exporter: 'nop' },
        load: { idleConnections: 9_000 },
      },
      { name: 'alone', program: 'otelier', pipeline: { exporter: 'nop' } },
    ],
    goals: [
      { kind: 'ratio', against: 'alone', atLeast: 1 / 1.25 },
      { kind: 'metric', metric: 'idleAlive', atLeast: 9_000 },
      { kind: 'metric', metric: 'refused', atMost: 0 },
    ],
  },
  {
    kind: 'load',
    name: 'overload',
    group: GROUP,
    what: '60 s at ten times or more the rate of a slow exporter, default settings',
    load: { ...TRACES, inFlight: 64, connections: 4 },
    // With ten requests in flight, the exporter sends 20 requests per second.
    sink: { delayMillis: 500 },
    seconds: 60,
    // Both are retryable: either the memory budget or the exporter's queue is full.
    rejections: /ResourceExhausted|Unavailable/,
    contestants: sideBySide({ exporter: { kind: 'otlp_grpc', compression: 'none' } }),
    goals: [
      { kind: 'metric', metric: 'peakMegabytes', atMost: 512 },
      { kind: 'metric', metric: 'offeredFactor', atLeast: 10 },
    ],
  },
];
