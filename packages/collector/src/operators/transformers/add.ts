import { z } from '../../component/schema.ts';
import { copyValue } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { valueOfConfig } from '../entry/json-value.ts';
import { compileExpression } from '../expression/compile.ts';

const EXPRESSION = /^EXPR\((.*)\)$/s;

export const add = defineTransformer({
  type: 'add',
  summary: 'Sets a field to a value or to the result of an expression.',
  fields: {
    field: entryField('Field to set.'),
    value: z.unknown().describe('Value, or `EXPR(expression)`.'),
  },
  create({ field, value }, { environment }) {
    if (value === undefined || value === null) throw new OperatorConfigError('value: expected a value, got nothing');
    const expression = typeof value === 'string' ? EXPRESSION.exec(value)?.[1] : undefined;
    if (expression !== undefined) {
      const evaluate = compileExpression(expression, environment);
      return (entry) => field.set(entry, copyValue(evaluate(entry)));
    }
    const constant = valueOfConfig(value);
    return (entry) => field.set(entry, copyValue(constant));
  },
});
