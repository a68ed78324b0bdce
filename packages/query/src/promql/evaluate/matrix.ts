import { PromqlExecutionError } from '../errors.ts';
import { extendFloats } from '../functions/extended-rate.ts';
import type { MatrixSelector, SubqueryExpr } from '../parse/ast.ts';
import type { ResultSeries } from '../result.ts';
import { SAMPLE, type SampleSeries } from '../source.ts';
import { windowAt } from './calls/range.ts';
import { splitSeries } from './columns.ts';
import type { Context } from './context.ts';
import { millisOf } from './resolve.ts';
import { readSample, referenceTime } from './select.ts';
import type { Sample } from './series.ts';

/** Returns the samples of a range vector as a result. */
export function extendMatrix(
  context: Context,
  range: MatrixSelector | SubqueryExpr,
  series: readonly SampleSeries[],
): ResultSeries[] {
  const selector = range.kind === 'matrix' ? range.selector : range;
  const end = referenceTime(selector, context.time(0));
  const start = end - millisOf(range.range);
  if (range.kind === 'matrix' && range.selector.extension !== undefined) {
    return series.flatMap((one) => extended(context, range, one));
  }
  return series.flatMap((one) => {
    const times: number[] = [];
    const samples: NonNullable<Sample>[] = [];
    for (const [index, time] of one.times.entries()) {
      if (time <= start || time > end || one.kinds?.[index] === SAMPLE.stale) continue;
      const sample = readSample(one, index);
      if (sample === undefined) continue;
      times.push(time);
      samples.push(sample);
    }
    context.count(samples.length);
    return times.length === 0 ? [] : [{ labels: one.labels, times, samples }];
  });
}

function extended(context: Context, range: MatrixSelector, series: SampleSeries): ResultSeries[] {
  const { extension } = range.selector;
  if (splitSeries(series).histograms.times.length > 0) {
    throw new PromqlExecutionError(`${extension} modifier is not supported with histograms`);
  }
  const window = windowAt(context, range, series, 0);
  const result = extendFloats(window);
  return result === undefined ? [] : [{ labels: series.labels, times: result.times, samples: result.values }];
}
