import { createRandom } from './random.ts';

/** Generates queries over the series of `generateSeries`, the same for a seed. */
export function generateQueries(seed: number, count: number): readonly string[] {
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const maybe = (text: string, probability = 0.3): string => (random() < probability ? text : '');

  const filter = (): string =>
    random() < 0.5
      ? ''
      : `{${pick(['method="get"', 'method!="get"', 'instance=~"[ab]:1"', 'instance!~"a.*", method="post"', 'job="shop"', 'none=""'])}}`;
  const at = (): string =>
    maybe(pick([' offset 3m', ' offset -2m', ' @ end()', ' @ start()', ' @ end() offset 1m']), 0.2);
  const floats = (): string => `${pick(['requests_total', 'temperature', 'latency_bucket'])}${filter()}`;
  const selector = (): string => `${random() < 0.3 ? `size${filter()}` : floats()}${at()}`;
  const range = (): string => `[${pick(['1m', '5m', '7m13s', '20m', '40s'])}]`;
  const windowed = (): string => {
    const inner = random() < 0.3 ? `size${filter()}` : floats();
    const name = pick(OVER_TIME);
    if (random() < 0.2) return `${name}(${inner}[10m:${pick(['1m', '37s', ''])}]${at()})`;
    return `${name}(${inner}${range()}${at()})`;
  };
  const aggregate = (depth: number): string => {
    const grouping = pick(['', ' by (method)', ' by (instance, job)', ' without (instance)', ' without (le, method)']);
    const [name, parameter] = pick(AGGREGATIONS);
    // Which of several equal values is selected depends on the order of series, which is not specified.
    // Neither is the last digit of functions such as exp, of which count_values makes labels.
    const inner = parameter.endsWith('# ')
      ? 'requests_total'
      : name === 'count_values'
        ? selector()
        : vector(depth - 1);
    return `${name}${grouping} (${parameter.replace('# ', '')}${inner})`;
  };
  const binary = (depth: number): string => {
    const operator = pick(OPERATORS);
    const isSet = operator === 'and' || operator === 'or' || operator === 'unless';
    const matching = pick(['', '', ' on (instance, method)', ' ignoring (le)', ' on (job)']);
    const left = vector(depth - 1);
    if (!isSet && random() < 0.4) return `(${left}) ${operator} ${pick(['0', '2', '-1.5', '3', 'Inf', 'NaN'])}`;
    const many =
      isSet || matching === ''
        ? ''
        : maybe(pick([' group_left ()', ' group_right (method)', ' group_left (instance)']));
    return `(${left}) ${operator}${matching}${many} (${vector(depth - 1)})`;
  };
  const call = (depth: number): string => {
    const inner = vector(depth - 1);
    return pick([
      ...SIMPLE.map((name) => `${name}(${inner})`),
      `clamp(${inner}, -3, 20)`,
      `round(${inner}, 0.5)`,
      `histogram_quantile(${pick(['0', '0.5', '0.99', '1', '1.2', '-1', 'NaN'])}, ${pick([inner, `latency_bucket${filter()}`, 'rate(size[5m])', 'size'])})`,
      `histogram_fraction(${pick(['0, 1', '-Inf, 0.3', '0.2, Inf'])}, ${pick(['size', 'rate(size[5m])'])})`,
      `label_replace(${inner}, "method", "$1-x", "instance", "(.*):.*")`,
      `label_join(${inner}, "joined", "-", "job", "method")`,
      `quantile_over_time(${pick(['0.3', '0.9', '2'])}, ${floats()}${range()})`,
      `predict_linear(${floats()}${range()}, 600)`,
      `double_exponential_smoothing(temperature${range()}, 0.4, 0.2)`,
      `vector(scalar(${inner}))`,
      // The time of NaN depends on the processor.
      `${pick(['hour', 'minute', 'month', 'day_of_week'])}(timestamp(${selector()}))`,
    ]);
  };
  const vector = (depth: number): string => {
    if (depth <= 0) return random() < 0.5 ? selector() : windowed();
    return pick([
      selector,
      windowed,
      () => aggregate(depth),
      () => binary(depth),
      () => call(depth),
      () => call(depth),
    ])();
  };
  return Array.from({ length: count }, () => vector(3));
}

const OVER_TIME = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets', 'absent_over_time'],
  ...['avg_over_time', 'min_over_time', 'max_over_time', 'sum_over_time', 'count_over_time', 'last_over_time'],
  ...['stddev_over_time', 'stdvar_over_time', 'present_over_time', 'mad_over_time', 'first_over_time'],
  ...['ts_of_max_over_time', 'ts_of_min_over_time', 'ts_of_last_over_time'],
];
const SIMPLE = [
  ...['abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'absent', 'timestamp', 'sin'],
  ...['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar', 'sort', 'deg'],
];
const AGGREGATIONS: readonly (readonly [name: string, parameter: string])[] = [
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'].map((name) => [name, ''] as const),
  ['topk', '2, # '],
  ['bottomk', '1, # '],
  ['quantile', '0.7, '],
  ['count_values', '"value", '],
  ['limit_ratio', '0.5, '],
];
const OPERATORS = [
  ...['+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '>', '<', '>=', '<=', '> bool', '== bool', '<= bool'],
  ...['and', 'or', 'unless'],
];
