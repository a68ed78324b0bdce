import { TEXTS } from '../annotations.ts';
import { add, IncompatibleSchemaError, subtract } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { quote } from '../parse/literals.ts';
import { type Counted, overlapsBefore } from './start-times.ts';
import { floatTime, histogramTime, startTime, type Window } from './window.ts';

/** How a change is computed. */
export interface RateKind {
  /** Whether resets are corrected. */
  readonly isCounter: boolean;
  /** Whether the result is per second. */
  readonly isRate: boolean;
}

/** Adds histograms of a window, and notes what was incompatible. */
export function addNoted(window: Window, a: FloatHistogram, b: FloatHistogram): FloatHistogram | undefined {
  try {
    const sum = add(a, b);
    if (sum.boundsReconciled) window.annotations.info(TEXTS.boundsReconciled('addition'), window.span);
    return sum.histogram;
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    window.annotations.warn(TEXTS.mixedSchemas(window.name), window.span);
    return undefined;
  }
}

/** Subtracts histograms of a window, and notes what was incompatible. */
export function difference(window: Window, a: FloatHistogram, b: FloatHistogram): FloatHistogram | undefined {
  try {
    const result = subtract(a, b);
    if (result.boundsReconciled) window.annotations.info(TEXTS.boundsReconciled('subtraction'), window.span);
    return result.histogram;
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    window.annotations.warn(TEXTS.mixedSchemas(window.name), window.span);
    return undefined;
  }
}

/** Warns if samples count from times that overlap. */
export function warnOverlaps(window: Window, column: 'floats' | 'histograms', count: number): void {
  if (!window.useStartTimes || window[column].starts === undefined) return;
  const time = column === 'floats' ? floatTime : histogramTime;
  const at = (index: number): Counted => ({ time: time(window, index), start: startTime(window, column, index) ?? 0 });
  for (let index = 1; index < count; index++) {
    if (!overlapsBefore(at(index - 1), at(index))) continue;
    const text = 'sample has start time that overlaps with previous sample timestamp';
    window.annotations.warn(`${text} for metric ${quote(window.name)}`, window.span);
    return;
  }
}
