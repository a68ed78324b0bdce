import type { Random } from '@otelier/testkit/otlp/random';
import type { ApiRequest } from './api-requests.ts';
import type { SentNames } from './sent.ts';

const TIMES = ['0', '1700000000', '-1', '1e300', '9223372036', '2023-11-14T22:13:20Z', 'NaN', '', '1700000000.123456'];
const STEPS = ['1', '60', '1h', '0', '-5', '1e-9', 'x', '100y'];
const FUNCTIONS = [
  'rate',
  'increase',
  'sum_over_time',
  'quantile_over_time',
  'histogram_quantile',
  'absent',
  'info',
  'x',
];
const AGGREGATES = ['sum', 'topk', 'quantile', 'count_values', 'limit_ratio', 'avg'];

/** Generates hostile requests to every operation of the Prometheus API, with the names that were sent. */
export function* prometheusRequests(names: SentNames, random: Random, count: number): Generator<ApiRequest> {
  for (let i = 0; i < count; i++) {
    const parameters = new URLSearchParams({ query: queryOf(names, random, 3), time: pick(TIMES, random) });
    yield* asked('query', parameters, random);
    parameters.set('start', pick(TIMES, random));
    parameters.set('end', pick(TIMES, random));
    parameters.set('step', pick(STEPS, random));
    for (const path of ['query_range', 'query_exemplars', 'format_query', 'parse_query']) {
      yield* asked(path, parameters, random);
    }
    const match = new URLSearchParams({ start: pick(TIMES, random), end: pick(TIMES, random) });
    match.append('match[]', selectorOf(names, random));
    match.append('limit', pick(['0', '1', '-1', 'x', '99999999999999999999'], random));
    for (const path of ['series', 'labels', 'metadata']) yield* asked(path, match, random);
    yield* asked('status/tsdb', match, random, 'GET');
    yield* asked(`label/${encodeURIComponent(pick([...names.keys], random))}/values`, match, random, 'GET');
  }
}

function* asked(path: string, parameters: URLSearchParams, random: Random, method?: string): Generator<ApiRequest> {
  const address = `/prometheus/api/v1/${path}`;
  const isPost = method === undefined && path !== 'metadata' && random(2) === 0;
  if (isPost) yield { label: `POST ${path} ${parameters}`, path: address, init: { method: 'POST', body: parameters } };
  else yield { label: `GET ${path} ${parameters}`, path: `${address}?${parameters}` };
}

function queryOf(names: SentNames, random: Random, depth: number): string {
  const inner = (): string => (depth === 0 ? selectorOf(names, random) : queryOf(names, random, depth - 1));
  switch (random(8)) {
    case 0:
      return `${pick(FUNCTIONS, random)}(${selectorOf(names, random)}[5m])`;
    case 1:
      return `${pick(AGGREGATES, random)} by (${quoted(pick([...names.keys], random))}) (${inner()})`;
    case 2:
      return `topk(${pick(['1', '-1', 'Inf', 'NaN', '1e300'], random)}, ${inner()})`;
    case 3:
      return `(${inner()}) ${pick(['+', '/', '^', 'and', 'unless', '== bool', '</'], random)} on () (${inner()})`;
    case 4:
      return `max_over_time((${inner()})[${pick(['1h:1m', '1y:1ms', '5m:', '1h:1h'], random)}])`;
    case 5:
      return `label_replace(${inner()}, ${quoted(pick([...names.others], random))}, "$1", "a", "(.*)")`;
    case 6:
      return pick([...names.others], random);
    default:
      return selectorOf(names, random);
  }
}

function selectorOf(names: SentNames, random: Random): string {
  // One that no request contains: a single case may have sent no metric.
  const name = quoted(pick([...names.metrics, 'not_sent'], random));
  if (random(2) === 0) return `{${name}}`;
  const value = pick([...names.others], random);
  const operator = pick(['=', '!=', '=~', '!~'], random);
  return `{__name__=~".+", ${quoted(pick([...names.keys], random))}${operator}${quoted(value.slice(0, 100))}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function pick<T>(values: readonly T[], random: Random): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('expected a value');
  return value;
}
