import { type ThriftReader, ThriftType } from './thrift-reader.ts';

/** How one field of a struct is read into an object. Fields of another type are skipped. */
export interface StructField<T> {
  readonly type: number;
  readonly read: (target: T, reader: ThriftReader) => void;
}

/** The known fields of a struct, by ID. */
export type StructFields<T> = Readonly<Record<number, StructField<T>>>;

/** Reads a struct into an object, and returns it. Unknown fields are skipped. */
export function readStruct<T>(target: T, reader: ThriftReader, fields: StructFields<T>): T {
  reader.struct((id, type) => {
    const known = fields[id];
    if (known?.type !== type) return false;
    known.read(target, reader);
    return true;
  });
  return target;
}

type Read<T> = StructField<T>['read'];

/** Declares a field with a Boolean. */
export const boolField = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.bool, read });
/** Declares a field with an integer of 16 bits. */
export const i16Field = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.i16, read });
/** Declares a field with an integer of 32 bits, or an enum. */
export const i32Field = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.i32, read });
/** Declares a field with an integer of 64 bits. */
export const i64Field = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.i64, read });
/** Declares a field with a floating-point number. */
export const doubleField = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.double, read });
/** Declares a field with text or bytes. */
export const stringField = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.string, read });
/** Declares a field with a struct. */
export const structField = <T>(read: Read<T>): StructField<T> => ({ type: ThriftType.struct, read });

/** Declares a field with a list, of which `read` reads one element. */
export function listField<T>(read: Read<T>): StructField<T> {
  return { type: ThriftType.list, read: (target, reader) => reader.list(() => read(target, reader)) };
}
