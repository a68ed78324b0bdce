import { constantOf } from '../../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { any, literalBoolean, literalText, map, optional, text } from '../../compile/parameters.ts';
import { orderOfTexts } from '../../values/compare.ts';
import { attributeText } from '../../values/text.ts';
import { EvaluationError, isList, isMap, type Value, type ValueMap } from '../../values/value.ts';
import { dynamicPattern } from '../text/pattern.ts';
import { parseCsvRow } from './csv.ts';
import { parsePairs, splitQuoted } from './key-value.ts';
import { compileSeverities } from './severity.ts';
import { parseUrl } from './url.ts';

/** Converters that parse and format structured strings. */
export const PARSERS: readonly FunctionDefinition[] = [
  defineFunction(
    'ParseJSON',
    { target: text() },
    ({ target }) =>
      (subject) =>
        parseJson(target(subject)),
  ),
  defineFunction(
    'ParseCSV',
    {
      target: text(),
      headers: text(),
      delimiter: optional(literalText()),
      headerDelimiter: optional(literalText()),
      mode: optional(literalText()),
    },
    ({ target, headers, delimiter = ',', headerDelimiter = delimiter, mode = 'strict' }) => {
      for (const character of [delimiter, headerDelimiter])
        if ([...character].length !== 1)
          throw new EvaluationError(`expected one character as delimiter, got "${character}"`);
      if (mode !== 'strict' && mode !== 'lazyQuotes' && mode !== 'ignoreQuotes')
        throw new EvaluationError(`expected the mode "strict", "lazyQuotes" or "ignoreQuotes", got "${mode}"`);
      return (subject) => {
        const row = target(subject);
        const header = headers(subject);
        if (header === '') throw new EvaluationError('expected headers, got an empty string');
        const names = header.split(headerDelimiter);
        const fields =
          mode === 'ignoreQuotes' ? row.split(delimiter) : parseCsvRow(row, delimiter, mode === 'lazyQuotes');
        if (fields.length !== names.length)
          throw new EvaluationError(`expected ${names.length} fields, got ${fields.length}`);
        return new Map(names.map((name, index) => [name, fields[index]]));
      };
    },
  ),
  defineFunction(
    'ParseKeyValue',
    { target: text(), delimiter: optional(literalText()), pairDelimiter: optional(literalText()) },
    ({ target, delimiter = '=', pairDelimiter = ' ' }) => {
      checkDelimiters(delimiter, pairDelimiter);
      return (subject) => {
        const source = target(subject);
        if (source === '') throw new EvaluationError('expected pairs, got an empty string');
        return parsePairs(splitQuoted(source, pairDelimiter), delimiter);
      };
    },
  ),
  defineFunction(
    'ToKeyValueString',
    {
      target: map(),
      delimiter: optional(literalText()),
      pairDelimiter: optional(literalText()),
      sortOutput: optional(literalBoolean()),
    },
    ({ target, delimiter = '=', pairDelimiter = ' ', sortOutput = false }) => {
      checkDelimiters(delimiter, pairDelimiter);
      const quoted = (value: string): string => {
        const escaped = value.replaceAll('"', '\\"');
        return escaped.includes(delimiter) || escaped.includes(pairDelimiter) ? `"${escaped}"` : escaped;
      };
      return (subject) => {
        const entries = [...target(subject)];
        if (sortOutput) entries.sort(([left], [right]) => orderOfTexts(left, right));
        return entries
          .map(([key, value]) => quoted(key) + delimiter + quoted(attributeText(value)))
          .join(pairDelimiter);
      };
    },
  ),
  defineFunction('ExtractPatterns', { target: text(), pattern: text() }, ({ target, pattern }) => {
    const patternOf = dynamicPattern(pattern);
    return (subject) => {
      const { names, matches } = patternOf(subject);
      if (names.every((name) => name === undefined))
        throw new EvaluationError('expected a pattern with at least one named group');
      const [match] = matches(target(subject));
      const result: ValueMap = new Map();
      if (match === undefined) return result;
      for (const [number, name] of names.entries())
        if (name !== undefined) result.set(name, match.groups[number] ?? '');
      return result;
    };
  }),
  defineFunction('ParseSeverity', { target: any(), mapping: map() }, ({ target, mapping }) => {
    const known = constantOf(mapping);
    const severityOf = known === undefined ? undefined : compileSeverities(known.value);
    return (subject) => {
      if (severityOf === undefined) throw new EvaluationError('expected a literal map of severities');
      return severityOf(target(subject));
    };
  }),
  defineFunction(
    'URL',
    { uri: text() },
    ({ uri }) =>
      (subject) =>
        parseUrl(uri(subject)),
  ),
];

function parseJson(source: string): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch {
    throw new EvaluationError(`expected JSON, got "${source}"`);
  }
  const value = valueOfJson(parsed);
  if (isMap(value) || isList(value)) return value;
  throw new EvaluationError('expected a JSON object or array');
}

function valueOfJson(parsed: unknown): Value {
  if (parsed === null) return undefined;
  if (Array.isArray(parsed)) return parsed.map(valueOfJson);
  if (typeof parsed === 'object')
    return new Map(Object.entries(parsed).map(([key, value]) => [key, valueOfJson(value)]));
  return typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean' ? parsed : undefined;
}

function checkDelimiters(delimiter: string, pairDelimiter: string): void {
  if (delimiter === '' || pairDelimiter === '') throw new EvaluationError('expected a delimiter, got an empty string');
  if (delimiter === pairDelimiter)
    throw new EvaluationError(`expected two different delimiters, got "${delimiter}" twice`);
}
