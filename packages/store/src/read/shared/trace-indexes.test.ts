import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createRandom } from '../../columns/blast.testing.ts';
import { buildTraceIndex } from '../../trace-index.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { Files } from './files.ts';
import { TraceIndexes } from './trace-indexes.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-indexes-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const FILES = 40;
const TRACES = 3000;

interface Indexed {
  readonly file: StoredFile;
  readonly prefixes: ReadonlySet<bigint>;
}

/** Writes files that consist of an index after some other bytes. */
function writeIndexes(name: string, prefixOf: (file: number, trace: number) => bigint): readonly Indexed[] {
  return Array.from({ length: FILES }, (_, file) => {
    const prefixes = BigUint64Array.from({ length: TRACES }, (_unused, trace) => prefixOf(file, trace));
    const distinct = new Set(prefixes);
    const index = buildTraceIndex(prefixes);
    const path = join(directory, `${name}-${file}.parquet`);
    writeFileSync(path, Buffer.concat([Buffer.alloc(7), index]));
    const traceIndex = { offset: 7, length: index.length };
    const stored = { path, rows: 1, bytes: 0, minTime: 0n, maxTime: 0n, promoted: [], keys: {}, summary: undefined };
    return { file: { ...stored, traceIndex }, prefixes: distinct };
  });
}

const idOf = (prefix: bigint): string => prefix.toString(16).padStart(16, '0').padEnd(32, 'f');

describe('trace ID indexes', () => {
  const random = createRandom(5);
  const wide = () => (BigInt(random()) << 32n) | BigInt(random());
  const cases = {
    random: writeIndexes('random', wide),
    'counted up': writeIndexes('counted', (file, trace) => BigInt(file * TRACES + trace)),
    'the same in all files': writeIndexes('same', (_, trace) => BigInt(trace) << 48n),
  };
  for (const [name, indexed] of Object.entries(cases)) {
    for (const [caches, indexes] of [
      ['large', new TraceIndexes()],
      ['small', new TraceIndexes(20_000, 50_000)],
      ['no', new TraceIndexes(0, 0)],
    ] as const) {
      test(`select the files of traces that are ${name}, with ${caches} caches`, async () => {
        const files = new Files(indexed.map(({ file }) => file));
        const present = (indexed[random() % FILES]?.prefixes ?? new Set<bigint>()).values().toArray();
        const pick = () => (random() % 3 === 0 ? wide() : (present[random() % present.length] ?? 0n));
        for (let round = 0; round < 8; round++) {
          const prefixes = Array.from({ length: round % 4 === 3 ? 30 : 1 }, pick);
          const selected = await indexes.select(files, prefixes.map(idOf));
          const expected = indexed.filter((one) => prefixes.some((prefix) => one.prefixes.has(prefix)));
          assert.deepEqual(
            selected.all.map(({ path }) => path),
            expected.map(({ file }) => file.path),
          );
        }
      });
    }
  }

  test('are not read again for a trace that no file contains', async () => {
    const own = writeIndexes('removed', wide);
    const indexes = new TraceIndexes(16 << 20, 0);
    const files = new Files(own.map(({ file }) => file));
    await indexes.select(files, [idOf(1n)]);
    await indexes.built();
    for (const { file } of own) rmSync(file.path);
    let read = 0;
    for (let i = 0; i < 50; i++) {
      await indexes.select(files, [idOf(wide())]).catch(() => {
        read += 1;
      });
    }
    // About one of 120 files passes the filter.
    assert.ok(read < 50, `${read}`);
    const one = new Files(files.all.slice(0, 1));
    let passed = 0;
    for (let i = 0; i < 400; i++) {
      await indexes.select(one, [idOf(wide())]).catch(() => {
        passed += 1;
      });
    }
    assert.ok(passed < 20, `${passed} of 400 passed`);
  });
});
