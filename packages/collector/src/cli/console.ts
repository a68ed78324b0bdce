import { createPaint, type Paint, wantsColor } from './terminal/color.ts';
import { ProgressLine } from './terminal/progress.ts';

/** The output and environment of commands, which tests can replace. */
export interface Console {
  /** Prints a result line to standard output. */
  print(line: string): void;
  /** Prints a message line to standard error. */
  error(line: string): void;
  /** Shows the progress of long work, if standard error is a terminal. The next printed line erases it. */
  progress(text: () => string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal that standard output is connected to; `undefined` if it is not a terminal. */
  readonly columns?: number | undefined;
  /** Formats text with colors, if standard output shows them. */
  readonly paint: Paint;
}

const line = new ProgressLine(process.stderr);

/** The process console. */
export const processConsole: Console = {
  print(text) {
    line.clear();
    process.stdout.write(`${text}\n`);
  },
  error(text) {
    line.clear();
    process.stderr.write(`${text}\n`);
  },
  progress: (text) => line.show(text),
  environment: process.env,
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
  paint: createPaint(wantsColor(process.env, process.stdout.isTTY === true)),
};

/** Erases the progress at the end of a command. */
export function endProgress(): void {
  line.clear();
}
