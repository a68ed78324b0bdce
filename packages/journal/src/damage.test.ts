import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { JournalCorruptError, openJournal, openJournalReader } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-journal-damage-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const makeTempDirectory = () => join(root, `journal-${++directories}`);

const OPTIONS = { segmentBytes: 1500, direct: true };
const HEADER_BYTES = 28;

/** Reads all records, skipping damage. `lost` lists the position ranges that could not be read. */
async function readOver(directory: string, from: number, limit: number) {
  const reader = await openJournalReader(directory);
  const records: string[] = [];
  const lost: { readonly from: number; readonly to: number }[] = [];
  for (let position = from; position < limit; ) {
    try {
      for (const record of await reader.read(position, limit)) {
        records.push(Buffer.from(record.bytes).toString());
        position = record.endPosition;
      }
    } catch (error) {
      if (!(error instanceof JournalCorruptError)) throw error;
      const to = error.resumePosition ?? limit;
      assert.ok(to > position, `reading resumes after ${position}: ${to}`);
      lost.push({ from: position, to });
      position = to;
    }
  }
  await reader.close();
  return { records, lost };
}

async function append(directory: string, records: readonly string[]): Promise<number[]> {
  const journal = await openJournal({ directory, ...OPTIONS });
  const ends: number[] = [];
  for (const record of records) ends.push(await journal.append([Buffer.from(record)]));
  await journal.close();
  return ends;
}

async function reopen(directory: string) {
  const journal = await openJournal({ directory, ...OPTIONS });
  return { journal, ...(await readOver(directory, 0, journal.durablePosition)) };
}

const segmentsOf = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.journal'))
    .sort();

function change(path: string, edit: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, edit(bytes) ?? bytes);
}

