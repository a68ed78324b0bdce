import { Session } from 'node:inspector/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '@otelier/transport';
import { placeOf } from './pprof-profile.ts';
import { PprofWriter } from './pprof-writer.ts';
import { takeTurn } from './turn.ts';

/** Average number of bytes allocated between samples. */
const SAMPLING_BYTES = 32_768;
const HEAP_MILLIS = 1000;

const compress = promisify(gzip);

interface HeapNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/**
 * Samples allocations for one second and returns a compressed profile of those that are still alive. Throws a
 * `ProfilerBusyError` while another profile is made.
 */
export async function heapProfile(clock: Clock): Promise<Uint8Array> {
  const end = takeTurn();
  const session = new Session();
  session.connect();
  try {
    const startedMillis = clock.now();
    await session.post('HeapProfiler.enable');
    await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES });
    await new Promise<void>((resolve) => clock.setTimeout(resolve, HEAP_MILLIS));
    const { profile } = await session.post('HeapProfiler.stopSampling');
    const writer = new PprofWriter([['inuse_space', 'bytes']]);
    const pending: { node: HeapNode; stack: readonly number[] }[] = [{ node: profile.head, stack: [] }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node, stack } = next;
      const isRoot = node.callFrame.functionName === '(root)';
      const here = isRoot ? stack : [writer.location(placeOf(node.callFrame)), ...stack];
      if (node.selfSize > 0 && here.length > 0) writer.sample(here, [node.selfSize]);
      for (const child of node.children) pending.push({ node: child, stack: here });
    }
    const period = { type: 'space', unit: 'bytes', value: SAMPLING_BYTES };
    return await compress(writer.finish({ startedMillis, durationMillis: HEAP_MILLIS, period }));
  } finally {
    session.disconnect();
    end();
  }
}
