import { normalizeRequest } from '@otelier/otlp';
import { StateBudget } from '../../../packages/collector/src/metrics/state-budget.ts';
import { convertPoints } from '../../../packages/collector/src/receivers/influxdb/convert.ts';
import { parseLines } from '../../../packages/collector/src/receivers/influxdb/line-protocol.ts';
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

const POINTS = [
  'temp\\,erature,region=eu\\ west,sen\\ sor=a\\=1 n=42i,ok=T,text="a \\"quoted\\" \\\\\ntext",u=7u,value=21.5 1700000000000000001\n',
  'latency,service.name=s,temporality=delta sum=53423,count=144,0.05=10,0.1=30,1=100,start_time="2024-05-01T10:00:00Z" 3\n',
  'prometheus,le=0.05 a_bucket=10 2\nprometheus,le=+Inf a_bucket=44 2\nprometheus a_count=44,a_sum=5 2\nprometheus,quantile=0.5 r=9 3\n',
  '# comment\r\nm,host=a counter=1027i,other=2.5e3 -5\nm gauge=-1 \n',
];

/** The lines of StatsD and of InfluxDB, without sockets. */
export const metricLines: FuzzTarget = {
  name: 'metric-lines',
  what: 'the parser and the aggregation of statsd, and the parser of influxdb, in this process',
  async open() {
    const corpus = CASES.map(({ packets }) => Buffer.from(packets.map(({ text }) => text).join('\n')));
    return openParser((random) => {
      const isPoints = random(3) === 0;
      const seed = isPoints ? Buffer.from(POINTS[random(POINTS.length)] ?? '') : corpus[random(corpus.length)];
      const config = CONFIGS[random(CONFIGS.length)];
      if (seed === undefined || config === undefined) throw new Error('the corpus is empty');
      const input = random(4) === 0 ? seed : mutateBytes(seed, random);
      return { input, parse: () => (isPoints ? receivePoints(input) : receive(config, input)), check };
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

function receivePoints(input: Uint8Array): Response {
  const { points, invalid } = parseLines(Buffer.from(input).toString());
  const metrics = convertPoints(points.map(({ time: _, ...point }) => ({ ...point, timeUnixNano: 1n })));
  if (metrics !== undefined) return { kind: 'accepted', bytes: metrics.bytes };
  return { kind: 'refused', reason: invalid[0]?.reason ?? 'no numbers' };
}

/** Whatever is accepted is a valid request in OTLP. */
function check(response: Response): string | undefined {
  if (response.kind !== 'accepted' || response.bytes === undefined) return undefined;
  const normalized = normalizeRequest('metrics', response.bytes);
  return normalized.ok ? undefined : `written bytes are refused: ${normalized.reason}`;
}
