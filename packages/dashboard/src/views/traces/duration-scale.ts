/** A logarithmic duration scale with round ticks. */
export interface DurationScale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Returns the pixel of a duration, between `y0` for the slowest and `y1` for the fastest. */
  yOf(nanos: number, y0: number, y1: number): number;
}

const ROUND = [1, 2, 5];
/** A duration longer than the difference between any two span times, in nanoseconds. */
const LONGEST = 1e20;

const [MINUTE, HOUR, DAY, YEAR] = [6e10, 3.6e12, 8.64e13, 365.25 * 8.64e13];
/** Round durations from a minute on, where powers of ten are none, and those that are far apart. */
const LONG = [
  ...[1, 2, 5, 10, 30].map((count) => count * MINUTE),
  ...[1, 2, 5, 10].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 30, 100, 200, 500].map((count) => count * DAY),
  ...[2, 5, 10, 20, 50, 100, 200, 500, 1000].map((count) => count * YEAR),
];
const FAR_APART = new Set([
  ...[1, 10].map((count) => count * MINUTE),
  ...[1, 10].map((count) => count * HOUR),
  ...[1, 10, 100].map((count) => count * DAY),
  ...[10, 100, 1000].map((count) => count * YEAR),
]);

/** Returns a scale that contains all durations, with at most five ticks at round durations. */
export function durationScale(durations: readonly number[]): DurationScale {
  const positive = durations.filter((nanos) => nanos > 0).map((nanos) => Math.min(LONGEST, Math.max(1, nanos)));
  const min = positive.reduce((low, nanos) => Math.min(low, nanos), positive[0] ?? 1e6);
  const max = positive.reduce((high, nanos) => Math.max(high, nanos), positive[0] ?? 1e9);
  // Scaling a range of less than a factor of four to the full height would exaggerate noise, so the scale is wider and
  // the data is in the middle.
  const narrow = max / min < 4;
  const from = roundDown(narrow ? min / 2.5 : min);
  const to = roundUp(narrow ? max * 2.5 : max);
  const all: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to * 1.001; power *= 10) {
    for (const factor of ROUND)
      if (factor * power >= from * 0.999 && factor * power <= to * 1.001 && factor * power < MINUTE)
        all.push(factor * power);
  }
  all.push(...LONG.filter((nanos) => nanos >= from && nanos <= to));
  const decades = all.filter(
    (nanos) => FAR_APART.has(nanos) || (nanos < MINUTE && Number.isInteger(Math.round(Math.log10(nanos) * 1e6) / 1e6)),
  );
  const step = Math.ceil(decades.length / 5);
  const ticks =
    all.length <= 5
      ? all
      : decades.length > 1
        ? decades.filter((_, index) => index % step === 0)
        : all.filter((_, index) => index % 2 === 0);
  const low = Math.log10(from);
  const range = Math.log10(to) - low;
  return {
    from,
    to,
    ticks,
    yOf: (nanos, y0, y1) =>
      y1 - ((Math.log10(Math.min(to, Math.max(from, Number.isNaN(nanos) ? from : nanos))) - low) / range) * (y1 - y0),
  };
}

/** Returns the smallest duration not below the given one that is 1, 2 or 5 times a power of ten. */
export function roundDuration(nanos: number): number {
  return nanos > 1 ? roundUp(Math.min(LONGEST, nanos)) : 1;
}

function roundDown(nanos: number): number {
  const power = 10 ** Math.floor(Math.log10(nanos));
  return (ROUND.findLast((factor) => factor * power <= nanos * 1.0001) ?? 1) * power;
}

function roundUp(nanos: number): number {
  const power = 10 ** Math.floor(Math.log10(nanos));
  return ([...ROUND, 10].find((factor) => factor * power >= nanos * 0.9999) ?? 10) * power;
}
