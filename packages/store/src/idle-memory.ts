import { performance } from 'node:perf_hooks';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Options for `returnMemoryWhenIdle`; the defaults are for production. */
export interface IdleMemoryOptions {
  /** Calls a function periodically until the returned function is called. */
  readonly every?: (tick: () => void) => () => void;
  /** Fraction of the time since the previous call in which this thread's event loop was busy, from 0 to 1. */
  readonly utilization?: () => number;
}

/**
 * Runs garbage collection when the thread is idle, to return memory to the system. V8 collects while a heap grows but
 * never while it is idle, so it retains what startup or the last burst of work left. Returns a function that stops it.
 */
export function returnMemoryWhenIdle({
  every = everyTwoSeconds,
  utilization = measureUtilization(),
}: IdleMemoryOptions = {}): () => void {
  let heldBytes = 0;
  let pausedTicks = 0;
  return every(() => {
    const isIdle = utilization() <= IDLE_UTILIZATION;
    if (pausedTicks > 0) {
      pausedTicks -= 1;
      return;
    }
    if (!isIdle || heapBytes() < heldBytes + WORTHWHILE_BYTES) return;
    collectGarbage();
    heldBytes = heapBytes();
    pausedTicks = PAUSED_TICKS;
  });
}

/** Event loop utilization below which a collection pause of up to 100 ms delays nothing. */
const IDLE_UTILIZATION = 0.05;
/** Minimum heap growth since the last collection that makes another one worthwhile. */
const WORTHWHILE_BYTES = 8 << 20;
const CHECK_MILLIS = 2_000;
/** Number of checks to skip after a collection, which limits collections to one every 10 seconds. */
const PAUSED_TICKS = 4;

function everyTwoSeconds(tick: () => void): () => void {
  const timer = setInterval(tick, CHECK_MILLIS).unref();
  return () => clearInterval(timer);
}

function measureUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

function heapBytes(): number {
  const { total_heap_size, external_memory } = v8.getHeapStatistics();
  return total_heap_size + external_memory;
}

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
let collect: Collect | undefined;

/** Runs a full collection and shrinks the heap. Does nothing if Node.js does not expose the function. */
function collectGarbage(): void {
  if (collect === undefined) {
    // Contexts created after the flag is set expose the function.
    v8.setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('globalThis.gc');
    collect = typeof found === 'function' ? (found as Collect) : () => {};
  }
  collect({ type: 'major', flavor: 'last-resort' });
}
