import type { Signal } from '@otelier/otlp';
import type { Files } from './files/files.ts';
import type { Pending } from './pending.ts';
import type { SignalStats, ThreadStats } from './protocol.ts';

/** Returns the names of tenants that have rows, sorted. */
export function tenantsOf(files: Files, waiting: Iterable<Pending>): readonly string[] {
  const tenants = new Set<string>();
  for (const { footer } of files.all()) tenants.add(footer.tenant);
  for (const { tenant, rows } of waiting) if (rows > 0) tenants.add(tenant);
  return [...tenants].sort();
}

/** Returns statistics summed over all tenants. */
export function statsOf(files: Files, waiting: Iterable<Pending>): ThreadStats {
  const signals: Record<string, { -readonly [Key in keyof SignalStats]: SignalStats[Key] }> = {};
  const sumsOf = (signal: Signal) => {
    signals[signal] ??= { files: 0, rows: 0, bytes: 0, pendingRows: 0 };
    return signals[signal];
  };
  let sizeBytes = 0;
  let oldest: bigint | undefined;
  for (const { footer, bytes, rows, minTime } of files.all()) {
    const sums = sumsOf(footer.signal);
    sums.files += 1;
    sums.rows += rows;
    sums.bytes += bytes;
    sizeBytes += bytes;
    if (oldest === undefined || minTime < oldest) oldest = minTime;
  }
  for (const { signal, rows, oldestTime } of waiting) {
    sumsOf(signal).pendingRows += rows;
    if (oldestTime !== undefined && (oldest === undefined || oldestTime < oldest)) oldest = oldestTime;
  }
  return { signals, sizeBytes, oldest };
}
