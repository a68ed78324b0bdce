import type { Attributes, AttributeValue } from '../../contract.ts';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import type { Row } from './context.ts';
import type { Files } from './files.ts';
import { parseJson } from './json.ts';
import { quoteName } from './quote.ts';

/** Returns the columns that `rowAttributes` reads, for a statement. */
export function attributeColumns(files: Files): readonly string[] {
  return attributeColumnNames(files).map((name) =>
    name === ATTRIBUTE_KEYS || name === ATTRIBUTES_MAP ? name : quoteName(name),
  );
}

/** Returns the names of the columns that `rowAttributes` reads. */
export function attributeColumnNames(files: Files): readonly string[] {
  const promoted = [...files.promoted].flatMap(([key, types]) => types.map((type) => attributeColumn(key, type)));
  return [ATTRIBUTE_KEYS, ...(files.mayUseMap ? [ATTRIBUTES_MAP] : []), ...promoted];
}

/** Returns an item's attributes, in order. */
export function rowAttributes(row: Row): Attributes {
  const listed = row[ATTRIBUTE_KEYS];
  if (typeof listed !== 'string') return {};
  const map = row[ATTRIBUTES_MAP] as ReadonlyMap<string, string> | undefined;
  const attributes = new Map<string, AttributeValue>();
  for (const keyAndType of JSON.parse(listed) as readonly string[]) {
    const key = keyAndType.slice(0, -2);
    const promoted = row[attributeColumn(key, keyAndType.slice(-1) as AttributeType)];
    const inMap = map?.get(key);
    if (attributes.has(key)) continue;
    if (promoted !== null && promoted !== undefined) attributes.set(key, plainNumber(promoted as AttributeValue));
    else if (inMap !== undefined) attributes.set(key, jsonValue(inMap));
  }
  return Object.fromEntries(attributes);
}

/** Parses a stored JSON object of attributes. Returns an empty object for null. */
export function jsonAttributes(text: unknown): Attributes {
  return typeof text === 'string' ? (jsonValue(text) as Attributes) : {};
}

/** Parses an attribute value from JSON. */
export function jsonValue(text: string): AttributeValue {
  return parseJson(text, BigInt) as AttributeValue;
}

/** Converts an integer that a number can represent exactly. */
export function plainNumber(value: AttributeValue): AttributeValue {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
