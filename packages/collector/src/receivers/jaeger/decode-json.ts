import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import type { SpanAttribute } from '../../spans/span-data.ts';
import { type JsonObject, listOf, numberOf, objectOf, parseObject, recordOf, textOf } from '../zipkin/json-values.ts';
import type { JaegerBatch, JaegerLog, JaegerProcess, JaegerReference, JaegerSpan, JaegerTag } from './jaeger-batch.ts';

/** Decodes a span in the JSON form of `jaeger.api_v2.Span`, in which IDs are base64. Throws a `MalformedSpansError`. */
export function decodeSpanJson(body: Uint8Array): JaegerBatch {
  return { process: undefined, spans: [spanOf(parseObject(body))] };
}

function spanOf(json: JsonObject): JaegerSpan {
  const start = timeOf(json['startTime'], 'startTime');
  const process = objectOf(json['process'], 'process');
  return {
    traceId: idOf(json['traceId'], 16, 'traceId'),
    spanId: idOf(json['spanId'], 8, 'spanId'),
    parentSpanId: new Uint8Array(8),
    operationName: textOf(json['operationName'], 'operationName'),
    references: listOf(json['references'], 'references').map((value, index) =>
      referenceOf(value, `references[${index}]`),
    ),
    flags: numberOf(json['flags'], 'flags', 0, 0xffff_ffff),
    start,
    end: start + durationOf(json['duration'], 'duration'),
    tags: tagsOf(json['tags'], 'tags'),
    logs: listOf(json['logs'], 'logs').map((value, index) => logOf(value, `logs[${index}]`)),
    process: process && processOf(process),
  };
}

function processOf(json: JsonObject): JaegerProcess {
  return {
    serviceName: textOf(json['serviceName'], 'process.serviceName'),
    tags: tagsOf(json['tags'], 'process.tags'),
  };
}

function referenceOf(value: unknown, where: string): JaegerReference {
  const json = recordOf(value, where);
  const { refType } = json;
  return {
    isChildOf: refType === undefined || refType === 'CHILD_OF' || refType === 0,
    traceId: idOf(json['traceId'], 16, `${where}.traceId`),
    spanId: idOf(json['spanId'], 8, `${where}.spanId`),
  };
}

function logOf(value: unknown, where: string): JaegerLog {
  const json = recordOf(value, where);
  return { time: timeOf(json['timestamp'], `${where}.timestamp`), fields: tagsOf(json['fields'], `${where}.fields`) };
}

function tagsOf(value: unknown, where: string): JaegerTag[] {
  return listOf(value, where).map((element, index) => tagOf(element, `${where}[${index}]`));
}

function tagOf(value: unknown, where: string): JaegerTag {
  const json = recordOf(value, where);
  const text = textOf(json['vStr'], `${where}.vStr`);
  const read = TAG_VALUES[String(json['vType'] ?? 'STRING')];
  if (read === undefined)
    throw new MalformedSpansError(`${where}.vType: expected a type of tags, got ${quoted(json['vType'])}`);
  return { key: textOf(json['key'], `${where}.key`), value: read(json, where) ?? text, text };
}

/** Reads the value of a tag by the name or number of its type. A missing value is that of protobuf. */
const TAG_VALUES: Readonly<Record<string, (json: JsonObject, where: string) => SpanAttribute | undefined>> = {
  ...named('STRING', 0, () => undefined),
  ...named('BOOL', 1, ({ vBool }) => vBool === true),
  ...named('INT64', 2, ({ vInt64 }, where) => integerOf(vInt64 ?? 0, `${where}.vInt64`)),
  ...named('FLOAT64', 3, ({ vFloat64 }) => Number(vFloat64 ?? 0)),
  ...named('BINARY', 4, ({ vBinary }, where) => Buffer.from(textOf(vBinary, `${where}.vBinary`), 'base64')),
};

function named<T>(name: string, number: number, read: T): Readonly<Record<string, T>> {
  return { [name]: read, [number]: read };
}

/** Parses an integer of 64 bits, which is a text in the JSON form of protobuf. */
function integerOf(value: unknown, where: string): bigint {
  if (/^-?\d{1,19}$/.test(String(value))) return BigInt.asIntN(64, BigInt(String(value)));
  throw new MalformedSpansError(`${where}: expected an integer, got ${quoted(value)}`);
}

function idOf(value: unknown, length: number, where: string): Uint8Array {
  const text = textOf(value, where);
  const id = Buffer.from(text, 'base64');
  if (id.length === 0) return new Uint8Array(length);
  if (id.length === length) return id;
  if (length === 16 && id.length === 8) return Buffer.concat([new Uint8Array(8), id]);
  throw new MalformedSpansError(`${where}: expected ${length} bytes in base64, got ${quoted(value)}`);
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

function timeOf(value: unknown, where: string): bigint {
  const text = textOf(value, where);
  if (text === '') return 0n;
  const match = TIME.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(millis)) throw new MalformedSpansError(`${where}: expected a time, got ${quoted(value)}`);
  return BigInt(millis) * 1_000_000n + fractionOf(match?.[2]);
}

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

function durationOf(value: unknown, where: string): bigint {
  const text = textOf(value, where);
  if (text === '') return 0n;
  const match = DURATION.exec(text);
  if (match === null) throw new MalformedSpansError(`${where}: expected a duration in seconds, got ${quoted(value)}`);
  const nanos = BigInt(match[2] ?? 0) * 1_000_000_000n + fractionOf(match[3]);
  return match[1] === '-' ? -nanos : nanos;
}

function fractionOf(digits = ''): bigint {
  return BigInt(digits.padEnd(9, '0'));
}
