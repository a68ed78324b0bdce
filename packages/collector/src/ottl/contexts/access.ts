import type { MessageRecord } from '../record/message-record.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../values/value.ts';

/** Reads a value. Throws an `EvaluationError` if it cannot. */
export type Getter<T = Value> = (subject: Subject) => T;

/** How to read and write a path. Both throw an `EvaluationError` if they cannot. */
export interface Access {
  readonly get: Getter;
  set(subject: Subject, value: Value): void;
  /** Set for an attribute by a literal key, which conditions compare as bytes. */
  readonly attribute?: AttributePath;
  /** Set for all attributes of a message, from which functions can delete a key without decoding the others. */
  readonly attributes?: { readonly record: RecordOf; readonly field: (subject: Subject) => number };
  /** Set for an integer of 32 bits, which conditions compare as a number. */
  readonly number?: (subject: Subject) => number;
  /** Set for a string field, which conditions compare as bytes. */
  readonly text?: { readonly record: RecordOf; readonly field: number };
}

/** An attribute by key. */
export interface AttributePath {
  readonly record: RecordOf;
  readonly field: (subject: Subject) => number;
  readonly key: Uint8Array;
}

/** Returns a record of the subject. */
export type RecordOf = (subject: Subject) => MessageRecord;

/** A key of a path: a literal, or a getter of a string or integer. */
export type Key = string | bigint | Getter;

/** A path of a context. Only paths to maps and lists accept keys. */
export type PathDefinition =
  | { readonly kind: 'value'; readonly access: Access }
  | { readonly kind: 'indexable'; build(keys: readonly Key[]): Access };

/** The paths below the name of a context, such as `attributes` and `status.code`. */
export type Paths = Readonly<Record<string, PathDefinition>>;

/** Returns a path without keys. */
export function valuePath(
  get: Getter,
  set: Access['set'],
  encoded: Pick<Access, 'number' | 'text'> = {},
): Extract<PathDefinition, { kind: 'value' }> {
  return { kind: 'value', access: { get, set, ...encoded } };
}

/** Returns the value of the expected type, or throws. */
export function expectText(value: Value): string {
  return typeof value === 'string' ? value : mismatch('string', value);
}

/** Returns the value if it is an int64, or throws. */
export function expectInteger(value: Value): bigint {
  return typeof value === 'bigint' ? value : mismatch('int64', value);
}

/** Returns the value if it is a map, or throws. */
export function expectMap(value: Value): ValueMap {
  return isMap(value) ? value : mismatch('map', value);
}

/** Returns the value if it is a list, or throws. */
export function expectList(value: Value): Value[] {
  return isList(value) ? value : mismatch('list', value);
}

/** Throws the error of a value with the wrong type. */
export function mismatch(expected: string, value: Value): never {
  throw new EvaluationError(`expected ${expected}, got ${typeName(value)}`);
}
