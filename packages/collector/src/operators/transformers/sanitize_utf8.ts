import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const sanitizeUtf8 = defineTransformer({
  type: 'sanitize_utf8',
  summary:
    'Replaces invalid characters by U+FFFD. Strings are valid when they are read, so that only surrogates are left.',
  fields: { field: entryField('Field with the string.').prefault('body') },
  create:
    ({ field }) =>
    (entry) => {
      const value = field.get(entry);
      if (value === MISSING) return;
      if (typeof value !== 'string') throw new EvaluationError(`expected a string in ${field}, got ${typeName(value)}`);
      if (!value.isWellFormed()) field.set(entry, value.toWellFormed());
    },
});
