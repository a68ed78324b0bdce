import { WireWriter } from '@otelier/otlp';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import { forEachField, skip, varint, varintEnd } from '../wire.ts';
import { type ExactValue, members, parseExact, SpelledNumber } from './exact-json.ts';

/**
 * A row as read from a file: VARCHAR values as string, BLOBs as `Uint8Array`, 64-bit integers and times (nanoseconds)
 * as bigint, 32-bit integers and doubles as number, and the attribute map as `Map`. Null and missing columns are
 * `undefined`.
 */
export interface StoredRow {
  readonly [column: string]: string | number | bigint | boolean | Uint8Array | ReadonlyMap<string, string> | undefined;
}

/** Collects an item's fields and writes them in field number order. Fields in `rest` take precedence over columns. */
export class ItemWriter {
  readonly #row: StoredRow;
  /** Retained wire bytes by field. Adjacent fields share one piece, because an item can have millions of them. */
  readonly #kept = new Map<number, Uint8Array[]>();
  readonly #writer = new WireWriter(512);
  readonly #fields: { readonly field: number; readonly bytes: Uint8Array }[] = [];

  constructor(row: StoredRow) {
    this.#row = row;
    const rest = row['rest'];
    if (!(rest instanceof Uint8Array)) return;
    let lastField = 0;
    let run = 0;
    let end = 0;
    const add = () => {
      const list = this.#kept.get(lastField);
      if (list === undefined) this.#kept.set(lastField, [rest.subarray(run, end)]);
      else list.push(rest.subarray(run, end));
    };
    forEachField(rest, 0, rest.length, (field, _wireType, _from, to, start) => {
      if (field !== lastField) {
        if (end > run) add();
        lastField = field;
        run = start;
      }
      end = to;
    });
    if (end > run) add();
  }

  /** Adds a field from a column, unless its wire bytes were retained. */
  field(field: number, write: (writer: WireWriter) => void): void {
    if (this.#kept.has(field)) return;
    write(this.#writer);
    if (this.#writer.length > 0) this.#fields.push({ field, bytes: this.#writer.finish() });
  }

  /** Adds a string field from a column, as `field` does, unless it is empty. */
  text(field: number, column: string): void {
    const value = this.#row[column];
    if (typeof value === 'string' && value !== '') this.field(field, (writer) => writer.stringField(field, value));
  }

  /** Adds an integer field from a column, as `field` does, unless it is 0. */
  count(field: number, column: string): void {
    const value = this.#row[column];
    if (typeof value === 'number' && value !== 0) this.field(field, (writer) => writer.varintField(field, value));
  }

  /** Adds the attributes listed in `attr_keys`, from columns, the map and retained bytes. */
  attributes(field: number): void {
    const kept = new KeptFields(this.#kept.get(field) ?? []);
    this.#kept.delete(field);
    const keys = this.#row[ATTRIBUTE_KEYS];
    const writer = this.#writer;
    for (const name of typeof keys === 'string' ? (JSON.parse(keys) as readonly string[]) : []) {
      const type = name.slice(-1);
      if (type === 'w') writer.raw(kept.next() ?? missing(name));
      else this.#attribute(writer, field, name.slice(0, -2), type as AttributeType);
    }
    // Attributes beyond the limit of `attr_keys`.
    for (const bytes of kept.rest()) writer.raw(bytes);
    if (writer.length > 0) this.#fields.push({ field, bytes: writer.finish() });
  }

  finish(): Uint8Array {
    for (const [field, pieces] of this.#kept) for (const bytes of pieces) this.#fields.push({ field, bytes });
    this.#fields.sort((a, b) => a.field - b.field);
    return Buffer.concat(this.#fields.map(({ bytes }) => bytes));
  }

  #attribute(writer: WireWriter, field: number, key: string, type: AttributeType): void {
    const promoted = this.#row[attributeColumn(key, type)];
    const map = this.#row[ATTRIBUTES_MAP];
    const text = map instanceof Map ? (map.get(key) as string | undefined) : undefined;
    if (promoted === undefined && text === undefined) missing(`${key}#${type}`);
    writer.message(field, (pair) => {
      pair.stringField(1, key).message(2, (any) => {
        if (promoted !== undefined) writeTyped(any, type, promoted);
        else if (text !== undefined) writeExact(any, type, parseExact(text));
      });
    });
  }
}

/** Splits runs of retained fields into single fields. */
class KeptFields {
  readonly #runs: readonly Uint8Array[];
  #run = 0;
  #at = 0;

  constructor(runs: readonly Uint8Array[]) {
    this.#runs = runs;
  }

  next(): Uint8Array | undefined {
    const run = this.#runs[this.#run];
    if (run === undefined) return undefined;
    const start = this.#at;
    const end = skip(run, varintEnd(run, start), varint(run, start));
    this.#at = end;
    if (end >= run.length) {
      this.#run += 1;
      this.#at = 0;
    }
    return run.subarray(start, end);
  }

  /** Returns, in runs, the fields that `next` did not return. */
  *rest(): Generator<Uint8Array> {
    for (; this.#run < this.#runs.length; this.#run++, this.#at = 0) {
      yield (this.#runs[this.#run] as Uint8Array).subarray(this.#at);
    }
  }
}

function missing(name: string): never {
  throw new Error(
    `expected a value for attribute ${JSON.stringify(name)} of attr_keys, got none in columns, map or rest`,
  );
}

function writeTyped(any: WireWriter, type: AttributeType, value: StoredRow[string]): void {
  if (type === 's' && typeof value === 'string') any.stringField(1, value);
  else if (type === 'i' && typeof value === 'bigint') any.bigIntField(3, value);
  else if (type === 'd' && typeof value === 'number') any.doubleField(4, value);
  else if (type === 'b' && typeof value === 'boolean') any.varintField(2, value ? 1 : 0);
  else throw new Error(`expected a value of type ${type}, got ${typeof value}`);
}

function writeExact(any: WireWriter, type: AttributeType, value: ExactValue): void {
  if (type === 'd') any.doubleField(4, doubleOf(value));
  else writeAnyValue(any, value);
}

/** Parses a double. Values that JSON numbers cannot represent are strings. */
function doubleOf(value: ExactValue | undefined): number {
  if (value instanceof SpelledNumber) return Number(value.text);
  return Number(typeof value === 'string' ? value : Number.NaN);
}

/** Writes a scalar as an AnyValue: the inverse of `JsonWriter` for exact values. */
export function writeAnyValue(any: WireWriter, value: ExactValue): void {
  if (typeof value === 'string') any.stringField(1, value);
  else if (typeof value === 'boolean') any.varintField(2, value ? 1 : 0);
  else if (!(value instanceof SpelledNumber)) throw new Error('expected a scalar');
  else if (value.isDouble) any.doubleField(4, Number(value.text));
  else any.bigIntField(3, BigInt(value.text));
}

/** Writes the members of a JSON object as KeyValues. */
export function writeAttributes(writer: WireWriter, field: number, attributes: ExactValue | undefined): void {
  for (const [key, value] of members(attributes)) {
    writer.message(field, (pair) => pair.stringField(1, key).message(2, (any) => writeAnyValue(any, value)));
  }
}
