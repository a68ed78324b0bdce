import { encodeHex } from '@otelier/otlp';
import { attributeText } from '../../../ottl/values/text.ts';
import { isList, isMap, type Value, type ValueMap } from '../../../ottl/values/value.ts';

/** A field of a JSON object, or `undefined` for one to leave out. */
export type Field = string | undefined;

/** Joins encoded fields to an object. */
export function objectOf(fields: readonly Field[]): string {
  return `{${fields.filter((field) => field !== undefined).join(',')}}`;
}

/** Encodes a field, whose value is JSON. */
export function field(key: string, json: string): string {
  return `${textJson(key)}:${json}`;
}

/** Encodes a field with a text, unless it is empty. */
export function textField(key: string, text: string): Field {
  return text === '' ? undefined : field(key, textJson(text));
}

/** Encodes a field with a number, unless it is 0. */
export function numberField(key: string, value: number): Field {
  return value === 0 ? undefined : field(key, String(value));
}

export function textJson(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** Encodes a double, always with a decimal point, because Elasticsearch maps fields by their first value. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : text.replace(/^-?\d+/, '$&.0');
}

/** Encodes a value. Bytes become hexadecimal text. With `stringifyMaps`, maps become texts of JSON. */
export function valueJson(value: Value, stringifyMaps = false): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'string':
      return textJson(value);
    case 'number':
      return doubleJson(value);
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value instanceof Uint8Array) return textJson(encodeHex(value));
  if (isList(value)) return `[${value.map((element) => valueJson(element, stringifyMaps)).join(',')}]`;
  if (!isMap(value)) return 'null';
  return stringifyMaps ? textJson(attributeText(value)) : mapJson(value);
}

/** Encodes a map with its nested values. */
export function mapJson(map: ValueMap): string {
  return objectOf([...map].map(([key, element]) => field(key, valueJson(element))));
}
