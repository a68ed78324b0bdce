import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compileGlob, type Glob } from '../../component/glob.ts';

/** A part of a path: a name, a pattern, or any number of directories. */
type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly glob: Glob }
  | { readonly kind: 'any' };

const SPECIAL = /[*?[\]{}\\]/;
const MAX_ALTERNATIVES = 1000;

/**
 * Finds the files of a glob: `*` and `?` within a name, `**` for any number of directories, `[a-z]`, and `{a,b}`. Throws a
 * `GlobError` for an invalid one.
 */
export function globFinder(pattern: string): (add: (path: string) => void) => void {
  const alternatives = expandBraces(pattern).map((path) => ({
    root: path.startsWith('/') ? '/' : '',
    segments: segmentsOf(path),
  }));
  return (add) => {
    for (const { root, segments } of alternatives) walk(root, segments, 0, add);
  };
}

/** Returns a predicate for paths that a glob matches. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const globs = expandBraces(pattern).map((path) => segmentsOf(path));
  return (path) => globs.some((segments) => matches(segments, 0, path.split('/').filter(isNamed), 0));
}

function isNamed(name: string): boolean {
  return name !== '' && name !== '.';
}

function segmentsOf(path: string): Segment[] {
  return path
    .split('/')
    .filter(isNamed)
    .map((part): Segment => {
      if (part === '**') return { kind: 'any' };
      if (!SPECIAL.test(part)) return { kind: 'name', name: part };
      return { kind: 'pattern', glob: compileGlob(part.replaceAll('[^', '[!').replaceAll('**', '*'), '/') };
    });
}

/** Expands alternatives, which can contain slashes. */
function expandBraces(pattern: string): string[] {
  const open = pattern.search(/(?<!\\)\{/);
  if (open < 0) return [pattern];
  let depth = 0;
  const parts: string[] = [];
  let start = open + 1;
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    } else if (character === '}' && --depth === 0) {
      parts.push(pattern.slice(start, at));
      const rest = pattern.slice(at + 1);
      return parts.flatMap((part) => expandBraces(pattern.slice(0, open) + part + rest)).slice(0, MAX_ALTERNATIVES);
    }
  }
  return [pattern];
}

function walk(directory: string, segments: readonly Segment[], index: number, add: (path: string) => void): void {
  const segment = segments[index];
  if (segment === undefined) return;
  const isLast = index === segments.length - 1;
  if (segment.kind === 'name') {
    const path = join(directory, segment.name);
    if (!isLast) walk(path, segments, index + 1, add);
    else if (kindOf(path) === 'file') add(path);
    return;
  }
  if (segment.kind === 'any' && !isLast) walk(directory, segments, index + 1, add);
  for (const entry of entriesOf(directory)) {
    if (segment.kind === 'pattern' && !segment.glob.test(entry.name)) continue;
    const path = join(directory, entry.name);
    const isLink = entry.isSymbolicLink();
    const kind = isLink ? kindOf(path) : kindOfEntry(entry);
    if (kind === 'directory') walkInto(path, isLink, segments, index, add);
    else if (kind === 'file' && isLast) add(path);
  }
}

function kindOfEntry(entry: Dirent): 'file' | 'directory' {
  return entry.isDirectory() ? 'directory' : 'file';
}

function walkInto(
  path: string,
  isLink: boolean,
  segments: readonly Segment[],
  index: number,
  add: (path: string) => void,
): void {
  // Links to directories are not followed by `**`, so that a loop of links ends.
  if (segments[index]?.kind === 'any') {
    if (!isLink) walk(path, segments, index, add);
  } else if (index < segments.length - 1) {
    walk(path, segments, index + 1, add);
  }
}

function matches(segments: readonly Segment[], index: number, names: readonly string[], at: number): boolean {
  const segment = segments[index];
  if (segment === undefined) return at === names.length;
  if (segment.kind === 'any') {
    for (let next = at; next <= names.length; next++) if (matches(segments, index + 1, names, next)) return true;
    return false;
  }
  const name = names[at];
  if (name === undefined) return false;
  const isMatch = segment.kind === 'name' ? segment.name === name : segment.glob.test(name);
  return isMatch && matches(segments, index + 1, names, at + 1);
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory === '' ? '.' : directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch {
    // A missing or unreadable directory has no files.
    return [];
  }
}

function kindOf(path: string): 'file' | 'directory' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isDirectory() ? 'directory' : 'file';
}
