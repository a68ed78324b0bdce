import { formatG } from '../../../packages/query/src/promql/format-number.ts';
import type { Buckets } from '../../../packages/query/src/promql/histogram/buckets.ts';
import { almostEqual } from '../../../packages/query/src/promql/histogram/classic.ts';
import { compact, type FloatHistogram } from '../../../packages/query/src/promql/histogram/float-histogram.ts';
import { formatHistogram } from '../../../packages/query/src/promql/histogram/format.ts';
import { compareLabels } from '../../../packages/query/src/promql/labels/labels.ts';
import { formatLabels } from '../../../packages/query/src/promql/parse/print-labels.ts';
import type { QueryResult, ResultSeries } from '../../../packages/query/src/promql/result.ts';
import type { SequenceValue } from '../../../packages/query/src/promql/series-notation.ts';
import type { Evaluation } from './script.ts';

/** Relative difference up to which numbers count as equal, as in Prometheus' own tests. */
const EPSILON = 1e-6;

/** Compares a result with the expected one. Returns the first difference. */
export function compareResult(expected: Evaluation, result: QueryResult): string | undefined {
  switch (result.kind) {
    case 'string':
      return expected.string === result.value ? undefined : `expected another string, got "${result.value}"`;
    case 'scalar':
      if (expected.scalar === undefined) return `expected series, got ${formatG(result.value)}`;
      return equalNumbers(expected.scalar, result.value)
        ? undefined
        : `expected ${formatG(expected.scalar)}, got ${formatG(result.value)}`;
    default:
      return compareSeries(expected, result);
  }
}

function compareSeries(
  expected: Evaluation,
  result: Extract<QueryResult, { kind: 'vector' | 'matrix' }>,
): string | undefined {
  if (expected.scalar !== undefined) return 'expected a scalar, got series';
  const isOrdered = expected.expectations.some(({ type }) => type === 'ordered');
  if (result.kind === 'matrix') {
    const unsorted = result.series.findIndex(
      (one, index) => index > 0 && compareLabels(result.series[index - 1]?.labels ?? one.labels, one.labels) > 0,
    );
    if (unsorted >= 0)
      return `expected series sorted by labels, got ${formatLabels(result.series[unsorted]?.labels ?? (expected.series[0]?.labels as never))} too late`;
  }
  const wanted = new Map(expected.series.map((series, position) => [series.labels.key, { ...series, position }]));
  for (const [position, series] of result.series.entries()) {
    const one = wanted.get(series.labels.key);
    if (one === undefined) return `unexpected ${formatSeries(series)}`;
    if (isOrdered && one.position !== position) {
      return `expected ${formatLabels(series.labels)} at ${one.position}, got it at ${position}`;
    }
    const difference =
      result.kind === 'vector'
        ? compareVectorSample(one.values[0], series)
        : comparePoints(expected, one.values, series);
    if (difference !== undefined) return `${formatSeries(series)}: ${difference}`;
    wanted.delete(series.labels.key);
  }
  const [missing] = wanted.values();
  return missing === undefined
    ? undefined
    : `expected ${formatLabels(missing.labels)} ${missing.values.map(formatExpected).join(' ')}, got none`;
}

function compareVectorSample(expected: SequenceValue | undefined, { samples }: ResultSeries): string | undefined {
  const [sample] = samples;
  return expected === undefined || sample === undefined || !isEqual(expected, sample)
    ? `expected ${expected === undefined ? 'nothing' : formatExpected(expected)}`
    : undefined;
}

function comparePoints(
  { start, step }: Evaluation,
  values: readonly SequenceValue[],
  series: ResultSeries,
): string | undefined {
  const wanted = values.flatMap((value, index) =>
    value.kind === 'none' ? [] : [{ time: start + index * step, value }],
  );
  const isSame =
    wanted.length === series.times.length &&
    wanted.every(
      ({ time, value }, index) => time === series.times[index] && isEqual(value, series.samples[index] ?? 0),
    );
  if (isSame) return undefined;
  return `expected ${wanted.map(({ time, value }) => `${formatExpected(value)} @${time}`).join(' ')}`;
}

function isEqual(expected: SequenceValue, actual: number | FloatHistogram): boolean {
  if (typeof actual === 'number') {
    if (expected.kind === 'stale') return Number.isNaN(actual);
    return expected.kind === 'float' && equalNumbers(expected.value, actual);
  }
  return expected.kind === 'histogram' && equalHistograms(compact(expected.value), compact(actual), expected.hasHint);
}

function equalNumbers(a: number, b: number): boolean {
  return almostEqual(a, b, EPSILON);
}

function equalHistograms(a: FloatHistogram, b: FloatHistogram, comparesHint: boolean): boolean {
  const equalBuckets = (x: Buckets, y: Buckets): boolean =>
    x.indexes.length === y.indexes.length &&
    x.indexes.every((index, position) => index === y.indexes[position]) &&
    x.counts.every((count, position) => equalNumbers(count, y.counts[position] ?? 0));
  return (
    a.schema === b.schema &&
    a.customValues.join() === b.customValues.join() &&
    equalNumbers(a.count, b.count) &&
    equalNumbers(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    equalNumbers(a.zeroCount, b.zeroCount) &&
    equalBuckets(a.positive, b.positive) &&
    equalBuckets(a.negative, b.negative) &&
    (!comparesHint || a.hint === b.hint)
  );
}

function formatSeries({ labels, samples, times }: ResultSeries): string {
  const points = samples.map((sample, index) => `${formatSample(sample)} @${times[index]}`);
  return `${formatLabels(labels)} ${points.join(' ')}`;
}

function formatSample(sample: number | FloatHistogram): string {
  return typeof sample === 'number' ? formatG(sample) : `${formatHistogram(sample)}/${sample.schema}/${sample.hint}`;
}

function formatExpected(value: SequenceValue): string {
  if (value.kind === 'float') return formatG(value.value);
  return value.kind === 'histogram' ? formatSample(value.value) : value.kind;
}
