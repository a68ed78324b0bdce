import type { Signal } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';

/** A valid export request that is more expensive to process than its size suggests. */
export interface HostileBody {
  readonly kind: string;
  readonly signal: Signal;
  readonly bytes: Uint8Array;
}

/** Creates a request of approximately `sizeBytes`. */
type Make = (sizeBytes: number, random: Random) => Omit<HostileBody, 'kind'>;

/** The kinds of hostile requests, by name. */
export const HOSTILE_BODIES: Readonly<Record<string, Make>> = {
  'empty spans': (size) => traces(scope(repeated(field(2), size / 2))),
  'empty log records': (size) => logs(scope(repeated(field(2), size / 2))),
  'empty points': (size) => metrics(scope(field(2, text(1, 'm'), field(5, repeated(field(1), size / 2))))),
  'metrics of one point': (size) => metrics(scope(repeated(field(2, field(5, field(1))), size / 6))),
  'a resource for every span': (size) =>
    traces(numbered(size / 26, (i) => field(1, field(1, attribute(`r${i}`)), field(2, field(2))))),
  'empty scopes before a span': (size) => traces(field(1, repeated(field(2), size / 2), field(2, field(2)))),
  'keys that differ from span to span': (size, random) =>
    traces(scope(numbered(size / 20, (i) => field(2, field(9, attribute(`${random(9)}.${i}`)))))),
  'keys that differ from point to point': (size) =>
    metrics(
      scope(
        field(
          2,
          text(1, 'm'),
          field(
            5,
            numbered(size / 22, (i) => field(1, field(7, attribute(`k${i}`)))),
          ),
        ),
      ),
    ),
  'a span of 50,000 attributes': (size) =>
    traces(
      scope(
        repeated(
          field(
            2,
            numbered(50_000, (i) => field(9, attribute(`k${i}`))),
          ),
          size / 900_000,
        ),
      ),
    ),
  'a span of all the attributes': (size) =>
    traces(
      scope(
        field(
          2,
          numbered(size / 17, (i) => field(9, attribute(`k${i}`))),
        ),
      ),
    ),
  'a log record of one key, repeated': (size) => logs(scope(field(2, repeated(field(6, attribute('k')), size / 12)))),
  'a resource of all the attributes': (size) =>
    traces(
      field(
        1,
        field(
          1,
          numbered(size / 17, (i) => field(1, attribute(`k${i}`))),
        ),
        field(2, repeated(field(2), 10)),
      ),
    ),
  'a span of empty events': (size) => traces(scope(field(2, repeated(field(11), size / 2)))),
  'a span of events with an attribute': (size) =>
    traces(scope(field(2, repeated(field(11, field(3, attribute('k'))), size / 14)))),
  'a span of empty links': (size) => traces(scope(field(2, repeated(field(13), size / 2)))),
  'a log record of one long text': (size) => logs(scope(field(2, field(5, field(1, Buffer.alloc(size, 0x61)))))),
  'an attribute of one long text': (size) =>
    logs(scope(field(2, field(6, text(1, 'k'), field(2, field(1, Buffer.alloc(size, 0x22))))))),
  'a log record of one long list': (size) =>
    logs(scope(field(2, field(5, field(5, repeated(field(1, Buffer.from([0x18, 1])), size / 4)))))),
  'log records of deep maps': (size) => logs(scope(repeated(field(2, field(5, deep(20))), size / 200))),
  'a histogram of all the buckets': (size) =>
    metrics(scope(field(2, text(1, 'h'), field(9, field(1, field(6, Buffer.alloc(size - (size % 8)))))))),
  'an exponential histogram of all the buckets': (size) =>
    metrics(scope(field(2, text(1, 'e'), field(10, field(1, field(8, field(2, Buffer.alloc(size, 1)))))))),
  'a summary of all the quantiles': (size) =>
    metrics(scope(field(2, text(1, 's'), field(11, field(1, repeated(field(6), size / 2)))))),
  'a point of empty exemplars': (size) =>
    metrics(scope(field(2, text(1, 'g'), field(5, field(1, repeated(field(5), size / 2)))))),
  'a span of unknown fields': (size) => traces(scope(field(2, repeated(Buffer.from([0xa0, 0x06, 1]), size / 3)))),
  'spans of one trace': (size, random) => {
    const id = field(1, Buffer.from(Array.from({ length: 16 }, () => random(256))));
    return traces(scope(repeated(field(2, id), size / 20)));
  },
};

const scope = (...held: readonly Uint8Array[]) => field(1, field(2, ...held));
const traces = (bytes: Uint8Array) => ({ signal: 'traces', bytes }) as const;
const logs = (bytes: Uint8Array) => ({ signal: 'logs', bytes }) as const;
const metrics = (bytes: Uint8Array) => ({ signal: 'metrics', bytes }) as const;

/** Encodes a length-delimited field. */
function field(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length: own }) => sum + own, 0);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(length)]), ...contents]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];
}

const text = (number: number, value: string) => field(number, Buffer.from(value));

/** Encodes the contents of a KeyValue whose value is 1. */
const attribute = (key: string) => Buffer.concat([text(1, key), field(2, Buffer.from([0x18, 1]))]);

/** Encodes nested maps as the contents of an AnyValue. */
function deep(levels: number): Uint8Array {
  return levels === 0 ? Buffer.from([0x18, 1]) : field(6, field(1, text(1, 'k'), field(2, deep(levels - 1))));
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const count = Math.max(1, Math.floor(times));
  return Buffer.alloc(bytes.length * count, bytes);
}

function numbered(times: number, make: (index: number) => Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.max(1, Math.floor(times)) }, (_, i) => make(i)));
}
