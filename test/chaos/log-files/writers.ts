import { appendFileSync, copyFileSync, existsSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** What the writers of log files do. */
export interface WriterOptions {
  readonly directory: string;
  readonly fileCount: number;
  readonly linesPerSecond: number;
  readonly rotationMillis: number;
  /** How files are rotated: by moving them, or by copying and then truncating them. */
  readonly rotation: Rotation;
}

export type Rotation = 'move' | 'copy';

/** Programs that write log files and rotate them. */
export interface Writers {
  /** Number of lines that were written to each file. */
  readonly written: readonly number[];
  /** The lines of each file that were written after it was copied and before it was truncated, by their numbers. */
  readonly uncopied: readonly ReadonlySet<number>[];
  /** Whether nothing is written, so that a slow start of a process does not pile up files. */
  isPaused: boolean;
  stop(): void;
}

const TICK_MILLIS = 50;
const PADDING = 'x'.repeat(80);

/** Starts to write lines such as `3 17 xxx`: the file and the number of the line. */
export function startWriters(options: WriterOptions): Writers {
  const { directory, fileCount, linesPerSecond, rotationMillis, rotation } = options;
  const written = Array.from({ length: fileCount }, () => 0);
  const uncopied = Array.from({ length: fileCount }, () => new Set<number>());
  const rotations = Array.from({ length: fileCount }, () => 0);
  const linesPerTick = Math.max(1, Math.round((linesPerSecond * TICK_MILLIS) / 1000 / fileCount));
  const ticksPerRotation = Math.round(rotationMillis / TICK_MILLIS);
  let ticks = 0;
  const append = (path: string, file: number, count: number): void => {
    let line = written[file] ?? 0;
    const lines = Array.from({ length: count }, () => `${file} ${line++} ${PADDING}\n`);
    appendFileSync(path, lines.join(''));
    written[file] = line;
  };
  const rotate = (path: string, file: number): void => {
    const number = (rotations[file] ?? 0) + 1;
    rotations[file] = number;
    if (rotation === 'move') {
      renameSync(path, `${path}.${number}`);
      return;
    }
    copyFileSync(path, `${path}.${number}`);
    uncopied[file]?.add(written[file] ?? 0);
    append(path, file, 1);
    truncateSync(path);
  };
  const write = setInterval(() => {
    if (writers.isPaused) return;
    ticks++;
    for (let file = 0; file < fileCount; file++) {
      const path = join(directory, `${file}.log`);
      if ((ticks + file) % ticksPerRotation === 0 && existsSync(path)) rotate(path, file);
      append(path, file, linesPerTick);
    }
  }, TICK_MILLIS);
  const writers: Writers = { written, uncopied, isPaused: false, stop: () => clearInterval(write) };
  return writers;
}
