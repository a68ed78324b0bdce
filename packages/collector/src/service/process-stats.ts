import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { PipelineGraph } from '@otelier/query';

/** Watches what this process takes: processor time, memory, and how long the event loop keeps others waiting. */
export interface ProcessWatch {
  start(): void;
  stop(): void;
  /** Processor cores in use and event loop delay over the last second, memory as it is now. */
  stats(): PipelineGraph['process'];
}

const SAMPLE_MILLIS = 1000;
/** The watch wakes the loop this often, and that long is the delay of a loop with nothing to do. */
const RESOLUTION_MILLIS = 20;

/** Makes a watch that samples once a second while it runs, in real time, and does not keep the process alive. */
export function createProcessWatch(
  /** What has been used since `before`; that of one thread in place of the whole process, for example. */
  cpuUsage: (before?: NodeJS.CpuUsage) => NodeJS.CpuUsage = (before) => process.cpuUsage(before),
): ProcessWatch {
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let usage = cpuUsage();
  let sampledMillis = performance.now();
  let cpuCores = 0;
  let eventLoopDelayP99Millis = 0;
  let rssBytes = 0;

  const sample = () => {
    const millis = performance.now() - sampledMillis;
    const spent = cpuUsage(usage);
    if (millis > 0) cpuCores = (spent.user + spent.system) / 1000 / millis;
    usage = cpuUsage();
    sampledMillis = performance.now();
    if (delay && delay.count > 0) eventLoopDelayP99Millis = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MILLIS);
    delay?.reset();
  };

  return {
    start() {
      if (delay) return;
      delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
      delay.enable();
      usage = cpuUsage();
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

/** Linux reads a file for it, and there may be no descriptor left. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}
