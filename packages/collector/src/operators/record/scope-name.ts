import type { z } from '../../component/schema.ts';
import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import type { Entry } from '../entry/entry.ts';
import { MISSING } from '../entry/field.ts';

/** The fields of a parser of scope names. */
export const scopeNameFields = { parseFrom: entryField('Field with the name of the scope.') };

/** Returns a step that sets the name of the scope. */
export function scopeNameParser({ parseFrom }: z.output<z.ZodObject<typeof scopeNameFields>>): (entry: Entry) => void {
  return (entry) => {
    const value = parseFrom.get(entry);
    if (value === MISSING) throw new EvaluationError(`expected the field ${parseFrom}, got an entry without it`);
    if (typeof value !== 'string')
      throw new EvaluationError(`${parseFrom}: expected a string as name of the scope, got ${typeName(value)}`);
    entry.scopeName = value;
  };
}
