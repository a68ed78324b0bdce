import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openJournalReader, verifyJournal } from '@otelier/journal';
import { createKeyLine, type DataKey, fileProvider } from '@otelier/journal/encryption';
import { openKeys } from '../../../packages/store/src/encryption/open-encryption.ts';
import { StoreEncryption } from '../../../packages/store/src/encryption/store-encryption.ts';

/** How the stores of a run are encrypted. */
export interface Encrypted {
  readonly options: { readonly provider: ReturnType<typeof fileProvider> };
  /** Decrypts the files of a store whose data keys are known. */
  readonly keys: readonly DataKey[];
}

/** Name of the file with the key-encryption key. */
export const KEY_FILE = 'key-encryption-key';

/** Creates a key-encryption key in a directory. */
export function createProvider(directory: string): Encrypted['options'] {
  const path = join(directory, KEY_FILE);
  writeFileSync(path, createKeyLine('chaos'), { mode: 0o600 });
  return { provider: fileProvider(path) };
}

/** Reads the data keys of an intact store. */
export async function readKeys(directory: string, options: Encrypted['options']): Promise<Encrypted> {
  const { ring } = await openKeys(directory, options, () => undefined, true);
  return { options, keys: ring.keys.all };
}

/** Returns the contents of a file of `data/`. */
export function contentsOf(path: string, { keys }: Encrypted): Buffer {
  const file = new StoreEncryption(keys).files.open(path);
  try {
    const bytes = Buffer.alloc(file.size);
    file.read(bytes, 0);
    return bytes;
  } finally {
    file.close();
  }
}

/** Returns the texts of the decrypted records in the segments of an intact journal, by the names of their files. */
export async function recordsBySegment(directory: string, { keys }: Encrypted): Promise<ReadonlyMap<string, string>> {
  const encryption = new StoreEncryption(keys);
  const segments = readdirSync(directory)
    .filter((name) => name.endsWith('.journal'))
    .sort();
  const texts = new Map<string, string>();
  const { endPosition, firstPosition } = await verifyJournal(directory);
  const reader = await openJournalReader(directory);
  try {
    for (let position = firstPosition; position < endPosition; ) {
      for (const record of await reader.read(position, endPosition)) {
        const segment = segments.findLast((name) => Number.parseInt(name, 10) <= position) ?? '';
        const text = Buffer.from(encryption.decryptRecord(basename(directory), record.bytes)).toString('latin1');
        texts.set(segment, `${texts.get(segment) ?? ''}${text}`);
        position = record.endPosition;
      }
    }
  } finally {
    await reader.close();
  }
  return texts;
}
