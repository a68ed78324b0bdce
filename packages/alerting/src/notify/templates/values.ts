import { formatGoDuration } from '@otelier/query/go-duration';
import {
  formatTime,
  type GoTime,
  Int,
  METHODS,
  type Methods,
  printValue,
  TemplateError,
  textArgument,
  type Value,
} from '@otelier/query/go-template';
import { compareText, type LabelSet, sortedNames } from '../matching/labels.ts';

/** Labels or annotations in a template. A missing name has an empty text. */
class KeyValues extends Map<string, Value> {
  override get(name: string): Value {
    return super.get(name) ?? '';
  }

  readonly [METHODS] = KEY_VALUE_METHODS;
}

/** A record in a template. A name that it does not have is an error. */
class Fields extends Map<string, Value> {
  override get(name: string): Value {
    if (!this.has(name)) throw new TemplateError(`can't evaluate field ${name}`);
    return super.get(name);
  }
}

/** A duration in a template, which prints as in Go. */
class Duration extends Map<string, Value> {
  readonly seconds: number;

  constructor(seconds: number) {
    super();
    this.seconds = seconds;
  }

  readonly [METHODS] = DURATION_METHODS;
}

/** Returns a record with these fields. */
export function recordValue(fields: Readonly<Record<string, Value>>): Value {
  return new Fields(Object.entries(fields));
}

/** Returns labels as a value with the methods `SortedPairs`, `Names`, `Values` and `Remove`. */
export function keyValues(labels: LabelSet): Value {
  return new KeyValues(sortedNames(labels).map((name) => [name, labels[name] ?? '']));
}

/** Returns a time in UTC, in milliseconds since the epoch; `undefined` is the zero time of Go. */
export function timeValue(millis: number | undefined, zone = 'UTC'): Value {
  const nanos = millis === undefined ? ZERO_NANOS : BigInt(Math.trunc(millis)) * 1_000_000n;
  return zonedTime(nanos, zone);
}

/** Returns a time in a zone. */
export function zonedTime(nanos: bigint, zone: string): Value {
  return { kind: 'time', time: { nanos, zone }, [METHODS]: TIME_METHODS } as Value;
}

/** Returns a duration. */
export function durationValue(seconds: number): Value {
  return new Duration(seconds);
}

/** Returns the seconds of a duration value. */
export function secondsOf(value: Value): number | undefined {
  return value instanceof Duration ? value.seconds : undefined;
}

/** Returns alerts as a value with the methods `Firing` and `Resolved`. */
export function alertList(alerts: readonly Value[]): Value {
  return withMethods(alerts, ALERT_METHODS);
}

const ZERO_NANOS = -62_135_596_800_000_000_000n;

function withMethods(values: readonly Value[], methods: Methods): Value {
  return Object.assign([...values], { [METHODS]: methods });
}

function listOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function textsOf(value: Value): readonly string[] {
  if (!Array.isArray(value))
    throw new TemplateError(`wrong type for value; expected []string; got ${printValue(value)}`);
  return listOf(value).map(textArgument);
}

const STRING_METHODS: Methods = {
  Join: [1, (texts, separator) => textsOf(texts ?? []).join(textArgument(separator))],
};

const pairPart = (part: 'Name' | 'Value') => (pairs: Value) =>
  withMethods(
    listOf(pairs).map((pair) => (pair as ReadonlyMap<string, Value>).get(part)),
    STRING_METHODS,
  );
const printPairs = (pairs: Value): string =>
  listOf(pairs)
    .map((pair) => pair as ReadonlyMap<string, Value>)
    .map((pair) => `${textArgument(pair.get('Name'))}=${textArgument(pair.get('Value'))}`)
    .join(', ');

const PAIR_METHODS: Methods = {
  Names: [0, pairPart('Name')],
  Values: [0, pairPart('Value')],
  String: [0, printPairs],
};

/** `alertname` comes first. */
function sortedPairs(labels: Value): Value {
  const entries = [...(labels as ReadonlyMap<string, Value>)];
  const isFirst = (name: string) => (name === 'alertname' ? 0 : 1);
  entries.sort(([a], [b]) => isFirst(a) - isFirst(b) || compareText(a, b));
  return withMethods(
    entries.map(([name, value]) => recordValue({ Name: name, Value: value })),
    PAIR_METHODS,
  );
}

const KEY_VALUE_METHODS: Methods = {
  SortedPairs: [0, sortedPairs],
  Names: [0, (labels) => pairPart('Name')(sortedPairs(labels))],
  Values: [0, (labels) => pairPart('Value')(sortedPairs(labels))],
  Remove: [
    1,
    (labels, names) => {
      const removed = new Set(textsOf(names));
      return new KeyValues([...(labels as ReadonlyMap<string, Value>)].filter(([name]) => !removed.has(name)));
    },
  ],
  String: [0, (labels) => printPairs(sortedPairs(labels))],
};

const withStatus = (status: string) => (alerts: Value) =>
  listOf(alerts).filter((alert) => (alert as ReadonlyMap<string, Value>).get('Status') === status);

const ALERT_METHODS: Methods = { Firing: [0, withStatus('firing')], Resolved: [0, withStatus('resolved')] };

function nanosOf(value: Value): bigint {
  return (value as { readonly time: { readonly nanos: bigint } }).time.nanos;
}

/** Returns a part of a time as a number. */
function part(layout: string) {
  return (value: Value): Value => new Int(BigInt(formatOf(value, layout)));
}

function formatOf(value: Value, layout: string): string {
  return formatTime((value as { readonly time: GoTime }).time, layout);
}

const TIME_METHODS: Methods = {
  Format: [1, (value, layout) => formatOf(value, textArgument(layout))],
  Unix: [0, (value) => new Int(floorDivide(nanosOf(value), 1_000_000_000n))],
  UnixMilli: [0, (value) => new Int(floorDivide(nanosOf(value), 1_000_000n))],
  UnixNano: [0, (value) => new Int(nanosOf(value))],
  UTC: [0, (value) => zonedTime(nanosOf(value), 'UTC')],
  Local: [0, (value) => zonedTime(nanosOf(value), 'UTC')],
  IsZero: [0, (value) => nanosOf(value) === ZERO_NANOS],
  Year: [0, part('2006')],
  Day: [0, part('2')],
  Hour: [0, part('15')],
  Minute: [0, part('4')],
  Second: [0, part('5')],
  Month: [0, (value) => formatOf(value, 'January')],
  Weekday: [0, (value) => formatOf(value, 'Monday')],
  Sub: [1, (value, other) => durationValue(Number(nanosOf(value) - nanosOf(other)) / 1e9)],
  Before: [1, (value, other) => nanosOf(value) < nanosOf(other)],
  After: [1, (value, other) => nanosOf(value) > nanosOf(other)],
};

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const DURATION_METHODS: Methods = {
  Seconds: [0, (value) => secondsOf(value) ?? 0],
  Minutes: [0, (value) => (secondsOf(value) ?? 0) / 60],
  Hours: [0, (value) => (secondsOf(value) ?? 0) / 3600],
  String: [0, (value) => formatGoDuration(BigInt(Math.round((secondsOf(value) ?? 0) * 1e9)))],
};
