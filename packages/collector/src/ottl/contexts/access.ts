import type { MessageRecord } from '../record/message-record.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../values/value.ts';

/** Reads a value. Throws an `EvaluationError` if reading fails. */
export type Getter<T = Value> = (subject: Subject) => T;

/** Reads and writes a path. Both functions throw an `EvaluationError` if they fail. */
export interface Access {
  readonly get: Getter;
  set(subject: Subject, value: Value): void;
  /** Set for an attribute with a literal key, which conditions compare as bytes. */
  readonly attribute?: AttributePath;
  /** Set for a message's whole attribute map, from which functions can delete a key without decoding the others. */
  readonly attributes?: { readonly record: RecordOf; readonly field: (subject: Subject) => number };
  /** Set for a 32-bit integer, which conditions compare as a number. */
  readonly number?: (subject: Subject) => number;
  /** Set for a string field, which conditions compare as bytes. */
  readonly text?: { readonly record: RecordOf; readonly field: number };
}

/** An attribute, identified by its key. */
export interface AttributePath {
  readonly record: RecordOf;
  readonly field: (subject: Subject) => number;
  readonly key: Uint8Array;
}

/** Returns a record of the subject. */
export type RecordOf = (subject: Subject) => MessageRecord;

/** A key in a path: a literal, or a getter for a string or integer. */
export type Key = string | bigint | Getter;

/** The definition of a path in a context. Only paths to maps and lists accept keys. */
export type PathDefinition =
  | { readonly kind: 'value'; readonly access: Access }
  | { readonly kind: 'indexable'; build(keys: readonly Key[]): Access };

/** A context's paths, without the context name, such as `attributes` and `status.code`. */
export type Paths = Readonly<Record<string, PathDefinition>>;

/** Returns a path without keys. */
export function valuePath(
  get: Getter,
  set: Access['set'],
  encoded: Pick<Access, 'number' | 'text'> = {},
): Extract<PathDefinition, { kind: 'value' }> {
  return { kind: 'value', access: { get, set, ...encoded } };
}

/** Returns the value if it is a string; throws otherwise. */
export function expectText(value: Value): string {
  return typeof value === 'string' ? value : mismatch('string', value);
}

/** Returns the value if it is an int64; throws otherwise. */
export function expectInteger(value: Value): bigint {
  return typeof value === 'bigint' ? value : mismatch('int64', value);
}

/** Returns the value if it is a map; throws otherwise. */
export function expectMap(value: Value): ValueMap {
  return isMap(value) ? value : mismatch('map', value);
}

/** Returns the value if it is a list; throws otherwise. */
export function expectList(value: Value): Value[] {
  return isList(value) ? value : mismatch('list', value);
}

/** Throws the error for a value of the wrong type. */
export function mismatch(expected: string, value: Value): never {
  throw new EvaluationError(`expected ${expected}, got ${typeName(value)}`);
}
