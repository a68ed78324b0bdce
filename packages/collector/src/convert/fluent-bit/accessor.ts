import { literal } from '../stages/expressions.ts';

/** Returns the keys of a record accessor such as `$kubernetes['labels']['app']`, or of a plain key. */
export function accessorKeys(text: string): string[] {
  if (!text.startsWith('$')) return [text];
  return [...text.slice(1).matchAll(/\['([^']*)'\]|\["([^"]*)"\]|([^.[\]]+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

/** Returns the expression of a value of the record, nil if there is none. */
export function recordValue(text: string): string {
  return accessorKeys(text).reduce(
    (object, key, index) => `${object}${index === 0 ? '' : '?.'}[${literal(key)}]`,
    'body',
  );
}

/** Returns the expression of a value of the record as text. */
export function recordText(text: string): string {
  return `string(${recordValue(text)} ?? "")`;
}

/** Returns the field of an operator for a value of the record. */
export function recordField(text: string): string {
  return accessorKeys(text).reduce((field, key) => `${field}[${key.includes('"') ? `'${key}'` : `"${key}"`}]`, 'body');
}

/** Returns the path of OTTL for a value of the record. */
export function recordPath(text: string): string {
  return accessorKeys(text).reduce((path, key) => `${path}[${literal(key)}]`, 'body');
}
