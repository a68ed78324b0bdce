/**
 * Benchmarks the CPU cost of appending 400 kB records, excluding the disk: `node packages/journal/src/journal.bench.ts
 * [MB]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, openJournalReader } from './index.ts';

const totalBytes = Number(process.argv[2] ?? 1000) * 1e6;
const directory = await mkdtemp(join(process.env['JOURNAL_BENCH_DIR'] ?? tmpdir(), 'otelier-journal-bench-'));
const journal = await openJournal({ directory: join(directory, 'bench') });
const record = [Buffer.alloc(100, 'h'), Buffer.alloc(400_000, 'spans and more spans ')];
const count = Math.ceil(totalBytes / 400_100);

const cpuBefore = process.cpuUsage();
const start = performance.now();
let sent = 0;
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (sent++ < count) await journal.append(record);
  }),
);
report('append', performance.now() - start, process.cpuUsage(cpuBefore));

const reader = await openJournalReader(join(directory, 'bench'));
const cpuBeforeRead = process.cpuUsage();
const startRead = performance.now();
let position = 0;
let records = 0;
while (position < journal.durablePosition) {
  const some = await reader.read(position, journal.durablePosition);
  records += some.length;
  position = some.at(-1)?.endPosition ?? position;
}
report('read', performance.now() - startRead, process.cpuUsage(cpuBeforeRead));
console.log(`${records} records, ${journal.syncCount} syncs`);
await reader.close();
await journal.close();
await rm(directory, { recursive: true });

function report(what: string, millis: number, cpu: NodeJS.CpuUsage): void {
  const gigabytes = (count * 400_100) / 1e9;
  const [wall, user, system] = [millis / 1e3, cpu.user / 1e6, cpu.system / 1e6];
  console.log(
    `${what}: ${(gigabytes / wall).toFixed(2)} GB/s, ${(gigabytes / user).toFixed(2)} GB per user CPU-second, ` +
      `${(gigabytes / (user + system)).toFixed(2)} GB per CPU-second with the kernel's`,
  );
}
