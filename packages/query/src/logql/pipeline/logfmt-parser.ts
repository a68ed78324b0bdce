import type { Extraction, Stage } from '../parse/ast.ts';
import { LogqlParseError } from '../parse/parse-error.ts';
import type { EntryLabels } from './entry-labels.ts';
import { LogfmtDecoder } from './logfmt-decoder.ts';
import { PIPELINE_ERRORS, type StageFunction, sanitizeName } from './stage.ts';

/** Compiles the `logfmt` parser, with or without expressions. Throws a `LogqlParseError`. */
export function compileLogfmt(stage: Extract<Stage, { kind: 'logfmt' }>): StageFunction {
  const take = stage.expressions.length > 0 ? takeWanted(stage.expressions) : takeAll(stage.keepEmpty);
  return ({ line, labels }) => {
    for (const { name } of stage.expressions) if (!labels.isTaken(name)) labels.set(name, '');
    const decoder = new LogfmtDecoder(line);
    while (!decoder.isAtEnd) {
      if (decoder.next()) take(labels, sanitizeName(decoder.key), decoder.value);
      else if (stage.strict) break;
    }
    if (stage.strict && decoder.error !== undefined) labels.fail(PIPELINE_ERRORS.logfmt, decoder.error);
    return true;
  };
}

/** Takes a pair of a line. */
type TakePair = (labels: EntryLabels, key: string, value: string) => void;

function takeAll(keepEmpty: boolean): TakePair {
  return (labels, key, value) => {
    if (key !== '' && (keepEmpty || value !== '')) labels.extract(key, value.replaceAll('\ufffd', ' '));
  };
}

function takeWanted(extractions: readonly Extraction[]): TakePair {
  const wanted = new Set(extractions.map(({ name }) => name));
  const names = new Map(extractions.map(({ name, path }) => [pathOf(path), name]));
  return (labels, key, value) => {
    const name = names.get(key) ?? (wanted.has(key) ? key : undefined);
    if (name !== undefined) labels.set(labels.freeName(name), value.includes('\ufffd') ? '' : value);
  };
}

function pathOf(path: string): string {
  if (/^[A-Za-z_]\w*$/.test(path)) return path;
  const quoted = /^"([^"]*)"$/.exec(path)?.[1];
  if (quoted !== undefined) return sanitizeName(quoted);
  throw new LogqlParseError(`cannot parse expression [${path}]: syntax error: unexpected character`);
}
