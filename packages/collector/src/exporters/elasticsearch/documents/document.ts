import { orderOfTexts } from '../../../ottl/values/compare.ts';
import { formatTimeRfc3339 } from '../../../ottl/values/time.ts';
import { isList, isMap, Time, type Value, type ValueMap } from '../../../ottl/values/value.ts';
import { type Field, field, objectOf, textJson, valueJson } from './json.ts';

/** A value of a document: JSON, a list, or a document in a list. `undefined` hides earlier values of its name. */
type DocumentValue = string | readonly DocumentValue[] | Document | undefined;

interface DocumentField {
  readonly key: string;
  readonly value: DocumentValue;
}

/**
 * A document whose fields have flat names. Nested maps become names with dots. When it is encoded, the last value of a
 * name wins, and a name that is also the beginning of others gets the suffix `.value`.
 */
export class Document {
  #fields: DocumentField[] = [];

  get isEmpty(): boolean {
    return this.#fields.length === 0;
  }

  /** Adds a text, unless it is empty. */
  text(key: string, text: string): this {
    if (text !== '') this.#fields.push({ key, value: textJson(text) });
    return this;
  }

  integer(key: string, value: number | bigint): this {
    this.#fields.push({ key, value: String(value) });
    return this;
  }

  time(key: string, nanos: bigint): this {
    this.#fields.push({ key, value: `"${nanosText(nanos)}"` });
    return this;
  }

  documents(key: string, documents: readonly Document[]): this {
    if (documents.length > 0) this.#fields.push({ key, value: documents });
    return this;
  }

  /** Adds an attribute. The entries of a map become fields; bytes and empty lists leave out their name. */
  attribute(key: string, value: Value): this {
    if (isMap(value)) return this.attributes(key, value);
    if (value !== undefined) this.#fields.push({ key, value: documentValue(value) });
    return this;
  }

  /** Adds attributes below `prefix`. */
  attributes(prefix: string, attributes: ValueMap): this {
    for (const [key, value] of attributes) this.attribute(joined(prefix, key), value);
    return this;
  }

  /** Encodes the document, with nested objects if `isNested`. Fields below protected names are left out. */
  encode(isNested: boolean, protectedNames: ReadonlySet<string> = NO_NAMES): string {
    const fields = distinct(this.#fields, protectedNames);
    return isNested
      ? nested(fields, 0, protectedNames)
      : objectOf(fields.map((each) => encodeField(each, 0, protectedNames)));
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Joins names with a dot. */
export function joined(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`;
}

function nanosText(nanos: bigint): string {
  const [seconds = '', fraction = ''] = formatTimeRfc3339(new Time(nanos)).slice(0, -1).split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

function documentValue(value: Value): DocumentValue {
  if (value === undefined || value instanceof Uint8Array) return undefined;
  if (!isList(value)) return valueJson(value);
  return value.length === 0 ? undefined : value.map(elementOf);
}

function elementOf(value: Value): DocumentValue {
  if (isMap(value)) return new Document().attributes('', value);
  return isList(value) ? value.map(elementOf) : (documentValue(value) ?? 'null');
}

function distinct(all: readonly DocumentField[], protectedNames: ReadonlySet<string>): DocumentField[] {
  const last = new Map(all.map((each) => [each.key, each]));
  const sorted = [...last.values()].sort((a, b) => orderOfTexts(a.key, b.key));
  const renamed: DocumentField[] = [];
  let hidden: string | undefined;
  for (const [index, each] of sorted.entries()) {
    if (hidden !== undefined && each.key.startsWith(hidden)) continue;
    hidden = undefined;
    const prefix = `${each.key}.`;
    const isPrefix = sorted.slice(index + 1, index + 1 + MAX_LOOKAHEAD).some(({ key }) => key.startsWith(prefix));
    if (!isPrefix) renamed.push(each);
    else if (protectedNames.has(each.key)) {
      hidden = prefix;
      renamed.push(each);
    } else if (!last.has(`${prefix}value`)) renamed.push({ key: `${prefix}value`, value: each.value });
  }
  return renamed.sort((a, b) => orderOfTexts(a.key, b.key));
}

/** Between a name and those that it begins are only names that continue it with a character before the dot. */
const MAX_LOOKAHEAD = 64;

/** Encodes sorted fields, whose names agree before `start`, as nested objects. */
function nested(fields: readonly DocumentField[], start: number, protectedNames: ReadonlySet<string>): string {
  const encoded: Field[] = [];
  for (let index = 0; index < fields.length; ) {
    const { key, value } = fields[index] as DocumentField;
    const dot = key.indexOf('.', start);
    if (dot < 0) {
      encoded.push(encodeField({ key, value }, start, protectedNames));
      index += 1;
      continue;
    }
    const prefix = key.slice(0, dot + 1);
    let end = index + 1;
    while (fields[end]?.key.startsWith(prefix)) end += 1;
    const inner = fields.slice(index, end);
    if (inner.some((each) => each.value !== undefined))
      encoded.push(field(key.slice(start, dot), nested(inner, dot + 1, protectedNames)));
    index = end;
  }
  return objectOf(encoded);
}

function encodeField({ key, value }: DocumentField, start: number, protectedNames: ReadonlySet<string>): Field {
  return value === undefined ? undefined : field(key.slice(start), encodeValue(value, protectedNames));
}

function encodeValue(value: DocumentValue, protectedNames: ReadonlySet<string>): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return value;
  if (!(value instanceof Document)) return `[${value.map((each) => encodeValue(each, protectedNames)).join(',')}]`;
  return value.isEmpty ? 'null' : value.encode(true, protectedNames);
}
