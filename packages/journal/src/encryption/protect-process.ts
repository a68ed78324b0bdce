import { readFileSync, writeFileSync } from 'node:fs';

const FILTER = '/proc/self/coredump_filter';

/** How far the memory of this process is protected from being written to a disk. */
export interface ProcessProtection {
  /** Why core dumps of this process may contain keys and telemetry; `undefined` if they cannot. */
  readonly coreDumps: string | undefined;
  /** Options of Node.js that write memory to files, such as `--heapsnapshot-signal`. */
  readonly options: readonly string[];
}

/**
 * Keeps memory out of core dumps and diagnostic reports: core files of this process, and of its child processes, contain
 * no memory (`coredump_filter` of core(5)). Safe to call more than once.
 */
export function protectProcess(): ProcessProtection {
  Object.assign(process.report, {
    reportOnFatalError: false,
    reportOnSignal: false,
    reportOnUncaughtException: false,
    excludeEnv: true,
  });
  try {
    writeFileSync(FILTER, '0');
  } catch {
    // Linux only: the result says so.
  }
  return processProtection();
}

/** Returns how far the memory of this process is protected, without changing anything. */
export function processProtection(
  given: readonly string[] = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)],
): ProcessProtection {
  return { coreDumps: coreDumpRisk(), options: given.filter((option) => WRITING.test(option)) };
}

/** Options that write memory to files at a signal, an error or a limit. */
const WRITING = /^--(heapsnapshot|heap-prof|report-|abort-on-uncaught-exception|trace-event)/;

function coreDumpRisk(): string | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    if (/^Max core file size\s+0\s+0\s/m.test(limits)) return undefined;
    const filter = Number.parseInt(readFileSync(FILTER, 'utf8'), 16);
    return filter === 0 ? undefined : `${FILTER}: expected 0, got ${filter.toString(16)}`;
  } catch {
    return `core dumps cannot be disabled on ${process.platform}: use ulimit -c 0`;
  }
}
