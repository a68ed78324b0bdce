import { type Annotations, TEXTS } from '../annotations.ts';
import { add, subtract } from '../histogram/arithmetic.ts';
import { type FloatHistogram, multiply } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import type { Span } from '../parse/ast.ts';

/** Where annotations about an expression go. */
export interface Notes {
  readonly annotations: Annotations;
  readonly span: Span;
}

/** Interpolates between two float samples. A counter that was reset in between started from 0. */
export function interpolate(
  { times, values }: { readonly times: Float64Array; readonly values: Float64Array },
  first: number,
  second: number,
  time: number,
  isCounter: boolean,
): number {
  const [t1 = 0, t2 = 0] = [times[first], times[second]];
  const [v1 = 0, v2 = 0] = [values[first], values[second]];
  const from = isCounter && v2 < v1 ? 0 : v1;
  return from + ((v2 - from) * (time - t1)) / (t2 - t1);
}

/** Interpolates between two histograms. Throws an `IncompatibleSchemaError`. */
export function interpolateHistograms(
  [first, second]: readonly [FloatHistogram, FloatHistogram],
  [t1, t2]: readonly [number, number],
  time: number,
  isCounter: boolean,
  { annotations, span }: Notes,
): FloatHistogram {
  if (time === t1) return first;
  if (time === t2) return second;
  const fraction = (time - t1) / (t2 - t1);
  if (isCounter && detectReset(second, first)) return multiply(second, fraction);
  const difference = subtract(second, first);
  if (difference.boundsReconciled) annotations.info(TEXTS.boundsReconciled('subtraction'), span);
  const sum = add(multiply(difference.histogram, fraction), first);
  if (sum.boundsReconciled) annotations.info(TEXTS.boundsReconciled('addition'), span);
  return sum.histogram;
}
