import { z } from '../../component/schema.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import type { Entry } from '../entry/entry.ts';
import { type Field, MISSING } from '../entry/field.ts';
import { goText } from '../expression/go-text.ts';

function part(name: string, description: string) {
  return z
    .object({ parseFrom: entryField('Field to parse.').prefault(`body.${name}`) })
    .prefault({})
    .describe(description);
}

/** The fields of a parser of traces. */
export const traceFields = {
  traceId: part('trace_id', 'The trace ID, in hexadecimal.'),
  spanId: part('span_id', 'The span ID, in hexadecimal.'),
  traceFlags: part('trace_flags', 'The trace flags, in hexadecimal.'),
};

const HEXADECIMAL = /^(?:[0-9a-fA-F]{2})*$/;

/** Returns a step that sets trace ID, span ID and flags. Fields that are missing clear them. */
export function traceParser(config: z.output<z.ZodObject<typeof traceFields>>): (entry: Entry) => void {
  return (entry) => {
    const errors: string[] = [];
    const read = (name: string, field: Field): Uint8Array | undefined => {
      const value = field.get(entry);
      if (value === MISSING) return undefined;
      const text = goText(value);
      if (HEXADECIMAL.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
      errors.push(`${name}: expected hexadecimal digits, got "${text}"`);
      return undefined;
    };
    entry.traceId = fitted(read('trace_id', config.traceId.parseFrom), 16);
    entry.spanId = fitted(read('span_id', config.spanId.parseFrom), 8);
    entry.traceFlags = read('trace_flags', config.traceFlags.parseFrom)?.[0] ?? 0;
    if (errors.length > 0) throw new EvaluationError(errors.join('; '));
  };
}

/** Cuts or pads an ID, as the Collector does. */
function fitted(bytes: Uint8Array | undefined, length: number): Uint8Array | undefined {
  if (bytes === undefined || bytes.length === length) return bytes;
  const id = new Uint8Array(length);
  id.set(bytes.subarray(0, length));
  return id;
}
