import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '@otelier/transport';

/** The options of `watchFiles`. */
export interface WatchOptions {
  readonly clock: Clock;
  /** Called when the contents have changed and are complete. */
  changed(): void;
  /** Called once when a file cannot be read any longer. */
  missing(path: string): void;
}

/** Time without a further change, after which the files are complete: editors and deployments write several times. */
const SETTLE_MILLIS = 100;
/** Interval of checks on file systems that report no changes. */
const POLL_MILLIS = 2000;

/**
 * Watches the contents of files. An editor that replaces a file, or a link that leads elsewhere, counts as a change; a
 * touched file does not. While a file is missing, nothing is reported. Returns a function that ends the watch.
 */
export function watchFiles(paths: readonly string[], { clock, changed, missing }: WatchOptions): () => void {
  let seen: string | undefined;
  let candidate: string | undefined;
  let isMissing = false;
  let ended = false;
  let isSoon = false;
  let cancel = () => {};
  const check = async (): Promise<void> => {
    isSoon = false;
    const { digest, lost } = await readDigest(paths);
    if (ended) return;
    seen ??= digest;
    if (lost !== undefined && !isMissing) missing(lost);
    isMissing = lost !== undefined;
    const isNew = digest !== undefined && digest !== seen;
    if (isNew && digest === candidate) {
      seen = digest;
      changed();
    }
    candidate = isNew ? digest : undefined;
    plan(isNew || isSoon ? SETTLE_MILLIS : POLL_MILLIS);
  };
  const plan = (millis: number) => {
    cancel();
    cancel = clock.setTimeout(() => void check(), millis);
  };
  // The directory, because a file that is replaced is another file.
  const watchers = [...new Set(paths.map((path) => dirname(path)))].flatMap((directory) =>
    watchDirectory(directory, () => {
      // Other files of the directory can change all the time, which must not defer the check again and again.
      if (isSoon) return;
      isSoon = true;
      plan(SETTLE_MILLIS);
    }),
  );
  void check();
  return () => {
    ended = true;
    cancel();
    for (const watcher of watchers) watcher.close();
  };
}

function watchDirectory(directory: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    // The directory is gone, or the system has no more watches: the files are polled.
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
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
