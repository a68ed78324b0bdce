import { mkdirSync } from 'node:fs';
import { DirectoryLockedError, lockDirectory } from '@otelier/journal';
import { StoreOpenError } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import type { Report } from './files/damaged.ts';
import { type JournalSetOptions, LiveJournals } from './journals/live-journals.ts';
import { ensureVersion } from './version.ts';

/**
 * Creates and locks the directory and checks its version. It takes the lock first, so that no other process changes the
 * directory meanwhile.
 */
export function prepareDirectory(directory: string, onStolen: (message: string) => void, report: Report): () => void {
  let unlock: (() => void) | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    unlock = lockDirectory(directory, { onStolen });
    ensureVersion(directory, report);
    return unlock;
  } catch (error) {
    unlock?.();
    if (error instanceof StoreOpenError) throw error;
    if (error instanceof DirectoryLockedError) {
      const advice = 'Stop that process or choose another directory (--data).';
      throw new StoreOpenError(`${error.message}. ${advice}`, { cause: error });
    }
    throw cannotWrite(directory, error);
  }
}

/** Opens the journals of a store. Throws `StoreOpenError`. */
export async function openJournals(options: JournalSetOptions): Promise<LiveJournals> {
  try {
    return await LiveJournals.open(options);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw cannotWrite(options.directory, error);
    throw new StoreOpenError(errorMessage(error), { cause: error });
  }
}

function cannotWrite(directory: string, cause: unknown): StoreOpenError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new StoreOpenError(
    `${directory}: expected a writable directory, got ${code ?? 'an error'} (${message}). Choose another directory (--data), or set exporters.store.read_only to query what is there.`,
    { cause },
  );
}
