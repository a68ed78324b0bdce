import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '@otelier/transport';
import { DirectoryWatch } from '../../component/files/directory-watch.ts';

/** The options of `watchFiles`. */
export interface WatchOptions {
  readonly clock: Clock;
  /** Called when the contents have changed and are complete. */
  changed(): void;
  /** Called once when a file cannot be read any longer. */
  missing(path: string): void;
}

const INTERVALS = { settleMillis: 100, maxSettleMillis: 100, pollMillis: 2000 } as const;

/**
 * Watches the contents of files. An editor that replaces a file, or a link that leads elsewhere, counts as a change; a
 * touched file does not. While a file is missing, nothing is reported. Returns a function that ends the watch.
 */
export function watchFiles(paths: readonly string[], { clock, changed, missing }: WatchOptions): () => void {
  let seen: string | undefined;
  let candidate: string | undefined;
  let isMissing = false;
  let ended = false;
  const check = async (): Promise<boolean> => {
    const { digest, lost } = await readDigest(paths);
    if (ended) return false;
    seen ??= digest;
    if (lost !== undefined && !isMissing) missing(lost);
    isMissing = lost !== undefined;
    const isNew = digest !== undefined && digest !== seen;
    // Contents are complete when they no longer change.
    if (isNew && digest === candidate) {
      seen = digest;
      changed();
    }
    candidate = isNew ? digest : undefined;
    return isNew;
  };
  const watch = new DirectoryWatch({ clock, ...INTERVALS, check });
  watch.watch(paths);
  watch.checkNow();
  return () => {
    ended = true;
    watch.close();
  };
}

async function readDigest(paths: readonly string[]): Promise<{ digest?: string; lost?: string }> {
  const hash = createHash('sha256');
  for (const path of paths) {
    try {
      const content = await readFile(path);
      hash.update(`${content.length}:`).update(content);
    } catch {
      return { lost: path };
    }
  }
  return { digest: hash.digest('hex') };
}
