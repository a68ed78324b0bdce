import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { type JournalRecord, openJournal, openJournalReader } from './index.ts';

const WRITER = `
  const { openJournal } = await import(process.argv[1]);
  const journal = await openJournal({ directory: process.argv[2], segmentBytes: 200_000, direct: process.argv[3] === 'direct' });
  let next = 0;
  const sender = async () => {
    for (;;) {
      const id = next++;
      const end = await journal.append([Buffer.from(String(id) + ':'), Buffer.alloc(id % 3000, 'x')]);
      process.stdout.write(id + ' ' + end + '\\n');
    }
  };
  for (let i = 0; i < 30; i++) sender();
`;

/** In a process with a file size limit, appends 1000-byte records, then a small one. */
const FULL_DISK = `
  const { openJournal } = await import(process.argv[1]);
  const journal = await openJournal({ directory: process.argv[2], direct: process.argv[3] === 'direct' });
  const acknowledged = [];
  const failures = [];
  for (let id = 0; id < 12; id++) {
    await journal.append([Buffer.from(id + ':'), Buffer.alloc(3000, 'x')]).then(() => acknowledged.push(id), (error) => failures.push(error));
  }
  await journal.append([Buffer.from('small:')]).then(() => acknowledged.push('small'), (error) => failures.push(error));
  const codes = failures.map((error) => error.cause?.code);
  await journal.discardBefore(journal.durablePosition);
  await journal.append([Buffer.from('space:'), Buffer.alloc(3000, 'x')]);
  await journal.close();
  process.stdout.write(JSON.stringify({ acknowledged, codes, message: failures[0]?.message }));
`;

async function readAll(directory: string, from: number, limit: number): Promise<JournalRecord[]> {
  const reader = await openJournalReader(directory);
  const records: JournalRecord[] = [];
  let position = from;
  while (position < limit) {
    records.push(...(await reader.read(position, limit)));
    position = records.at(-1)?.endPosition ?? limit;
  }
  await reader.close();
  return records;
}

describe('journal under a crash', () => {
  it('keeps every acknowledged record whole and once after kill -9 under load', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-journal-crash-'));
    const index = new URL('./index.ts', import.meta.url).href;
    for (const [round, mode] of ['direct', '', 'direct'].entries()) {
      const journalDirectory = join(directory, `round-${round}`);
      const args = ['--input-type=module', '-e', WRITER, index, journalDirectory, mode];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const acknowledged = new Map<number, number>();
      for await (const line of createInterface({ input: child.stdout })) {
        const [id, end] = line.split(' ').map(Number);
        if (id !== undefined && end !== undefined && !Number.isNaN(end)) acknowledged.set(id, end);
        if (acknowledged.size === 200 + round * 400) child.kill('SIGKILL');
      }
      const journal = await openJournal({ directory: journalDirectory, segmentBytes: 200_000, direct: mode !== '' });
      const found = new Map<number, number>();
      for (const record of await readAll(journalDirectory, 0, journal.durablePosition)) {
        const id = Number.parseInt(Buffer.from(record.bytes).toString(), 10);
        assert.equal(record.bytes.length, String(id).length + 1 + (id % 3000));
        assert.ok(!found.has(id), `record ${id} occurs twice`);
        found.set(id, record.endPosition);
      }
      for (const [id, end] of acknowledged) assert.equal(found.get(id), end, `acknowledged record ${id}`);
      await journal.append([Buffer.from('continues')]);
      await journal.close();
    }
    await rm(directory, { recursive: true });
  });

  for (const mode of ['', 'direct'])
    it(`rejects a record that does not fit the disk, undoes the partial write, and keeps working ${mode}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'otelier-journal-full-'));
      const journalDirectory = join(directory, 'j');
      const index = new URL('./index.ts', import.meta.url).href;
      // A file size limit makes write(2) write partially and then fail, like a full disk.
      const child = spawn(
        'sh',
        [
          '-c',
          'ulimit -f 40; exec "$0" "$@"',
          process.execPath,
          '--input-type=module',
          '-e',
          FULL_DISK,
          index,
          journalDirectory,
          mode,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let output = '';
      for await (const chunk of child.stdout) output += chunk;
      const { acknowledged, codes, message } = JSON.parse(output);
      assert.deepEqual(acknowledged, [0, 1, 2, 3, 4, 5, 'small']);
      assert.deepEqual([...new Set(codes)], ['EFBIG']);
      assert.match(message, /^journal j: cannot append: EFBIG/);
      const journal = await openJournal({ directory: journalDirectory });
      assert.equal(journal.recoveredCutBytes, 0);
      const records = await readAll(journalDirectory, journal.firstPosition, journal.durablePosition);
      assert.deepEqual(
        records.map((record) => Buffer.from(record.bytes).toString().split(':')[0]),
        ['space'],
      );
      await journal.close();
      await rm(directory, { recursive: true });
    });
});
