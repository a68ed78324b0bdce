import assert from 'node:assert/strict';
import { cp, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { JournalCorruptError, type JournalRecord, openJournal, openJournalReader, verifyJournal } from './index.ts';

let root: string;
let directories = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'otelier-journal-'));
});
after(() => rm(root, { recursive: true, force: true }));

function makeTempDirectory(): string {
  directories += 1;
  return join(root, `journal-${directories}`);
}

/** Segment and frame header sizes. */
const HEADER_BYTES = 28;
const FRAME_BYTES = 12;

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (record: JournalRecord): string => Buffer.from(record.bytes).toString();

async function readAll(directory: string, from: number, limit: number, direct = false): Promise<JournalRecord[]> {
  const reader = await openJournalReader(directory, { direct });
  const records: JournalRecord[] = [];
  let position = from;
  while (position < limit) {
    const some = await reader.read(position, limit);
    assert.ok(some.length > 0, `no record between ${position} and ${limit}`);
    // The memory of direct reads is used again.
    records.push(...some.map(({ bytes, endPosition }) => ({ bytes: Buffer.from(bytes), endPosition })));
    position = some.at(-1)?.endPosition ?? position;
  }
  await reader.close();
  return records;
}

describe('journal recovery', () => {
  it('cuts a tail torn at any byte and keeps all records before it', async () => {
    const records = ['one', 'two two', '', 'three three three'];
    const original = makeTempDirectory();
    const journal = await openJournal({ directory: original });
    const ends: number[] = [];
    for (const record of records) ends.push(await journal.append([bytes(record)]));
    await journal.close();
    const [segment] = await readdir(original);
    assert.ok(segment !== undefined);
    const file = await open(join(original, segment));
    const content = await file.readFile();
    await file.close();
    const headerBytes = content.length - (ends.at(-1) ?? 0);

    for (let length = 0; length <= content.length; length++) {
      const directory = makeTempDirectory();
      const made = await openJournal({ directory });
      await made.close();
      const torn = await open(join(directory, segment), 'w');
      await torn.write(content.subarray(0, length));
      await torn.close();

      const opened = await openJournal({ directory });
      const whole = ends.filter((end) => end <= length - headerBytes);
      assert.equal(opened.durablePosition, whole.at(-1) ?? 0);
      const keptBytes = length < headerBytes ? 0 : headerBytes + opened.durablePosition;
      assert.equal(opened.recoveredCutBytes, length - keptBytes);
      await opened.append([bytes('after')]);
      assert.deepEqual((await readAll(directory, 0, opened.durablePosition)).map(text), [
        ...records.slice(0, whole.length),
        'after',
      ]);
      await opened.close();
    }
  });

  it('cuts a tail of zeros, which a file system may leave', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    const end = await journal.append([bytes('kept')]);
    await journal.close();
    const [segment = ''] = await readdir(directory);
    const file = await open(join(directory, segment), 'a');
    await file.write(new Uint8Array(4096));
    await file.close();
    const opened = await openJournal({ directory });
    assert.equal(opened.durablePosition, end);
    assert.equal(opened.recoveredCutBytes, 4096);
    await opened.close();
  });

  it('continues after the zeros with which a killed process fills the last block', async () => {
    const directory = makeTempDirectory();
    const killed = await openJournal({ directory, direct: true });
    const end = await killed.append([bytes('kept')]);
    const copy = makeTempDirectory();
    await cp(directory, copy, { recursive: true });
    await killed.close();
    const [segment = ''] = (await readdir(copy)).filter((name) => name.endsWith('.journal'));
    // A file system without direct writes has no such block.
    assert.ok([HEADER_BYTES + end, 4096].includes((await stat(join(copy, segment))).size));
    assert.equal((await stat(join(directory, segment))).size, HEADER_BYTES + end);
    const report = { firstPosition: 0, endPosition: end, records: 1, damage: [], unfinishedBytes: 0 };
    assert.deepEqual(await verifyJournal(copy), report);
    const opened = await openJournal({ directory: copy, direct: true });
    assert.deepEqual([opened.durablePosition, opened.recoveredCutBytes, opened.recoveredDamage], [end, 0, []]);
    const next = await opened.append([bytes('next')]);
    assert.deepEqual((await readAll(copy, 0, next)).map(text), ['kept', 'next']);
    await opened.close();
  });

  it('drops a segment whose creation was interrupted', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory, segmentBytes: 100 });
    const end = await journal.append([bytes('kept')]);
    await journal.close();
    const unfinished = await open(join(directory, `${String(end).padStart(16, '0')}.journal`), 'w');
    await unfinished.write(new Uint8Array(10));
    await unfinished.close();
    const opened = await openJournal({ directory, segmentBytes: 100 });
    assert.equal(opened.durablePosition, end);
    assert.equal(opened.recoveredCutBytes, 10);
    const next = await opened.append([bytes('next')]);
    assert.deepEqual((await readAll(directory, 0, next)).map(text), ['kept', 'next']);
    await opened.close();
  });

  it('reports where a record in a closed segment is damaged, and resumes at the next record', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory, segmentBytes: 100 });
    const ends: number[] = [];
    for (let i = 0; i < 12; i++) ends.push(await journal.append([bytes(`record ${i}`)]));
    const segments = (await readdir(directory)).sort();
    assert.ok(segments.length >= 2);
    const damagedAt = ends[1] ?? 0;
    const file = await open(join(directory, segments[0] ?? ''), 'r+');
    await file.write(bytes('X'), 0, 1, HEADER_BYTES + damagedAt + FRAME_BYTES);
    await file.close();

    const reader = await openJournalReader(directory);
    const whole = await reader.read(0, journal.durablePosition);
    assert.deepEqual(whole.map(text), ['record 0', 'record 1']);
    const error = await reader.read(damagedAt, journal.durablePosition).catch((reason: unknown) => reason);
    assert.ok(error instanceof JournalCorruptError);
    assert.match(error.message, new RegExp(`${segments[0]}: the record at position ${damagedAt} is damaged`));
    assert.equal(error.position, damagedAt);
    const next = error.resumePosition ?? 0;
    assert.equal(next, ends[2]);
    assert.equal(text((await reader.read(next, journal.durablePosition))[0] as JournalRecord), 'record 3');
    await reader.close();
    await journal.close();
  });

  it('leaves a segment of a newer format unchanged and reports it', async () => {
    const directory = makeTempDirectory();
    await (await openJournal({ directory })).close();
    const [first = ''] = await readdir(directory);
    const file = await open(join(directory, first), 'r+');
    const header = (await file.readFile()).subarray(0, HEADER_BYTES);
    header.writeUInt32LE(9, 8);
    header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
    await file.write(header, 0, HEADER_BYTES, 0);
    await file.close();
    await assert.rejects(openJournal({ directory }), /expected journal format 2 or older, got 9/);
  });
});
