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
  const journal = await openJournal({ directory: process.argv[2], segmentBytes: 200_000 });
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

/** Appends records of 1000 bytes to a process that may not make a file larger than its limit, then a small one. */
const FULL_DISK = `
  const { openJournal } = await import(process.argv[1]);
  const journal = await openJournal({ directory: process.argv[2] });
  const acknowledged = [];
  const failures = [];
  for (let id = 0; id < 12; id++) {
    await journal.append([Buffer.from(id + ':'), Buffer.alloc(3000, 'x')]).then(() => acknowledged.push(id), (error) => failures.push(error));
  }
  await journal.append([Buffer.from('small:')]).then(() => acknowledged.push('small'), (error) => failures.push(error));
  const codes = failures.map((error) => error.cause?.code);
  await journal.discardBefore(journal.durablePosition);
  await journal.append([Buffer.from('room:'), Buffer.alloc(3000, 'x')]);
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
  it('has every acknowledged record after kill -9 under load, whole and once', { timeout: 60_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-journal-crash-'));
    const door = new URL('./index.ts', import.meta.url).href;
    for (let round = 0; round < 3; round++) {
      const folder = join(directory, `round-${round}`);
      const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, door, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const acknowledged = new Map<number, number>();
      for await (const line of createInterface({ input: child.stdout })) {
        const [id, end] = line.split(' ').map(Number);
        if (id !== undefined && end !== undefined && !Number.isNaN(end)) acknowledged.set(id, end);
        if (acknowledged.size === 200 + round * 400) child.kill('SIGKILL');
      }
      const journal = await openJournal({ directory: folder, segmentBytes: 200_000 });
      const found = new Map<number, number>();
      for (const record of await readAll(folder, 0, journal.durablePosition)) {
        const id = Number.parseInt(Buffer.from(record.bytes).toString(), 10);
        assert.equal(record.bytes.length, String(id).length + 1 + (id % 3000));
        assert.ok(!found.has(id), `record ${id} is there twice`);
        found.set(id, record.endPosition);
      }
      for (const [id, end] of acknowledged) assert.equal(found.get(id), end, `acknowledged record ${id}`);
      await journal.append([Buffer.from('goes on')]);
      await journal.close();
    }
    await rm(directory, { recursive: true });
  });

  it('rejects what does not fit the disk, takes the rest back, and works on', { timeout: 30_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-journal-full-'));
    const folder = join(directory, 'j');
    const door = new URL('./index.ts', import.meta.url).href;
    // A limit on the size of files makes write(2) stop short and then fail, as a full disk does.
    const child = spawn(
      'sh',
      ['-c', 'ulimit -f 40; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', FULL_DISK, door, folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    const { acknowledged, codes, message } = JSON.parse(output);
    assert.deepEqual(acknowledged, [0, 1, 2, 3, 4, 5, 'small']);
    assert.deepEqual([...new Set(codes)], ['EFBIG']);
    assert.match(message, /^journal j: cannot append: EFBIG/);
    const journal = await openJournal({ directory: folder });
    assert.equal(journal.recoveredCutBytes, 0);
    const records = await readAll(folder, journal.firstPosition, journal.durablePosition);
    assert.deepEqual(
      records.map((record) => Buffer.from(record.bytes).toString().split(':')[0]),
      ['room'],
    );
    await journal.close();
    await rm(directory, { recursive: true });
  });
});
