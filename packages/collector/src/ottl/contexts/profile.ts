import {
  findField,
  payloadEnd,
  payloadStart,
  readVarintLow,
  readVarintUint64,
  replaceField,
  Splices,
} from '@otelier/otlp';
import { bytesField, varintField } from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, Identifier, OpaqueValue, type Value } from '../values/value.ts';
import {
  expectInteger,
  expectText,
  mismatch,
  type PathDefinition,
  type Paths,
  type RecordOf,
  valuePath,
} from './access.ts';
import { idPaths, repeatedMessages, textField, timePaths, uint32Field } from './fields.ts';
import { int32List, profileAttributes } from './profile-attributes.ts';

const profile: RecordOf = (subject) => subject.item;

const SAMPLE_TYPE = 1;
const SAMPLES = 2;
const TIME = 3;
const DURATION = 4;
const PERIOD_TYPE = 5;
const PERIOD = 6;
const PROFILE_ID = 7;
const DROPPED_ATTRIBUTES_COUNT = 8;
const ORIGINAL_PAYLOAD_FORMAT = 9;
const ORIGINAL_PAYLOAD = 10;
const ATTRIBUTE_INDICES = 11;
/** Fields of a value type. */
const TYPE = 1;
const UNIT = 2;
const NO_ID = '0'.repeat(32);
const EMPTY = new Uint8Array();

/** Profile paths. */
export const PROFILE_PATHS: Paths = {
  ...valueTypePaths('sample_type', SAMPLE_TYPE),
  sample: repeatedMessages('samples', profile, SAMPLES),
  ...timePaths('time', profile, TIME),
  duration: durationPath('duration'),
  duration_unix_nano: durationPath('duration_unix_nano'),
  ...valueTypePaths('period_type', PERIOD_TYPE),
  period: valuePath(
    (subject) => readInt64(subject, PERIOD),
    (subject, value) => putInt64(subject, PERIOD, expectInteger(value)),
  ),
  ...profileIdPaths(),
  attribute_indices: int32List(profile, ATTRIBUTE_INDICES),
  dropped_attributes_count: uint32Field(profile, DROPPED_ATTRIBUTES_COUNT),
  original_payload_format: textField(profile, ORIGINAL_PAYLOAD_FORMAT),
  original_payload: valuePath(
    (subject) => {
      const message = profile(subject);
      const value = message.find(ORIGINAL_PAYLOAD);
      const { source } = message;
      return value < 0 ? new Uint8Array() : source.slice(payloadStart(source, value), payloadEnd(source, value));
    },
    (subject, value) => {
      if (!(value instanceof Uint8Array)) mismatch('bytes', value);
      profile(subject).put(ORIGINAL_PAYLOAD, value.length === 0 ? undefined : bytesField(ORIGINAL_PAYLOAD, value));
    },
  ),
  attributes: profileAttributes(profile, ATTRIBUTE_INDICES),
};

function readInt64(subject: Subject, field: number): bigint {
  const message = profile(subject);
  const value = message.find(field);
  return value < 0 ? 0n : BigInt.asIntN(64, readVarintUint64(message.source, value));
}

function putInt64(subject: Subject, field: number, value: bigint): void {
  profile(subject).put(field, value === 0n ? undefined : varintField(field, value));
}

/** Returns the path for the duration, an integer in nanoseconds under both names. */
function durationPath(name: string): PathDefinition {
  return valuePath(
    (subject) => readInt64(subject, DURATION),
    (subject, value) => {
      const nanos = expectInteger(value);
      if (nanos < 0n) throw new EvaluationError(`expected a ${name} of at least 0, got ${nanos}`);
      putInt64(subject, DURATION, nanos);
    },
  );
}

/** Returns the paths for the profile ID, which cannot be set to zeros. */
function profileIdPaths(): Paths {
  const paths = idPaths('profile_id', 'profile', profile, PROFILE_ID);
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]): [string, PathDefinition] => {
      if (path.kind !== 'value') return [name, path];
      const { access } = path;
      const set = (subject: Subject, value: Value): void => {
        const isEmpty = value instanceof Identifier ? value.bytes.every((byte) => byte === 0) : value === NO_ID;
        if (isEmpty) throw new EvaluationError('expected a profile ID other than zeros');
        access.set(subject, value);
      };
      return [name, { kind: 'value', access: { ...access, set } }];
    }),
  );
}

/** Returns the paths for a value type, whose type and unit are strings of the dictionary. */
function valueTypePaths(name: string, field: number): Paths {
  const read = (subject: Subject): Uint8Array => {
    const message = profile(subject);
    const value = message.find(field);
    const { source } = message;
    return value < 0 ? EMPTY : source.subarray(payloadStart(source, value), payloadEnd(source, value));
  };
  const part = (inner: number): PathDefinition => {
    const indexOf = (valueType: Uint8Array): number => {
      const at = findField(valueType, 0, valueType.length, inner);
      return at < 0 ? 0 : readVarintLow(valueType, at) | 0;
    };
    return valuePath(
      (subject) => {
        const index = indexOf(read(subject));
        const text = subject.dictionary.string(index);
        if (text === undefined) throw new EvaluationError(`expected the index of a string, got ${index}`);
        return text;
      },
      (subject, value) => {
        const text = expectText(value);
        const valueType = read(subject);
        const known = indexOf(valueType);
        if (known !== 0 && subject.dictionary.string(known) === text) return;
        const index = subject.dictionary.indexOfString(text);
        const splices = new Splices();
        const content = index === 0 ? undefined : varintField(inner, BigInt(index));
        replaceField(splices, valueType, 0, valueType.length, inner, content);
        profile(subject).put(field, bytesField(field, splices.apply(valueType)));
      },
    );
  };
  return {
    [name]: valuePath(
      (subject) => new OpaqueValue('value type', read(subject).slice()),
      (subject, value) => {
        if (!(value instanceof OpaqueValue) || value.kind !== 'value type') mismatch('value type', value);
        profile(subject).put(field, bytesField(field, value.encoded));
      },
    ),
    [`${name}.type`]: part(TYPE),
    [`${name}.unit`]: part(UNIT),
  };
}
