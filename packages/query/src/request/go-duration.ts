/** Units of durations in nanoseconds, with the longer names of PromQL. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const PROMQL_DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const PROMQL_NANOS = [31_536_000_000n, 604_800_000n, 86_400_000n, 3_600_000n, 60_000n, 1000n, 1n] as const;
const MAX_NANOS = 2n ** 63n - 1n;

/** Parses a duration of PromQL (`1d12h`) or Go (`1.5h`, `100µs`). Returns nanoseconds, or `undefined`. */
export function parseGoDuration(text: string): bigint | undefined {
  const promql = text === '' ? null : PROMQL_DURATION.exec(text);
  if (promql !== null) {
    const millis = PROMQL_NANOS.reduce((sum, scale, index) => sum + BigInt(promql[index + 1] ?? 0) * scale, 0n);
    const nanos = millis * 1_000_000n;
    return nanos > MAX_NANOS ? undefined : nanos;
  }
  const sign = text.startsWith('-') ? -1n : 1n;
  const body = text.replace(/^[-+]/, '');
  if (body === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = UNITS.get(unit) ?? 1;
    nanos += BigInt(whole || 0) * BigInt(scale) + BigInt(Math.trunc(Number(`0.${fraction || 0}`) * scale));
  }
  return nanos > MAX_NANOS ? undefined : sign * nanos;
}

/** Formats a duration as Go does: `1h2m3s`, `1.5s`, `20ms`, `0s`. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`;
}
