import { plainText } from '../../traceql/values/format.ts';
import type { Static } from '../../traceql/values/static.ts';

/** Converts a value to the JSON of an OTLP `AnyValue`, as Tempo's responses contain it. */
export function anyValue(value: Static): object {
  switch (value.type) {
    case 'int':
      return { intValue: value.value.toString() };
    case 'float':
      return { doubleValue: Number.isFinite(value.value) ? value.value : String(value.value) };
    case 'bool':
      return { boolValue: value.value };
    case 'array':
      return { arrayValue: { values: value.values.map(anyValue) } };
    default:
      return { stringValue: plainText(value) };
  }
}
