import { EncodedAttribute, encodeKey } from '@otelier/otlp';
import { type ConstantChange, constantChange } from '../compile/attribute-step.ts';
import { constantOf } from '../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import {
  any,
  integer,
  listOf,
  listTarget,
  literalBoolean,
  literalInteger,
  literalText,
  type MapTarget,
  map,
  mapTarget,
  optional,
  target,
  text,
} from '../compile/parameters.ts';
import type { Access, Getter } from '../contexts/access.ts';
import { ID_BYTES } from '../contexts/fields.ts';
import type { Subject } from '../record/subject.ts';
import { encodeValue } from '../values/codec.ts';
import { attributeText } from '../values/text.ts';
import {
  copyValue,
  Duration,
  EvaluationError,
  Identifier,
  isList,
  isMap,
  OpaqueValue,
  Time,
  type Value,
} from '../values/value.ts';
import { dynamicPattern } from './text/pattern.ts';
import { truncateText } from './text/utf8.ts';

/** The editors for values, lists and maps. */
export const EDITORS: readonly FunctionDefinition[] = [
  defineFunction('set', { target: target(), value: any() }, ({ target, value }) =>
    constantChange(
      (subject) => {
        target.set(subject, value(subject));
        return undefined;
      },
      constantSet(target, value),
    ),
  ),
  defineFunction('clear', { target: target() }, ({ target }) => (subject) => {
    target.set(subject, zeroOf(target.get(subject)));
    return undefined;
  }),
  defineFunction(
    'append',
    { target: target(), value: optional(any()), values: optional(listOf(any())) },
    ({ target, value, values }) => {
      if (value === undefined && values === undefined) throw new EvaluationError('expected value or values');
      const added = [...(value === undefined ? [] : [value]), ...(values ?? [])];
      return (subject) => {
        const current = target.get(subject);
        const elements = isList(current) ? [...current] : current === undefined ? [] : [current];
        for (const getter of added) elements.push(getter(subject));
        // The Collector cannot put telemetry maps into a new list either.
        if (isMap(current) || elements.slice(-added.length).some(isMap))
          throw new EvaluationError('expected values to append that are no maps');
        target.set(subject, elements);
        return undefined;
      };
    },
  ),
  defineFunction(
    'delete_index',
    { target: listTarget(), startIndex: integer(), endIndex: optional(integer()) },
    ({ target, startIndex, endIndex }) =>
      (subject) => {
        const elements = target.get(subject);
        const start = startIndex(subject);
        const end = endIndex === undefined ? start + 1n : endIndex(subject);
        const kept = start === 0n && end === BigInt(elements.length) ? [] : withoutRange(elements, start, end);
        target.set(subject, kept);
        return undefined;
      },
  ),
  defineFunction('delete_key', { target: mapTarget(), key: text() }, ({ target, key }) =>
    constantChange(
      (subject) => {
        target.delete(subject, key(subject));
        return undefined;
      },
      constantDelete(target, key),
    ),
  ),
  defineFunction('delete_matching_keys', { target: mapTarget(), pattern: text() }, ({ target, pattern }) => {
    const patternOf = dynamicPattern(pattern);
    return (subject) => {
      const compiled = patternOf(subject);
      return edit(subject, target, (key) => !compiled.test(key));
    };
  }),
  defineFunction('keep_matching_keys', { target: mapTarget(), pattern: text() }, ({ target, pattern }) => {
    const patternOf = dynamicPattern(pattern);
    return (subject) => {
      const compiled = patternOf(subject);
      return edit(subject, target, (key) => compiled.test(key));
    };
  }),
  defineFunction('keep_keys', { target: mapTarget(), keys: listOf(text()) }, ({ target, keys }) => (subject) => {
    const kept = new Set(keys.map((key) => key(subject)));
    return edit(subject, target, (key) => kept.has(key));
  }),
  defineFunction(
    'limit',
    { target: mapTarget(), limit: literalInteger(), priorityKeys: listOf(literalText()) },
    ({ target, limit, priorityKeys }) => {
      if (limit < 0n) throw new EvaluationError(`expected a limit of at least 0, got ${limit}`);
      if (limit < BigInt(priorityKeys.length))
        throw new EvaluationError(`expected at most ${limit} priority keys, got ${priorityKeys.length}`);
      const priority = new Set(priorityKeys);
      return (subject) => {
        const entries = target.get(subject);
        if (entries.size <= limit) return undefined;
        let count = priorityKeys.filter((key) => entries.has(key)).length;
        return edit(subject, target, (key) => priority.has(key) || (count < limit && ++count > 0));
      };
    },
  ),
  defineFunction(
    'merge_maps',
    { target: mapTarget(), source: map(), strategy: literalText() },
    ({ target, source, strategy }) => {
      if (strategy !== 'insert' && strategy !== 'update' && strategy !== 'upsert')
        throw new EvaluationError(`expected the strategy "insert", "update" or "upsert", got "${strategy}"`);
      return (subject) => {
        const entries = target.get(subject);
        for (const [key, value] of [...source(subject)]) {
          const applies = strategy === 'upsert' || entries.has(key) === (strategy === 'update');
          if (applies) entries.set(key, copyValue(value));
        }
        target.set(subject, entries);
        return undefined;
      };
    },
  ),
  defineFunction('stringify_all', { target: mapTarget() }, ({ target }) => (subject) => {
    const entries = target.get(subject);
    for (const [key, value] of entries) if (typeof value !== 'string') entries.set(key, attributeText(value));
    target.set(subject, entries);
    return undefined;
  }),
  defineFunction(
    'truncate_all',
    {
      target: mapTarget(),
      limit: literalInteger(),
      utf8Safe: optional(literalBoolean()),
      truncationMarker: optional(literalText()),
    },
    ({ target, limit, utf8Safe = true, truncationMarker = '' }) => {
      if (limit < 0n) throw new EvaluationError(`expected a limit of at least 0, got ${limit}`);
      const markerBytes = Buffer.byteLength(truncationMarker);
      if (markerBytes > limit)
        throw new EvaluationError(`expected a truncation marker of at most ${limit} bytes, got ${markerBytes}`);
      return (subject) => {
        const entries = target.get(subject);
        for (const [key, value] of entries) {
          if (typeof value !== 'string' || Buffer.byteLength(value) <= limit) continue;
          entries.set(key, truncateText(value, Number(limit) - markerBytes, utf8Safe) + truncationMarker);
        }
        target.set(subject, entries);
        return undefined;
      };
    },
  ),
];

