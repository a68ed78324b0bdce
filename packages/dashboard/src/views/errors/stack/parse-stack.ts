import { libraryOf } from './library.ts';

/** A frame of a stack trace. */
export interface StackFrame {
  readonly kind: 'frame';
  /** The function. Empty if it has no name. */
  readonly name: string;
  /** File and line, as far as they are known. */
  readonly place: string;
  /** The library or runtime to which it belongs. Absent for application code. */
  readonly library: string | undefined;
}

/** A line of a stack trace: a frame, or a text such as the cause of an exception. */
export type StackLine = StackFrame | { readonly kind: 'text'; readonly text: string };

/** Number of lines that are parsed. The rest is in the raw text. */
const MAX_LINES = 600;
const MAX_LENGTH = 1000;

/**
 * Parses the stack traces of JavaScript, Java and Kotlin, Python, .NET, Go, Ruby, PHP and Rust, innermost frame first.
 * Lines that are none of these are texts, so that nothing is lost.
 */
export function parseStack(stack: string): readonly StackLine[] {
  const lines = stack
    .split('\n', MAX_LINES)
    .map((line) => line.slice(0, MAX_LENGTH).trimEnd())
    .filter((line) => line.trim() !== '');
  if (lines.some((line) => PYTHON.test(line))) return parsePython(lines);
  const parsed: StackLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const pair = parsePair(line, lines[index + 1] ?? '');
    if (pair !== undefined) {
      parsed.push(pair);
      index += 1;
    } else parsed.push(parseLine(line));
  }
  return parsed;
}

const PYTHON = /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/;
const JAVASCRIPT =
  /^\s*at (?:async )?(?:(.+?) \()?((?:[a-z-]+:|\/|[A-Za-z]:\\|\.{0,2}\/)?[^()\s][^()]*?:\d+(?::\d+)?)\)?$/;
const JAVASCRIPT_PLAIN = /^\s*at (?:async )?(.+?) \((native|<anonymous>|index \d+)\)$/;
const JAVA = /^\s*at (?:[\w.@-]+\/+)*([\w$.<>]+)\(([^)]*)\)/;
const DOTNET = /^\s*at ([\w.`<>[\],+|$]+\(.*\))(?: in (.+?):line (\d+))?$/;
const RUBY = /^\s*(?:from )?(.+?\.rb:\d+):in [`'](.+)'$/;
const PHP = /^\s*#\d+ (.+?)\((\d+)\): (.+)$/;
const GO_FUNCTION = /^([\w./*()[\]-]+)\((?:[^()]*|\.\.\.)\)$/;
const GO_PLACE = /^\s+(\S+\.go:\d+)/;
const RUST_FUNCTION = /^\s*\d+: (.+)$/;
const RUST_PLACE = /^\s+at (\S+:\d+(?::\d+)?)$/;

/** Parses a frame of two lines, the function and its place, as in Go and Rust. */
function parsePair(line: string, next: string): StackFrame | undefined {
  const go = GO_FUNCTION.exec(line);
  const goPlace = go === null ? null : GO_PLACE.exec(next);
  if (go !== null && goPlace !== null) return frameOf(go[1] ?? '', goPlace[1] ?? '');
  const rust = RUST_FUNCTION.exec(line);
  const rustPlace = rust === null ? null : RUST_PLACE.exec(next);
  return rust === null || rustPlace === null ? undefined : frameOf(rust[1] ?? '', rustPlace[1] ?? '');
}

function parseLine(line: string): StackLine {
  const java = JAVA.exec(line);
  if (
    java !== null &&
    /^(?:[^:/\\]*\.(?:java|kt|scala|groovy)(?::\d+)?|Native Method|Unknown Source)$/.test(java[2] ?? '')
  )
    return frameOf(java[1] ?? '', java[2] ?? '');
  const script = JAVASCRIPT.exec(line) ?? JAVASCRIPT_PLAIN.exec(line);
  if (script !== null) return frameOf(script[1] ?? '', script[2] ?? '');
  const dotnet = DOTNET.exec(line);
  if (dotnet !== null)
    return frameOf(dotnet[1] ?? '', dotnet[2] === undefined ? '' : `${dotnet[2]}:${dotnet[3] ?? ''}`);
  const ruby = RUBY.exec(line);
  if (ruby !== null) return frameOf(ruby[2] ?? '', ruby[1] ?? '');
  const php = PHP.exec(line);
  if (php !== null) return frameOf(php[3] ?? '', `${php[1]}:${php[2]}`);
  return { kind: 'text', text: line.trim() };
}

/** Parses a Python traceback, whose innermost frame is last. The line of source after a frame is left out. */
function parsePython(lines: readonly string[]): readonly StackLine[] {
  const parsed: StackLine[] = [];
  let run: StackLine[] = [];
  let isSource = false;
  for (const line of lines) {
    const match = PYTHON.exec(line);
    if (match !== null) run.unshift(frameOf(match[3] ?? '', `${match[1]}:${match[2]}`));
    else if (isSource && /^\s{4}/.test(line)) continue;
    else if (!/^\s/.test(line)) {
      // The message of an exception follows its frames.
      if (!/^Traceback \(/.test(line)) parsed.push({ kind: 'text', text: line });
      parsed.push(...run);
      run = [];
    }
    isSource = match !== null || (isSource && /^\s{4}/.test(line));
  }
  return [...parsed, ...run];
}

function frameOf(name: string, place: string): StackFrame {
  return { kind: 'frame', name, place, library: libraryOf(name, place) };
}
