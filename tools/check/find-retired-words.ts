import { splitCodeAndProse } from './code-and-prose.ts';
import { RETIRED_WORDS, type RetiredWord, type Scope } from './retired-words.ts';

/** An occurrence of a retired word. */
export interface Hit {
  readonly path: string;
  readonly line: number;
  readonly scope: Scope;
  readonly found: string;
  readonly use: string;
}

/** Returns the retired words in a file's path and contents, sorted by line. */
export function findRetiredWords(path: string, text: string): readonly Hit[] {
  const { code, prose } = isCode.test(path) ? splitCodeAndProse(text) : { code: '', prose: text };
  const identifiers = [...code.matchAll(/[A-Za-z_$][\w$]*/g)];
  return ENTRIES.filter((entry) => entry.appliesTo(path))
    .flatMap((entry) => {
      const hit = (scope: Scope, index: number, found: string): Hit[] =>
        entry.scopes.includes(scope) ? [{ path, line: lineAt(text, index), scope, found, use: entry.use }] : [];
      return [
        ...entry.find(partsOf(path)).flatMap(({ found }) => hit('paths', 0, found)),
        ...entry.find(prose).flatMap(({ index, found }) => hit('prose', index, found)),
        ...identifiers.flatMap(({ 0: identifier, index }) =>
          entry
            .find(partsOf(identifier))
            .flatMap(({ found }) => hit('identifiers', index, `${found} in ${identifier}`)),
        ),
      ];
    })
    .sort((a, b) => a.line - b.line);
}

const isCode = /\.(ts|tsx|mjs|js|css)$/;

/** An entry with compiled patterns. */
interface Entry {
  readonly use: string;
  readonly scopes: readonly Scope[];
  appliesTo(path: string): boolean;
  find(text: string): readonly { index: number; found: string }[];
}

const ENTRIES: readonly Entry[] = RETIRED_WORDS.map(compile);

function compile({ pattern, use, scopes, only, except, allowed }: RetiredWord): Entry {
  const word = new RegExp(`\\b(?:${pattern})\\b`, 'gi');
  const exception = except === undefined ? undefined : new RegExp(except);
  const standardTerm = allowed === undefined ? undefined : new RegExp(allowed, 'gi');
  return {
    use,
    scopes: scopes ?? ['identifiers', 'prose', 'paths'],
    appliesTo: (path) => (only === undefined || path.includes(only)) && exception?.test(path) !== true,
    find: (text) => {
      const standard = standardTerm === undefined ? [] : [...text.matchAll(standardTerm)];
      return [...text.matchAll(word)]
        .filter(({ index }) => !standard.some((term) => index >= term.index && index < term.index + term[0].length))
        .map(({ index, 0: found }) => ({ index, found: found.trim() }));
    },
  };
}

const parts = new Map<string, string>();

/** Splits an identifier or a path into words: `#maxItemCount` becomes `max item count`. */
function partsOf(name: string): string {
  let words = parts.get(name);
  if (words === undefined) {
    words = (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).join(' ').toLowerCase();
    parts.set(name, words);
  }
  return words;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
