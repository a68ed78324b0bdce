import { Session } from 'node:inspector/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '@otelier/transport';
import { PprofWriter } from './pprof-writer.ts';

/** Average CPU sampling interval, in microseconds. */
const SAMPLING_MICROS = 1000;
/** Average number of bytes allocated between samples. */
const SAMPLING_BYTES = 32_768;
const HEAP_MILLIS = 1000;

const compress = promisify(gzip);

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface HeapNode {
  readonly callFrame: Frame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/**
 * Profiles the CPU usage of the main thread for a given time and returns the compressed profile. Ends early if `abort`
 * aborts.
 */
export async function cpuProfile(seconds: number, clock: Clock, abort: AbortSignal): Promise<Uint8Array> {
  return withSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROS });
    await session.post('Profiler.start');
    const startedMillis = clock.now();
    await sleep(seconds * 1000, clock, abort);
    const { profile } = await session.post('Profiler.stop');
    const writer = new PprofWriter([
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ]);
    const byId = new Map(profile.nodes.map((node) => [node.id, node]));
    const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
    const totals = new Map<number, { count: number; nanos: number }>();
    const { samples = [], timeDeltas = [] } = profile;
    for (const [index, id] of samples.entries()) {
      const total = totals.get(id) ?? { count: 0, nanos: 0 };
      totals.set(id, { count: total.count + 1, nanos: total.nanos + Math.max(0, timeDeltas[index] ?? 0) * 1000 });
    }
    for (const [leaf, { count, nanos }] of totals) {
      if (byId.get(leaf)?.callFrame.functionName === '(idle)') continue;
      const stack: number[] = [];
      for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
        const frame = byId.get(id)?.callFrame;
        if (frame !== undefined && frame.functionName !== '(root)') stack.push(locationOf(writer, frame));
      }
      if (stack.length > 0) writer.sample(stack, [count, nanos]);
    }
    const durationMillis = (profile.endTime - profile.startTime) / 1000;
    return compress(
      writer.finish({
        startedMillis,
        durationMillis,
        period: { type: 'cpu', unit: 'nanoseconds', value: SAMPLING_MICROS * 1000 },
      }),
    );
  });
}

/** Samples allocations for one second and returns a compressed profile of those that are still alive. */
export async function heapProfile(clock: Clock): Promise<Uint8Array> {
  return withSession(async (session) => {
    const startedMillis = clock.now();
    await session.post('HeapProfiler.enable');
    await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES });
    await sleep(HEAP_MILLIS, clock);
    const { profile } = await session.post('HeapProfiler.stopSampling');
    const writer = new PprofWriter([['inuse_space', 'bytes']]);
    const pending: { node: HeapNode; stack: readonly number[] }[] = [{ node: profile.head, stack: [] }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node, stack } = next;
      const here = node.callFrame.functionName === '(root)' ? stack : [locationOf(writer, node.callFrame), ...stack];
      if (node.selfSize > 0 && here.length > 0) writer.sample(here, [node.selfSize]);
      for (const child of node.children) pending.push({ node: child, stack: here });
    }
    return compress(
      writer.finish({
        startedMillis,
        durationMillis: HEAP_MILLIS,
        period: { type: 'space', unit: 'bytes', value: SAMPLING_BYTES },
      }),
    );
  });
}

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    return await use(session);
  } finally {
    session.disconnect();
  }
}

/** V8 line numbers are 0-based. */
function locationOf(writer: PprofWriter, { functionName, url, lineNumber }: Frame): number {
  return writer.location({ name: functionName || '(anonymous)', file: url, line: lineNumber + 1 });
}

function sleep(millis: number, clock: Clock, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimeout(resolve, millis);
    abort?.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
