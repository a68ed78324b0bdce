import { buildTraceIndex } from '../../trace-index.ts';
import type { ByteDictionary } from './byte-dictionary.ts';

/** Builds an index of the trace IDs that rows refer to. */
export function indexOfTraces(refs: Uint32Array, ids: ByteDictionary): Uint8Array {
  const seen = new Uint8Array(ids.count + 1);
  const prefixes = new BigUint64Array(Math.min(refs.length, ids.count));
  // Words instead of 64-bit numbers, each of which would be an object.
  const words = new Uint32Array(prefixes.buffer);
  const view = new DataView(ids.bytes.buffer);
  let count = 0;
  for (let row = 0; row < refs.length; row++) {
    const ref = refs[row];
    if (seen[ref] !== 0) continue;
    seen[ref] = 1;
    if (ref === 0) continue;
    const start = ids.starts[ref - 1];
    if (ids.starts[ref] - start < 12) continue;
    words[count * 2] = view.getUint32(start + 8);
    words[count * 2 + 1] = view.getUint32(start + 4);
    count++;
  }
  return buildTraceIndex(prefixes.subarray(0, count));
}
