import { payloadEnd, payloadStart } from '@otelier/otlp';
import { constantOf } from '../../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { converterName, literalText, mapTarget, optional, target, text } from '../../compile/parameters.ts';
import type { Access, Getter } from '../../contexts/access.ts';
import type { Subject } from '../../record/subject.ts';
import { EvaluationError, type Value, type ValueMap } from '../../values/value.ts';
import { compileGlob } from './glob.ts';
import { dynamicPattern, replaceMatches } from './pattern.ts';
import { TextMemo } from './text-memo.ts';

const replacing = {
  replacement: text(),
  function: optional(converterName()),
  replacementFormat: optional(text()),
};

/** Editors that replace strings. */
export const REPLACERS: readonly FunctionDefinition[] = [
  defineFunction(
    'replace_match',
    { target: target(), pattern: text(), ...replacing },
    ({ target, pattern, ...args }) => {
      const matches = globMatcher(pattern);
      const replacement = wholeReplacement(args);
      return (subject) => {
        const isMatch = matches(subject);
        const value = target.get(subject);
        const text = replacement(subject);
        if (typeof value === 'string' && isMatch(value)) target.set(subject, text);
        return undefined;
      };
    },
  ),
  defineFunction(
    'replace_all_matches',
    { target: mapTarget(), pattern: text(), ...replacing },
    ({ target, pattern, ...args }) => {
      const matches = globMatcher(pattern);
      const replacement = wholeReplacement(args);
      return (subject) => {
        const isMatch = matches(subject);
        const entries = target.get(subject);
        const text = replacement(subject);
        for (const [key, value] of entries) if (typeof value === 'string' && isMatch(value)) entries.set(key, text);
        target.set(subject, entries);
        return undefined;
      };
    },
  ),
  defineFunction('replace_pattern', { target: target(), regex: text(), ...replacing }, ({ target, regex, ...args }) => {
    const patternOf = dynamicPattern(regex);
    const replace = partReplacement(args);
    const change = (subject: Subject): string | undefined => {
      const value = target.get(subject);
      if (value === undefined) return undefined;
      const template = args.replacement(subject);
      if (typeof value !== 'string') return undefined;
      const pattern = patternOf(subject);
      if (!pattern.test(value)) return undefined;
      const text = replaceMatches(pattern, value, template, replace?.(subject));
      target.set(subject, text);
      return text;
    };
    const isConstant = constantOf(regex) !== undefined && constantOf(args.replacement) !== undefined;
    if (target.text !== undefined && isConstant && args.function === undefined)
      return remembering(target, target.text, change);
    return (subject) => {
      change(subject);
      return undefined;
    };
  }),
  defineFunction(
    'replace_all_patterns',
    { target: mapTarget(), mode: literalText(), regex: text(), ...replacing },
    ({ target, mode, regex, ...args }) => {
      if (mode !== 'key' && mode !== 'value')
        throw new EvaluationError(`expected the mode "key" or "value", got "${mode}"`);
      const patternOf = dynamicPattern(regex);
      const replace = partReplacement(args);
      return (subject) => {
        const entries = target.get(subject);
        const template = args.replacement(subject);
        const pattern = patternOf(subject);
        const replaced = (text: string): string =>
          pattern.test(text) ? replaceMatches(pattern, text, template, replace?.(subject)) : text;
        if (mode === 'value') replaceValues(entries, replaced);
        else replaceKeys(entries, replaced);
        target.set(subject, entries);
        return undefined;
      };
    },
  ),
];

/** Runs a change of a string field, whose new text depends on the old one only, once for each text. */
function remembering(
  { set }: Access,
  { record, field }: NonNullable<Access['text']>,
  change: (subject: Subject) => string | undefined,
): Getter {
  const memo = new TextMemo();
  return (subject) => {
    const message = record(subject);
    const value = message.find(field);
    const { source } = message;
    if (value < 0) {
      change(subject);
      return undefined;
    }
    const start = payloadStart(source, value);
    const end = payloadEnd(source, value);
    const known = memo.find(source, start, end);
    if (known === undefined) memo.add(source, start, end, change(subject));
    else if (known.text !== undefined) set(subject, known.text);
    return undefined;
  };
}

interface Replacing {
  readonly replacement: Getter<string>;
  readonly function: ((input: Getter<string>) => Getter) | undefined;
  readonly replacementFormat: Getter<string> | undefined;
}

function globMatcher(pattern: Getter<string>): Getter<(text: string) => boolean> {
  const known = constantOf(pattern);
  if (known !== undefined) {
    const glob = compileGlob(known.value);
    return () => (text) => glob.test(text);
  }
  return (subject) => {
    const glob = compileGlob(pattern(subject));
    return (text) => glob.test(text);
  };
}

/**
 * Returns the replacement for whole strings: the formatted result of the function, or `replacement` itself if there is
 * none.
 */
function wholeReplacement({ replacement, function: convert, replacementFormat }: Replacing): Getter<string> {
  if (convert === undefined) return replacement;
  const converted = convert(replacement);
  return (subject) => format(textResult(converted(subject)), replacementFormat, subject);
}

/** Returns the conversion to apply to each expanded match, or `undefined` if there is no function. */
function partReplacement({
  function: convert,
  replacementFormat,
}: Replacing): Getter<(expanded: string) => string> | undefined {
  if (convert === undefined) return undefined;
  let input = '';
  const converted = convert(() => input);
  return (subject) => (expanded) => {
    input = expanded;
    return format(textResult(converted(subject)), replacementFormat, subject);
  };
}

function textResult(value: Value): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError('expected a string from the function for the replacement');
}

function format(value: string, replacementFormat: Getter<string> | undefined, subject: Subject): string {
  if (replacementFormat === undefined) return value;
  const template = replacementFormat(subject);
  if (template.split('%s').length !== 2 || /%[^s]/.test(template))
    throw new EvaluationError(`expected a replacement format with one %s, got "${template}"`);
  return template.replace('%s', () => value);
}

/** Replaces the values in a map. A value whose replacement fails is left unchanged. */
function replaceValues(entries: ValueMap, replaced: (text: string) => string): void {
  for (const [key, value] of entries) {
    if (typeof value !== 'string') continue;
    const text = orUndefined(() => replaced(value));
    if (text !== undefined) entries.set(key, text);
  }
}

/** Replaces the keys in a map. An entry whose key replacement fails is dropped, as in the Collector. */
function replaceKeys(entries: ValueMap, replaced: (text: string) => string): void {
  const before = [...entries];
  entries.clear();
  for (const [key, value] of before) {
    const text = orUndefined(() => replaced(key));
    if (text !== undefined) entries.set(text, value);
  }
}

function orUndefined<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}
