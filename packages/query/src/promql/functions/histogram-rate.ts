import { TEXTS } from '../annotations.ts';
import { toSchema } from '../histogram/arithmetic.ts';
import { compact, EMPTY_HISTOGRAM, type FloatHistogram, isCustom } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { addNoted, difference, warnOverlaps } from './rate-parts.ts';
import { type Counted, isStartReset } from './start-times.ts';
import { histogramTime, startTime, type Window } from './window.ts';

/** Returns the change between the first and the last histogram of a window, corrected for resets if it is a counter. */
export function histogramIncrease(
  window: Window,
  all: readonly FloatHistogram[],
  isCounter: boolean,
): FloatHistogram | undefined {
  const [first, second] = all;
  const last = all.at(-1);
  if (first === undefined || second === undefined || last === undefined) return undefined;
  if (isCounter && all.some(({ hint }) => hint === 'gauge')) {
    window.annotations.warn(TEXTS.notCounter(window.name), window.span);
  }
  const isReset = (index: number, current: FloatHistogram, before: FloatHistogram): boolean =>
    isStartReset(countedAt(window, index - 1), countedAt(window, index)) || detectReset(current, before);
  // Before a reset, the first histogram does not count, so that its buckets need not be compatible.
  const base =
    isCounter && isReset(1, second, first)
      ? { ...EMPTY_HISTOGRAM, schema: second.schema, customValues: second.customValues }
      : first;
  if (!haveSameKind(window, [base, ...all.slice(1)], isCounter)) return undefined;
  const inner = isCounter ? all.slice(1, -1) : [];
  const schema = Math.min(last.schema, base.schema, ...inner.map((histogram) => histogram.schema));
  let change: FloatHistogram | undefined = difference(window, toSchema(last, schema), base);
  if (change === undefined) return undefined;
  if (isCounter) {
    let before = base;
    for (const [position, current] of all.slice(1).entries()) {
      if (isReset(position + 1, current, before)) change = addNoted(window, change, before);
      if (change === undefined) return undefined;
      before = current;
    }
    warnOverlaps(window, 'histograms', all.length);
  } else if (first.hint !== 'gauge' || last.hint !== 'gauge') {
    window.annotations.warn(TEXTS.notGauge(window.name), window.span);
  }
  return compact({ ...change, hint: 'gauge' });
}

function countedAt(window: Window, index: number): Counted {
  return { time: histogramTime(window, index), start: startTime(window, 'histograms', index) ?? 0 };
}

function haveSameKind(window: Window, all: readonly FloatHistogram[], isCounter: boolean): boolean {
  const [base] = all;
  const last = all.at(-1);
  const compared = isCounter ? all : [base, last].flatMap((histogram) => histogram ?? []);
  if (base === undefined || compared.every((histogram) => isCustom(histogram) === isCustom(base))) return true;
  window.annotations.warn(TEXTS.mixedSchemas(window.name), window.span);
  return false;
}
