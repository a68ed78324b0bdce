import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataKey, KeyRing } from '@otelier/journal/encryption';
import { StoreOpenError } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { type FileOpener, PLAIN_FILES } from '../parquet/file-bytes.ts';
import type { Report } from '../write/files/damaged.ts';
import { machineClock } from '../write/store-clock.ts';
import { isEncryptedVersion, readStoreVersion } from '../write/version.ts';
import type { StoreEncryptionOptions } from './contract.ts';

/** The directory of a store with the wrapped data keys. */
export const KEYS = 'keys';

/** The data keys of an open store. */
export interface OpenKeys {
  readonly ring: KeyRing;
  /** Opens encrypted files. */
  readonly files: FileOpener;
  /** Calls a listener when there are other keys. */
  onChange(listener: (keys: readonly DataKey[]) => void): void;
}

/** What a reader needs of the keys of a store. */
export interface ReaderKeys {
  readonly keys?: OpenKeys | undefined;
  readonly memoryBytes?: number | undefined;
}

/** Returns the options of a reader for the keys of a store. */
export function readerKeys(
  keys: OpenKeys | undefined,
  { encryption }: { readonly encryption?: StoreEncryptionOptions | undefined },
): ReaderKeys {
  return keys === undefined ? {} : { keys, memoryBytes: encryption?.memoryBytes };
}

/** Returns whether files of a store are encrypted, as far as its directory tells. */
export function isStoreEncrypted(directory: string): boolean {
  try {
    const version = readStoreVersion(join(directory, 'store.json'));
    if (version !== undefined) return isEncryptedVersion(version);
  } catch {
    // Damaged: the keys tell.
  }
  const keys = join(directory, KEYS);
  return existsSync(keys) && readdirSync(keys).length > 0;
}

/** Returns the error of a store that is opened without its keys. */
export function requireEncryption(directory: string, options: StoreEncryptionOptions | undefined): void {
  if (options !== undefined || !isStoreEncrypted(directory)) return;
  throw new StoreOpenError(
    `${directory}: the store is encrypted: expected exporters.store.encryption, or for commands the environment variable OTELIER_ENCRYPTION, with the provider of its keys; nothing was changed`,
  );
}

/** Returns what opens the files of a store that a command reads. Rejects with `StoreOpenError` as `openKeys` does. */
export async function openerOf(directory: string, encryption: StoreEncryptionOptions | undefined): Promise<FileOpener> {
  requireEncryption(directory, encryption);
  if (encryption === undefined || !isStoreEncrypted(directory)) return PLAIN_FILES;
  return (await openKeys(directory, encryption, () => undefined, true)).files;
}

/** Unwraps the data keys of a store. Rejects with `StoreOpenError`, without changing anything, if one cannot be. */
export async function openKeys(
  directory: string,
  { provider }: StoreEncryptionOptions,
  report: Report,
  readOnly = false,
): Promise<OpenKeys> {
  const { KeyRing } = await import('@otelier/journal/encryption');
  const listeners: ((keys: readonly DataKey[]) => void)[] = [];
  try {
    const ring = await KeyRing.open({
      ...{ directory: join(directory, KEYS), provider, readOnly, report },
      nowMillis: machineClock.now,
      onChange: (keys) => {
        for (const listener of listeners) listener(keys);
      },
    });
    const { EncryptedFiles } = await import('./encrypted-files.ts');
    return { ring, files: new EncryptedFiles(ring.keys), onChange: (listener) => listeners.push(listener) };
  } catch (error) {
    throw new StoreOpenError(errorMessage(error), { cause: error });
  }
}
