import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { JournalCorruptError, JournalFullError, type JournalRecord, openJournal, openJournalReader } from './index.ts';

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

/** Size of a segment header. */
const HEADER_BYTES = 28;

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

/** A record to append, a share of the records to discard, or a restart. */
type Step = Uint8Array[] | { readonly discard: number } | 'reopen';

async function compareWithArray(steps: readonly Step[], how: { direct: boolean; segmentBytes: number }): Promise<void> {
  const options = { directory: makeTempDirectory(), ...how };
  let journal = await openJournal(options);
  const model: { start: number; end: number; bytes: Buffer }[] = [];
  for (const action of steps) {
    if (action === 'reopen') {
      const { durablePosition, firstPosition, sizeBytes } = journal;
      await journal.close();
      journal = await openJournal(options);
      assert.deepEqual(
        [journal.durablePosition, journal.firstPosition, journal.sizeBytes, journal.recoveredCutBytes],
        [durablePosition, firstPosition, sizeBytes, 0],
      );
    } else if (Array.isArray(action)) {
      const start = journal.durablePosition;
      model.push({ start, end: await journal.append(action), bytes: Buffer.concat(action) });
    } else {
      const position = model[Math.floor(action.discard * model.length)]?.start ?? journal.durablePosition;
      await journal.discardBefore(position);
      assert.ok(journal.firstPosition <= position);
      while ((model[0]?.start ?? Infinity) < journal.firstPosition) model.shift();
    }
    const records = await readAll(options.directory, journal.firstPosition, journal.durablePosition, how.direct);
    assert.deepEqual(
      records.map((record) => [record.endPosition, Buffer.from(record.bytes).toString('hex')]),
      model.map((record) => [record.end, record.bytes.toString('hex')]),
    );
  }
  await journal.close();
}

