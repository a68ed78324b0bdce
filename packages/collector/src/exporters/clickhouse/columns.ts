import { EXEMPLAR_FIELDS, type ExemplarView } from '@otelier/otlp';
import { attributeText } from '../../ottl/values/text.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { field, objectOf, textJson } from '../elasticsearch/documents/json.ts';
import { attributesIn } from '../elasticsearch/origin.ts';

/** Encodes the columns of exemplars. As in the Collector, missing IDs are zeros. */
export function exemplarFields(exemplars: readonly ExemplarView[]): readonly string[] {
  return [
    listField('Exemplars.FilteredAttributes', exemplars, (exemplar) =>
      mapJson(attributesIn(exemplar, EXEMPLAR_FIELDS.filteredAttributes)),
    ),
    listField('Exemplars.TimeUnix', exemplars, ({ timeUnixNano }) => secondsJson(timeUnixNano)),
    listField('Exemplars.Value', exemplars, ({ value }) => doubleJson(Number(value ?? 0))),
    listField('Exemplars.SpanId', exemplars, ({ spanId }) => textJson(spanId.padStart(16, '0'))),
    listField('Exemplars.TraceId', exemplars, ({ traceId }) => textJson(traceId.padStart(32, '0'))),
  ];
}

/** Encodes a column with a text, also if it is empty. */
export function textField(name: string, text: string): string {
  return field(name, textJson(text));
}

/** Encodes a column with attributes, whose values become texts. */
export function attributesField(name: string, attributes: ValueMap): string {
  return field(name, mapJson(attributes));
}

/** Encodes a column with a list. */
export function listField<T>(name: string, list: readonly T[], encode: (element: T) => string): string {
  return field(name, `[${list.map(encode).join(',')}]`);
}

/** Encodes a double, also those that JSON does not have. */
export function doubleJson(value: number): string {
  if (Number.isNaN(value)) return '"nan"';
  if (!Number.isFinite(value)) return value > 0 ? '"inf"' : '"-inf"';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Encodes a time for a column with seconds, which ends in 2106. */
export function secondsJson(nanos: bigint): string {
  return timeJson(nanos < MAX_SECONDS_NANOS ? nanos : MAX_SECONDS_NANOS);
}

/** Encodes a column with a time. */
export function timeField(name: string, nanos: bigint): string {
  return field(name, timeJson(nanos));
}

/** Encodes a time in UTC, which columns with any precision and time zone accept. */
export function timeJson(nanos: bigint): string {
  const inRange = nanos < MAX_NANOS ? nanos : MAX_NANOS;
  const seconds = new Date(Number(inRange / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `"${seconds}.${String(inRange % 1_000_000_000n).padStart(9, '0')}Z"`;
}

/** The last time of `DateTime64(9)`. */
const MAX_NANOS = 2n ** 63n - 1n;
/** The last time of `DateTime`. */
const MAX_SECONDS_NANOS = (2n ** 32n - 1n) * 1_000_000_000n;

/** Encodes attributes as an object of texts. */
export function mapJson(attributes: ValueMap): string {
  return objectOf([...attributes].map(([key, value]) => textField(key, attributeText(value))));
}

/** Returns an ID, which is empty if all its digits are zeros. */
export function idText(id: string): string {
  return /[^0]/.test(id) ? id : '';
}