describe('a damaged journal', () => {
  const records = Array.from({ length: 60 }, (_, i) => `${i}:${'x'.repeat((i * 37) % 300)}`);

  it('loses only the records in a damaged range, reports them, and accepts new ones', async () => {
    const original = makeTempDirectory();
    const ends = await append(original, records);
    const starts = [0, ...ends];
    const damage = fc.record({
      segment: fc.nat({ max: segmentsOf(original).length - 1 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.oneof(fc.constant(1), fc.nat({ max: 400 })),
      kind: fc.constantFrom('flip', 'zero', 'noise'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 2 }), async (damages) => {
        const directory = makeTempDirectory();
        await cp(original, directory, { recursive: true });
        const touched: { readonly from: number; readonly to: number }[] = [];
        for (const { segment, at, length, kind } of damages) {
          const name = segmentsOf(directory)[segment] ?? '';
          change(join(directory, name), (bytes) => {
            // After the header, which the next test damages.
            const from = HEADER_BYTES + Math.floor(at * (bytes.length - HEADER_BYTES - 1));
            const to = Math.min(bytes.length, from + Math.max(1, length));
            for (let i = from; i < to; i++) {
              const byte = bytes[i] ?? 0;
              bytes[i] = kind === 'zero' ? 0 : kind === 'flip' ? byte ^ 1 : (byte * 31 + i * 17 + 7) & 255;
            }
            touched.push({
              from: Number.parseInt(name, 10) + from - HEADER_BYTES,
              to: Number.parseInt(name, 10) + to - HEADER_BYTES,
            });
            return bytes;
          });
        }
        const { journal, records: found, lost } = await reopen(directory);
        const intact = records.filter((_, i) =>
          touched.every(({ from, to }) => to <= (starts[i] ?? 0) || from >= (ends[i] ?? 0)),
        );
        const readable = new Set(found);
        for (const record of intact) assert.ok(readable.has(record), `${record} is undamaged`);
        assert.equal(readable.size, found.length, 'each record once');
        for (const record of found) assert.ok(records.includes(record));
        const lostRecords = records.filter((record) => !readable.has(record)).length;
        assert.equal(lost.length > 0, lostRecords > 0, 'exactly the lost ranges are reported');
        assert.ok(journal.durablePosition >= (ends.at(-1) ?? 0), 'no position is reused');
        await journal.append([Buffer.from('new')]);
        await journal.close();
        const again = await reopen(directory);
        assert.deepEqual(again.records, [...found, 'new']);
        assert.deepEqual(again.lost, lost);
        await again.journal.close();
      }),
      { numRuns: 150, seed: 10 },
    );
  });

  it('reads all records of a segment whose header is damaged at any byte', async () => {
    const original = makeTempDirectory();
    await append(original, records.slice(0, 12));
    const [first = ''] = segmentsOf(original);
    for (let at = 0; at < HEADER_BYTES; at++) {
      const directory = makeTempDirectory();
      await cp(original, directory, { recursive: true });
      change(join(directory, first), (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 0x41;
        return bytes;
      });
      const { journal, records: found, lost } = await reopen(directory);
      assert.deepEqual([found, lost], [records.slice(0, 12), []], `byte ${at}`);
      assert.equal(journal.recoveredDamage.length, 1);
      await journal.close();
      const again = await reopen(directory);
      assert.equal(again.journal.recoveredDamage.length, 0, 'the header is rewritten');
      await again.journal.close();
    }
  });

  it('finds the records after a page of zeros at the start of its only segment', async () => {
    const directory = makeTempDirectory();
    await append(directory, records.slice(0, 6));
    change(join(directory, segmentsOf(directory)[0] ?? ''), (bytes) => bytes.fill(0, 0, 200));
    const { journal, records: found, lost } = await reopen(directory);
    assert.ok(found.length > 0 && found.length < 6);
    assert.deepEqual(found, records.slice(6 - found.length, 6));
    assert.equal(lost.length, 1);
    await journal.close();
  });

  it('does not mistake bytes inside a payload for records', async () => {
    const directory = makeTempDirectory();
    const ends = await append(directory, ['before', 'x'.repeat(500), 'behind']);
    change(join(directory, segmentsOf(directory)[0] ?? ''), (bytes) => {
      // The frame of the first record, copied to another position.
      bytes.copy(bytes, HEADER_BYTES + (ends[0] ?? 0) + 100, HEADER_BYTES, HEADER_BYTES + (ends[0] ?? 0));
      return bytes;
    });
    const { journal, records: found } = await reopen(directory);
    assert.deepEqual(found, ['before', 'behind']);
    await journal.close();
  });

  it('distinguishes missing acknowledged records at the end from a torn unacknowledged tail', async () => {
    const whole = makeTempDirectory();
    const ends = await append(whole, ['a'.repeat(50), 'b'.repeat(50)]);
    const [name = ''] = segmentsOf(whole);
    for (let length = HEADER_BYTES; length <= HEADER_BYTES + (ends[1] ?? 0); length++) {
      const directory = makeTempDirectory();
      await cp(whole, directory, { recursive: true });
      truncateSync(join(directory, name), length);
      const { journal, lost } = await reopen(directory);
      const isWhole = length === HEADER_BYTES + (ends[1] ?? 0);
      assert.deepEqual(lost.at(-1)?.to, isWhole ? undefined : ends[1]);
      assert.equal(journal.durablePosition, ends[1]);
      await journal.close();
    }
    // The same bytes as a record that was being written when the process died are cut without a report.
    const torn = makeTempDirectory();
    await cp(whole, torn, { recursive: true });
    change(join(torn, name), (bytes) => Buffer.concat([bytes, bytes.subarray(HEADER_BYTES, HEADER_BYTES + 40)]));
    const { journal, lost } = await reopen(torn);
    assert.deepEqual(lost, []);
    assert.equal(journal.recoveredCutBytes, 40);
    assert.equal(journal.durablePosition, ends[1]);
    await journal.close();
  });

  it('continues after the acknowledged position when segments are missing', async () => {
    for (const gone of ['first', 'middle', 'last', 'all'] as const) {
      const directory = makeTempDirectory();
      const ends = await append(directory, records);
      const names = segmentsOf(directory);
      const middle = Math.floor(names.length / 2);
      const removed = {
        first: names.slice(0, 1),
        middle: names.slice(middle, middle + 1),
        last: names.slice(-1),
        all: names,
      };
      for (const name of removed[gone]) rmSync(join(directory, name));
      const { journal, records: found, lost } = await reopen(directory);
      assert.ok(gone === 'all' ? found.length === 0 : found.length > 0);
      assert.equal(journal.durablePosition, ends.at(-1));
      if (gone !== 'all') assert.equal(lost.length, 1, gone);
      await journal.append([Buffer.from('new')]);
      assert.deepEqual((await readOver(directory, journal.firstPosition, journal.durablePosition)).records, [
        ...found,
        'new',
      ]);
      await journal.close();
    }
  });

  it('restores the names of renamed and swapped segments, and sets copies and other files aside', async () => {
    const directory = makeTempDirectory();
    await append(directory, records);
    const [a = '', b = '', c = ''] = segmentsOf(directory);
    const [first, second] = [readFileSync(join(directory, a)), readFileSync(join(directory, b))];
    writeFileSync(join(directory, a), second);
    writeFileSync(join(directory, b), first);
    writeFileSync(join(directory, '0000000000000007.journal'), readFileSync(join(directory, c)));
    writeFileSync(join(directory, '0000000000000009.journal'), 'no segment');
    mkdirSync(join(directory, '0000000000000011.journal'));
    const { journal, records: found, lost } = await reopen(directory);
    assert.deepEqual([found, lost], [records, []]);
    assert.equal(journal.recoveredDamage.length, 5);
    assert.equal(readdirSync(join(directory, 'damaged')).length, 3);
    await journal.close();
  });

  it('works when the file with the acknowledged position is damaged, missing or a directory', async () => {
    for (const damage of ['noise', 'missing', 'directory'] as const) {
      const directory = makeTempDirectory();
      await append(directory, records);
      const path = join(directory, 'durable');
      if (damage === 'noise') writeFileSync(path, 'x'.repeat(40));
      else rmSync(path);
      if (damage === 'directory') mkdirSync(path);
      const { journal, records: found, lost } = await reopen(directory);
      assert.deepEqual([found, lost], [records, []]);
      await journal.append([Buffer.from('new')]);
      await journal.close();
      assert.equal(
        (await reopen(directory).then(({ journal, records: all }) => journal.close().then(() => all))).length,
        61,
      );
    }
  });

  it('reads and continues a journal in version 1 of the format', async () => {
    const directory = makeTempDirectory();
    mkdirSync(directory);
    writeFileSync(join(directory, '0000000000000000.journal'), segmentV1(['one', 'two', 'three']));
    const first = await reopen(directory);
    await first.journal.append([Buffer.from('new')]);
    await first.journal.close();
    change(join(directory, '0000000000000000.journal'), (bytes) => {
      bytes[24 + 11 + 8] = 0;
      return bytes;
    });
    const { journal, records: found, lost } = await reopen(directory);
    assert.deepEqual(found, ['one', 'three', 'new']);
    assert.deepEqual(lost, [{ from: 11, to: 22 }]);
    await journal.close();
  });
});

function segmentV1(records: readonly string[]): Buffer {
  const header = Buffer.alloc(24);
  header.write('otelierJ');
  header.writeUInt32LE(1, 8);
  const frames = records.map((record) => {
    const frame = Buffer.alloc(8 + record.length);
    frame.writeUInt32LE(record.length, 0);
    frame.write(record, 8);
    frame.writeUInt32LE(crc32(frame.subarray(8), crc32(frame.subarray(0, 4))), 4);
    return frame;
  });
  return Buffer.concat([header, ...frames]);
}
