import { decodeHex, type WireWriter, writeKeyValue } from '@otelier/otlp';

/** An integer of ClickHouse's JSON, in which those of 64 bits are text. */
export type Integer = string | number;
/** A map of texts. */
export type Texts = Readonly<Record<string, string>>;

/** Writes a text, unless it is empty. */
export function writeText(writer: WireWriter, field: number, text = ''): void {
  if (text !== '') writer.stringField(field, text);
}

/** Writes a number, unless it is 0 or less. */
export function writeCount(writer: WireWriter, field: number, count: number): void {
  if (count > 0) writer.varintField(field, count);
}

/** Writes a time in nanoseconds, unless it is before or at the epoch. */
export function writeTime(writer: WireWriter, field: number, nanos: Integer | bigint): void {
  const time = BigInt(nanos);
  if (time > 0n) writer.fixed64Field(field, time);
}

/** Writes an ID in hexadecimal, unless it has only zeros or another length: columns may have any text. */
export function writeId(writer: WireWriter, field: number, hex: string | undefined, sizeBytes: number): void {
  const bytes = hex !== undefined && /[^0]/.test(hex) ? decodeHex(hex) : undefined;
  if (bytes?.length === sizeBytes) writer.bytesField(field, bytes);
}

/** Writes attributes with texts. */
export function writeTexts(writer: WireWriter, field: number, texts: Texts = {}): void {
  for (const [key, text] of Object.entries(texts)) {
    writer.message(field, (pair) => writeKeyValue(pair, key, text));
  }
}
