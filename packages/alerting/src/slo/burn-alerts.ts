import { parseDurationMillis } from '@otelier/query/promql';
import { z } from 'zod';

/** An alert on the rate at which an error budget burns. */
export interface BurnAlert {
  readonly severity: string;
  /** The window in which the rate is exceeded, and the short one, which ends the alert soon after the errors end. */
  readonly longMillis: number;
  readonly shortMillis: number;
  /** How many times as fast as allowed the budget burns. */
  readonly rate: number;
}

/** The configuration of an alert. */
export const BURN_RATE = z.strictObject({
  severity: z.string().min(1),
  long: z.string(),
  short: z.string(),
  rate: z.coerce.number().gt(0, 'expected a number above 0, such as 14.4'),
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The share of the error budget that burns in the long window (Google, The Site Reliability Workbook, chapter 5, table 5-8). */
const DEFAULTS = [
  { severity: 'page', budget: 0.02, longMillis: HOUR, shortMillis: 5 * MINUTE },
  { severity: 'page', budget: 0.05, longMillis: 6 * HOUR, shortMillis: 30 * MINUTE },
  { severity: 'ticket', budget: 0.1, longMillis: 3 * DAY, shortMillis: 6 * HOUR },
] as const;

/**
 * Returns the default alerts of an SLO with a window. In short windows of an SLO, these shares burn in time for it: the rate
 * is at least 1, at which the budget lasts exactly as long as the window.
 */
function defaultBurns(windowMillis: number): readonly BurnAlert[] {
  return DEFAULTS.filter(({ longMillis }) => longMillis < windowMillis).map(({ budget, ...burn }) => ({
    ...burn,
    rate: Math.max(1, Number(((budget * windowMillis) / burn.longMillis).toFixed(6))),
  }));
}

/** Returns the alerts of an SLO with a window: the configured or the default ones, or what is wrong with one. */
export function burnsOf(
  configs: readonly z.output<typeof BURN_RATE>[] | undefined,
  windowMillis: number,
): readonly BurnAlert[] | { readonly path: readonly (string | number)[]; readonly message: string } {
  if (configs === undefined) return defaultBurns(windowMillis);
  const burns: BurnAlert[] = [];
  for (const [index, { severity, long, short, rate }] of configs.entries()) {
    const [longMillis, shortMillis] = [parseDurationMillis(long), parseDurationMillis(short)];
    if (longMillis === undefined || longMillis >= windowMillis) {
      const message = `expected a duration shorter than the window of the SLO, such as "1h", got ${JSON.stringify(long)}`;
      return { path: [index, 'long'], message };
    }
    if (shortMillis === undefined || shortMillis >= longMillis || shortMillis < MINUTE) {
      const message = `expected a duration from "1m" to less than "long", such as "5m", got ${JSON.stringify(short)}`;
      return { path: [index, 'short'], message };
    }
    burns.push({ severity, longMillis, shortMillis, rate });
  }
  return burns;
}
