import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readJournalQueue } from '@otelier/journal';
import type { Batch, Signal } from '@otelier/otlp';
import { errorMessage } from '../../component/error-message.ts';
import { decodeBatch } from '../../component/storage/batch-record.ts';
import { RECORDS_SUFFIX } from '../../extensions/file_storage/storage-name.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { encryptionOf } from '../store/encryption.ts';

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
  queue: FoundQueue,
  { all = false, signal }: BatchSelection,
  onUnreadable: (message: string) => void,
  environment: Console['environment'],
): AsyncGenerator<Batch> {
  const { name, directory } = queue;
  if (name.endsWith(RECORDS_SUFFIX)) return;
  for await (const entry of readJournalQueue(directory, await decryptorOf(queue, environment))) {
    if (entry.kind === 'damage') onUnreadable(entry.message);
    if (entry.kind !== 'record' || !(all || entry.isWaiting)) continue;
    if (entry.isEncrypted) {
      throw new CommandFailure(
        `${directory}: the queue is encrypted: expected OTELIER_ENCRYPTION with the provider of its keys`,
      );
    }
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

/** Returns what decrypts the records of a queue, if `OTELIER_ENCRYPTION` names the provider of its keys. */
export async function decryptorOf(
  { name, directory }: FoundQueue,
  environment: Console['environment'],
): Promise<((record: Uint8Array) => Uint8Array) | undefined> {
  const encryption = await encryptionOf({ environment });
  const keys = [join(directory, 'keys'), join(directory, '..', 'keys')].find((one) => existsSync(one));
  if (encryption === undefined || keys === undefined) return undefined;
  const { KeyRing, queueDecryptor } = await import('@otelier/journal/encryption');
  const ring = await KeyRing.open({
    ...{ directory: keys, provider: encryption.provider, readOnly: true, nowMillis: () => 0 },
    report: () => undefined,
  });
  return queueDecryptor(ring.keys, name);
}
