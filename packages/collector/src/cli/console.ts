/** What commands need of the world around them, handed in so that tests see it. */
export interface Console {
  /** A line on standard output: what the user asked for. */
  print(line: string): void;
  /** A line on standard error: everything else that people read. */
  error(line: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The process's own. */
export const processConsole: Console = {
  print: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  environment: process.env,
};
