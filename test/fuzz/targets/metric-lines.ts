import { normalizeRequest } from '@otelier/otlp';
import { StateBudget } from '../../../packages/collector/src/metrics/state-budget.ts';
import { Aggregator } from '../../../packages/collector/src/receivers/statsd/aggregator.ts';
import { statsdConfig } from '../../../packages/collector/src/receivers/statsd/config.ts';
import { addLines } from '../../../packages/collector/src/receivers/statsd/line-sink.ts';
import { CASES } from '../../interop/statsd/cases.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import type { Response } from '../oracle/check.ts';
import type { FuzzTarget } from '../target.ts';
import { openParser } from './parser.ts';

const SENDER = { ip: '192.0.2.1', port: 1 };
const INTERVAL = { startTimeUnixNano: 1n, timeUnixNano: 2n };
const CONFIGS = [
  statsdConfig.parse({ enableSimpleTags: true }),
  statsdConfig.parse({ timerHistogramMapping: [{ statsdType: 'timing', observerType: 'summary' }] }),
  statsdConfig.parse({ timerHistogramMapping: [{ statsdType: 'histogram', observerType: 'histogram' }] }),
];

/** The lines of StatsD, without sockets. */
export const metricLines: FuzzTarget = {
  name: 'metric-lines',
  what: 'the parser and the aggregation of statsd, in this process',
  async open() {
    const corpus = CASES.map(({ packets }) => Buffer.from(packets.map(({ text }) => text).join('\n')));
    return openParser((random) => {
      const seed = corpus[random(corpus.length)];
      const config = CONFIGS[random(CONFIGS.length)];
      if (seed === undefined || config === undefined) throw new Error('the corpus is empty');
      const input = random(4) === 0 ? seed : mutateBytes(seed, random);
      return { input, parse: () => receive(config, input), check };
    });
  },
};

function receive(config: (typeof CONFIGS)[number], input: Uint8Array): Response {
  const budget = new StateBudget(1 << 20, () => {});
  const aggregator = new Aggregator({ config, budget, random: () => 0.5 });
  const reasons: string[] = [];
  addLines(input, SENDER, {
    add(line) {
      const result = aggregator.add(line, '', 1n);
      if (result.kind === 'malformed') reasons.push(result.reason);
    },
  });
  const [metrics] = aggregator.flush(INTERVAL);
  if (metrics !== undefined) return { kind: 'accepted', bytes: metrics.bytes };
  return { kind: 'refused', reason: reasons[0] ?? 'no lines' };
}

/** Whatever is accepted is a valid request in OTLP. */
function check(response: Response): string | undefined {
  if (response.kind !== 'accepted' || response.bytes === undefined) return undefined;
  const normalized = normalizeRequest('metrics', response.bytes);
  return normalized.ok ? undefined : `written bytes are refused: ${normalized.reason}`;
}
