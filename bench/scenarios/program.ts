import type { StartScenario, StoreScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

const GROUP = 'Store and start';

/** Durable, queryable storage. */
export const STORE: StoreScenario = {
  kind: 'store',
  name: 'store',
  group: GROUP,
  what: 'gRPC in, store: durable and queryable, all CPU time from socket to Parquet',
  load: { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000, freshIds: true },
  contestants: sideBySide({ exporter: 'store' }),
  goals: [
    { kind: 'metric', metric: 'itemsPerCpuSecond', atLeast: 250_000 },
    { kind: 'metric', metric: 'bytesPerItem', atMost: 60 },
  ],
};

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
