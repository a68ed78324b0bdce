import { DATA_POINT_FIELDS, DataPointView, forEachPayload, replaceField, Splices } from '@otelier/otlp';
import { bytesField, doubleField, fixed64Field, join } from '../../ottl/record/encode.ts';

const FIELDS = DATA_POINT_FIELDS.gauge;

/**
 * Merges a gauge or delta sum point into another one with the same attributes: sums are added, and for gauges the newer
 * value wins. The exemplars of both are kept.
 */
export function addPoint(into: Uint8Array, point: Uint8Array, isSum: boolean): Uint8Array {
  const left = read(into);
  const right = read(point);
  const isNewer = right.time > left.time;
  const splices = new Splices();
  const put = (field: number, content: Uint8Array | undefined) =>
    replaceField(splices, into, 0, into.length, field, content);
  if (isNewer) put(FIELDS.timeUnixNano, fixed64Field(FIELDS.timeUnixNano, right.time));
  if (isSum) {
    putValue(put, sumOf(left, right));
    if (right.startTime < left.startTime)
      put(
        FIELDS.startTimeUnixNano,
        right.startTime === 0n ? undefined : fixed64Field(FIELDS.startTimeUnixNano, right.startTime),
      );
  } else if (isNewer) {
    putValue(put, right);
    if (right.startTime > 0n) put(FIELDS.startTimeUnixNano, fixed64Field(FIELDS.startTimeUnixNano, right.startTime));
  }
  const exemplars: Uint8Array[] = [];
  forEachPayload(point, 0, point.length, FIELDS.exemplars, (start, end) =>
    exemplars.push(bytesField(FIELDS.exemplars, point.subarray(start, end))),
  );
  if (exemplars.length > 0) splices.insert(into.length, join(exemplars));
  return splices.apply(into);
}

interface NumberPoint {
  readonly time: bigint;
  readonly startTime: bigint;
  /** A `bigint` is an integer; `undefined` is a missing value. */
  readonly value: bigint | number | undefined;
}

const view = new DataPointView();

function read(point: Uint8Array): NumberPoint {
  const {
    timeUnixNano: time,
    startTimeUnixNano: startTime,
    value,
    valueKind,
  } = view.ofKind('gauge').reset(point, 0, point.length);
  return { time, startTime, value: valueKind === 'int' && value !== undefined ? BigInt(value) : value };
}

/** Adds integers as 64-bit integers and other numbers as doubles. */
function sumOf({ value: left }: NumberPoint, { value: right }: NumberPoint): Pick<NumberPoint, 'value'> {
  return typeof left === 'bigint' && typeof right === 'bigint'
    ? { value: left + right }
    : { value: Number(left ?? 0) + Number(right ?? 0) };
}

function putValue(
  put: (field: number, content: Uint8Array | undefined) => void,
  { value }: Pick<NumberPoint, 'value'>,
): void {
  if (value === undefined) return;
  const isInteger = typeof value === 'bigint';
  put(FIELDS.asInt, isInteger ? fixed64Field(FIELDS.asInt, value) : undefined);
  put(FIELDS.asDouble, isInteger ? undefined : doubleField(FIELDS.asDouble, value));
}
