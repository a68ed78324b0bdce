import { constant, constantOf } from '../../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { listOf, literalBoolean, literalText, optional, text } from '../../compile/parameters.ts';
import { parseFloat64, parseInteger, toBoolean } from '../../values/convert.ts';
import { EvaluationError, type Value, type ValueMap } from '../../values/value.ts';
import { dynamicPattern } from '../text/pattern.ts';
import { GROK_PATTERNS } from './grok-patterns.ts';

/** The converter that extracts values with Grok patterns. */
export const GROK: readonly FunctionDefinition[] = [
  defineFunction(
    'ExtractGrokPatterns',
    {
      target: text(),
      pattern: text(),
      namedCapturesOnly: optional(literalBoolean()),
      patternDefinitions: optional(listOf(literalText())),
    },
    ({ target, pattern, namedCapturesOnly = false, patternDefinitions = [] }) => {
      const definitions = new Map([...GROK_PATTERNS, ...patternDefinitions.map(definitionOf)]);
      const expanded = (source: string) => expand(source, definitions, namedCapturesOnly);
      const known = constantOf(pattern);
      const source = known === undefined ? undefined : expanded(known.value);
      const patternOf = dynamicPattern(
        source === undefined ? (subject) => expanded(pattern(subject)).pattern : constant(source.pattern),
      );
      const checked = (names: readonly (string | undefined)[]) => {
        if (namedCapturesOnly && names.every((name) => name === undefined))
          throw new EvaluationError('expected a pattern with at least one named group');
      };
      if (source !== undefined) checked(constantOf(patternOf)?.value.names ?? []);
      return (subject) => {
        const { types } = source ?? expanded(pattern(subject));
        const { names, matches } = patternOf(subject);
        checked(names);
        const result: ValueMap = new Map();
        const [match] = matches(target(subject));
        for (const [number, name] of names.entries()) {
          const value = match?.groups[number];
          if (name !== undefined && value) result.set(name.replaceAll(DOT, '.'), typed(value, types.get(name)));
        }
        return result;
      };
    },
  ),
];

/** Replaces dots in group names, which cannot contain them. */
const DOT = '___';
const REFERENCE = /%\{(\w+)(?::([\w+.]+)(?::(\w+))?)?\}/;
/** Bounds the expansion of patterns that reference themselves or each other repeatedly. */
const MAX_REFERENCES = 1000;
const MAX_LENGTH = 200_000;

interface Expanded {
  readonly pattern: string;
  /** Group types. */
  readonly types: ReadonlyMap<string, string>;
}

/** Expands `%{NAME}`, `%{NAME:group}` and `%{NAME:group:type}` to their definitions. */
function expand(source: string, definitions: ReadonlyMap<string, string>, namedOnly: boolean): Expanded {
  const types = new Map<string, string>();
  let pattern = source;
  for (let count = 0; ; count++) {
    const reference = REFERENCE.exec(pattern);
    if (reference === null) return { pattern, types };
    const [whole, name = '', target, type] = reference;
    const definition = definitions.get(name);
    if (definition === undefined) throw new EvaluationError(`unknown Grok pattern "${name}"`);
    const group = (target ?? name).replaceAll('.', DOT);
    if (type !== undefined) types.set(group, type);
    const replacement = namedOnly && target === undefined ? `(${definition})` : `(?P<${group}>${definition})`;
    pattern = pattern.replaceAll(whole, () => replacement);
    if (count === MAX_REFERENCES || pattern.length > MAX_LENGTH)
      throw new EvaluationError(`expected a Grok pattern without cycles, got ${name}, which contains itself`);
  }
}

function definitionOf(text: string): [string, string] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  if (at < 0 || name.includes(':')) throw new EvaluationError(`expected NAME=pattern, got "${text}"`);
  return [name, text.slice(at + 1)];
}

function typed(text: string, type: string | undefined): Value {
  switch (type) {
    case undefined:
    case 'string':
      return text;
    case 'int':
    case 'long':
      return parseInteger(text);
    case 'float':
    case 'double':
      return parseFloat64(text);
    case 'bool':
    case 'boolean':
      return toBoolean(text);
    default:
      throw new EvaluationError(`expected the type string, int, long, float, double, bool or boolean, got "${type}"`);
  }
}
