import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readJournalQueue } from '@otelier/journal';
import type { Batch, Signal } from '@otelier/otlp';
import { errorMessage } from '../../component/error-message.ts';
import { decodeBatch } from '../../component/storage/batch-record.ts';
import { RECORDS_SUFFIX } from '../../extensions/file_storage/storage-name.ts';
import { CommandFailure } from '../failure.ts';

/** A queue in a directory of `file_storage`. */
export interface FoundQueue {
  /** Name of its directory, such as `exporter_otlp_grpc_traces`. */
  readonly name: string;
  readonly directory: string;
}

/** Returns the queues in a directory of `file_storage`, or the queue if it is the directory of one. */
export function findQueues(directory: string): readonly FoundQueue[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new CommandFailure(
      `There is no directory ${directory}: expected the directory of file_storage, or of a queue.`,
    );
  if (isQueue(directory)) return [{ name: basename(resolve(directory)), directory }];
  const queues = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isQueue(join(directory, entry.name)))
    .map(({ name }) => ({ name, directory: join(directory, name) }));
  if (queues.length === 0)
    throw new CommandFailure(
      `There is no queue in ${directory}: expected the directory of file_storage, or of a queue.`,
    );
  return queues.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isQueue(directory: string): boolean {
  return readdirSync(directory).some((name) => name === 'cursor' || /^\d{16}\.journal$/.test(name));
}

/** Which batches to read. */
export interface BatchSelection {
  /** Whether to read delivered batches as well, as far as their files exist. */
  readonly all?: boolean;
  readonly signal?: Signal;
}

/**
 * Reads the batches of a queue in order, without changing its files. `onUnreadable` is called for damage. Queues of other
 * records have none.
 */
export async function* readBatches(
  { name, directory }: FoundQueue,
  { all = false, signal }: BatchSelection,
  onUnreadable: (message: string) => void,
): AsyncGenerator<Batch> {
  if (name.endsWith(RECORDS_SUFFIX)) return;
  for await (const entry of readJournalQueue(directory)) {
    if (entry.kind === 'damage') onUnreadable(entry.message);
    if (entry.kind !== 'record' || !(all || entry.isWaiting)) continue;
    let batch: Batch;
    try {
      batch = decodeBatch(entry.content);
    } catch (error) {
      onUnreadable(`${directory}: the record at position ${entry.position}: ${errorMessage(error)}`);
      continue;
    }
    if (signal === undefined || batch.signal === signal) yield batch;
  }
}
