import type { LoggerOptions } from 'pino';

/** How many of the lines with the same level and message are logged. */
export interface SamplingOptions {
  /** Interval, in milliseconds. */
  readonly tick: number;
  /** Number of lines in an interval that are logged. */
  readonly initial: number;
  /** Of the lines after those, each one of this number is logged; 0 means none. */
  readonly thereafter: number;
}

/** Most messages that are counted. Beyond it, counting begins again. */
const MAX_MESSAGES = 4096;

/** Returns the hooks of a logger that samples repeated lines, as the logger of the Collector does. */
export function samplingHooks({ tick, initial, thereafter }: SamplingOptions): NonNullable<LoggerOptions['hooks']> {
  const counts = new Map<string, { count: number; endMillis: number }>();
  const isSampled = (key: string): boolean => {
    const now = performance.now();
    const known = counts.get(key);
    if (known === undefined || known.endMillis <= now) {
      if (counts.size >= MAX_MESSAGES) counts.clear();
      counts.set(key, { count: 1, endMillis: now + tick });
      return initial > 0;
    }
    known.count += 1;
    if (known.count <= initial) return true;
    return thereafter > 0 && (known.count - initial) % thereafter === 0;
  };
  return {
    logMethod(args, method, level) {
      const message = args.find((arg) => typeof arg === 'string');
      if (isSampled(`${level} ${message ?? ''}`)) method.apply(this, args);
    },
  };
}
