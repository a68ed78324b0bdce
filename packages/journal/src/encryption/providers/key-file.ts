import { readFileSync, statSync } from 'node:fs';
import { EncryptionError, type KeyProvider } from '../contract.ts';
import { KeyListProvider } from './key-list.ts';

/** Returns a provider whose key-encryption keys are in a file that only its owner may read. */
export function fileProvider(path: string): KeyProvider {
  return new KeyListProvider(`file ${path}`, () => {
    try {
      // Windows has no such permissions.
      const mode = process.platform === 'win32' ? 0 : statSync(path).mode & 0o077;
      if (mode !== 0) {
        throw new EncryptionError(
          `${path}: expected permissions 0600, got 0${(statSync(path).mode & 0o777).toString(8)}`,
        );
      }
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof EncryptionError) throw error;
      throw new EncryptionError(`${path}: expected a file with keys: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** Returns a provider whose key-encryption keys are the value of an environment variable. */
export function environmentProvider(
  variable: string,
  environment: Readonly<Record<string, string | undefined>>,
): KeyProvider {
  return new KeyListProvider(`environment variable ${variable}`, () => {
    const value = environment[variable];
    if (value === undefined)
      throw new EncryptionError(`${variable}: expected an environment variable with keys, it is not set`);
    return value;
  });
}
