import { TEXTS } from '../annotations.ts';
import {
  type CompensatedHistogram,
  compensated,
  IncompatibleSchemaError,
  kahanAdd,
  scaleCompensated,
  withErrorsAdded,
} from '../histogram/arithmetic.ts';
import { divide, type FloatHistogram, hasOverflow } from '../histogram/float-histogram.ts';
import type { Notes } from './interpolate.ts';

/** A sum or mean of histograms under construction. */
export class HistogramSum {
  #sum: CompensatedHistogram | undefined;
  #count = 0;
  #isIncremental = false;
  readonly #isMean: boolean;
  #hasReset = false;
  #hasNoReset = false;
  boundsReconciled = false;

  constructor(kind: 'sum' | 'mean') {
    this.#isMean = kind === 'mean';
  }

  /** Adds a histogram. Throws an `IncompatibleSchemaError`. */
  add(histogram: FloatHistogram): void {
    this.#count += 1;
    this.#hasReset ||= histogram.hint === 'reset';
    this.#hasNoReset ||= histogram.hint === 'not_reset';
    if (this.#sum === undefined) {
      this.#sum = compensated(histogram);
      return;
    }
    if (!this.#isIncremental) {
      const { histogram: sum, boundsReconciled } = kahanAdd(this.#sum, histogram);
      this.boundsReconciled ||= boundsReconciled;
      if (!this.#isMean || !hasOverflow(sum)) {
        this.#sum = sum;
        return;
      }
      this.#isIncremental = true;
      const before = this.#count - 1;
      this.#sum = scaleCompensated(this.#sum, (value) => value / before);
    }
    const count = this.#count;
    const share = (count - 1) / count;
    const scaled = scaleCompensated(this.#sum, (value) => value * share);
    const { histogram: mean, boundsReconciled } = kahanAdd(scaled, divide(histogram, count));
    this.boundsReconciled ||= boundsReconciled;
    this.#sum = mean;
  }

  /** Whether some histograms were marked as counter resets and others as none. */
  get resetsCollide(): boolean {
    return this.#hasReset && this.#hasNoReset;
  }

  get value(): FloatHistogram | undefined {
    if (this.#sum === undefined) return undefined;
    const count = this.#count;
    if (!this.#isMean || this.#isIncremental) return withErrorsAdded(this.#sum);
    return withErrorsAdded(scaleCompensated(this.#sum, (value) => value / count));
  }
}

type RangeNotes = Notes & { readonly name: string };

/** Returns the sum of histograms, or `undefined` if they are incompatible. */
export function sumHistograms(all: readonly FloatHistogram[], notes: RangeNotes): FloatHistogram | undefined {
  return combineAll(new HistogramSum('sum'), all, notes);
}

/** Returns the mean of histograms, or `undefined` if they are incompatible. */
export function averageHistograms(all: readonly FloatHistogram[], notes: RangeNotes): FloatHistogram | undefined {
  return combineAll(new HistogramSum('mean'), all, notes);
}

function combineAll(
  sum: HistogramSum,
  all: readonly FloatHistogram[],
  { annotations, span, name }: RangeNotes,
): FloatHistogram | undefined {
  try {
    for (const histogram of all) sum.add(histogram);
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    annotations.warn(TEXTS.mixedSchemas(name), span);
    return undefined;
  }
  if (sum.resetsCollide) annotations.warn(TEXTS.resetsCollide('aggregation'), span);
  if (sum.boundsReconciled) annotations.info(TEXTS.boundsReconciled('aggregation'), span);
  return sum.value;
}
