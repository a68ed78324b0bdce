import { statSync } from 'node:fs';
import { systemClock } from '@otelier/transport/clock';
import { DirectoryWatch } from '../../component/files/directory-watch.ts';

/** The files that tests depend on, each with its state before it was read, so that no change is missed. */
export class Dependencies {
  readonly #states = new Map<string, string>();

  /** Paths in order of first use. */
  get paths(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** Adds a file that is about to be read. */
  add(path: string): void {
    if (!this.#states.has(path)) this.#states.set(path, stateOf(path));
  }

  /** Reports whether a file has changed since it was added. */
  hasChanged(): boolean {
    return [...this.#states].some(([path, state]) => stateOf(path) !== state);
  }

  /** Returns the current state of all files. */
  current(): string {
    return this.paths.map(stateOf).join('\n');
  }
}

const INTERVALS = { settleMillis: 100, maxSettleMillis: 100, pollMillis: 1000 } as const;

/** Resolves when a file has changed, and the files no longer change: editors write several times. */
export async function changeOf(dependencies: Dependencies): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let before: string | undefined;
  const check = (): boolean => {
    const current = dependencies.current();
    const isStable = current === before;
    before = current;
    if (!dependencies.hasChanged()) return false;
    if (isStable) resolve();
    return !isStable;
  };
  const watch = new DirectoryWatch({ clock: systemClock, ...INTERVALS, check });
  watch.watch(dependencies.paths);
  watch.checkNow();
  await promise;
  watch.close();
}

function stateOf(path: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch {
    // A missing file that appears has changed.
    return 'missing';
  }
}
