import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';
import { unquoted } from '../expression/tokens.ts';

/** A string literal of Go, also one in single quotes, which has one character. */
const LITERAL =
  /^(?:"(?:[^"\\\n]|\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"|'(?:[^'\\\n]|\\(?:[abfnrtv\\']|x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))'|`[^`]*`)$/u;

export const unquote = defineTransformer({
  type: 'unquote',
  summary: 'Removes the quotes of a string literal and its escapes, as in Go.',
  fields: { field: entryField('Field with the string.') },
  create:
    ({ field }) =>
    (entry) => {
      const value = field.get(entry);
      if (value === MISSING) return;
      if (typeof value !== 'string') throw new EvaluationError(`expected a string in ${field}, got ${typeName(value)}`);
      if (!LITERAL.test(value)) throw new EvaluationError(`expected a string in quotes in ${field}, got "${value}"`);
      field.set(entry, value.startsWith('`') ? value.slice(1, -1).replaceAll('\r', '') : unquoted(value));
    },
});
