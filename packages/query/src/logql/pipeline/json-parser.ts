import type { Extraction } from '../parse/ast.ts';
import { LogqlParseError } from '../parse/parse-error.ts';
import { JsonScanError, JsonScanner, type JsonValue, unescapeJson } from './json-scanner.ts';
import { PIPELINE_ERRORS, type PipelineEntry, type StageFunction, sanitizeName } from './stage.ts';

/** The `json` parser: every property becomes a label; the names of nested ones are joined by `_`. */
export const parseJson: StageFunction = (entry) => {
  const scanner = new JsonScanner(entry.line);
  try {
    scanner.object(0, (key, value) => extractProperty(scanner, entry, [], key, value));
  } catch (error) {
    failJson(entry, error);
  }
  return true;
};

function extractProperty(
  scanner: JsonScanner,
  entry: PipelineEntry,
  prefix: readonly string[],
  key: string,
  value: JsonValue,
): void {
  const path = key.trim() === '' ? prefix : [...prefix, key];
  switch (value.type) {
    case 'object':
      scanner.object(value.start, (inner, property) => extractProperty(scanner, entry, path, inner, property));
      break;
    case 'string':
    case 'number':
    case 'boolean': {
      const name = path.map((part, index) => sanitizeName(part, index === 0)).join('_');
      if (name !== '') entry.labels.extract(name, textOf(scanner, value));
      break;
    }
    default:
  }
}

function textOf({ text }: JsonScanner, { type, start, end }: JsonValue): string {
  const raw = text.slice(start, end);
  return type === 'string' ? unescapeJson(raw) : raw;
}

function failJson({ labels }: PipelineEntry, error: unknown): void {
  if (!(error instanceof JsonScanError)) throw error;
  labels.fail(PIPELINE_ERRORS.json, error.message);
}

/** Compiles `json` with expressions. Throws a `LogqlParseError`. */
export function compileJsonExpressions(extractions: readonly Extraction[]): StageFunction {
  const wanted = extractions.map(({ name, path }) => ({ name, path: parsePath(path) }));
  return (entry) => {
    const { line, labels } = entry;
    if (line === '') return true;
    if (!/^["{[]/.test(line)) {
      labels.fail(PIPELINE_ERRORS.json, '');
      return true;
    }
    const scanner = new JsonScanner(line);
    for (const { name, path } of wanted) {
      const value = find(scanner, path);
      if (value === undefined) {
        if (labels.get(name) === undefined) labels.set(name, '');
      } else labels.set(labels.freeName(name), expressionText(scanner, value));
    }
    return true;
  };
}

function expressionText(scanner: JsonScanner, value: JsonValue): string {
  if (value.type === 'null') return '';
  const raw = scanner.text.slice(value.start, value.end);
  return value.type === 'object' ? raw : unescapeJson(raw);
}

/** Returns the value at a path. What follows an error is not found. */
function find(scanner: JsonScanner, path: readonly (string | number)[]): JsonValue | undefined {
  let at = 0;
  let found: JsonValue | undefined;
  for (const step of path) {
    const matches: JsonValue[] = [];
    const keep = (key: string | number, value: JsonValue): void => {
      if (key === step && matches.length === 0) matches.push(value);
    };
    try {
      const isArray = scanner.text[scanner.space(at)] === '[';
      if (typeof step === 'number' && isArray) scanner.array(at, keep);
      else if (typeof step === 'string' && !isArray) scanner.object(at, keep);
    } catch (error) {
      if (!(error instanceof JsonScanError)) throw error;
    }
    [found] = matches;
    if (found === undefined) return undefined;
    at = found.start;
  }
  return found;
}

const STEP = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Parses a path such as `request.headers["User-Agent"][0]`. */
function parsePath(text: string): readonly (string | number)[] {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    const match = STEP.exec(text);
    const hasDot = text[at] === '.';
    const isField = match?.[1] !== undefined;
    if (match === null || (isField && hasDot === (at === 0))) throw invalidPath(text);
    path.push(match[2] === undefined ? (match[1] ?? (match[3] ?? '').replace(/\\(.)/g, '$1')) : Number(match[2]));
  }
  if (path.length === 0) throw invalidPath(text);
  return path;
}

function invalidPath(text: string): LogqlParseError {
  return new LogqlParseError(`cannot parse expression [${text}]: syntax error`);
}

/** The `unpack` parser: the strings of an object become labels, and `_entry` the line. */
export const unpack: StageFunction = (entry) => {
  const { line, labels } = entry;
  if (line === '') return true;
  if (!line.startsWith('{')) {
    labels.fail(PIPELINE_ERRORS.json, 'expecting json object(6), but it is not');
    return true;
  }
  const scanner = new JsonScanner(line);
  const found: [string, string][] = [];
  let packed: string | undefined;
  try {
    scanner.object(0, (key, value) => {
      if (value.type !== 'string') return;
      if (key === '_entry') packed = textOf(scanner, value);
      else found.push([key, textOf(scanner, value)]);
    });
  } catch (error) {
    failJson(entry, error);
    return true;
  }
  if (packed === undefined) return true;
  for (const [name, value] of found) labels.extract(sanitizeName(name), value);
  entry.line = packed;
  return true;
};
