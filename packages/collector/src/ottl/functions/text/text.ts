import { constantOf } from '../../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { integer, literalBoolean, literalText, optional, text, textLike, valuesOf } from '../../compile/parameters.ts';
import { toText } from '../../values/convert.ts';
import { EvaluationError } from '../../values/value.ts';
import { toCamelCase, toSnakeCase } from './case.ts';
import { dynamicPattern } from './pattern.ts';
import { isCharacterStart } from './utf8.ts';

const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: (value) => value.toLowerCase(),
  upper: toUpperCase,
  snake: toSnakeCase,
  camel: toCamelCase,
};

/** String converters. */
export const TEXTS: readonly FunctionDefinition[] = [
  defineFunction('Concat', { vals: valuesOf(toText), delimiter: text() }, ({ vals, delimiter }) => (subject) => {
    const separator = delimiter(subject);
    return vals(subject)
      .map((value) => value ?? '<nil>')
      .join(separator);
  }),
  defineFunction('ConvertCase', { target: text(), toCase: literalText() }, ({ target, toCase }) => {
    const convert = Object.hasOwn(CASES, toCase) ? CASES[toCase] : undefined;
    if (convert === undefined)
      throw new EvaluationError(`expected the case "lower", "upper", "snake" or "camel", got "${toCase}"`);
    return (subject) => convert(target(subject));
  }),
  caseFunction('ToCamelCase', toCamelCase),
  caseFunction('ToLowerCase', (value) => value.toLowerCase()),
  caseFunction('ToSnakeCase', toSnakeCase),
  caseFunction('ToUpperCase', toUpperCase),
  defineFunction(
    'HasPrefix',
    { target: text(), prefix: text() },
    ({ target, prefix }) =>
      (subject) =>
        target(subject).startsWith(prefix(subject)),
  ),
  defineFunction(
    'HasSuffix',
    { target: text(), suffix: text() },
    ({ target, suffix }) =>
      (subject) =>
        target(subject).endsWith(suffix(subject)),
  ),
  defineFunction('IsMatch', { target: textLike(), pattern: text() }, ({ target, pattern }) => {
    const patternOf = dynamicPattern(pattern);
    const known = constantOf(patternOf)?.value;
    if (known !== undefined)
      return (subject) => {
        const value = target(subject);
        return value !== undefined && known.test(value);
      };
    return (subject) => {
      const compiled = patternOf(subject);
      const value = target(subject);
      return value !== undefined && compiled.test(value);
    };
  }),
  defineFunction('Split', { target: text(), delimiter: text() }, ({ target, delimiter }) => (subject) => {
    const value = target(subject);
    const separator = delimiter(subject);
    return separator === '' ? [...value] : value.split(separator);
  }),
  defineFunction(
    'Substring',
    { target: text(), start: integer(), length: integer(), utf8Safe: optional(literalBoolean()) },
    ({ target, start, length, utf8Safe = false }) =>
      (subject) => {
        const from = start(subject);
        if (from < 0n) throw new EvaluationError(`expected a start of at least 0, got ${from}`);
        const count = length(subject);
        if (count <= 0n) throw new EvaluationError(`expected a length above 0, got ${count}`);
        return substring(target(subject), from, count, utf8Safe);
      },
  ),
  defineFunction(
    'Trim',
    { target: text(), replacement: optional(literalText()) },
    ({ target, replacement = ' ' }) =>
      (subject) =>
        trim(target(subject), replacement),
  ),
  defineFunction('TrimPrefix', { target: text(), prefix: text() }, ({ target, prefix }) => (subject) => {
    const value = target(subject);
    const start = prefix(subject);
    return value.startsWith(start) ? value.slice(start.length) : value;
  }),
  defineFunction('TrimSuffix', { target: text(), suffix: text() }, ({ target, suffix }) => (subject) => {
    const value = target(subject);
    const end = suffix(subject);
    return value.endsWith(end) ? value.slice(0, value.length - end.length) : value;
  }),
];

function caseFunction(name: string, convert: (text: string) => string): FunctionDefinition {
  return defineFunction(
    name,
    { target: text() },
    ({ target }) =>
      (subject) =>
        convert(target(subject)),
  );
}

/** Converts to upper case like Go, one character at a time: ß stays unchanged. */
function toUpperCase(value: string): string {
  return value
    .replace(/\P{ASCII}/gu, (character) => {
      const upper = character.toUpperCase();
      return [...upper].length === 1 ? upper : character;
    })
    .replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function substring(value: string, from: bigint, count: bigint, safe: boolean): string {
  const bytes = Buffer.from(value);
  if (from > bytes.length || count > BigInt(bytes.length) - from)
    throw new EvaluationError(`expected a range within ${bytes.length} bytes, got ${count} from ${from}`);
  let start = Number(from);
  let end = Number(from + count);
  if (safe) {
    while (start < bytes.length && !isCharacterStart(bytes[start])) start++;
    while (start < end && end < bytes.length && !isCharacterStart(bytes[end])) end--;
  }
  return bytes.toString('utf8', start, Math.max(start, end));
}

/** Removes the characters in `cutset` from both ends. */
function trim(value: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = [...value];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] as string)) start++;
  while (end > start && cut.has(characters[end - 1] as string)) end--;
  return characters.slice(start, end).join('');
}
