import {
  DATA_POINT_FIELDS,
  findField,
  metricKindOf,
  payloadEnd,
  payloadStart,
  readDouble,
  readFixed64,
  readSfixed64,
  readVarintSint32,
  replaceField,
  Splices,
} from '@otelier/otlp';
import {
  bytesField,
  doubleField,
  fixed64Field,
  packedDoubles,
  packedFixed64s,
  packedVarints,
  varintField,
  zigzagField,
} from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, isList, OpaqueValue, type Value } from '../values/value.ts';
import { expectInteger, mismatch, type PathDefinition, type Paths, type RecordOf, valuePath } from './access.ts';
import { readUint32, repeatedMessages, timePaths } from './fields.ts';
import { attributesPath } from './maps.ts';
import { readPackedDoubles, readPackedFixed64s, readPackedVarints } from './packed.ts';

const point: RecordOf = (subject) => subject.item;

/** Returns the number of a data point field by name, or 0 if points of this kind do not have it. */
function fieldNumber(subject: Subject, name: string): number {
  const kind = metricKindOf(subject.cursor.dataField);
  const fields: Readonly<Record<string, number>> = kind === undefined ? {} : DATA_POINT_FIELDS[kind];
  return fields[name] ?? 0;
}

function numbered(name: string): (subject: Subject) => number {
  return (subject) => fieldNumber(subject, name);
}

/** The paths of a data point. A field that points of this kind do not have reads as nil, and setting it fails. */
export const DATA_POINT_PATHS: Paths = {
  attributes: attributesPath(point, numbered('attributes')),
  ...timePaths('start_time', point, numbered('startTimeUnixNano')),
  ...timePaths('time', point, numbered('timeUnixNano')),
  value_double: numberPath('asDouble', 'asInt', readDouble, 0, (value) =>
    typeof value === 'number' ? doubleField(DATA_POINT_FIELDS.gauge.asDouble, value) : mismatch('float64', value),
  ),
  value_int: numberPath('asInt', 'asDouble', readSfixed64, 0n, (value) =>
    fixed64Field(DATA_POINT_FIELDS.gauge.asInt, expectInteger(value)),
  ),
  exemplars: repeatedMessages('exemplars', point, numbered('exemplars')),
  flags: scalarPath(
    'flags',
    (subject, field) => BigInt(readUint32(point, field, subject)),
    (field, value) => zeroable(field, BigInt.asUintN(32, expectInteger(value)), varintField),
  ),
  count: scalarPath('count', readUint64, (field, value) => zeroable(field, expectInteger(value), fixed64Field)),
  sum: scalarPath('sum', readFloat, (field, value) =>
    typeof value === 'number' ? doubleField(field, value) : mismatch('float64', value),
  ),
  bucket_counts: scalarPath(
    'bucketCounts',
    (subject, field) => readPackedFixed64s(point(subject), field),
    (field, value) => listField(integersOf(value), (list) => packedFixed64s(field, list)),
  ),
  explicit_bounds: scalarPath(
    'explicitBounds',
    (subject, field) => readPackedDoubles(point(subject), field),
    (field, value) => listField(doublesOf(value), (list) => packedDoubles(field, list)),
  ),
  scale: scalarPath(
    'scale',
    (subject, field) => {
      const value = point(subject).find(field);
      return value < 0 ? 0n : BigInt(readVarintSint32(point(subject).source, value));
    },
    (field, value) => zeroable(field, BigInt.asIntN(32, expectInteger(value)), zigzagField),
  ),
  zero_count: scalarPath('zeroCount', readUint64, (field, value) =>
    zeroable(field, expectInteger(value), fixed64Field),
  ),
  ...bucketPaths('positive'),
  ...bucketPaths('negative'),
  quantile_values: repeatedMessages('quantile values', point, numbered('quantileValues')),
};

/** Returns the path for a field that only some kinds of data points have. */
function scalarPath(
  name: string,
  read: (subject: Subject, field: number) => Value,
  encode: (field: number, value: Value) => Uint8Array | undefined,
): PathDefinition {
  return valuePath(
    (subject) => {
      const field = fieldNumber(subject, name);
      return field === 0 ? undefined : read(subject, field);
    },
    (subject, value) => {
      const field = fieldNumber(subject, name);
      const content = encode(field, value);
      if (field === 0) throw new EvaluationError(`expected a data point with ${name}`);
      point(subject).put(field, content);
    },
  );
}

