import type { WireWriter } from '@otelier/otlp';
import { type ExactValue, members, parseExact, SpelledNumber } from './exact-json.ts';
import { writeAttributes } from './rebuild-item.ts';

type Fields = ReadonlyMap<string, ExactValue>;

/** Writes the elements of a JSON array (events, links, exemplars, quantiles) as messages, using `write`. */
export function writeList(
  writer: WireWriter,
  field: number,
  json: string,
  write: (message: WireWriter, fields: Fields) => void,
): void {
  const list = parseExact(json);
  if (!Array.isArray(list)) throw new Error('expected a JSON array');
  for (const item of list) writer.message(field, (message) => write(message, new Map(members(item))));
}

export function writeEvent(message: WireWriter, fields: Fields): void {
  if (fields.has('time')) message.fixed64Field(1, integer(fields.get('time')));
  writeText(message, 2, fields.get('name'));
  writeAttributes(message, 3, fields.get('attributes'));
  writeCount(message, 4, fields.get('dropped_attributes_count'));
}

export function writeLink(message: WireWriter, fields: Fields): void {
  writeHex(message, 1, fields.get('trace_id'));
  writeHex(message, 2, fields.get('span_id'));
  writeText(message, 3, fields.get('trace_state'));
  writeAttributes(message, 4, fields.get('attributes'));
  writeCount(message, 5, fields.get('dropped_attributes_count'));
  if (fields.has('flags')) message.fixed32Field(6, Number(integer(fields.get('flags'))));
}

export function writeExemplar(message: WireWriter, fields: Fields): void {
  const value = fields.get('value');
  const double = value instanceof SpelledNumber && value.isDouble;
  if (fields.has('time')) message.fixed64Field(2, integer(fields.get('time')));
  if (double) message.doubleField(3, Number(value.text));
  writeHex(message, 4, fields.get('span_id'));
  writeHex(message, 5, fields.get('trace_id'));
  if (value !== undefined && !double) message.fixed64Field(6, integer(value));
  writeAttributes(message, 7, fields.get('attributes'));
}

export function writeQuantile(message: WireWriter, fields: Fields): void {
  writeNonZero(message, 1, fields.get('quantile'));
  writeNonZero(message, 2, fields.get('value'));
}

/** Writes the buckets of an exponential histogram. */
export function writeBuckets(message: WireWriter, json: string): void {
  const fields = new Map(members(parseExact(json)));
  const offset = Number(integer(fields.get('offset')));
  if (offset !== 0) message.sint32Field(1, offset);
  const counts = fields.get('counts');
  if (!Array.isArray(counts) || counts.length === 0) return;
  message.message(2, (packed) => {
    for (const count of counts) packed.varintBigInt(integer(count));
  });
}

/** Writes the numbers in a JSON array as a packed field of 64-bit words. */
export function writePacked(writer: WireWriter, field: number, json: string, double: boolean): void {
  const list = parseExact(json);
  if (!Array.isArray(list) || list.length === 0) return;
  writer.message(field, (packed) => {
    for (const item of list) {
      if (double) packed.double(Number((item as SpelledNumber).text));
      else packed.fixed64BigInt(integer(item));
    }
  });
}

function integer(value: ExactValue | undefined): bigint {
  if (!(value instanceof SpelledNumber)) throw new Error('expected a number');
  return BigInt(value.text);
}

function writeText(message: WireWriter, field: number, value: ExactValue | undefined): void {
  if (typeof value === 'string') message.stringField(field, value);
}

function writeHex(message: WireWriter, field: number, value: ExactValue | undefined): void {
  if (typeof value === 'string') message.bytesField(field, Buffer.from(value, 'hex'));
}

function writeCount(message: WireWriter, field: number, value: ExactValue | undefined): void {
  if (value !== undefined) message.varintField(field, Number(integer(value)));
}

function writeNonZero(message: WireWriter, field: number, value: ExactValue | undefined): void {
  const number = value instanceof SpelledNumber ? Number(value.text) : 0;
  if (!Object.is(number, 0)) message.doubleField(field, number);
}
