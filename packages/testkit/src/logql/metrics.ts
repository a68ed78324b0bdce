import type { TestEntry } from './entries.ts';
import { bruteForceLog, convert } from './pipeline.ts';
import type { TestMetric, TestRange } from './query.ts';

/** A series at one time. */
export interface TestSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Evaluates a metric query at a time in nanoseconds, entry by entry. */
export function bruteForceMetric(query: TestMetric, entries: readonly TestEntry[], time: bigint): TestSample[] {
  switch (query.kind) {
    case 'range':
      return evaluateRange(query, entries, time);
    case 'aggregate':
      return aggregate(query, bruteForceMetric(query.of, entries, time));
    case 'scalar':
      return bruteForceMetric(query.of, entries, time).flatMap(({ labels, value }) => {
        const result = combine(query.operator, value, query.value);
        return result === undefined ? [] : [{ labels, value: result }];
      });
    case 'match':
      return match(query, bruteForceMetric(query.left, entries, time), bruteForceMetric(query.right, entries, time));
  }
}

function evaluateRange(query: TestRange, entries: readonly TestEntry[], time: bigint): TestSample[] {
  const end = time - BigInt(query.offsetSeconds) * 1_000_000_000n;
  const start = end - BigInt(query.rangeSeconds) * 1_000_000_000n;
  const inRange = entries.filter((entry) => entry.time > start && entry.time <= end);
  const groups = new Map<string, { readonly labels: Record<string, string>; readonly values: number[] }>();
  for (const { labels, line } of bruteForceLog(query.log, inRange)) {
    const value = sampleValue(query, labels, line);
    if (value === undefined) continue;
    const own = Object.fromEntries(Object.entries(labels).filter(([name, text]) => text !== '' && isKept(query, name)));
    const key = testLabelsKey(own);
    const group = groups.get(key) ?? { labels: own, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: overTime(query, values) }));
}

/** Returns the value of an entry, or `undefined` if it has none or an error. */
function sampleValue(query: TestRange, labels: Readonly<Record<string, string>>, line: string): number | undefined {
  if (query.unwrap === undefined) return query.operator.startsWith('bytes') ? Buffer.byteLength(line) : 1;
  const { label, conversion } = query.unwrap;
  const text = labels[label] ?? '';
  if (text === '' || labels['__error__'] !== undefined) return undefined;
  const value = convert(conversion === '' ? 'number' : conversion, text);
  return conversion === 'duration' && value !== undefined ? value / 1e9 : value;
}

function isKept({ by, unwrap }: TestRange, name: string): boolean {
  return by === undefined ? name !== unwrap?.label : by.includes(name);
}

function overTime({ operator, rangeSeconds, unwrap, parameter = 0 }: TestRange, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const sorted = values.toSorted((a, b) => a - b);
  switch (operator) {
    case 'rate':
      return (unwrap === undefined ? values.length : sum) / rangeSeconds;
    case 'bytes_rate':
      return sum / rangeSeconds;
    case 'count_over_time':
      return values.length;
    case 'avg_over_time':
      return sum / values.length;
    case 'max_over_time':
      return Math.max(...values);
    case 'min_over_time':
      return Math.min(...values);
    case 'stddev_over_time':
      return Math.sqrt(variance(values));
    case 'stdvar_over_time':
      return variance(values);
    case 'first_over_time':
      return values[0] ?? Number.NaN;
    case 'last_over_time':
      return values.at(-1) ?? Number.NaN;
    case 'quantile_over_time': {
      const rank = parameter * (sorted.length - 1);
      const [low, high] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0];
      return low + (high - low) * (rank - Math.floor(rank));
    }
    default:
      return sum;
  }
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
}

function aggregate(
  { operator, without, labels }: Extract<TestMetric, { kind: 'aggregate' }>,
  samples: readonly TestSample[],
): TestSample[] {
  const groups = new Map<string, { readonly labels: Record<string, string>; readonly values: number[] }>();
  for (const sample of samples) {
    const own = Object.fromEntries(Object.entries(sample.labels).filter(([name]) => labels.includes(name) !== without));
    const group = groups.get(testLabelsKey(own)) ?? { labels: own, values: [] };
    groups.set(testLabelsKey(own), group);
    group.values.push(sample.value);
  }
  return [...groups.values()].map((group) => ({ labels: group.labels, value: ofGroup(operator, group.values) }));
}

function ofGroup(operator: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (operator) {
    case 'avg':
      return sum / values.length;
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'count':
      return values.length;
    case 'stddev':
      return Math.sqrt(variance(values));
    case 'stdvar':
      return variance(values);
    default:
      return sum;
  }
}

/** Combines two numbers. A comparison that does not hold has no result. */
function combine(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
    case '== bool':
      return Number(a === b);
    case '>':
      return a > b ? a : undefined;
    case '<=':
      return a <= b ? a : undefined;
    default:
      throw new Error(`expected an operator, got ${operator}`);
  }
}

/** Both sides are aggregated by the labels on which they are matched, so that these are all labels. */
function match(
  { operator }: Extract<TestMetric, { kind: 'match' }>,
  left: readonly TestSample[],
  right: readonly TestSample[],
): TestSample[] {
  const rightByKey = new Map(right.map((sample) => [testLabelsKey(sample.labels), sample]));
  const leftKeys = new Set(left.map(({ labels }) => testLabelsKey(labels)));
  switch (operator) {
    case 'and':
      return left.filter(({ labels }) => rightByKey.has(testLabelsKey(labels)));
    case 'unless':
      return left.filter(({ labels }) => !rightByKey.has(testLabelsKey(labels)));
    case 'or':
      return [...left, ...right.filter(({ labels }) => !leftKeys.has(testLabelsKey(labels)))];
    default:
      return left.flatMap(({ labels, value }) => {
        const other = rightByKey.get(testLabelsKey(labels));
        const result = other === undefined ? undefined : combine(operator, value, other.value);
        return result === undefined ? [] : [{ labels, value: result }];
      });
  }
}

/** A key of labels; those without a value do not count. */
export function testLabelsKey(labels: Readonly<Record<string, string>>): string {
  const present = Object.entries(labels).filter(([, value]) => value !== '');
  return JSON.stringify(present.sort(([a], [b]) => (a < b ? -1 : 1)));
}
