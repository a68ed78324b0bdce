import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

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
