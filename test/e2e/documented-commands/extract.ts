import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A document and its shell commands, as written. */
export interface Document {
  readonly path: string;
  readonly commands: readonly string[];
}

/** Returns the documents that contain shell commands, starting with the README. */
export function documentsIn(root: string): readonly Document[] {
  return ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root }).toSorted()]
    .map((path) => ({ path, commands: commandsOf(readFileSync(join(root, path), 'utf8')) }))
    .filter(({ commands }) => commands.length > 0);
}

/** Returns the commands in blocks marked `sh`, without comments. Quoted strings may span lines. */
function commandsOf(text: string): readonly string[] {
  const commands: string[] = [];
  for (const [, block = ''] of text.matchAll(/^```(?:sh|bash|shell|console)\n(.*?)^```/gms)) {
    let command = '';
    for (const line of block.split('\n')) {
      command += command === '' ? line : `\n${line}`;
      if (hasOpenQuote(command)) continue;
      const bare = withoutComment(command);
      if (bare !== '') commands.push(bare);
      command = '';
    }
  }
  return commands;
}

function hasOpenQuote(command: string): boolean {
  let open = '';
  for (const character of command) {
    if (open === character) open = '';
    else if (open === '' && (character === "'" || character === '"')) open = character;
  }
  return open !== '';
}

function withoutComment(command: string): string {
  return command.includes('\n') ? command : command.replace(/(?:^|\s+)#[^'"]*$/, '').trim();
}
