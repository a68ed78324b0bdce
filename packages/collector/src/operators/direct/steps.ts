import type { z } from '../../component/schema.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import type { OperatorContext } from '../definition/operator.ts';
import type { Field } from '../entry/field.ts';
import { createSeverityReader, type severityFields } from '../record/severity.ts';
import { createTimeReader, type timeFields } from '../record/time.ts';
import type { traceFields } from '../record/trace.ts';
import { type FlatRecord, ValueKind } from './flat-record.ts';
import { equals, type Key, type KeyTable } from './key-table.ts';
import { RepeatedTime } from './repeated-time.ts';

/** Changes a record. Returns false for one that operators have to process. */
export type DirectStep = (record: FlatRecord) => boolean;

/** Returns the key if a field is an attribute. */
export function attributeKey({ root, keys: [name, ...rest] }: Field, keys: KeyTable): Key | undefined {
  return root === 'attributes' && name !== undefined && rest.length === 0 ? keys.named(name) : undefined;
}

/** Returns the step of a parser of times; `undefined` if it does not parse an attribute. */
export function timeStep(
  config: z.output<z.ZodObject<typeof timeFields>>,
  context: OperatorContext,
  keys: KeyTable,
): DirectStep | undefined {
  const key = attributeKey(config.parseFrom, keys);
  if (key === undefined) return undefined;
  const time = new RepeatedTime(createTimeReader(config, () => context.clock.now()));
  return (record) => {
    const slot = record.find(key);
    if (slot < 0) return false;
    const kind = record.kinds[slot];
    try {
      if (kind === ValueKind.text)
        time.readText(record.bytes, record.starts[slot] as number, record.ends[slot] as number);
      else if (kind === ValueKind.double) time.read(record.numbers[slot] as number);
      else if (kind === ValueKind.integer) time.read(BigInt(record.numbers[slot] as number));
      else return false;
    } catch (error) {
      if (error instanceof EvaluationError) return false;
      throw error;
    }
    record.hasTime = true;
    record.timeLow = time.low;
    record.timeHigh = time.high;
    return true;
  };
}

/** Number of severities that are remembered. */
const MAX_SEVERITIES = 64;

/** Returns the step of a parser of severities; `undefined` if it does not parse an attribute. */
export function severityStep(
  config: z.output<z.ZodObject<typeof severityFields>>,
  keys: KeyTable,
): DirectStep | undefined {
  const key = attributeKey(config.parseFrom, keys);
  if (key === undefined) return undefined;
  const read = createSeverityReader(config);
  const known: { readonly source: Uint8Array; readonly number: number; readonly text: Uint8Array }[] = [];
  return (record) => {
    const slot = record.find(key);
    if (slot < 0 || !isPlain(record, slot)) return false;
    const start = record.starts[slot] as number;
    const end = record.ends[slot] as number;
    let found = known.find(({ source }) => equals(source, record.bytes, start, end));
    if (found === undefined) {
      const source = record.bytes.toString('utf8', start, end);
      const { number, text } = read(source);
      found = { source: Buffer.from(source), number, text: Buffer.from(text) };
      if (known.length < MAX_SEVERITIES) known.push(found);
    }
    record.severityNumber = found.number;
    record.severityText = found.text;
    return true;
  };
}

/** Reports whether a value is a text, or an integer that is written as its text is. */
function isPlain({ kinds, starts, ends, numbers, bytes }: FlatRecord, slot: number): boolean {
  if (kinds[slot] === ValueKind.text || kinds[slot] === ValueKind.integer) return true;
  if (kinds[slot] !== ValueKind.double || !Number.isInteger(numbers[slot])) return false;
  return !bytes.subarray(starts[slot], ends[slot]).includes(46);
}

/** Returns the step of a parser of traces; `undefined` if it parses other fields than attributes. */
export function traceStep(
  { traceId, spanId, traceFlags }: z.output<z.ZodObject<typeof traceFields>>,
  keys: KeyTable,
): DirectStep | undefined {
  const ids = [traceId.parseFrom, spanId.parseFrom, traceFlags.parseFrom];
  // The body is a text, so that fields in it are missing.
  if (ids.some((field) => attributeKey(field, keys) === undefined && !(field.root === 'body' && field.keys.length > 0)))
    return undefined;
  const [trace, span, flags] = ids.map((field) => attributeKey(field, keys));
  return (record) => {
    const traceBytes = hexadecimal(record, trace, 16);
    const spanBytes = hexadecimal(record, span, 8);
    const flagBytes = hexadecimal(record, flags, 1);
    if (traceBytes === undefined || spanBytes === undefined || flagBytes === undefined) return false;
    record.traceId = traceBytes;
    record.spanId = spanBytes;
    record.flags = flagBytes[0] ?? 0;
    return true;
  };
}

const NONE = new Uint8Array();

/** Returns the bytes of an ID, none if it is missing or 0, and `undefined` if it is not one of this length. */
function hexadecimal(record: FlatRecord, key: Key | undefined, length: number): Uint8Array | undefined {
  const slot = key === undefined ? -1 : record.find(key);
  if (slot < 0) return NONE;
  const start = record.starts[slot] as number;
  if (record.kinds[slot] !== ValueKind.text || (record.ends[slot] as number) - start !== length * 2) return undefined;
  const id = new Uint8Array(length);
  let isZero = true;
  for (let index = 0; index < length; index++) {
    const byte = (digit(record.bytes[start + index * 2]) << 4) | digit(record.bytes[start + index * 2 + 1]);
    if (byte < 0) return undefined;
    if (byte > 0) isZero = false;
    id[index] = byte;
  }
  return isZero ? NONE : id;
}

/** Returns the value of a hexadecimal digit, or a negative number. */
function digit(code = 0): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -256;
}

/** Returns the step that removes an attribute. */
export function removeStep(field: Field, keys: KeyTable): DirectStep | undefined {
  const key = attributeKey(field, keys);
  if (key === undefined) return undefined;
  return (record) => {
    const slot = record.find(key);
    if (slot < 0) return false;
    record.remove(key, slot);
    return true;
  };
}

/** Returns the step that makes an attribute the body, or renames it. */
export function moveStep(from: Field, to: Field, keys: KeyTable): DirectStep | undefined {
  const key = attributeKey(from, keys);
  const target = to.root === 'body' && to.keys.length === 0 ? 'body' : attributeKey(to, keys);
  if (key === undefined || target === undefined || target === key) return undefined;
  return (record) => {
    const slot = record.find(key);
    // A map or list is merged into what is there.
    return slot >= 0 && record.kinds[slot] !== ValueKind.encoded && record.move(key, slot, target);
  };
}
