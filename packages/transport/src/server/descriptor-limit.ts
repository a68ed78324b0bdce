import { readFileSync } from 'node:fs';

/** Assumed limit on platforms that do not report one. */
const UNKNOWN_LIMIT = 4096;
const MAX_CONNECTIONS = 65_536;

/** How the file descriptors of a process are divided. */
export interface DescriptorShares {
  readonly limit: number;
  /** Descriptors for receiver connections. */
  readonly connections: number;
  /** Descriptors for workbench connections. */
  readonly workbench: number;
}

/**
 * Divides file descriptors between connections and other uses. A quarter (at least 128, at most 1,024) is reserved for
 * journal segments, Parquet files, DuckDB, exporters and threads.
 */
export function shareDescriptors(limit: number = descriptorLimit()): DescriptorShares {
  const files = Math.min(1024, Math.max(128, Math.floor(limit / 4)));
  const workbench = Math.min(1000, Math.max(16, Math.floor(limit / 8)));
  const connections = Math.max(16, limit - files - workbench - BASE);
  return { limit, workbench, connections: Math.min(MAX_CONNECTIONS, connections) };
}

/** Descriptors open before the process listens: standard streams, event loops and its own files. */
const BASE = 32;

/** Returns the soft limit on open files without spawning a process. */
export function descriptorLimit(): number {
  if (process.platform === 'win32') return MAX_CONNECTIONS;
  return limitOfLinux() ?? limitOfReport() ?? UNKNOWN_LIMIT;
}

function limitOfLinux(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? undefined : numberOf(found);
  } catch {
    return undefined;
  }
}

function limitOfReport(): number | undefined {
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  const before = report.excludeNetwork ?? false;
  // Skips reverse DNS lookups.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: string | number } } };
  report.excludeNetwork = before;
  const soft = userLimits?.open_files?.soft;
  return soft === undefined ? undefined : numberOf(String(soft));
}

function numberOf(text: string): number | undefined {
  if (text === 'unlimited') return MAX_CONNECTIONS * 2;
  const limit = Number(text);
  return Number.isFinite(limit) ? limit : undefined;
}
