import type { TenantChange, TenantLimits } from '@otelier/identity';
import { formatByteSize, formatDuration, parseByteSize, parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import { CommandFailure } from '../failure.ts';

interface LimitText {
  readonly limit: keyof TenantLimits;
  readonly expected: string;
  parse(text: string): number | undefined;
  format(value: number): string;
}

const size = (limit: keyof TenantLimits): LimitText => ({
  ...{ limit, expected: 'a size such as 5MB', parse: parseByteSize, format: formatByteSize },
});
const count = (limit: keyof TenantLimits): LimitText => ({
  ...{ limit, expected: 'a whole number', format: String },
  parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
});

/** The limits, by their names in the configuration. */
const LIMITS: Readonly<Record<string, LimitText>> = {
  ingest_bytes_per_second: size('ingestBytesPerSecond'),
  ingest_items_per_second: count('ingestItemsPerSecond'),
  bytes_in_flight: size('bytesInFlight'),
  connections: count('connections'),
  active_series: count('activeSeries'),
  disk_bytes: size('diskBytes'),
  disk_quota_bytes: size('diskQuotaBytes'),
  concurrent_queries: count('concurrentQueries'),
  query_time: {
    limit: 'queryMillis',
    expected: 'a duration such as 10s',
    parse: parseDuration,
    format: formatDuration,
  },
  query_memory_bytes: size('queryMemoryBytes'),
  weight: {
    ...{ limit: 'weight', expected: 'a number from 0.01 to 100', format: String },
    parse: (text) => (Number(text) >= 0.01 && Number(text) <= 100 ? Number(text) : undefined),
  },
};

/** Parses limits such as `disk_bytes=10GB`. `none` removes one. Throws a `CommandFailure` for anything else. */
export function parseLimits(settings: readonly string[]): NonNullable<TenantChange['limits']> {
  const limits: Partial<Record<keyof TenantLimits, number | null>> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const [name, text] = [setting.slice(0, at), setting.slice(at + 1)];
    const known = at > 0 && Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
    if (known === undefined)
      throw failure(
        `expected NAME=VALUE with one of ${Object.keys(LIMITS).join(', ')}, got ${JSON.stringify(setting)}`,
      );
    const value = text === 'none' ? null : known.parse(text);
    if (value === undefined || value === 0)
      throw failure(`${name}: expected ${known.expected}, or none, got ${JSON.stringify(text)}`);
    limits[known.limit] = value;
  }
  return limits;
}

/** Formats limits as `parseLimits` reads them. */
export function formatLimits(limits: TenantLimits): string {
  const texts = Object.entries(LIMITS).flatMap(([name, { limit, format }]) => {
    const value = limits[limit];
    return value === undefined ? [] : [`${name}=${format(value)}`];
  });
  return texts.join(' ');
}

function failure(message: string): CommandFailure {
  return new CommandFailure(`limit: ${message}`, EXIT.usage);
}
