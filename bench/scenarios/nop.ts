import type { Signal } from '@otelier/otlp';
import type { Goal, Load, LoadScenario } from '../scenario.ts';
import { busyRotel, manyInFlight, sideBySide } from './contestants.ts';

const GROUP = 'Receive, validate, drop';

const NOUNS: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'data points',
  logs: 'log records',
  profiles: 'profiles',
};

/** OTLP in, `nop` out: the cost of receiving. */
export const NOP: readonly LoadScenario[] = [
  nop('grpc', 1, {}),
  nop('grpc', 10, { otelcol: 6, rotel: 6 }),
  nop('grpc', 10, {}, { inFlight: 8, connections: 2 }),
  nop('grpc', 100, {}),
  nop('grpc', 1_000, { otelcol: 10, rotel: 10 }),
  nop('grpc', 10_000, {}),
  nop('grpc', 1_000, {}, { compression: 'gzip' }),
  nop('http', 10, { otelcol: 3.5, rotel: 2 }),
  nop('http', 10, {}, { inFlight: 8, connections: 2 }),
  nop('http', 1_000, { otelcol: 8, rotel: 6 }),
  nop('http', 1_000, { otelcol: 5.5, rotel: 4 }, { compression: 'gzip' }),
  nop('http', 1_000, {}, { compression: 'zstd' }),
  nop('grpc', 1_000, {}, { signal: 'logs' }),
  nop('grpc', 1_000, {}, { signal: 'metrics' }),
];

function nop(
  protocol: Load['protocol'],
  itemsPerRequest: number,
  ratios: { readonly otelcol?: number; readonly rotel?: number },
  { signal = 'traces', compression, ...senders }: Partial<Load> = {},
): LoadScenario {
  const few = senders.inFlight === undefined ? undefined : 'few';
  const name = ['nop', protocol, ...(signal === 'traces' ? [] : [signal]), itemsPerRequest, compression, few];
  const encoding = compression === undefined ? '' : `, ${compression}`;
  return {
    kind: 'load',
    name: name.filter((part) => part !== undefined).join('-'),
    group: GROUP,
    what: `${protocol === 'grpc' ? 'gRPC' : 'HTTP'} in, drop, ${itemsPerRequest.toLocaleString('en')} ${NOUNS[signal]} per request${encoding}${few === undefined ? '' : `, ${senders.inFlight} in flight`}`,
    load: {
      protocol,
      signal,
      itemsPerRequest,
      ...(compression === undefined ? {} : { compression }),
      ...manyInFlight(itemsPerRequest),
      ...senders,
    },
    contestants: sideBySide(
      { exporter: 'nop' },
      'otelcol',
      ...(compression === 'zstd' ? [] : [few === undefined ? busyRotel(itemsPerRequest) : 'rotel']),
    ),
    goals: Object.entries(ratios).map(([against, atLeast]): Goal => ({ kind: 'ratio', against, atLeast })),
  };
}
