import { join } from 'node:path';
import type { RecordCipher, StateCipher } from '@otelier/journal';
import type { ComponentContext } from '../contract.ts';
import { createKeyProvider, type EncryptionConfig } from './encryption-config.ts';

/** Encrypts the queues and state files of a directory. */
export interface StorageEncryption {
  /** Returns the cipher of a queue. `name` is that of its directory. */
  queueCipher(name: string): RecordCipher;
  stateCipher(): Promise<StateCipher>;
  close(): Promise<void>;
}

/** Unwraps the keys in `keys/` of a directory. Core files and reports of this process contain no memory from now on. */
export async function openStorageEncryption(
  directory: string,
  config: EncryptionConfig,
  { clock, environment, logger }: Pick<ComponentContext, 'clock' | 'environment' | 'logger'>,
): Promise<StorageEncryption> {
  const { KeyRing, protectProcess, queueCipher, stateCipher } = await import('@otelier/journal/encryption');
  protectProcess();
  const ring = await KeyRing.open({
    directory: join(directory, 'keys'),
    provider: await createKeyProvider(config, environment),
    nowMillis: () => clock.now(),
    report: (message) => logger.error(message),
  });
  return {
    queueCipher: (name) => queueCipher(ring, name),
    stateCipher: () => stateCipher(ring),
    close: () => ring.close(),
  };
}
