import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildOptions } from './protocol.ts';

/** The resource limits of a child over its lifetime. */
export interface LaunchOptions extends ChildOptions {
  /** CPU time after which the kernel kills the child, as a last resort, in seconds. */
  readonly cpuSeconds: number;
}

/**
 * Private writable memory that Node maps and does not use: reserved for machine code and thread stacks. RLIMIT_DATA
 * counts it. Node 26 has 627 MiB with DuckDB loaded, of which 20 MiB are resident.
 */
const RESERVED_BYTES = 620 << 20;
/** Resident memory of an idle child; most is the program itself, shared with the parent. */
const IDLE_BYTES = 100 << 20;
/** Sets the limits, then executes Node. Core dumps would contain telemetry and fill the disk. */
const SCRIPT = 'ulimit -c 0; ulimit -d "$1" && ulimit -t "$2" || exit 125; shift 2; exec "$@"';
const SHELL = '/bin/sh';

/** Starts a child process for SQL, under the kernel's limits for memory and CPU time where supported (Linux). */
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

/** Returns whether children can be started under the kernel's limits. */
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

/** Passes only the variables that the program needs to start: the parent's environment may contain secrets. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'NODE_V8_COVERAGE', 'LD_LIBRARY_PATH'];
  const cache = getCompileCacheDir();
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ...(cache !== undefined && { NODE_COMPILE_CACHE: dirname(cache) }),
  };
}
