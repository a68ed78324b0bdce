import { spawnSync } from 'node:child_process';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleError, ModuleSource } from '../protocol.ts';
import { displayPath } from './display-path.ts';

/** Returns why a module could not be loaded, with the position in the file of the user. */
export function moduleError(error: unknown, file: string, sources: ReadonlyMap<string, ModuleSource>): ModuleError {
  const message = describeError(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const position =
    snippetPosition(stack) ?? framePosition(stack, sources) ?? checkedPosition(error, sources) ?? importerOf(message);
  return { file, line: 0, column: 0, ...position, message };
}

/** Returns a function's failure with its position, such as `TypeError: … (otelier.config.ts:3:9)`. */
export function describeFailure(error: unknown, sources: ReadonlyMap<string, ModuleSource>): string {
  const position = error instanceof Error ? framePosition(error.stack ?? '', sources) : undefined;
  const place = position === undefined ? '' : ` (${displayPath(position.file)}:${position.line}:${position.column})`;
  return `${describeError(error)}${place}`;
}

interface FilePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Finds the position in the source lines with a caret that Node prepends to the stack of a syntax error. */
function snippetPosition(stack: string): FilePosition | undefined {
  const [, file = '', line = '', snippet = ''] = /^(\S.*):(\d+)\n([\s\S]*)$/.exec(stack) ?? [];
  const caret = /^( *)\^/m.exec(snippet);
  if (file === '' || caret === null) return undefined;
  return { file: pathOf(file), line: Number(line), column: (caret[1]?.length ?? 0) + 1 };
}

/** Finds the innermost frame of a stack in a file of the user. */
function framePosition(stack: string, sources: ReadonlyMap<string, ModuleSource>): FilePosition | undefined {
  for (const [, url = '', line, column] of stack.matchAll(/^ +at .*?(file:\/\/[^\n]*?):(\d+):(\d+)\)?$/gm)) {
    if (sources.has(url)) return { file: pathOf(url), line: Number(line), column: Number(column) };
  }
  return undefined;
}

/**
 * Finds a syntax error of JavaScript, to whose stack Node adds no position when a module is imported, by checking the
 * files in a child process.
 */
function checkedPosition(error: unknown, sources: ReadonlyMap<string, ModuleSource>): FilePosition | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  for (const [url, { text, format }] of [...sources].toReversed()) {
    try {
      const input = format.endsWith('typescript') ? stripTypeScriptTypes(text) : text;
      const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--check'], { input, encoding: 'utf8' });
      const found = snippetPosition(stderr);
      if (found !== undefined) return { ...found, file: fileURLToPath(url) };
    } catch {
      // The type stripper rejects the file: its own error has a position.
    }
  }
  return undefined;
}

/** Returns the module whose import was not found. */
function importerOf(message: string): FilePosition | undefined {
  const [, file] = / imported from (\/.*)$/m.exec(message) ?? [];
  return file === undefined ? undefined : { file, line: 0, column: 0 };
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `expected an Error to be thrown, got ${String(error).slice(0, 200)}`;
  return `${error.name}: ${error.message}`;
}

function pathOf(fileOrUrl: string): string {
  return fileOrUrl.startsWith('file:') ? fileURLToPath(fileOrUrl) : fileURLToPath(pathToFileURL(fileOrUrl));
}
