import { ByteWriter } from './byte-writer.ts';
import { copyEntries, localDictionary } from './bytes-chunk.ts';
import { ChunkWriter, type EncodedChunk } from './chunk.ts';
import type { ByteEntries, MapColumn } from './column.ts';
import { ENCODING, PAGE_ROWS, PHYSICAL } from './format.ts';
import { bitWidth, writeHybrid } from './hybrid.ts';
import { setLength } from './levels.ts';
import { Scratch } from './scratch.ts';

const repetitions = new Scratch();
const definitions = new Scratch();

/** Encodes a map as its two leaf columns, keys and values, both dictionary-encoded. */
export function encodeMap(column: MapColumn): readonly EncodedChunk[] {
  return [
    encodeLeaf(column, 'key', column.keys, column.keyEntries),
    encodeLeaf(column, 'value', column.values, column.valueEntries),
  ];
}

function encodeLeaf(column: MapColumn, leaf: string, refs: Uint32Array, entries: ByteEntries): EncodedChunk {
  const rows = column.starts.length - 1;
  const first = column.starts[0];
  const pairs = column.starts[rows] - first;
  const local = localDictionary(refs.subarray(first, first + pairs), pairs, entries.count);
  const chunk = new ChunkWriter();
  if (pairs > 0) chunk.dictionary(copyEntries(entries, local.used, 0, local.used.length), local.used.length);
  const width = bitWidth(Math.max(0, local.used.length - 1));
  const out = new ByteWriter(PAGE_ROWS);
  let emptyRows = 0;
  for (let from = 0; from < rows; from += PAGE_ROWS) {
    const to = Math.min(from + PAGE_ROWS, rows);
    out.length = 0;
    const levels = pageLevels(column.starts, from, to);
    emptyRows += levels.empty;
    writeSection(out, levels.repetition);
    writeSection(out, levels.definition);
    if (pairs > 0) {
      out.byte(width);
      writeHybrid(out, local.indices, column.starts[from] - first, column.starts[to] - first, width);
    }
    chunk.page(out.take(), levels.definition.length, pairs > 0 ? ENCODING.dictionary : ENCODING.plain);
  }
  return chunk.finish([column.name, 'key_value', leaf], PHYSICAL.byteArray, emptyRows, undefined, true);
}

/**
 * Returns the levels of a page. A row without pairs is a single element with definition level 0. The first pair of a
 * row has repetition level 0.
 */
function pageLevels(starts: Uint32Array, from: number, to: number) {
  let empty = 0;
  for (let row = from; row < to; row++) if (starts[row] === starts[row + 1]) empty++;
  const elements = starts[to] - starts[from] + empty;
  const repetition = repetitions.zeros(elements);
  const definition = definitions.zeros(elements);
  if (empty === elements) return { repetition, definition, empty };
  let at = 0;
  for (let row = from; row < to; row++) {
    const pairs = starts[row + 1] - starts[row];
    if (pairs === 0) {
      at++;
      continue;
    }
    definition.fill(1, at, at + pairs);
    if (pairs > 1) repetition.fill(1, at + 1, at + pairs);
    at += pairs;
  }
  return { repetition, definition, empty };
}

function writeSection(out: ByteWriter, levels: Uint32Array): void {
  const start = out.length;
  out.uint32(0);
  writeHybrid(out, levels, 0, levels.length, 1);
  setLength(out, start);
}
