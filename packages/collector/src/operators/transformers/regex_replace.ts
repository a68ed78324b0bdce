import { compilePattern } from '@otelier/query/pattern';
import { z } from '../../component/schema.ts';
import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { entryField, patternField } from '../definition/fields.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';
import { expandTemplate } from './expand-template.ts';

const PATTERNS = { ansi_control_sequences: String.raw`\x1B\[[\x30-\x3F]*[\x20-\x2F]*[\x40-\x7E]` } as const;

export const regexReplace = defineTransformer({
  type: 'regex_replace',
  summary: 'Replaces the matches of a regular expression.',
  fields: {
    field: entryField('Field with the string.'),
    regex: patternField('Regular expression.').optional(),
    regexName: z.enum(['ansi_control_sequences']).optional().describe('Known regular expression, instead of `regex`.'),
    replaceWith: z.string().prefault('').describe('Replacement, in which `$1` and `$name` are groups.'),
  },
  create({ field, regex = '', regexName, replaceWith }) {
    if ((regex === '') === (regexName === undefined))
      throw new OperatorConfigError('expected either "regex" or "regex_name"');
    const pattern = compilePattern(regexName === undefined ? regex : PATTERNS[regexName]);
    return (entry) => {
      const value = field.get(entry);
      if (value === MISSING) return;
      if (typeof value !== 'string') throw new EvaluationError(`expected a string in ${field}, got ${typeName(value)}`);
      let end = 0;
      let result = '';
      for (const match of pattern.matches(value)) {
        result += value.slice(end, match.start) + expandTemplate(replaceWith, pattern.names, match.groups);
        end = match.end;
      }
      field.set(entry, result + value.slice(end));
    };
  },
});
