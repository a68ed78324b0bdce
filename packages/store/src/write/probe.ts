import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../error-message.ts';

const PROBE_BYTES = 64 << 10;

/** Reports whether a small file can be written to the directory and synced. */
export async function canWrite(directory: string): Promise<boolean> {
  const path = join(directory, 'probe.tmp');
  try {
    const file = await open(path, 'w');
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES, 1));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Describes a write error for operators. */
export function describeWriteError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const words = WRITE_ERRORS[code];
  return words === undefined ? errorMessage(error) : `${words} (${code})`;
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: "this user's share of the disk is used up",
  EFBIG: 'its files may not grow further',
  EROFS: 'its disk cannot be written',
};
