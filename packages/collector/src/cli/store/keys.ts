import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkUnlocked, DirectoryLockedError } from '@otelier/journal';
import { createKeyLine, KeyRing, ROTATION_REQUEST } from '@otelier/journal/encryption';
import type { Console } from '../console.ts';
import { requireStore } from '../directory.ts';
import { CommandFailure } from '../failure.ts';
import { encryptionOf } from './encryption.ts';

/** Options for `otelier store rotate-keys`. */
export interface RotateKeysOptions {
  readonly data: string;
}

/** How long a running process has to rotate its keys, in milliseconds. */
const WAIT_MILLIS = 60_000;
const POLL_MILLIS = 50;

/** Prints a new key-encryption key, as a line for the file or variable of a provider. */
export function createKeyCommand({ id }: { readonly id?: string }, console: Console): void {
  const name = id ?? new Date(Date.now()).toISOString().slice(0, 10);
  if (!/^[\w.-]+$/.test(name))
    throw new CommandFailure(`--id: expected letters, digits, ".", "_" and "-", got "${name}"`);
  console.print(createKeyLine(name));
}

/**
 * Creates a data key for each tenant, and encrypts the older ones with the current key-encryption key. A process that has
 * the store open does it itself.
 */
export async function rotateKeysCommand({ data }: RotateKeysOptions, console: Console): Promise<void> {
  requireStore(data);
  const directory = join(data, 'keys');
  if (!existsSync(directory)) throw new CommandFailure(`${data}: expected an encrypted store, it has no keys`);
  if (isOpen(data)) return await askProcess(directory, console);
  const encryption = await encryptionOf(console);
  if (encryption === undefined) {
    throw new CommandFailure(
      'OTELIER_ENCRYPTION: expected the settings `encryption` of the store, because no process has it open',
    );
  }
  const ring = await KeyRing.open({
    ...{ directory, provider: encryption.provider, readOnly: true, nowMillis: Date.now },
    report: (message) => console.error(message),
  });
  const { tenants, keyId } = await ring.rotate();
  await ring.close();
  console.print(`new data keys for ${tenants} tenants; all data keys are encrypted with "${keyId}"`);
}

function isOpen(directory: string): boolean {
  try {
    checkUnlocked(directory);
    return false;
  } catch (error) {
    if (error instanceof DirectoryLockedError) return true;
    throw error;
  }
}

async function askProcess(directory: string, console: Console): Promise<void> {
  const request = join(directory, ROTATION_REQUEST);
  writeFileSync(request, '');
  for (let waited = 0; existsSync(request); waited += POLL_MILLIS) {
    if (waited > WAIT_MILLIS) {
      throw new CommandFailure(
        `${request}: expected the running process to rotate its keys within a minute; see its log`,
      );
    }
    await delay(POLL_MILLIS);
  }
  console.print('the running process has rotated its keys');
}
