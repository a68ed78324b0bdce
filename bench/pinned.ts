import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { startServer } from '../test/interop/processes.ts';

/** A program pinned to specific cores. Disposal stops it. */
export interface Pinned extends AsyncDisposable {
  readonly pid: number;
}

/** How long a program may take to stop before it is killed. */
const STOP_MILLIS = 15_000;

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a program on the given cores (in `taskset` syntax) and waits until it accepts connections. */
export async function startPinned(
  cores: string,
  command: readonly string[],
  ports: readonly number[],
  pollMillis?: number,
): Promise<Pinned> {
  const { child, stop } = await startServer(['taskset', '-c', cores, ...command], ports, pollMillis);
  alive.add(child);
  child.on('close', () => alive.delete(child));
  return {
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS);
      await stop();
      clearTimeout(patience);
    },
  };
}

/** Returns the combined user and system time of a process's threads, including finished ones. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  return cpuSecondsIn(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** Returns the user and system time of each running thread, by thread ID. */
export async function cpuSecondsByThread(pid: number): Promise<ReadonlyMap<string, number>> {
  const threads = await readdir(`/proc/${pid}/task`);
  const seconds = await Promise.all(
    threads.map(
      async (thread) =>
        [thread, cpuSecondsIn(await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ''))] as const,
    ),
  );
  return new Map(seconds);
}

/** Returns the current and peak resident memory in megabytes (10^6 bytes). */
export async function residentMegabytes(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => (Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Reads fields 14 and 15 of `/proc/PID/stat`, in hundredths of a second. The second field may contain spaces and parentheses. */
function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
