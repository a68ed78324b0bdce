import { spawn } from 'node:child_process';

/** The result of a program that has exited. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A running program. */
export interface Program {
  /** Resolves when the program's output contains this string. */
  waitForOutput(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Runs the source of an ES module with `--import @otelier/sdk/register` in the given environment. */
export function startProgram(source: string, environment: Readonly<Record<string, string>>): Program {
  const args = ['--import', '@otelier/sdk/register', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, output, errors })),
  );
  return {
    ended,
    kill: (signal) => child.kill(signal),
    async waitForOutput(text) {
      while (!output.includes(text)) await new Promise((resolve) => child.stdout.once('data', resolve));
    },
  };
}
