import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessFigures } from './graph/graph.ts';

/** Watches what this process takes: processor time, memory, and how long the event loop keeps others waiting. */
export interface ProcessWatch {
  start(): void;
  stop(): void;
  /** Processor cores in use and event loop delay over the last second, memory as it is now. */
  figures(): ProcessFigures;
}

const SAMPLE_MILLIS = 1000;
/** The watch wakes the loop this often, and that long is the delay of a loop with nothing to do. */
const RESOLUTION_MILLIS = 20;

/** Makes a watch that samples once a second while it runs, in real time, and does not keep the process alive. */
export function createProcessWatch(): ProcessWatch {
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let usage = process.cpuUsage();
  let sampledMillis = performance.now();
  let cpuCores = 0;
  let eventLoopDelayP99Millis = 0;

  const sample = () => {
    const millis = performance.now() - sampledMillis;
    const spent = process.cpuUsage(usage);
    if (millis > 0) cpuCores = (spent.user + spent.system) / 1000 / millis;
    usage = process.cpuUsage();
    sampledMillis = performance.now();
    if (delay && delay.count > 0) eventLoopDelayP99Millis = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MILLIS);
    delay?.reset();
  };

  return {
    start() {
      if (delay) return;
      delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
      delay.enable();
      usage = process.cpuUsage();
      sampledMillis = performance.now();
      timer = setInterval(sample, SAMPLE_MILLIS).unref();
    },
    stop() {
      clearInterval(timer);
      delay?.disable();
      delay = undefined;
    },
    figures: () => ({ cpuCores, rssBytes: process.memoryUsage.rss(), eventLoopDelayP99Millis }),
  };
}
