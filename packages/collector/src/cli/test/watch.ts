import { statSync } from 'node:fs';

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

/** Interval of checks. The state of a few files costs some microseconds. */
const POLL_MILLIS = 100;

/** Resolves when a file has changed, and the files no longer change: editors write several times. */
export async function changeOf(dependencies: Dependencies): Promise<void> {
  for (let before: string | undefined; ; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    const current = dependencies.current();
    if (current === before && dependencies.hasChanged()) return;
    before = current;
  }
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
