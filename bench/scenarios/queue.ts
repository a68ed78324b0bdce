import type { LoadScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

/** gRPC in, a queue on disk, gRPC out: every acknowledged item is counted at the destination. */
export const QUEUE: readonly LoadScenario[] = [durable('queue-grpc', false), durable('queue-grpc-fsync', true)];

function durable(name: string, fsync: boolean): LoadScenario {
  return {
    kind: 'load',
    name,
    group: 'Receive, store in a durable queue, forward',
    what: `gRPC in, queue on disk ${fsync ? 'with' : 'without'} fsync, gRPC out: 1,000 spans per request`,
    load: { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000 },
    sink: {},
    contestants: sideBySide(
      { exporter: { kind: 'otlp_grpc', compression: 'none', storage: { fsync } } },
      'otelcol-contrib',
    ),
    goals: [{ kind: 'ratio', against: 'otelcol-contrib', atLeast: 4 }],
  };
}
