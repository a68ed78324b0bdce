import protobuf from 'protobufjs';
import type { TestSeries } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';

/** The time of the first sample, in milliseconds: the beginning of a block of Prometheus, so that chunks are not split. */
export const START = 1_699_992_000_000;
const TIMES = Array.from({ length: 20 }, (_, index) => START + index * 15_000);
const END = START / 1000 + 300;

const histogram = (index: number) => ({
  timestamp: TIMES[index],
  count_float: 10 + 4 * index,
  sum: 12.5 + index,
  schema: 2,
  zero_threshold: 0.001,
  zero_count_float: 1 + index,
  negative_spans: [{ offset: -3, length: 1 }],
  negative_counts: [2 + index],
  positive_spans: [
    { offset: 1, length: 2 },
    { offset: 4, length: 1 },
  ],
  positive_counts: [3, 3 + index, 1 + index],
});

/** Series that are written to a real Prometheus and to a store. */
export const SERIES: readonly TestSeries[] = [
  {
    labels: { __name__: 'http_requests_total', job: 'shop', instance: 'a:1', path: '/cart' },
    samples: TIMES.map((timestamp, index) => ({ timestamp, value: 1 + index * 7.25 })),
  },
  {
    labels: { __name__: 'temperature', job: 'shop', instance: 'a:1', place: 'Zürich' },
    samples: TIMES.map((time, index) => ({
      timestamp: time + [0, 7, -300, 4000, 9000][index % 5],
      value: index === 4 ? Number.POSITIVE_INFINITY : (index - 6.3) * 1e3 ** (index % 4),
    })),
  },
];

/** Native histograms with counts that are not integers, as Prometheus keeps them in chunks of float histograms. */
export const FLOAT_HISTOGRAMS: TestSeries = {
  labels: { __name__: 'size', job: 'shop' },
  histograms: TIMES.map((_, index) => histogram(index)),
};

/** Requests to the API whose responses have the same shape, by a name. */
export const REQUESTS: readonly string[] = [
  `query?query=http_requests_total&time=${END}`,
  `query?query=1%2B1&time=${END}`,
  `query?query=%22text%22&time=${END}`,
  `query?query=temperature[1m]&time=${END}`,
  `query?query=rate(temperature[1m])&time=${END}`,
  `query?query=histogram_quantile(2,http_requests_total)&time=${END}`,
  `query?query=http_requests_total%2Btemperature&time=${END}`,
  `query?query=absent(nothing)&time=${END}&stats=all`,
  `query_range?query=http_requests_total&start=${START / 1000}&end=${END}&step=60`,
  `query_range?query=nothing&start=${START / 1000}&end=${END}&step=60`,
  `query?query=sum(`,
  `query?query=`,
  `query?query=1&time=noon`,
  `query?query=1&timeout=never`,
  `query?query=1&limit=-1`,
  `query_range?query=1&start=${END}&end=${START / 1000}&step=60`,
  `query_range?query=1&start=${START / 1000}&end=${END}&step=0`,
  `query_range?query=1&start=${START / 1000}&end=${END}`,
  `query_range?query=%22text%22&start=${START / 1000}&end=${END}&step=60`,
  `query_exemplars?query=http_requests_total&start=${START / 1000}&end=${END}`,
  `query_exemplars?query=`,
  'format_query?query=sum(rate(a[5m]))by(b)',
  'format_query?query=sum(',
  'parse_query?query=sum by (a) (rate(b{c="d"}[5m] offset 1m)) / on (a) group_left e',
  `labels?start=${START / 1000}&end=${END}`,
  `labels?start=${START / 1000}&end=${END}&limit=2`,
  `label/__name__/values?start=${START / 1000}&end=${END}`,
  `label/job/values?match[]=temperature&start=${START / 1000}&end=${END}`,
  `series?match[]=temperature&start=${START / 1000}&end=${END}`,
  'series',
  'series?match[]=sum(',
  'metadata',
  'metadata?metric=nothing',
  'metadata?limit=x',
  'targets',
  'targets?state=active',
  'targets?state=dropped',
  'targets/metadata',
  'targets/relabel_steps',
  'scrape_pools',
  'scrape_pools/config',
  'rules',
  'rules?type=alert',
  'rules?type=other',
  'alerts',
  'alertmanagers',
  'status/config',
  'status/flags',
  'status/runtimeinfo',
  'status/buildinfo',
  'status/tsdb',
  'status/tsdb?limit=1',
  'status/tsdb?limit=0',
  'status/tsdb/blocks',
  'status/walreplay',
  'features',
  'notifications',
  'nothing',
];

const PROTO = `
syntax = "proto3";
message ReadRequest { repeated Query queries = 1; repeated int32 accepted_response_types = 2; }
message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated Matcher matchers = 3; }
message Matcher { int32 type = 1; string name = 2; string value = 3; }
`;
const ReadRequest = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('ReadRequest');

/** Encodes a remote read request for a metric, with the response types that it accepts. */
export function readRequest(matchers: readonly object[], types: readonly number[]): Uint8Array {
  const query = { start_timestamp_ms: START - 60_000, end_timestamp_ms: START + 600_000, matchers };
  return ReadRequest.encode(ReadRequest.fromObject({ queries: [query], accepted_response_types: types })).finish();
}
