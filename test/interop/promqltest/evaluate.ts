import type { Annotations } from '../../../packages/query/src/promql/annotations.ts';
import { DEFAULT_OPTIONS, evaluateInstant, evaluateRange } from '../../../packages/query/src/promql/engine.ts';
import { ALL_FEATURES } from '../../../packages/query/src/promql/parse/options.ts';
import { parsePromql } from '../../../packages/query/src/promql/parse/parse.ts';
import type { Evaluated, ResultSeries } from '../../../packages/query/src/promql/result.ts';
import type { SampleSource } from '../../../packages/query/src/promql/source.ts';
import { fixedInTime } from './at-modifier.ts';
import { compareResult } from './compare.ts';
import type { Evaluation } from './script.ts';

const OPTIONS = { ...DEFAULT_OPTIONS, maxSamples: 50_000, delayedNameRemoval: true, useStartTimes: true };

/** Evaluates a query of a script in every way that must give its result. Returns the first difference. */
export async function check(evaluation: Evaluation, source: SampleSource): Promise<string | undefined> {
  if (evaluation.isRange) {
    const range = { start: evaluation.start, end: evaluation.end, step: evaluation.step };
    return checkOnce(evaluation, evaluation.query, () =>
      evaluateRange(parsePromql(evaluation.query, ALL_FEATURES), range, source, OPTIONS),
    );
  }
  const time = evaluation.isRangeVector ? evaluation.end : evaluation.start;
  const difference = await checkInstant(evaluation, evaluation.query, time, source);
  if (difference !== undefined) return difference;
  const fixed = fixedInTime(parsePromql(evaluation.query, ALL_FEATURES), time);
  for (const other of fixed?.times ?? []) {
    const query = fixed?.query ?? '';
    const found = await checkInstant(evaluation, query, other, source);
    if (found !== undefined) return `${query} at ${other}: ${found}`;
  }
  return undefined;
}

async function checkInstant(
  evaluation: Evaluation,
  query: string,
  time: number,
  source: SampleSource,
): Promise<string | undefined> {
  const difference = await checkOnce(evaluation, query, () =>
    evaluateInstant(parsePromql(query, ALL_FEATURES), time, source, OPTIONS),
  );
  const { expectations, isRangeVector, string } = evaluation;
  const isExcluded = isRangeVector || string !== undefined || /(start|end|range|step)\(\)/.test(query);
  if (
    difference !== undefined ||
    isExcluded ||
    expectations.some(({ type }) => type === 'fail' || type === 'ordered')
  ) {
    return difference;
  }
  const range = { start: time - 60_000, end: time + 60_000, step: 60_000 };
  try {
    const { result } = await evaluateRange(parsePromql(query, ALL_FEATURES), range, source, OPTIONS);
    const series = result.kind === 'matrix' ? result.series.flatMap((one) => at(one, time)) : [];
    const [first] = series;
    const isScalar = evaluation.scalar !== undefined;
    const value = typeof first?.samples[0] === 'number' ? first.samples[0] : Number.NaN;
    const compared = isScalar ? ({ kind: 'scalar', time, value } as const) : ({ kind: 'vector', series } as const);
    const found = compareResult(evaluation, compared);
    return found === undefined ? undefined : `as a range: ${found}`;
  } catch (error) {
    return `as a range: ${String(error)}`;
  }
}

function at({ labels, times, samples }: ResultSeries, time: number): ResultSeries[] {
  const sample = samples[times.indexOf(time)];
  return sample === undefined ? [] : [{ labels, times: [time], samples: [sample] }];
}

async function checkOnce(
  evaluation: Evaluation,
  query: string,
  run: () => Promise<Evaluated>,
): Promise<string | undefined> {
  const fail = evaluation.expectations.find(({ type }) => type === 'fail');
  try {
    const { result, annotations } = await run();
    if (fail !== undefined) return 'expected an error, got none';
    return checkAnnotations(evaluation, query, annotations) ?? compareResult(evaluation, result);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (fail?.matches(message)) return undefined;
    return fail === undefined
      ? `failed: ${(error instanceof Error && error.name === 'Error') || error instanceof TypeError ? error.stack : message}`
      : `expected the error "${fail.text}", got "${message}"`;
  }
}

function checkAnnotations({ expectations }: Evaluation, query: string, annotations: Annotations): string | undefined {
  for (const [level, wanted, unwanted] of [
    ['warning', 'warn', 'no_warn'],
    ['info', 'info', 'no_info'],
  ] as const) {
    const actual = annotations.messages(query, level);
    if (expectations.some(({ type }) => type === unwanted) && actual.length > 0) {
      return `expected no ${level}, got ${actual.join('; ')}`;
    }
    const expected = expectations.filter(({ type }) => type === wanted);
    if (expected.length === 0) continue;
    const missing = expected.find((one) => !actual.some((text) => one.matches(text)));
    if (missing !== undefined || actual.length === 0) {
      return `expected the ${level} "${missing?.text}", got ${actual.length === 0 ? 'none' : actual.join('; ')}`;
    }
    const further = actual.find((text) => !expected.some((one) => one.matches(text)));
    if (further !== undefined) return `unexpected ${level} "${further}"`;
  }
  return undefined;
}
