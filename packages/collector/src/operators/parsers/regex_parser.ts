import { compilePattern } from '@otelier/query/pattern';
import { z } from '../../component/schema.ts';
import { EvaluationError, typeName, type ValueMap } from '../../ottl/values/value.ts';
import { patternField } from '../definition/fields.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import { defineParser } from '../definition/parser.ts';
import { onePassExpression } from './one-pass.ts';

const SURROGATE = /[\ud800-\udfff]/;

export const regexParser = defineParser({
  type: 'regex_parser',
  summary: 'Parses a string with the named groups of a regular expression.',
  fields: {
    regex: patternField('Regular expression with named groups, such as `^(?P<level>\\w+) (?P<message>.*)$`.'),
    cache: z
      .object({ size: z.int().min(0).max(65_535).prefault(0).describe('Number of results to remember.') })
      .optional()
      .describe('Remembers results of equal strings.'),
  },
  create({ regex, cache }) {
    const pattern = compilePattern(regex);
    const names = pattern.names.map((name, index) => [name, index] as const).filter(([name]) => name !== undefined);
    if (names.length === 0)
      throw new OperatorConfigError('regex: expected at least one named group, such as (?P<name>.*)');
    const known = new Map<string, ValueMap>();
    const size = cache?.size ?? 0;
    const fast = onePassExpression(regex);
    const match = (text: string): ValueMap => {
      if (fast !== undefined && !SURROGATE.test(text)) return matchFast(fast, text);
      const ranges = pattern.ranges(text);
      if (ranges === undefined) throw new EvaluationError('expected a string that the regular expression matches');
      const values: ValueMap = new Map();
      for (const [name = '', index] of names) {
        const range = ranges[index];
        values.set(name, range === undefined || range.start < 0 ? '' : text.slice(range.start, range.end));
      }
      return values;
    };
    const matchFast = (expression: RegExp, text: string): ValueMap => {
      const found = expression.exec(text);
      if (found === null) throw new EvaluationError('expected a string that the regular expression matches');
      const values: ValueMap = new Map();
      for (const [name = '', index] of names) values.set(name, found[index] ?? '');
      return values;
    };
    return (value) => {
      if (typeof value !== 'string') throw new EvaluationError(`expected a string, got ${typeName(value)}`);
      if (size === 0) return match(value);
      const cached = known.get(value);
      if (cached !== undefined) return new Map(cached);
      const values = match(value);
      if (known.size >= size) known.delete(known.keys().next().value ?? '');
      known.set(value, new Map(values));
      return values;
    };
  },
});
