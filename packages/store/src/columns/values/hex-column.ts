import type { BytesColumn, DeferredColumn } from '../../parquet/column.ts';
import type { ByteDictionary } from './byte-dictionary.ts';
import type { BytesBuilder } from './bytes-builder.ts';

/** The two digits of each byte, as a little-endian number. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(0),
);

/** Builds a column of IDs in lowercase hex from raw bytes, encoding each distinct ID once per row group. */
export function hexColumn(name: string, ids: BytesBuilder, from: number, to: number): DeferredColumn<BytesColumn> {
  const refs = ids.range(from, to);
  const slice = (first: number, end: number) => hexTexts(name, ids.dictionary, refs.subarray(first, end));
  return { kind: 'deferred', name, type: 'text', slice };
}

function hexTexts(name: string, dictionary: ByteDictionary, refs: Uint32Array): BytesColumn {
  // Adjacent rows refer to adjacent entries.
  let lowest = dictionary.count;
  let highest = 0;
  for (let row = 0; row < refs.length; row++) {
    const ref = refs[row];
    if (ref === 0) continue;
    if (ref < lowest) lowest = ref;
    if (ref > highest) highest = ref;
  }
  const span = Math.max(0, highest - lowest + 1);
  const numbers = new Uint32Array(span);
  const renumbered = new Uint32Array(refs.length);
  const used = new Uint32Array(Math.min(refs.length, span));
  let count = 0;
  let size = 0;
  for (let row = 0; row < refs.length; row++) {
    const ref = refs[row];
    if (ref === 0) continue;
    let number = numbers[ref - lowest];
    if (number === 0) {
      used[count++] = ref;
      number = count;
      numbers[ref - lowest] = number;
      size += 4 + (dictionary.starts[ref] - dictionary.starts[ref - 1] - 4) * 2;
    }
    renumbered[row] = number;
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const starts = new Uint32Array(count + 1);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const ref = used[i];
    const end = dictionary.starts[ref];
    let source = dictionary.starts[ref - 1] + 4;
    view.setUint32(at, (end - source) * 2, true);
    at += 4;
    for (; source < end; source++, at += 2) view.setUint16(at, DIGITS[dictionary.bytes[source]], true);
    starts[i + 1] = at;
  }
  return { kind: 'bytes', name, type: 'text', refs: renumbered, entries: { bytes, starts, count }, whole: true };
}
