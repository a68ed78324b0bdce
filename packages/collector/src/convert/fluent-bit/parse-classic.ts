import type { Position } from '../../config/config-error.ts';
import type { Tree } from '../../config/tree.ts';
import { SourceSyntaxError } from '../source/syntax-error.ts';
import { addEntry, type FluentSection } from './sections.ts';

/** Maximum number of files that a configuration includes. */
const MAX_FILES = 100;

/** Returns the text of an included file. */
export type Include = (path: string) => Promise<string>;

/** Parses a configuration in the classic format. Throws a `SourceSyntaxError`. */
export async function parseClassic(source: string, text: string, include: Include): Promise<FluentSection[]> {
  const parser = new ClassicParser(include);
  await parser.read(source, text);
  return parser.sections;
}

interface OpenSection extends FluentSection {
  readonly tree: FluentSection['tree'] & {
    readonly entries: Map<string, Tree>;
    readonly keyPositions: Map<string, Position>;
  };
}

class ClassicParser {
  readonly sections: OpenSection[] = [];
  readonly #include: Include;
  readonly #variables = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #files = 0;

  constructor(include: Include) {
    this.#include = include;
  }

  async read(source: string, text: string): Promise<void> {
    let indent: string | undefined;
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const at = { source, line: index + 1, column: line.length - line.trimStart().length + 1 };
      const content = line.trim();
      if (content === '' || content.startsWith('#')) continue;
      if (content.startsWith('@')) await this.#command(content, at);
      else if (content.startsWith('[')) {
        this.#begin(content, at);
        indent = undefined;
      } else {
        const spaces = /^\s*/.exec(line)?.[0] ?? '';
        indent ??= spaces;
        if (spaces !== indent)
          throw new SourceSyntaxError(at, 'expected the indentation of the line above, got another');
        this.#property(content, at);
      }
    }
  }

  async #command(content: string, at: Position): Promise<void> {
    const [, name, value] = /^@SET\s+([^=\s]+)\s*=(.*)$/i.exec(content) ?? [];
    if (name !== undefined) {
      this.#variables.set(name, (value ?? '').trim());
      return;
    }
    const path = /^@INCLUDE\s+(.+)$/i.exec(content)?.[1]?.trim();
    if (path === undefined)
      throw new SourceSyntaxError(at, 'expected @SET NAME=VALUE or @INCLUDE FILE, got another command');
    if (++this.#files > MAX_FILES)
      throw new SourceSyntaxError(at, `expected at most ${MAX_FILES} included files, got more`);
    const text = await this.#include(path).catch((error: Error) => {
      throw new SourceSyntaxError(at, error.message);
    });
    await this.read(path, text);
  }

  #begin(content: string, at: Position): void {
    const name = /^\[([A-Za-z_]+)\]$/.exec(content)?.[1]?.toLowerCase();
    if (name === undefined) throw new SourceSyntaxError(at, 'expected a section such as [INPUT], got another text');
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    this.sections.push({
      kind: name,
      path: [name, count],
      tree: { kind: 'map', at, entries: new Map(), keyPositions: new Map() },
    });
  }

  #property(content: string, at: Position): void {
    const section = this.sections.at(-1);
    if (section === undefined) throw new SourceSyntaxError(at, 'expected a section such as [INPUT] above, got none');
    const [, key = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(content) ?? [];
    const value = rest.replace(/\$\{([^}]+)\}/g, (whole, name: string) => this.#variables.get(name) ?? whole);
    const name = key.toLowerCase();
    addEntry(section.tree.entries, name, { kind: 'scalar', at, value });
    if (!section.tree.keyPositions.has(name)) section.tree.keyPositions.set(name, at);
  }
}
