import { performance } from 'node:perf_hooks';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The options of `returnMemoryWhenIdle`; the defaults are for production. */
export interface IdleMemoryOptions {
  /** Calls a function periodically until the returned function is called. */
  readonly every?: (tick: () => void) => () => void;
  /** Share of the time since the previous call in which this thread's event loop was busy, 0 to 1. */
  readonly utilization?: () => number;
}

/**
 * Collects this thread's garbage when the thread is idle, so that its memory returns to the system. V8 collects while a heap
 * grows and never in an idle one: a heap keeps what its start or its last burst of work left. Returns a function that stops it.
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

/** Below this share of time the pause of a collection, up to 100 ms, delays nothing. */
const IDLE_UTILIZATION = 0.05;
/** Growth since the last collection from which another is worth its time. */
const WORTHWHILE_BYTES = 8 << 20;
const CHECK_MILLIS = 2_000;
/** Checks that are left out after a collection: one each 10 seconds is enough. */
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

/** Collects everything and shrinks the heap. A Node.js that does not have the function keeps the memory. */
function collectGarbage(): void {
  if (collect === undefined) {
    // Contexts made after the flag is set have the function.
    v8.setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('globalThis.gc');
    collect = typeof found === 'function' ? (found as Collect) : () => {};
  }
  collect({ type: 'major', flavor: 'last-resort' });
}
