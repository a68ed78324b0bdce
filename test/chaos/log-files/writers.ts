import { appendFileSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** What the writers of log files do. */
export interface WriterOptions {
  readonly directory: string;
  readonly fileCount: number;
  readonly linesPerSecond: number;
  readonly rotationMillis: number;
}

/** Programs that write log files and rotate them by moving them. */
export interface Writers {
  /** Number of lines that were written to each file. */
  readonly written: readonly number[];
  /** Whether nothing is written, so that a slow start of a process does not pile up files. */
  isPaused: boolean;
  stop(): void;
}

const TICK_MILLIS = 50;
const PADDING = 'x'.repeat(80);

/** Starts to write lines such as `3 17 xxx`: the file and the number of the line. */
export function startWriters({ directory, fileCount, linesPerSecond, rotationMillis }: WriterOptions): Writers {
  const written = Array.from({ length: fileCount }, () => 0);
  const rotations = Array.from({ length: fileCount }, () => 0);
  const linesPerTick = Math.max(1, Math.round((linesPerSecond * TICK_MILLIS) / 1000 / fileCount));
  const ticksPerRotation = Math.round(rotationMillis / TICK_MILLIS);
  let ticks = 0;
  const write = setInterval(() => {
    if (writers.isPaused) return;
    ticks++;
    for (let file = 0; file < fileCount; file++) {
      const path = join(directory, `${file}.log`);
      if ((ticks + file) % ticksPerRotation === 0 && existsSync(path)) {
        const rotation = (rotations[file] ?? 0) + 1;
        rotations[file] = rotation;
        renameSync(path, `${path}.${rotation}`);
      }
      let lines = '';
      let line = written[file] ?? 0;
      for (let count = 0; count < linesPerTick; count++) lines += `${file} ${line++} ${PADDING}\n`;
      appendFileSync(path, lines);
      written[file] = line;
    }
  }, TICK_MILLIS);
  const writers: Writers = { written, isPaused: false, stop: () => clearInterval(write) };
  return writers;
}
