import type { LoadScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

/** gRPC in, `batch`, gRPC out: counts every acknowledged item at the destination. */
export const FORWARD: readonly LoadScenario[] = [
  forward('traces', 'none', 8),
  forward('traces', 'gzip', 3),
  forward('logs', 'none', 6),
  forward('logs', 'gzip', 3),
  forward('metrics', 'none', 6),
  forward('metrics', 'gzip', 3),
];

function forward(signal: 'traces' | 'logs' | 'metrics', compression: 'none' | 'gzip', atLeast: number): LoadScenario {
  const pipeline = {
    processors: { batch: { send_batch_size: 8192 } },
    exporter: { kind: 'otlp_grpc', compression },
  } as const;
  return {
    kind: 'load',
    name: `forward-${signal}-${compression}`,
    group: 'Receive, batch, forward',
    what: `gRPC in, batch, gRPC out: ${signal}, ${compression === 'none' ? 'uncompressed' : `${compression} in and out`}`,
    load: { protocol: 'grpc', signal, itemsPerRequest: 1_000, ...(compression === 'none' ? {} : { compression }) },
    sink: {},
    contestants: sideBySide(pipeline, 'otelcol', 'rotel'),
    goals: [{ kind: 'ratio', against: 'otelcol', atLeast }],
  };
}
