import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd, startServer } from '../test/interop/processes.ts';

const root = join(import.meta.dirname, '..');

/** How otelier is started: under the pinned Node, so that one process id is the whole program. */
export const OTELIER_COMMAND: readonly string[] = [
  join(root, 'node_modules', '.bin', 'node'),
  join(root, 'packages', 'collector', 'bin', 'otelier.js'),
];

/** What `blast` reports. */
export interface Blast {
  readonly spans_per_cpu_s: number;
  readonly acked_items: number;
  readonly errors: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly peak_mb: number;
}

/** A program under test, on the first core. */
export interface Program {
  readonly pid: number;
  /** CPU time of all threads so far. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a program on the first core and waits until it accepts connections. */
export async function startPinned(command: readonly string[], ports: readonly number[]): Promise<Program> {
  const { child, stop } = await startServer(['taskset', '-c', '0', ...command], ports);
  const pid = child.pid ?? 0;
  return { pid, stop, cpuSeconds: () => cpuSecondsOf(pid) };
}

/** Runs the load generator on the second core. */
export async function blast(
  peers: string,
  {
    protocol,
    port,
    seconds,
    pid,
    fresh = false,
  }: { protocol: 'grpc' | 'http'; port: number; seconds: number; pid: number; fresh?: boolean },
): Promise<Blast> {
  const words = [
    '-proto',
    protocol,
    '-addr',
    `127.0.0.1:${port}`,
    '-pid',
    String(pid),
    '-spans',
    '1000',
    '-d',
    `${seconds}s`,
    '-warm',
    '2s',
    ...(fresh ? ['-fresh'] : []),
  ];
  const { code, stdout, stderr } = await runToEnd(['taskset', '-c', '1', join(peers, 'blast'), ...words]);
  if (code !== 0) throw new Error(`blast failed: ${stderr}`);
  return JSON.parse(stdout) as Blast;
}

/** User and system time of a process (`/proc/PID/stat`, fields 14 and 15, in hundredths of a second). */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process in units of 10^6 bytes (`/proc/PID/status`, VmRSS in KiB). */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}