/** Returns the change of an attribute that is set to a constant. */
function constantSet({ attribute }: Access, value: Getter): ConstantChange | undefined {
  const known = constantOf(value)?.value;
  const isScalar = ['string', 'boolean', 'bigint', 'number'].includes(typeof known);
  if (attribute === undefined || !isScalar) return undefined;
  const { record, field, key } = attribute;
  const step = { kind: 'upsert', attribute: EncodedAttribute.ofRaw(key, encodeValue(known)) } as const;
  return { attributes: { record, field }, step };
}

/** Returns the change of an attribute that is deleted by a constant key. */
function constantDelete({ attributes }: MapTarget, key: Getter<string>): ConstantChange | undefined {
  const known = constantOf(key);
  if (attributes === undefined || known === undefined) return undefined;
  return { attributes, step: { kind: 'delete', key: encodeKey(known.value) } };
}

/** Removes the map entries for which `keeps` returns false. */
function edit(subject: Subject, target: MapTarget, keeps: (key: string) => boolean): undefined {
  const entries = target.get(subject);
  for (const key of [...entries.keys()]) if (!keeps(key)) entries.delete(key);
  target.set(subject, entries);
}

function withoutRange(elements: readonly Value[], start: bigint, end: bigint): Value[] {
  const length = BigInt(elements.length);
  if (start < 0n || start >= length) throw new EvaluationError(`expected a start index below ${length}, got ${start}`);
  if (end < start || end > length)
    throw new EvaluationError(`expected an end index from ${start} to ${length}, got ${end}`);
  return [...elements.slice(0, Number(start)), ...elements.slice(Number(end))];
}

/** Returns the zero value for a value's type. */
function zeroOf(value: Value): Value {
  switch (typeof value) {
    case 'string':
      return '';
    case 'bigint':
      return 0n;
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'undefined':
      return undefined;
    default:
      return zeroObject(value);
  }
}

function zeroObject(value: Exclude<Value, undefined | string | bigint | number | boolean>): Value {
  if (value instanceof Uint8Array) return new Uint8Array();
  if (isMap(value)) return new Map();
  if (isList(value)) return [];
  if (value instanceof Duration) return new Duration(0n);
  if (value instanceof Time) return new Time(ZERO_TIME);
  if (value instanceof Identifier) return new Identifier(value.kind, new Uint8Array(ID_BYTES[value.kind]));
  if (value instanceof OpaqueValue)
    return new OpaqueValue(value.kind, new Uint8Array(), value.count === undefined ? undefined : 0);
  return undefined;
}

/** Go's zero time, the first day of year 1. */
const ZERO_TIME = -62_135_596_800_000_000_000n;
