import { globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXCLUDED, INCLUDED } from './coverage.ts';
import { preloadArguments } from './preload.ts';

const MIN_PERCENT = 90;
const SOURCE = /\.(?:[cm]?js|tsx?)$/;

/** A function in a file: where it starts, where it ends, and how often it was called, or whether. */
type RecordedFunction = readonly [start: number, end: number, count: number];

/** Arguments for test processes that record in a directory which functions of the sources in `root` they call. */
export function coverageArguments(root: string, directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  return preloadArguments('record-coverage.mjs', { to: directory, root: pathToFileURL(`${root}/`).href });
}

/**
 * Returns the percentage of the lines that belong to a function which one of the recorded processes called. Lines
 * outside of functions belong to their file, which is called when it is loaded.
 */
export function coveredPercent(root: string, directory: string, included = INCLUDED, excluded = EXCLUDED): number {
  const files = new Map(
    globSync(included, { cwd: root, exclude: excluded })
      .filter((path) => SOURCE.test(path))
      .map((path) => [path.replaceAll('\\', '/'), new LineCoverage(readFileSync(join(root, path), 'utf8'))]),
  );
  for (const name of readdirSync(directory)) {
    const recorded: readonly [string, readonly RecordedFunction[]][] = JSON.parse(
      readFileSync(join(directory, name), 'utf8'),
    );
    for (const [path, functions] of recorded) files.get(path)?.add(functions);
  }
  const all = [...files.values()];
  const lines = all.reduce((sum, { covered }) => sum + covered.length, 0);
  return (100 * all.reduce((sum, file) => sum + file.coveredLines(), 0)) / Math.max(lines, 1);
}

/** Prints the coverage that processes recorded in a directory, and returns whether it is sufficient. */
export function printFunctionCoverage(root: string, directory: string): boolean {
  const percent = coveredPercent(root, directory);
  process.stdout.write(
    `\nCoverage: ${percent.toFixed(1)} % of the lines are in functions that the tests called (at least ${MIN_PERCENT} %)\n`,
  );
  return percent >= MIN_PERCENT;
}

class LineCoverage {
  readonly covered: Uint8Array;
  /** Position of the first character of each line that is not a space. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    let position = 0;
    this.#starts = text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const start = position + line.length - line.trimStart().length;
        position += line.length + 1;
        return start;
      });
    this.covered = new Uint8Array(this.#starts.length);
  }

  /** Adds what one process called. */
  add(functions: readonly RecordedFunction[]): void {
    const called = new Uint8Array(this.covered.length);
    // Inner functions follow those that contain them.
    for (const [start, end, count] of functions.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]))
      called.fill(count > 0 ? 1 : 0, this.#lineFrom(start), this.#lineFrom(end));
    for (const [line, isCalled] of called.entries()) this.covered[line] = (this.covered[line] ?? 0) | isCalled;
  }

  coveredLines(): number {
    return this.covered.reduce((sum, isCovered) => sum + isCovered, 0);
  }

  /** Returns the first line that starts at a position or behind it. */
  #lineFrom(position: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
