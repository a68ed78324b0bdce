/**
 * An OTTL value. `undefined` is nil, a `bigint` is an int64, and a `number` is a float64, so both keep their type. Maps
 * and lists in telemetry are mutable: a function that stores one must copy it (`copyValue`).
 */
export type Value =
  | undefined
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Time
  | Duration
  | Identifier
  | OpaqueValue
  | ValueMap
  | Value[];

/** A map of values in insertion order. */
export type ValueMap = Map<string, Value>;

/** A time zone. It provides the UTC offset in seconds and the abbreviation at a given time. */
export interface Zone {
  readonly name: string;
  offsetSecondsAt(epochSeconds: number): number;
  abbreviationAt(epochSeconds: number): string;
}

/** Coordinated Universal Time. */
export const UTC: Zone = { name: 'UTC', offsetSecondsAt: () => 0, abbreviationAt: () => 'UTC' };

/** A point in time with nanosecond resolution, displayed in a time zone. */
export class Time {
  /** Nanoseconds since the epoch. */
  readonly nanos: bigint;
  readonly zone: Zone;

  constructor(nanos: bigint, zone: Zone = UTC) {
    this.nanos = nanos;
    this.zone = zone;
  }
}

/** A duration in nanoseconds, an int64. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = BigInt.asIntN(64, nanos);
  }
}

/** A trace, span or profile ID, which equals only IDs of the same kind. */
export class Identifier {
  readonly kind: 'trace' | 'span' | 'profile';
  readonly bytes: Uint8Array;

  constructor(kind: Identifier['kind'], bytes: Uint8Array) {
    this.kind = kind;
    this.bytes = bytes;
  }
}

/** Encoded messages that have no OTTL representation, such as span events: they can be counted and assigned. */
export class OpaqueValue {
  /** The message kind, such as `events`. Only values of the same kind can be assigned to each other. */
  readonly kind: string;
  /** The complete fields, or the payload of a single message. */
  readonly encoded: Uint8Array;
  /** Number of elements, or `undefined` for a single message. */
  readonly count: number | undefined;

  constructor(kind: string, encoded: Uint8Array, count?: number) {
    this.kind = kind;
    this.encoded = encoded;
    this.count = count;
  }
}

/** Reports whether a value is a map. */
export function isMap(value: Value): value is ValueMap {
  return value instanceof Map;
}

/** Reports whether a value is a list. */
export function isList(value: Value): value is Value[] {
  return Array.isArray(value);
}

/** Returns a copy of a value that shares no map or list with it. */
export function copyValue(value: Value): Value {
  if (isMap(value)) return copyMap(value);
  return isList(value) ? value.map(copyValue) : value;
}

/** Returns a copy of a map that shares no nested map or list with it. */
export function copyMap(map: ValueMap): ValueMap {
  const copy: ValueMap = new Map();
  for (const [key, value] of map) copy.set(key, copyValue(value));
  return copy;
}

/** Returns the name of a value's type, for use in messages. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'bigint':
      return 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return objectTypeName(value);
  }
}

function objectTypeName(value: Exclude<Value, undefined | boolean | bigint | number | string>): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Time) return 'time';
  if (value instanceof Duration) return 'duration';
  if (value instanceof Identifier) return `${value.kind} ID`;
  if (value instanceof OpaqueValue) return value.kind;
  return isMap(value) ? 'map' : 'list';
}

/**
 * An evaluation error, which `error_mode` handles. It is an `Error` without a stack trace, because statements can fail for
 * every item, and recording a stack takes longer than everything else that a failure costs.
 */
export class EvaluationError implements Error {
  declare readonly name: string;
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

Object.setPrototypeOf(EvaluationError.prototype, Error.prototype);
