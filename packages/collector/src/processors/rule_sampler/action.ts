import { ALWAYS_SAMPLE, NEVER_SAMPLE, type Threshold, thresholdOfProbability } from '@otelier/otlp';
import { RateBudget } from '../../component/sampling/rate-budget.ts';
import type { ActionConfig } from './config.ts';

/** A rule's action. */
export interface Action {
  /** Returns the threshold for an arriving item. */
  threshold(): Threshold;
  /** Ends an interval of `elapsedSeconds`. */
  adjust(elapsedSeconds: number): void;
}

/** Interval at which rates are measured. */
export const INTERVAL_SECONDS = 1;

/** Creates a rule's action. */
export function createAction({ action, samplingPercentage, itemsPerSecond }: ActionConfig, precision: number): Action {
  switch (action) {
    case 'keep':
      return fixed(ALWAYS_SAMPLE);
    case 'drop':
      return fixed(NEVER_SAMPLE);
    case 'probability':
      return fixed(thresholdOfProbability((samplingPercentage ?? 100) / 100, precision));
    case 'rate_limit':
      return limited(itemsPerSecond ?? Number.POSITIVE_INFINITY, precision);
  }
}

function fixed(threshold: Threshold): Action {
  return { threshold: () => threshold, adjust: () => {} };
}

function limited(itemsPerSecond: number, precision: number): Action {
  const budget = new RateBudget({ halfLifeSeconds: HALF_LIFE_SECONDS, precision }, itemsPerSecond, INTERVAL_SECONDS);
  return {
    threshold: () => budget.arrive(),
    adjust(elapsedSeconds) {
      budget.measure(elapsedSeconds);
      budget.renew(itemsPerSecond, elapsedSeconds);
    },
  };
}

const HALF_LIFE_SECONDS = 10;
