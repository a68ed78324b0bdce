import type { DiskUsage } from '@otelier/query';

export const DAY_MILLIS = 86_400_000;

/** The size of a store in the future, if telemetry keeps coming as it did. */
export interface Forecast {
  readonly bytesPerDay: number;
  /** How far into the future it looks. */
  readonly reachMillis: number;
  readonly lines: readonly ForecastLine[];
}

/** The future with one retention. */
export interface ForecastLine {
  readonly keptMillis: number;
  /** Whether it is the one that is configured. */
  readonly isSet: boolean;
  readonly points: readonly { readonly millis: number; readonly bytes: number }[];
  readonly endBytes: number;
}

/** Youngest store whose growth says something. */
const MIN_AGE_MILLIS = 60_000;
const DEFAULT_RETENTION_MILLIS = 7 * DAY_MILLIS;

/**
 * Returns the growth of a store and its sizes with the configured retention and twice that: it grows until its oldest
 * telemetry reaches that age, or the store reaches its limit.
 */
export function forecastOf(
  { sizeBytes, maxBytes = 0, oldestMillis, retentionMillis }: DiskUsage,
  nowMillis: number,
): Forecast {
  const ageMillis = nowMillis - (oldestMillis ?? nowMillis);
  if (ageMillis < MIN_AGE_MILLIS || sizeBytes === 0) return { bytesPerDay: 0, reachMillis: 0, lines: [] };
  const perMilli = sizeBytes / ageMillis;
  const set = retentionMillis === undefined || retentionMillis === 0 ? DEFAULT_RETENTION_MILLIS : retentionMillis;
  const choices = [set, 2 * set];
  const reachMillis = Math.max(ageMillis, 1.2 * set - ageMillis);
  const limit = maxBytes > 0 ? maxBytes : Number.POSITIVE_INFINITY;
  const lines = choices.map((keptMillis, index): ForecastLine => {
    const grown = Math.min(limit, perMilli * Math.max(ageMillis, keptMillis));
    const growsMillis = Math.min(reachMillis, Math.max(0, (grown - sizeBytes) / perMilli));
    const reached = Math.min(grown, sizeBytes + growsMillis * perMilli);
    const points = [
      { millis: nowMillis, bytes: sizeBytes },
      { millis: nowMillis + growsMillis, bytes: reached },
      { millis: nowMillis + reachMillis, bytes: reached },
    ];
    return { keptMillis, isSet: index === 0, points, endBytes: grown };
  });
  return { bytesPerDay: perMilli * DAY_MILLIS, reachMillis, lines };
}
