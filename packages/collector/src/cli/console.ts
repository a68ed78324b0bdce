/** The output and environment of commands, replaceable in tests. */
export interface Console {
  /** Prints a result line to standard output. */
  print(line: string): void;
  /** Prints a message line to standard error. */
  error(line: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal that shows standard output; `undefined` where it is no terminal. */
  readonly columns?: number | undefined;
}

/** The console of the process. */
export const processConsole: Console = {
  print: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  environment: process.env,
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
};
