import { spawn } from 'node:child_process';

/** How a program has ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A program that runs. */
export interface Program {
  /** Resolves when it has printed a line with this. */
  printed(words: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Runs an ES module, `source`, behind `--import @otelier/sdk/register`, in an environment of its own. */
export function startProgram(source: string, environment: Readonly<Record<string, string>>): Program {
  const words = ['--import', '@otelier/sdk/register', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, words, {
    cwd: import.meta.dirname,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, output, errors })),
  );
  return {
    ended,
    kill: (signal) => child.kill(signal),
    async printed(words) {
      while (!output.includes(words)) await new Promise((resolve) => child.stdout.once('data', resolve));
    },
  };
}
