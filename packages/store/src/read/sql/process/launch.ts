import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildOptions } from './protocol.ts';

/** The limits of a child process over its lifetime. */
export interface LaunchOptions extends ChildOptions {
  /** CPU time after which the kernel kills the child as a last resort, in seconds. */
  readonly cpuSeconds: number;
}

/**
 * Private writable memory that Node maps but does not use: reserved for machine code and thread stacks. It counts
 * toward RLIMIT_DATA. Node 26 with DuckDB loaded maps 627 MiB, of which 20 MiB are resident.
 */
const RESERVED_BYTES = 620 << 20;
/** Resident memory of an idle child. Most of it is the executable, which is shared with the parent. */
const IDLE_BYTES = 100 << 20;
/**
 * Sets the limits, then executes Node. Core dumps are disabled, because they would contain telemetry and fill the disk.
 */
const SCRIPT = 'ulimit -c 0; ulimit -d "$1" && ulimit -t "$2" || exit 125; shift 2; exec "$@"';
const SHELL = '/bin/sh';

/** Starts a child process for SQL. Where supported (Linux), the kernel limits its memory and CPU time. */
export function launch(options: LaunchOptions, kernelLimits: boolean): ChildProcess {
  const command = nodeCommand(options);
  const dataKilobytes = Math.ceil((RESERVED_BYTES + options.memoryLimitBytes - IDLE_BYTES) / 1024);
  const limited = [
    '-c',
    SCRIPT,
    SHELL,
    String(dataKilobytes),
    String(options.cpuSeconds),
    process.execPath,
    ...command,
  ];
  return spawn(kernelLimits ? SHELL : process.execPath, kernelLimits ? limited : command, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
    env: environment(),
    windowsHide: true,
  });
}

/** Reports whether the kernel can limit child processes. */
export function hasKernelLimits(): boolean {
  return process.platform === 'linux' && existsSync(SHELL);
}

function nodeCommand({ directory, threads, memoryLimitBytes }: ChildOptions): readonly string[] {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const options: ChildOptions = { directory, threads, memoryLimitBytes };
  return [
    '--max-old-space-size=256',
    fileURLToPath(new URL(`./child.${extension}`, import.meta.url)),
    JSON.stringify(options),
  ];
}

/**
 * Returns only the environment variables that the child needs to start, because the parent's environment may contain
 * secrets.
 */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'NODE_V8_COVERAGE', 'LD_LIBRARY_PATH'];
  const cache = getCompileCacheDir();
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ...(cache !== undefined && { NODE_COMPILE_CACHE: dirname(cache) }),
  };
}
