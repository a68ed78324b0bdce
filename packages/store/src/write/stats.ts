import type { Signal } from '@otelier/otlp';
import type { TenantStats } from '../tenants/contract.ts';
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

/** Returns what is stored of each tenant, by name. */
function tenantStatsOf(files: Files, waiting: Iterable<Pending>): readonly TenantStats[] {
  const tenants = new Map<string, Record<string, Sums>>();
  const sumsOf = (tenant: string, signal: Signal): Sums => {
    const signals = tenants.get(tenant) ?? {};
    tenants.set(tenant, signals);
    signals[signal] ??= { files: 0, rows: 0, bytes: 0, pendingRows: 0 };
    return signals[signal];
  };
  for (const { footer, bytes, rows } of files.all()) {
    const sums = sumsOf(footer.tenant, footer.signal);
    sums.files += 1;
    sums.rows += rows;
    sums.bytes += bytes;
  }
  for (const { tenant, signal, rows } of waiting) if (rows > 0) sumsOf(tenant, signal).pendingRows += rows;
  return [...tenants]
    .map(([tenant, signals]) => ({ tenant, ...totalOf(Object.values(signals)), signals }))
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}

type Sums = { -readonly [Key in keyof SignalStats]: SignalStats[Key] };

function totalOf(all: readonly SignalStats[]): SignalStats {
  const sum = (key: keyof SignalStats): number => all.reduce((total, one) => total + one[key], 0);
  return { files: sum('files'), rows: sum('rows'), bytes: sum('bytes'), pendingRows: sum('pendingRows') };
}

/** Returns statistics summed over all tenants. */
export function statsOf(files: Files, pending: Iterable<Pending>): ThreadStats {
  const waiting = [...pending];
  const signals: Record<string, Sums> = {};
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
  return { signals, tenants: tenantStatsOf(files, waiting), sizeBytes, oldest };
}
