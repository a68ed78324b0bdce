import { LineCounter, parseDocument } from 'yaml';
import type { Diagnostic } from '../config-error.ts';
import { formatList } from '../nearest.ts';
import type { MapTree, Tree } from '../tree.ts';
import { type Indentation, replaceTabs } from './indentation.ts';
import { YamlReader } from './reader.ts';
import { type ParsedSection, type Point, splitSections } from './sections.ts';
import { describeSyntaxError } from './syntax-error.ts';

/** A parsed YAML document. */
export interface ParsedYaml {
  /** `undefined` if no part of the document can be read. */
  readonly tree: Tree | undefined;
  readonly errors: readonly Diagnostic[];
  /** Top-level keys missing from `tree` because their sections have syntax errors. */
  readonly unread: ReadonlySet<string>;
}

/**
 * Parses a YAML document into a tree. A syntax error hides only its own top-level section, so that errors in other
 * sections are still reported. Only the first syntax error in a section is reported, because the others are its
 * consequences.
 */
export function parseYaml(source: string, text: string): ParsedYaml {
  const reader = new YamlReader(source);
  const whole = parseSection(text, 0);
  if (whole.document.errors.length > 0) return parseSections(source, text, whole, reader);
  return { tree: reader.read(whole), errors: reader.errors, unread: new Set() };
}

function parseSections(source: string, text: string, whole: ParsedSection, reader: YamlReader): ParsedYaml {
  const errors: Diagnostic[] = [];
  const unread = new Set<string>();
  const trees: MapTree[] = [];
  const tabs: Point[] = [];
  const describe = (part: string, { document, locate }: ParsedSection, code?: string) =>
    document.errors
      .filter((error) => code === undefined || error.code === code)
      .slice(0, 1)
      .map((error) => describeSyntaxError(source, part, error, locate));
  // The sections of the first document do not reveal that there is another one.
  errors.push(...describe(text, whole, 'MULTIPLE_DOCS'));
  for (const section of splitSections(text)) {
    let parsed = parseSection(section.text, section.skippedLines);
    if (parsed.document.errors.length > 0) {
      const indentation = replaceTabs(section.text);
      tabs.push(...indentation.tabs.map(({ line, column }) => ({ line: line + section.skippedLines, column })));
      if (indentation.tabs.length > 0) parsed = parseSection(indentation.text, section.skippedLines, indentation);
      else errors.push(...describe(section.text, parsed));
    }
    if (parsed.document.errors.length === 0) {
      const tree = reader.read(parsed);
      if (tree.kind === 'map') trees.push(tree);
      else if (tree.kind !== 'scalar' || tree.value !== null)
        errors.push({ severity: 'error', position: tree.at, path: '', message: 'expected a key with ":", got none' });
    } else if (section.key !== undefined) {
      unread.add(section.key);
    }
  }
  const [first] = tabs;
  if (first !== undefined) errors.push(tabError({ source, ...first }, tabs));
  const tree = trees.length === 0 && unread.size === 0 ? undefined : reader.join(trees);
  return { tree, errors: [...errors, ...reader.errors], unread };
}

/** Parses a section of a source. `skippedLines` is the number of lines before it. */
function parseSection(text: string, skippedLines: number, indentation?: Indentation): ParsedSection {
  const lines = new LineCounter();
  // `YamlReader` detects duplicate keys, because the parser would compare each key with all others.
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false });
  return {
    document,
    locate(offset) {
      const { line, col } = lines.linePos(offset);
      return { line: line + skippedLines, column: Math.max(1, col - (indentation?.widened.get(line) ?? 0)) };
    },
  };
}

function tabError(position: Diagnostic['position'], tabs: readonly Point[]): Diagnostic {
  const lines = [...new Set(tabs.map(({ line }) => line))];
  const got = lines.length === 1 ? 'a tab' : `tabs in lines ${formatList(lines.map(String), 'and')}`;
  return { severity: 'error', position, path: '', message: `expected spaces for indentation, got ${got}` };
}
