type Part = (date: Date) => string;

function padded(read: (date: Date) => number, length = 2): Part {
  return (date) => String(read(date)).padStart(length, '0');
}

const DAY_MILLIS = 86_400_000;

/** Conversions of strftime, in UTC. */
const CONVERSIONS: Readonly<Record<string, Part>> = {
  Y: padded((date) => date.getUTCFullYear(), 4),
  y: padded((date) => date.getUTCFullYear() % 100),
  m: padded((date) => date.getUTCMonth() + 1),
  d: padded((date) => date.getUTCDate()),
  e: (date) => String(date.getUTCDate()).padStart(2),
  H: padded((date) => date.getUTCHours()),
  M: padded((date) => date.getUTCMinutes()),
  S: padded((date) => date.getUTCSeconds()),
  j: padded((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY_MILLIS) + 1, 3),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

/** Formats a time in UTC by a format of strftime. */
export function formatTime(format: string, date: Date): string {
  return format.replace(/%(.)/gs, (_, letter: string) => CONVERSIONS[letter]?.(date) ?? '');
}

/** Returns what is wrong with a format of strftime; `undefined` if nothing is. */
export function timeFormatError(format: string): string | undefined {
  const unknown = /%(?:$|[^YymdeHMSjsFTzZ%])/s.exec(format)?.[0];
  if (unknown === undefined) return undefined;
  return `expected conversions such as %Y, %m, %d, %H and %M, got "${unknown}"`;
}

/** Joins the parts of a key. Segments that URLs resolve, such as `..`, would lead to another bucket, and are left out. */
export function joinKey(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((segment) => !['', '.', '..'].includes(segment))
    .join('/');
}