describe('journal', () => {
  it('returns appended records in order, also after it is reopened', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    const first = await journal.append([bytes('he'), bytes(''), bytes('llo')]);
    const second = await journal.append([]);
    const third = await journal.append([bytes('world')]);
    assert.equal(journal.durablePosition, third);
    await journal.close();
    await journal.close();

    const again = await openJournal({ directory });
    assert.equal(again.durablePosition, third);
    assert.equal(again.recoveredCutBytes, 0);
    const records = await readAll(directory, 0, third);
    assert.deepEqual(records.map(text), ['hello', '', 'world']);
    assert.deepEqual(
      records.map((record) => record.endPosition),
      [first, second, third],
    );
    assert.deepEqual((await readAll(directory, first, second)).map(text), ['']);
    await again.close();
  });

  for (const { how, direct, segmentBytes, maxLength, numRuns } of [
    { how: 'through the cache', direct: false, segmentBytes: 1000, maxLength: 300, numRuns: 30 },
    { how: 'past the cache', direct: true, segmentBytes: 10_000, maxLength: 5000, numRuns: 10 },
  ])
    it(`agrees with an array through any sequence of appends, discards and restarts, ${how}`, async () => {
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.array(fc.uint8Array({ maxLength }), { maxLength: 3 }) },
        { weight: 1, arbitrary: fc.nat({ max: 100 }).map((percent) => ({ discard: percent / 100 })) },
        { weight: 1, arbitrary: fc.constant('reopen' as const) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
          compareWithArray(steps, { direct, segmentBytes }),
        ),
        { seed: 20_261_130, numRuns },
      );
    });

  for (const [how, options] of [
    ['with new buffers', {}],
    ['blocking, with one buffer', { reuseBuffer: true, blocks: true }],
    ['past the cache', { reuseBuffer: true, blocks: true, direct: true }],
  ] as const)
    it(`reads across segments while they are written and continues after a record larger than one read, ${how}`, async () => {
      const directory = makeTempDirectory();
      const journal = await openJournal({ directory, segmentBytes: 3 << 20, direct: 'direct' in options });
      const reader = await openJournalReader(directory, options);
      const sizes = [1 << 20, 9 << 20, 5, 2 << 20, 2 << 20, 0, 7];
      let position = 0;
      const seen: number[] = [];
      for (const size of sizes) {
        await journal.append([new Uint8Array(size).fill(size % 251)]);
        for (const record of await reader.read(position, journal.durablePosition)) {
          seen.push(record.bytes.length);
          assert.ok(record.bytes.every((byte) => byte === size % 251));
          position = record.endPosition;
        }
      }
      assert.deepEqual(seen, sizes);
      assert.deepEqual(await reader.read(position, journal.durablePosition), []);
      assert.ok((await readdir(directory)).length > 2);
      await reader.close();
      await journal.close();
    });

  it('reads into the same buffer again if the caller allows it', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    await Promise.all(Array.from({ length: 100 }, (_, index) => journal.append([new Uint8Array(200_000).fill(index)])));
    const reader = await openJournalReader(directory, { reuseBuffer: true });
    const buffers = new Set<ArrayBufferLike>();
    let count = 0;
    for (let position = 0; position < journal.durablePosition; ) {
      for (const { bytes, endPosition } of await reader.read(position, journal.durablePosition)) {
        buffers.add(bytes.buffer);
        assert.ok(bytes.every((byte) => byte === count));
        count += 1;
        position = endPosition;
      }
    }
    assert.equal(count, 100);
    assert.equal(buffers.size, 1);
    await reader.close();
    await journal.close();
  });

  it('checks records before the trusted position, and only the frames of those after it', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    const first = await journal.append([bytes('first')]);
    const second = await journal.append([bytes('second')]);
    await journal.close();
    const [segment = ''] = (await readdir(directory)).filter((name) => name.endsWith('.journal'));
    const file = await open(join(directory, segment), 'r+');
    // The last byte of each record.
    for (const end of [first, second]) await file.write(bytes('X'), 0, 1, HEADER_BYTES + end - 1);
    await file.close();
    const reader = await openJournalReader(directory, { trustedFrom: first });
    await assert.rejects(reader.read(0, second), JournalCorruptError);
    assert.deepEqual((await reader.read(first, second)).map(text), ['seconX']);
    await reader.close();
    const framed = await open(join(directory, segment), 'r+');
    await framed.write(bytes('XXXX'), 0, 4, HEADER_BYTES + first);
    await framed.close();
    const other = await openJournalReader(directory, { trustedFrom: 0 });
    await assert.rejects(other.read(first, second), JournalCorruptError);
    await other.close();
  });

  it('returns a few records at a time, not the whole journal', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    await Promise.all(Array.from({ length: 100 }, () => journal.append([new Uint8Array(200_000)])));
    const reader = await openJournalReader(directory);
    const records = await reader.read(0, journal.durablePosition);
    assert.ok(records.length > 1 && records.length < 50, `${records.length} records in one read`);
    await reader.close();
    await journal.close();
  });

  it('syncs once for all appends that are pending together', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory });
    const appends = 5000;
    const positions = await Promise.all(
      Array.from({ length: appends }, (_, index) => journal.append([bytes(`record ${index}`)])),
    );
    assert.ok(journal.syncCount <= 3, `${journal.syncCount} syncs for ${appends} appends`);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
    // Waves that arrive during a sync share the next one.
    const before = journal.syncCount;
    const senders = Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 10; i++) await journal.append([bytes('x')]);
    });
    await Promise.all(senders);
    assert.ok(journal.syncCount - before <= 100, `${journal.syncCount - before} syncs for 200 appends of 20 senders`);
    const records = await readAll(directory, 0, journal.durablePosition);
    assert.equal(records.length, appends + 200);
    await journal.close();
  });

  it('waits for pending appends on close and rejects later ones', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory, segmentBytes: 100 });
    const pending = Array.from({ length: 50 }, (_, index) => journal.append([bytes(`record ${index}`)]));
    await journal.close();
    await Promise.all(pending);
    await assert.rejects(journal.append([bytes('late')]), /after close/);
    const again = await openJournal({ directory });
    assert.equal((await readAll(directory, 0, again.durablePosition)).length, 50);
    await again.close();
  });
});

describe('journal bounds', () => {
  it('rejects an append beyond its byte limit, pending ones included, and accepts it once there is space', async () => {
    const journal = await openJournal({ directory: makeTempDirectory(), maxBytes: 10_000 });
    const kilobyte = [new Uint8Array(1000)];
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => journal.append(kilobyte)));
    const taken = results.filter((result) => result.status === 'fulfilled').length;
    assert.equal(taken, 9);
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(result.reason instanceof JournalFullError);
    }
    assert.ok(journal.sizeBytes <= 10_000);
    await assert.rejects(journal.append(kilobyte), /full: \d+ of 10000 bytes used, the record needs 1012/);
    await journal.discardBefore(journal.durablePosition);
    assert.equal(journal.firstPosition, journal.durablePosition);
    for (let i = 0; i < 8; i++) await journal.append(kilobyte);
    await journal.close();
  });

  it('keeps every record at or above the discard position', async () => {
    const directory = makeTempDirectory();
    const journal = await openJournal({ directory, segmentBytes: 100 });
    const ends: number[] = [];
    for (let i = 0; i < 20; i++) ends.push(await journal.append([bytes(`record ${i}`)]));
    const kept = ends[9] ?? 0;
    await journal.discardBefore(kept);
    assert.ok(journal.firstPosition > 0 && journal.firstPosition <= kept);
    assert.deepEqual(
      (await readAll(directory, kept, journal.durablePosition)).map(text),
      Array.from({ length: 10 }, (_, i) => `record ${i + 10}`),
    );
    const reader = await openJournalReader(directory);
    await assert.rejects(reader.read(0, kept), /nothing to read at position 0; the oldest record is at \d+/);
    await reader.close();
    await journal.close();
  });
});
