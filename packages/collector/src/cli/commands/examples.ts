import type { Command } from 'commander';

/** An example in the help of a command. */
export interface Example {
  /** The command line, as a user types it in a shell. */
  readonly command: string;
  /** What it does, as a verb phrase. */
  readonly purpose: string;
}

const examples = new WeakMap<Command, readonly Example[]>();

/** Adds examples to the help of a command, to the reference page and to the test that runs them. */
export function addExamples(command: Command, ...list: readonly (readonly [command: string, purpose: string])[]): void {
  examples.set(
    command,
    list.map(([line, purpose]) => ({ command: line, purpose })),
  );
  const width = Math.max(...list.map(([line]) => line.length));
  const lines = list.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Returns the examples of a command. */
export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? [];
}
