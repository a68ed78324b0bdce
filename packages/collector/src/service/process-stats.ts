import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { PipelineGraph } from '@otelier/query';

/** Measures the CPU time, memory and event loop delay of this process. */
export interface ProcessWatch {
  start(): void;
  stop(): void;
  /** Returns the CPU cores used and the event loop delay over the last second, and the current memory usage. */
  stats(): PipelineGraph['process'];
}

const SAMPLE_MILLIS = 1000;
/** Sampling interval of the delay monitor. An idle event loop reports it as its delay. */
const RESOLUTION_MILLIS = 20;

/** Creates a watch that samples once per second while it is running. It does not keep the process alive. */
export function createProcessWatch(
  /** Returns the CPU usage, by default of the whole process. */
  cpuUsage: () => NodeJS.CpuUsage = () => process.cpuUsage(),
): ProcessWatch {
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Measured by the first sample: for a service that ends before, it would take a tenth of its CPU time. */
  let usage: NodeJS.CpuUsage | undefined;
  let sampledMillis = 0;
  let cpuCores = 0;
  let eventLoopDelayP99Millis = 0;
  let rssBytes = 0;

  const sample = () => {
    const millis = performance.now() - sampledMillis;
    const before = usage;
    usage = cpuUsage();
    if (before !== undefined && millis > 0)
      cpuCores = (usage.user - before.user + usage.system - before.system) / 1000 / millis;
    sampledMillis = performance.now();
    if (delay && delay.count > 0) eventLoopDelayP99Millis = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MILLIS);
    delay?.reset();
  };

  return {
    start() {
      if (delay) return;
      delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
      delay.enable();
      usage = undefined;
      sampledMillis = performance.now();
      timer = setInterval(sample, SAMPLE_MILLIS).unref();
    },
    stop() {
      clearInterval(timer);
      delay?.disable();
      delay = undefined;
    },
    stats() {
      const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics();
      rssBytes = residentBytes() ?? rssBytes;
      return { cpuCores, rssBytes, heapBytes, externalBytes, eventLoopDelayP99Millis };
    },
  };
}

/** Returns the resident set size, or `undefined` if no file descriptor is available to read it. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}
