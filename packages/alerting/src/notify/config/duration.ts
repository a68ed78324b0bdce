const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** Reports whether a text is a duration of Prometheus, such as `1h30m` or `0`. */
export function isPrometheusDuration(text: string): boolean {
  return (
    text === '0' || (text !== '' && DURATION.test(text) && parsePrometheusDuration(text) <= Number.MAX_SAFE_INTEGER)
  );
}

/** Returns the milliseconds of a duration of Prometheus. */
export function parsePrometheusDuration(text: string): number {
  const parts = DURATION.exec(text)?.slice(1) ?? [];
  return parts.reduce((sum, part, at) => sum + Number(part ?? 0) * (UNITS[at] ?? 0), 0);
}
