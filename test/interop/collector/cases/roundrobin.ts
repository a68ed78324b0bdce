import type { ComponentCases, Configuration, SignalPair, Step } from '../cases.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const ITEMS = {
  traces: {
    resourceSpans: [
      {
        scopeSpans: [
          { spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'a' }] },
        ],
      },
    ],
  },
  metrics: {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: '1' }] } }] }] }],
  },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a' } }] }] }] },
};

/**
 * Returns a configuration that sends equal requests, whose number is a multiple of the number of pipelines. The
 * Collector's pipeline order is random, so only such requests have a deterministic result.
 */
function turns(signal: (typeof SIGNALS)[number], names: readonly string[], rounds: number): Configuration {
  const steps: Step[] = Array.from({ length: names.length * rounds }, () => ({ send: ITEMS[signal] }));
  return {
    name: `${signal} to ${names.length} pipelines, ${rounds} rounds`,
    config: {},
    signals: [`${signal}>${signal}` as SignalPair],
    pipelines: { [signal]: names },
    steps,
  };
}

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'roundrobin',
  configurations: [
    ...SIGNALS.flatMap((signal) => [
      { ...turns(signal, ['a'], 1), name: `one pipeline of ${signal}`, steps: undefined },
      turns(signal, ['a', 'b'], 1),
      turns(signal, ['a', 'b'], 4),
      turns(signal, ['a', 'b', 'c'], 2),
      turns(signal, ['a', 'b', 'c', 'd', 'e'], 3),
      { ...turns(signal, ['a', 'b'], 2), name: `a pipeline of ${signal} fails`, fails: { a: -1, b: -1 } },
    ]).map(({ steps, ...configuration }) => ({ ...configuration, ...(steps && { steps }) })),
    { name: 'refused: an option', config: { weight: 1 }, signals: ['traces>traces'] },
    { name: 'refused: traces to metrics', config: {}, signals: ['traces>metrics'] },
    { name: 'refused: logs to traces', config: {}, signals: ['logs>traces'] },
  ],
};
