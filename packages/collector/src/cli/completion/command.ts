import type { Command } from 'commander';
import type { Console } from '../console.ts';
import { terminalText } from '../terminal-text.ts';
import { complete } from './complete.ts';
import { createReadLive } from './live-values.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

/** Prints the completion script of a shell. */
export function completionCommand(shell: Shell, console: Console): void {
  console.print(SCRIPTS[shell]);
}

/** Prints the continuations of a command line for a completion script. */
export async function completeCommand(otelier: Command, line: string, console: Console): Promise<void> {
  const { candidates, paths } = await complete(otelier, line, createReadLive(console));
  for (const { value, description } of candidates)
    console.print(description === '' ? terminalText(value) : `${terminalText(value)}\t${terminalText(description)}`);
  if (paths !== undefined) console.print(`:${paths}`);
}
