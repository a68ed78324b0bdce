import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '@otelier/transport';
import type { StackValue } from './flame-tree.ts';
import { placeOf } from './pprof-profile.ts';
import { PprofWriter } from './pprof-writer.ts';
import type { CallFrame } from './stacks.ts';
import { type Recorder, recordThreads } from './threads.ts';

/** Average number of bytes allocated between samples. */
const SAMPLING_BYTES = 32_768;
const HEAP_MILLIS = 1000;

const compress = promisify(gzip);

/** Allocations by function, as V8 returns them. */
export interface HeapProfile {
  readonly callFrame: CallFrame;
  /** Size of what is still alive, in bytes. */
  readonly selfSize: number;
  readonly children: readonly HeapProfile[];
}

/** Records allocations that are still alive at the end. */
export const heapRecorder: Recorder<HeapProfile> = {
  async start(post) {
    await post('HeapProfiler.enable');
    await post('HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES });
  },
  async stop(post) {
    const { profile } = (await post('HeapProfiler.stopSampling')) as {
      readonly profile: { readonly head: HeapProfile };
    };
    await post('HeapProfiler.disable');
    return profile.head;
  },
};

/** Returns the stacks of a profile with the memory that their innermost functions allocated. */
export function heapStacks(head: HeapProfile): readonly StackValue[] {
  const stacks: StackValue[] = [];
  const pending: { readonly node: HeapProfile; readonly stack: readonly CallFrame[] }[] = [{ node: head, stack: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, stack } = next;
    const here = node.callFrame.functionName === '(root)' ? stack : [node.callFrame, ...stack];
    if (node.selfSize > 0 && here.length > 0) stacks.push({ stack: here, value: node.selfSize });
    for (const child of node.children) pending.push({ node: child, stack: here });
  }
  return stacks;
}

/**
 * Samples allocations of all threads for one second and returns a compressed profile of those that are still alive.
 * Throws a `ProfilerBusyError` while another profile is made.
 */
export async function heapProfile(clock: Clock): Promise<Uint8Array> {
  const options = { millis: HEAP_MILLIS, clock, abort: new AbortController().signal };
  const { startedMillis, durationMillis, threads } = await recordThreads(options, heapRecorder);
  const writer = new PprofWriter([['inuse_space', 'bytes']]);
  for (const { name, result } of threads) {
    const thread = writer.location({ name: `thread ${name}`, file: '', line: 0 });
    for (const { stack, value } of heapStacks(result))
      writer.sample([...stack.map((frame) => writer.location(placeOf(frame))), thread], [value]);
  }
  const period = { type: 'space', unit: 'bytes', value: SAMPLING_BYTES };
  return await compress(writer.finish({ startedMillis, durationMillis, period }));
}