/** Returns the path for one of the two value fields of a number data point. Setting one removes the other. */
function numberPath(
  name: 'asDouble' | 'asInt',
  other: 'asDouble' | 'asInt',
  read: (bytes: Uint8Array, offset: number) => Value,
  missing: Value,
  encode: (value: Value) => Uint8Array,
): PathDefinition {
  return valuePath(
    (subject) => {
      const field = fieldNumber(subject, name);
      if (field === 0) return undefined;
      const value = point(subject).find(field);
      return value < 0 ? missing : read(point(subject).source, value);
    },
    (subject, value) => {
      const content = encode(value);
      const field = fieldNumber(subject, name);
      if (field === 0) throw new EvaluationError('expected a data point of a gauge or sum');
      const record = point(subject);
      const otherField = fieldNumber(subject, other);
      if (record.find(otherField) >= 0) record.put(otherField, undefined);
      record.put(field, content);
    },
  );
}

function readUint64(subject: Subject, field: number): Value {
  const value = point(subject).find(field);
  return value < 0 ? 0n : BigInt.asIntN(64, readFixed64(point(subject).source, value));
}

function readFloat(subject: Subject, field: number): Value {
  const value = point(subject).find(field);
  return value < 0 ? 0 : readDouble(point(subject).source, value);
}

function zeroable(
  field: number,
  value: bigint,
  encode: (field: number, value: bigint) => Uint8Array,
): Uint8Array | undefined {
  return value === 0n ? undefined : encode(field, value);
}

function listField<T>(values: readonly T[], encode: (values: readonly T[]) => Uint8Array): Uint8Array | undefined {
  return values.length === 0 ? undefined : encode(values);
}

function integersOf(value: Value): bigint[] {
  if (value === undefined) return [];
  return isList(value) ? value.map(expectInteger) : mismatch('list of int64', value);
}

function doublesOf(value: Value): number[] {
  if (value === undefined) return [];
  if (!isList(value)) mismatch('list of float64', value);
  return value.map((element) => (typeof element === 'number' ? element : mismatch('float64', element)));
}

const OFFSET = 1;
const COUNTS = 2;

/** Returns the paths for the positive or negative buckets of an exponential histogram. */
function bucketPaths(name: 'positive' | 'negative'): Paths {
  const read = (subject: Subject, field: number): Uint8Array => {
    const value = point(subject).find(field);
    const { source } = point(subject);
    return value < 0 ? EMPTY : source.subarray(payloadStart(source, value), payloadEnd(source, value));
  };
  const write = (subject: Subject, inner: number, content: Uint8Array | undefined): void => {
    const field = fieldNumber(subject, name);
    if (field === 0) throw new EvaluationError('expected a data point of an exponential histogram');
    const buckets = read(subject, field);
    const splices = new Splices();
    replaceField(splices, buckets, 0, buckets.length, inner, content);
    point(subject).put(field, bytesField(field, splices.apply(buckets)));
  };
  const readInner = (get: (buckets: Uint8Array) => Value) => (subject: Subject) => {
    const field = fieldNumber(subject, name);
    return field === 0 ? undefined : get(read(subject, field));
  };
  return {
    [name]: valuePath(
      readInner((buckets) => new OpaqueValue('buckets', buckets.slice())),
      (subject, value) => {
        if (!(value instanceof OpaqueValue) || value.kind !== 'buckets') mismatch('buckets', value);
        const field = fieldNumber(subject, name);
        if (field === 0) throw new EvaluationError('expected a data point of an exponential histogram');
        point(subject).put(field, bytesField(field, value.encoded));
      },
    ),
    [`${name}.offset`]: valuePath(
      readInner((buckets) => {
        const value = findField(buckets, 0, buckets.length, OFFSET);
        return value < 0 ? 0n : BigInt(readVarintSint32(buckets, value));
      }),
      (subject, value) => write(subject, OFFSET, zeroable(OFFSET, expectInteger(value), zigzagField)),
    ),
    [`${name}.bucket_counts`]: valuePath(
      readInner((buckets) => readPackedVarints(buckets, 0, buckets.length, COUNTS)),
      (subject, value) =>
        write(
          subject,
          COUNTS,
          listField(integersOf(value), (list) => packedVarints(COUNTS, list)),
        ),
    ),
  };
}

const EMPTY = new Uint8Array();
