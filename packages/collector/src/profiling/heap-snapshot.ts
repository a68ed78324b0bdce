import { getHeapSnapshot } from 'node:v8';

/** Makes a heap snapshot of this thread, which stops it meanwhile, and streams it as JSON. */
export function heapSnapshot(): AsyncIterator<Uint8Array> {
  return getHeapSnapshot()[Symbol.asyncIterator]();
}
