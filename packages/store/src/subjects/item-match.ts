import { type ItemCursor, MESSAGES, type MessageName, type Signal, TrustedReader, WireWriter } from '@otelier/otlp';
import { attributeText } from './attribute-text.ts';
import type { SubjectTerm } from './contract.ts';

/** Reports whether a value of an attribute is meant. */
export type ValueTest = (value: string) => boolean;

/** What is looked for in messages: attributes, and texts anywhere. */
export interface Wanted {
  readonly attributes: ReadonlyMap<string, ValueTest>;
  readonly texts: readonly Buffer[];
  /** The values of attributes, as texts, which are looked for in profiles: these have attributes in a dictionary. */
  readonly values: readonly Buffer[];
}

/** What replaces texts of a subject. */
const ERASED = Buffer.from('[erased]');

/** Returns what terms look for: any of them. */
export function wantedOf(terms: readonly SubjectTerm[]): Wanted {
  const values = Map.groupBy(terms, ({ key }) => key);
  const attributes = [...values].flatMap(([key, own]): [string, ValueTest][] => {
    const texts = new Set(own.map(({ value }) => value));
    return key === undefined ? [] : [[key, (value) => texts.has(value)]];
  });
  const texts = (values.get(undefined) ?? []).map(({ value }) => Buffer.from(value));
  const ofKeys = terms.flatMap(({ key, value }) => (key === undefined ? [] : [Buffer.from(value)]));
  return { attributes: new Map(attributes), texts, values: ofKeys };
}

/** Reports whether a request may contain what is wanted, without decoding it. */
export function mayContain(request: Uint8Array, { attributes, texts }: Wanted): boolean {
  const bytes = Buffer.from(request.buffer, request.byteOffset, request.length);
  if (texts.some((text) => bytes.includes(text))) return true;
  for (const key of attributes.keys()) if (bytes.includes(key)) return true;
  return false;
}

/** Reports whether a message has a wanted attribute or text, at any depth. Its items are not part of a metric. */
export function hasWanted(bytes: Uint8Array, start: number, end: number, name: MessageName, wanted: Wanted): boolean {
  const { byNumber } = MESSAGES[name];
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const field = byNumber.get(reader.field);
    if (field === undefined || field.oneof === 'data') continue;
    const { valueStart, end: valueEnd } = reader;
    if (field.kind === 'message') {
      if (field.message === 'KeyValue' && isWantedAttribute(bytes, valueStart, valueEnd, wanted)) return true;
      if (hasWanted(bytes, valueStart, valueEnd, field.message, wanted)) return true;
    } else if (isText(field.kind) && findText(bytes, valueStart, valueEnd, wanted) !== undefined) {
      return true;
    }
  }
  return false;
}

/** Returns a message without wanted attributes, and with `[erased]` instead of wanted texts. */
export function withoutWanted(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: MessageName,
  wanted: Wanted,
): Uint8Array {
  const writer = new WireWriter(end - start + 16);
  const { byNumber } = MESSAGES[name];
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const field = byNumber.get(reader.field);
    const { valueStart, end: valueEnd } = reader;
    if (field?.kind === 'message' && field.oneof !== 'data') {
      if (field.message === 'KeyValue' && isWantedAttribute(bytes, valueStart, valueEnd, wanted)) continue;
      writer.bytesField(reader.field, withoutWanted(bytes, valueStart, valueEnd, field.message, wanted));
    } else if (field !== undefined && isText(field.kind)) {
      writer.bytesField(reader.field, withoutTexts(bytes.subarray(valueStart, valueEnd), wanted));
    } else {
      writer.raw(bytes.subarray(reader.start, valueEnd));
    }
  }
  return writer.finish();
}

/** Returns the type of the items of a signal below a field of the metric's data. */
export function itemMessage(signal: Signal, { dataField }: Pick<ItemCursor, 'dataField'>): MessageName {
  if (signal !== 'metrics') return ITEM_MESSAGES[signal];
  const data = MESSAGES.Metric.byNumber.get(dataField);
  const points = data?.kind === 'message' ? MESSAGES[data.message].byNumber.get(1) : undefined;
  if (points?.kind !== 'message') throw new Error(`metrics have no data in field ${dataField}`);
  return points.message;
}

const ITEM_MESSAGES = { traces: 'Span', logs: 'LogRecord', profiles: 'Profile' } as const satisfies Partial<
  Record<Signal, MessageName>
>;

function isText(kind: string): boolean {
  return kind === 'string' || kind === 'bytes';
}

function isWantedAttribute(bytes: Uint8Array, start: number, end: number, { attributes }: Wanted): boolean {
  if (attributes.size === 0) return false;
  let test: ValueTest | undefined;
  let value: readonly [number, number] | undefined;
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    if (reader.field === 1) test = attributes.get(textOf(bytes, reader.valueStart, reader.end));
    else if (reader.field === 2) value = [reader.valueStart, reader.end];
  }
  if (test === undefined || value === undefined) return false;
  const found = test;
  return attributeText(bytes, ...value).some((text) => found(text));
}

/** Returns where the first wanted text begins and ends, that neither letters nor digits precede or follow. */
function findText(
  bytes: Uint8Array,
  start: number,
  end: number,
  { texts }: Wanted,
): readonly [number, number] | undefined {
  if (texts.length === 0 || start >= end) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  let first: readonly [number, number] | undefined;
  for (const wanted of texts) {
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      const next = at + wanted.length;
      if (!isBoundary(text[at - 1]) || !isBoundary(text[next])) continue;
      if (first === undefined || start + at < first[0]) first = [start + at, start + next];
      break;
    }
  }
  return first;
}

/** Reports whether a byte is neither an ASCII letter or digit, nor a part of another character. */
function isBoundary(byte: number | undefined): boolean {
  if (byte === undefined) return true;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const letter = byte | 0x20;
  return !isDigit && !(letter >= 0x61 && letter <= 0x7a) && byte < 0x80;
}

function withoutTexts(text: Uint8Array, wanted: Wanted): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (;;) {
    const found = findText(text, from, text.length, wanted);
    if (found === undefined) break;
    pieces.push(text.subarray(from, found[0]), ERASED);
    from = found[1];
  }
  return from === 0 ? text : Buffer.concat([...pieces, text.subarray(from)]);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
