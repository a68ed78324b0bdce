import { FieldReader, readFixed64, readString, WireType } from '@otelier/otlp';

/** How one field of a message is read into an object. Fields of another wire type are skipped. */
export interface MessageField<T> {
  readonly wireType: number;
  readonly read: (target: T, field: FieldReader) => void;
}

/** The known fields of a message, by number. */
export type MessageFields<T> = Readonly<Record<number, MessageField<T>>>;

/** Reads the fields of a message into an object, and returns it. Unknown ones are skipped. */
export function readFields<T>(target: T, reader: FieldReader, fields: MessageFields<T>): T {
  while (reader.next()) {
    const known = fields[reader.field];
    if (known?.wireType === reader.wireType) known.read(target, reader);
  }
  return target;
}

/** Declares a field with bytes, text or a message. */
export function bytesField<T>(read: MessageField<T>['read']): MessageField<T> {
  return { wireType: WireType.lengthDelimited, read };
}

/** Declares a field with a varint. */
export function varintField<T>(read: MessageField<T>['read']): MessageField<T> {
  return { wireType: WireType.varint, read };
}

/** Declares a field with eight bytes. */
export function fixed64Field<T>(read: MessageField<T>['read']): MessageField<T> {
  return { wireType: WireType.fixed64, read };
}

/** Returns a reader of the message in the current field. */
export function inside({ bytes, valueStart, valueEnd }: FieldReader): FieldReader {
  return new FieldReader(bytes, valueStart, valueEnd);
}

/** Returns the bytes of the current field without copying. */
export function bytesOf({ bytes, valueStart, valueEnd }: FieldReader): Uint8Array {
  return bytes.subarray(valueStart, valueEnd);
}

/** Returns the text of the current field. */
export function textOf({ bytes, valueStart, valueEnd }: FieldReader): string {
  return readString(bytes, valueStart, valueEnd);
}

/** Returns the current `fixed64` field. */
export function fixed64Of({ bytes, valueStart }: FieldReader): bigint {
  return readFixed64(bytes, valueStart);
}
