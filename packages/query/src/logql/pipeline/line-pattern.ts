import { LogqlParseError } from '../parse/parse-error.ts';

/** A part of a pattern: text, or the name of a capture. */
type Part = { readonly literal: string } | { readonly capture: string };

/** A compiled pattern with its captures. */
export interface LinePattern {
  /** Calls `capture` with the captures of a line, in order. */
  match(line: string, capture: (name: string, value: string) => void): void;
}

/** Compiles the pattern of the `pattern` parser. Throws a `LogqlParseError`. */
export function compilePatternParser(pattern: string): LinePattern {
  const parts = partsOf(pattern);
  const names = parts.flatMap((part) => ('capture' in part && part.capture !== '_' ? [part.capture] : []));
  if (names.length === 0) throw invalid('at least one capture is required');
  rejectConsecutive(parts);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(`duplicate capture name (${repeated}): invalid expression`);
  return { match: (line, capture) => matchParts(parts, line, capture) };
}

/** Compiles the pattern of a line filter `|>`. Throws a `LogqlParseError`. */
export function compilePatternFilter(pattern: string): (line: string) => boolean {
  const parts = partsOf(pattern);
  rejectConsecutive(parts);
  const named = parts.find((part) => 'capture' in part && part.capture !== '_');
  if (named !== undefined && 'capture' in named) {
    throw new LogqlParseError(`named captures are not allowed: found '<${named.capture}>'`);
  }
  return (line) => testParts(parts, line);
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of pattern.matchAll(/<([A-Za-z_]\w*)>/g)) {
    if (match.index > at) parts.push({ literal: pattern.slice(at, match.index) });
    parts.push({ capture: match[1] ?? '' });
    at = match.index + match[0].length;
  }
  if (at < pattern.length) parts.push({ literal: pattern.slice(at) });
  return parts;
}

function rejectConsecutive(parts: readonly Part[]): void {
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    if (next === undefined || !('capture' in part) || !('capture' in next)) continue;
    throw invalid(`found consecutive capture '<${part.capture}><${next.capture}>': invalid expression`);
  }
}

function invalid(reason: string): LogqlParseError {
  return new LogqlParseError(`invalid pattern parser: ${reason}`);
}

function matchParts(parts: readonly Part[], line: string, capture: (name: string, value: string) => void): void {
  if (line === '') return;
  let at = 0;
  let index = 0;
  const [first] = parts;
  if (first !== undefined && 'literal' in first) {
    if (!line.startsWith(first.literal)) return;
    at = first.literal.length;
    index = 1;
  }
  for (; index < parts.length; index += 2) {
    const [part, next] = [parts[index], parts[index + 1]];
    if (part === undefined || !('capture' in part)) return;
    const end = next === undefined || !('literal' in next) ? -1 : line.indexOf(next.literal, at);
    // A capture whose end is missing takes the rest of the line.
    if (part.capture !== '_') capture(part.capture, end < 0 ? line.slice(at) : line.slice(at, end));
    if (end < 0 || next === undefined || !('literal' in next)) return;
    at = end + next.literal.length;
  }
}

/** Literals must follow each other with something in between, and captures are not empty. */
function testParts(parts: readonly Part[], line: string): boolean {
  if (line === '' || parts.length === 0) return line === '' && parts.length === 0;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (!('literal' in part)) continue;
    const found = line.indexOf(part.literal, at);
    if (found < 0 || (index !== 0 && found === at)) return false;
    at = found + part.literal.length;
  }
  const last = parts.at(-1);
  return (last !== undefined && 'capture' in last) === (at !== line.length);
}
