import type { Browser, Page } from 'playwright-core';

/** Main-thread work of a page during an action, from a Chromium trace. Durations are in milliseconds. */
export interface Frames {
  /** Number of frames that handled input or painted. The others would hide them. */
  readonly frames: number;
  /** 95th percentile of the CPU time of a frame's tasks. */
  readonly p95Millis: number;
  /** CPU time of the longest task. */
  readonly longestTaskMillis: number;
  /** The same by the wall clock, which other programs on the machine lengthen. */
  readonly wall: { readonly p95Millis: number; readonly longestTaskMillis: number };
}

const CATEGORIES = ['__metadata', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'];
const BEGIN = 'measured action begins';
const END = 'measured action ends';

/**
 * Performs an action and returns the main thread's work by frame. A frame's work is all tasks since the frame before
 * it: input, scripts, style, layout, painting, and committing it to the compositor.
 */
export async function measureFrames(browser: Browser, page: Page, action: () => Promise<void>): Promise<Frames> {
  await browser.startTracing(page, { categories: CATEGORIES });
  let trace: Buffer;
  try {
    await page.evaluate((name) => void performance.mark(name), BEGIN);
    await action();
    await page.evaluate((name) => void performance.mark(name), END);
  } finally {
    trace = await browser.stopTracing();
  }
  return framesOf(JSON.parse(trace.toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] });
}

/** An event of Chromium's trace format. Times are in microseconds; `tdur` is the CPU time of the thread. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

function framesOf({ traceEvents }: { readonly traceEvents: readonly TraceEvent[] }): Frames {
  const begin = traceEvents.find(({ name }) => name === BEGIN);
  const end = traceEvents.find(({ name }) => name === END);
  if (begin === undefined || end === undefined) throw new Error('the Chromium trace has no marks of the action');
  const own = traceEvents
    .filter(({ pid, tid, ts }) => pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts <= end.ts)
    .sort((a, b) => a.ts - b.ts);
  const tasks = own.filter(({ name, ph }) => name === TASK && ph === 'X');
  const frames = groupByFrame(
    tasks,
    own.filter(({ name }) => name === COMMIT || ACTIVE.has(name)),
  );
  if (frames.length === 0) throw new Error('the Chromium trace has no frames');
  return {
    frames: frames.length,
    p95Millis: percentile(frames.map(cpuMillis), 0.95),
    longestTaskMillis: longest(tasks.map((task) => cpuMillis([task]))),
    wall: {
      p95Millis: percentile(frames.map(wallMillis), 0.95),
      longestTaskMillis: longest(tasks.map((task) => wallMillis([task]))),
    },
  };
}

/** Returns the tasks of each frame that handled input or painted. `events` are those that tell, in the order of time. */
function groupByFrame(tasks: readonly TraceEvent[], events: readonly TraceEvent[]): readonly (readonly TraceEvent[])[] {
  const frames: TraceEvent[][] = [];
  let frame: TraceEvent[] = [];
  let isActive = false;
  let next = 0;
  for (const task of tasks) {
    frame.push(task);
    let isLast = false;
    for (let event = events[next]; event !== undefined && event.ts <= task.ts + (task.dur ?? 0); event = events[next]) {
      // The task that commits the frame to the compositor is its last one.
      if (event.name === COMMIT) isLast = true;
      else isActive = true;
      next += 1;
    }
    if (!isLast) continue;
    if (isActive) frames.push(frame);
    frame = [];
    isActive = false;
  }
  return frames;
}

function cpuMillis(tasks: readonly TraceEvent[]): number {
  return tasks.reduce((sum, { tdur = 0 }) => sum + tdur / 1000, 0);
}

function wallMillis(tasks: readonly TraceEvent[]): number {
  return tasks.reduce((sum, { dur = 0 }) => sum + dur / 1000, 0);
}

const TASK = 'RunTask';
const COMMIT = 'Commit';
const ACTIVE: ReadonlySet<string> = new Set(['EventDispatch', 'Paint']);

/** Returns the value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function longest(values: readonly number[]): number {
  return values.reduce((max, each) => Math.max(max, each), 0);
}
