import { createPaint, type Paint, wantsColor } from './terminal/color.ts';

/** The output and environment of commands, which tests can replace. */
export interface Console {
  /** Prints a result line to standard output. */
  print(line: string): void;
  /** Prints a message line to standard error. */
  error(line: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal that standard output is connected to; `undefined` if it is not a terminal. */
  readonly columns?: number | undefined;
  /** Formats text with colors, if standard output shows them. */
  readonly paint: Paint;
}

/** The process console. */
export const processConsole: Console = {
  print: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  environment: process.env,
  paint: createPaint(wantsColor(process.env, process.stdout.isTTY === true)),
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
};
