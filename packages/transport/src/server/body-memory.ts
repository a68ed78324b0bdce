import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Memory for a request's body, which its taker owns.
 *
 * V8 does not count the bytes of buffers when it decides to collect young objects, only when it decides to collect the
 * whole heap. Bodies of some hundred kilobytes with hardly an object beside them therefore made it mark the whole heap
 * after every 32 MiB of bodies: half of all CPU time at 1,000 spans a request. So after every `YOUNG_BYTES` of bodies
 * young objects are collected here, which takes a fraction of a millisecond and frees nearly all of them; the memory is
 * used again while it is still in the processor's cache. `body-memory.bench.ts` has the figures.
 */
export function allocateBody(sizeBytes: number): Buffer {
  allocatedBytes += sizeBytes;
  if (allocatedBytes >= YOUNG_BYTES) {
    allocatedBytes = 0;
    collectYoung ??= youngCollector();
    collectYoung();
  }
  return Buffer.allocUnsafeSlow(sizeBytes);
}

const YOUNG_BYTES = 8 * 2 ** 20;

let allocatedBytes = 0;
let collectYoung: (() => void) | undefined;

/** V8 gives its `gc` to contexts that are made while a flag is set. Where it does not, collecting is left to V8. */
function youngCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => gc({ type: 'minor' }) : () => {};
}
