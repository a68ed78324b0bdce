import { existsSync, readFileSync } from 'node:fs';
import type { Batch } from './batches.ts';
import { preloadArguments } from './preload.ts';

const MAX_LINES = 400;

/** Arguments for test processes that record their CPU time in a file. */
export function recordingArguments(record: string): string[] {
  return preloadArguments('record-cpu.mjs', { to: record });
}

/**
 * Returns a list of the processes that used the most CPU time, with the programs and threads that they started, and the
 * sum over all. Files that share a process are one line.
 */
export function describeCpu(record: string, batches: readonly Batch[]): string {
  const files = new Map(batches.map((batch) => [batch.entry, batch.files]));
  const lines = existsSync(record) ? readFileSync(record, 'utf8').trimEnd().split('\n') : [];
  const used = lines
    .map((line): [string, number] => JSON.parse(line))
    // A process that was forked records its own time, which is also a part of its parent's.
    .flatMap(([entry, millis]) => (files.has(entry) ? [{ files: files.get(entry) ?? [], seconds: millis / 1000 }] : []))
    .sort((a, b) => b.seconds - a.seconds);
  const total = used.reduce((sum, { seconds }) => sum + seconds, 0);
  const rows = used.slice(0, MAX_LINES).map((row) => `${row.seconds.toFixed(1).padStart(7)}  ${row.files.join(' ')}\n`);
  return `\nCPU seconds, ${used.length} processes:\n${rows.join('')}${total.toFixed(1).padStart(7)}  in total\n`;
}
