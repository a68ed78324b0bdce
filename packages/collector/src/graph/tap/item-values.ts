import { type JsonItem, objectOf } from './json-items.ts';

/** Names of the parts of an item in the keys of its values. The item itself has none. */
const PARTS = ['resource', 'scope', 'metric'] as const;

/** Returns the values of an item as texts by key, such as `attributes.http.route`, in the order of the item. */
export function itemValues(item: JsonItem): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  addFields(values, '', item.item);
  for (const part of PARTS) addFields(values, `${part}.`, objectOf(item[part]));
  return values;
}

function addFields(values: Map<string, string>, prefix: string, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    // Attributes of a resource are what is asked for; its other fields are few.
    if (name === 'attributes') addAttributes(values, prefix === 'resource.' ? prefix : `${prefix}attributes.`, value);
    else add(values, `${prefix}${name}`, value);
  }
}

function add(values: Map<string, string>, key: string, value: unknown): void {
  if (Array.isArray(value) && value.some((one) => typeof one === 'object')) {
    for (const [index, one] of value.entries()) addFields(values, `${key}[${index}].`, objectOf(one));
  } else if (isAnyValue(value)) values.set(key, anyText(value));
  else if (typeof value === 'object' && value !== null && !Array.isArray(value))
    addFields(values, `${key}.`, objectOf(value));
  else values.set(key, typeof value === 'string' ? value : JSON.stringify(value));
}

function addAttributes(values: Map<string, string>, prefix: string, attributes: unknown): void {
  if (!Array.isArray(attributes)) return;
  for (const attribute of attributes) {
    const { key, value } = objectOf(attribute);
    values.set(`${prefix}${String(key ?? '')}`, anyText(value));
  }
}

const ANY_VALUE = /^(?:string|bool|int|double|array|kvlist|bytes)Value$/;

function isAnyValue(value: unknown): boolean {
  const [name, ...others] = Object.keys(objectOf(value));
  return name !== undefined && others.length === 0 && ANY_VALUE.test(name);
}

/** Returns the text of an `AnyValue`: a string as it is, anything else as JSON. */
function anyText(value: unknown): string {
  const plain = plainOf(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

function plainOf(value: unknown): unknown {
  const [entry] = Object.entries(objectOf(value));
  if (entry === undefined) return '';
  const [kind, content] = entry;
  if (kind === 'arrayValue') return listOf(objectOf(content)['values']).map(plainOf);
  if (kind === 'kvlistValue')
    return Object.fromEntries(
      listOf(objectOf(content)['values']).map((one) => [
        String(objectOf(one)['key'] ?? ''),
        plainOf(objectOf(one)['value']),
      ]),
    );
  // OTLP/JSON writes integers of 64 bits as texts.
  return kind === 'intValue' && Number.isSafeInteger(Number(content)) ? Number(content) : content;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
