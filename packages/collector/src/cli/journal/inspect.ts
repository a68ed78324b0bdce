import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkUnlocked, listQueueFiles, type QueueFile, readJournalQueue } from '@otelier/journal';
import { decodeBatch } from '../../component/storage/batch-record.ts';
import { formatByteSize } from '../../component/units.ts';
import { RECORDS_SUFFIX } from '../../extensions/file_storage/storage-name.ts';
import type { Console } from '../console.ts';
import { terminalText } from '../terminal-text.ts';
import { decryptorOf, type FoundQueue, findQueues } from './queues.ts';

/** The options of `otelier journal inspect`. */
export interface JournalInspectOptions {
  readonly json?: boolean;
}

/** What a queue contains. */
interface QueueReport {
  readonly queue: string;
  readonly isInUse: boolean;
  readonly files: readonly QueueFile[];
  readonly records: number;
  readonly waiting: { readonly batches: number; readonly items: number; readonly bytes: number };
  /** Arrival of the oldest waiting batch. */
  readonly oldest: string | undefined;
  readonly damage: readonly string[];
  /** Size of a record at the end that is being written, or was cut off before it was accepted. */
  readonly unfinishedBytes: number;
  /** Files that were set aside. */
  readonly damagedFiles: readonly string[];
}

/** Prints what the queues of a directory contain, and sets exit code 1 if there is damage. */
export async function journalInspectCommand(
  directory: string,
  { json = false }: JournalInspectOptions,
  console: Console,
): Promise<void> {
  const reports: QueueReport[] = [];
  for (const queue of findQueues(directory)) reports.push(await inspectQueue(queue, console));
  if (json) console.print(JSON.stringify(reports, undefined, 2));
  else for (const report of reports) for (const line of linesOf(report)) console.print(terminalText(line));
  if (reports.some(({ damage }) => damage.length > 0)) process.exitCode = 1;
}

async function inspectQueue(queue: FoundQueue, { environment }: Console): Promise<QueueReport> {
  const { name, directory } = queue;
  const waiting = { batches: 0, items: 0, bytes: 0 };
  const damage: string[] = [];
  let records = 0;
  let unfinishedBytes = 0;
  let oldestMillis: number | undefined;
  for await (const entry of readJournalQueue(directory, await decryptorOf(queue, environment))) {
    if (entry.kind === 'damage') damage.push(entry.message);
    if (entry.kind === 'unfinished') unfinishedBytes += entry.bytes;
    if (entry.kind !== 'record') continue;
    records += 1;
    if (!entry.isWaiting) continue;
    waiting.batches += 1;
    waiting.items += entry.counts.items;
    waiting.bytes += entry.counts.bytes;
    oldestMillis ??= arrivalOf(entry.content);
  }
  const damaged = join(directory, 'damaged');
  return {
    queue: name,
    isInUse: isLocked(directory) || isLocked(dirname(directory)),
    files: await listQueueFiles(directory),
    records,
    waiting,
    oldest: oldestMillis === undefined ? undefined : new Date(oldestMillis).toISOString(),
    damage,
    unfinishedBytes,
    damagedFiles: existsSync(damaged) ? readdirSync(damaged).sort() : [],
  };
}

function arrivalOf(content: Uint8Array): number | undefined {
  try {
    return decodeBatch(content).context.arrivalMillis;
  } catch {
    return undefined;
  }
}

function isLocked(directory: string): boolean {
  try {
    checkUnlocked(directory);
    return false;
  } catch {
    return true;
  }
}

function linesOf(report: QueueReport): readonly string[] {
  const { queue, isInUse, files, records, waiting, oldest, damage, unfinishedBytes, damagedFiles } = report;
  const age = oldest === undefined ? '' : `, oldest of ${oldest}`;
  const use = isInUse ? ', in use' : '';
  return [
    `${queue}: ${waiting.batches} ${queue.endsWith(RECORDS_SUFFIX) ? 'records' : 'batches'} waiting with ${waiting.items} items, ${formatByteSize(waiting.bytes)}${age}${use}`,
    `  ${records} records in files`,
    ...files.map(
      ({ name, bytes, version }) =>
        `  ${name}: ${formatByteSize(bytes)}, ${version === undefined ? 'damaged' : `format ${version}`}`,
    ),
    ...(unfinishedBytes > 0 ? [`  unfinished: ${unfinishedBytes} bytes at the end that were not accepted`] : []),
    ...damage.map((message) => `  damaged: ${message}`),
    ...damagedFiles.map((name) => `  set aside: damaged/${name}`),
  ];
}
