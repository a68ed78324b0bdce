import { requestToJson } from '@otelier/otlp';
import { createRandom } from '../otlp/random.ts';
import type { KeyValueJson, ResourceJson, ScopeJson } from '../otlp-json.ts';
import { encodeRequest, type RequestJson } from '../request-codec.ts';
import { hostileLogRecord } from './logs.ts';
import { hostileMetric } from './metrics.ts';
import { HOSTILE_NAMES, type HostileRandom, hostileName, INVALID_UTF8_MARK } from './names.ts';
import { hostileEvent, hostileLink, hostileSpan } from './traces.ts';
import { attributes, deepValue, id, manyAttributes } from './values.ts';

/** A valid export request designed to break its readers. */
export interface HostileRequest {
  readonly signal: keyof RequestJson;
  /** The request as a protobuf message. A few of its strings are invalid UTF-8. */
  readonly bytes: Uint8Array;
  /** The same request as OTLP/JSON, with a lone surrogate where `bytes` is invalid UTF-8. */
  readonly json: string;
}

/** Options for `hostileRequest`. */
export interface HostileRequestOptions {
  /** Time around which most timestamps lie, in milliseconds since the Unix epoch. Defaults to November 2023. */
  readonly aroundMillis?: number;
  /** Generates only this signal. By default, the signals alternate. */
  readonly signal?: keyof RequestJson;
}

/**
 * Generates request number `index` of a seed: valid OTLP with hostile names, values, times, IDs, sizes and nesting. The
 * same seed and index return the same request. Of every 100 requests, one is wide, one is long, one is deep and a few
 * are empty.
 */
export function hostileRequest(
  seed: number,
  index: number,
  {
    aroundMillis = 1_700_000_000_000,
    signal = SIGNALS[index % SIGNALS.length] ?? 'traces',
  }: HostileRequestOptions = {},
): HostileRequest {
  const random = Object.assign(createRandom(Math.imul(seed, 0x9e37_79b1) ^ index), {
    commonKeys: commonKeysOf(seed, Math.floor(index / PROGRAM_REQUESTS)),
  });
  const shape = SHAPES[Math.floor(index / SIGNALS.length) % SHAPES.length] ?? usual;
  const request = shape(signal, { random, around: BigInt(Math.trunc(aroundMillis)) * 1_000_000n });
  const encoded = encodeRequest(signal, request);
  const json = requestToJson(signal, encoded).replaceAll(INVALID_UTF8_MARK, '\\ud800');
  return { signal, bytes: withInvalidUtf8(encoded), json };
}

const SIGNALS = ['traces', 'logs', 'metrics'] as const;

/** Number of consecutive requests that share their common keys, as if sent by one program. */
const PROGRAM_REQUESTS = 120;
const COMMON_KEYS = 12;

function commonKeysOf(seed: number, program: number): readonly string[] {
  const random = createRandom(Math.imul(seed + 1, 0x85eb_ca6b) ^ program);
  return Array.from({ length: COMMON_KEYS }, () => HOSTILE_NAMES[random(HOSTILE_NAMES.length)] ?? '');
}

type SignalName = (typeof SIGNALS)[number];

interface Source {
  readonly random: HostileRandom;
  readonly around: bigint;
}

type Shape = (signal: SignalName, source: Source) => RequestJson[SignalName];

/** A few resources and scopes with a few items each. */
const usual: Shape = (signal, source) => {
  const { random } = source;
  const traceId = id(random, 16);
  return assemble(signal, source, 1 + random(2), () => items(signal, source, random(4), traceId));
};

/** No resources, no scopes or no items. */
const empty: Shape = (signal, { random }) => {
  const [resources, scopes, list] = LEVELS[signal];
  const cases = [
    {},
    { [resources]: [] },
    { [resources]: [{}] },
    { [resources]: [{ resource: {}, [scopes]: [] }] },
    { [resources]: [{ resource: { attributes: attributes(random, 3) }, [scopes]: [{}, { scope: {} }] }] },
    { [resources]: [{ [scopes]: [{ scope: { name: hostileName(random) }, [list]: [] }] }] },
    { [resources]: [{ [scopes]: [{ [list]: [{}, {}] }] }] },
  ];
  return cases[random(cases.length)] ?? {};
};

/** An item with 10,000 attributes. */
const wide: Shape = (signal, source) =>
  assemble(signal, source, 1, () => [withAttributes(signal, source, manyAttributes(source.random, 10_000))]);

/** An item with 1,000 events and links, or 1,000 items. */
const long: Shape = (signal, source) => {
  const { random, around } = source;
  const traceId = id(random, 16);
  return assemble(signal, source, 1, () => {
    if (signal !== 'traces') return items(signal, source, 300, traceId);
    const events = Array.from({ length: 1000 }, () => hostileEvent(random, around));
    const links = Array.from({ length: 1000 }, () => hostileLink(random));
    return [{ ...hostileSpan(random, around, traceId), events, links }];
  });
};

/** Values nested to the maximum depth that receivers accept: 100 messages below the request. */
const deep: Shape = (signal, source) =>
  assemble(signal, source, 1, () => {
    const depth = signal === 'metrics' ? 93 : 95;
    const nested = Array.from({ length: 3 }, (_, i) => ({ key: `deep${i}`, value: deepValue(source.random, depth) }));
    return [withAttributes(signal, source, nested)];
  });

/** A value with a one-megabyte string. */
const large: Shape = (signal, source) =>
  assemble(signal, source, 1, () => {
    const text = hostileName(source.random).slice(0, 10) || 'x';
    const value = { stringValue: text.repeat(Math.ceil(1_000_000 / text.length)) };
    return [withAttributes(signal, source, [{ key: 'large', value }])];
  });

const SHAPES: readonly Shape[] = Array.from({ length: 100 }, (_, i) => {
  if (i % 20 === 10) return empty;
  return ({ 3: deep, 7: wide, 13: long, 17: large } as Readonly<Record<number, Shape>>)[i] ?? usual;
});

const LEVELS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

function assemble(
  signal: SignalName,
  { random }: Source,
  resources: number,
  makeItems: () => readonly object[],
): RequestJson[SignalName] {
  const [resourceList, scopeList, itemList] = LEVELS[signal];
  return {
    [resourceList]: Array.from({ length: resources }, () => ({
      ...(random(8) === 0 ? {} : { resource: hostileResource(random) }),
      schemaUrl: random(4) === 0 ? hostileName(random) : '',
      [scopeList]: Array.from({ length: 1 + random(2) }, () => ({
        ...(random(8) === 0 ? {} : { scope: hostileScope(random) }),
        schemaUrl: random(8) === 0 ? hostileName(random) : '',
        [itemList]: makeItems(),
      })),
    })),
  };
}

function hostileResource(random: HostileRandom): ResourceJson {
  const service = { key: 'service.name', value: { stringValue: hostileName(random) } };
  const version = { key: 'service.version', value: { stringValue: hostileName(random) } };
  return {
    attributes: [
      ...(random(6) === 0 ? [] : [service]),
      ...(random(3) === 0 ? [version] : []),
      ...attributes(random, random(3)),
    ],
  };
}

function hostileScope(random: HostileRandom): ScopeJson {
  return {
    name: hostileName(random),
    version: random(2) === 0 ? hostileName(random) : '',
    attributes: attributes(random, random(2)),
  };
}

function items(signal: SignalName, { random, around }: Source, count: number, traceId: string): readonly object[] {
  return Array.from({ length: count }, () => {
    const ofTrace = random(3) === 0 ? id(random, 16) : traceId;
    if (signal === 'traces') return hostileSpan(random, around, ofTrace);
    if (signal === 'logs') return hostileLogRecord(random, around, ofTrace);
    return hostileMetric(random, around, 1 + random(4));
  });
}

/** Returns an item with its attributes replaced. */
function withAttributes(signal: SignalName, source: Source, list: readonly KeyValueJson[]): object {
  const { random, around } = source;
  if (signal === 'traces') return { ...hostileSpan(random, around, id(random, 16)), attributes: list };
  if (signal === 'logs') return { ...hostileLogRecord(random, around, id(random, 16)), attributes: list };
  const point = { timeUnixNano: around.toString(), asInt: '1', attributes: list };
  return { name: hostileName(random), gauge: { dataPoints: [point] } };
}

/** Replaces every `INVALID_UTF8_MARK` with invalid UTF-8 of the same length. */
function withInvalidUtf8(bytes: Uint8Array): Uint8Array {
  const mark = new TextEncoder().encode(INVALID_UTF8_MARK);
  const result = Buffer.from(bytes);
  for (let at = result.indexOf(mark); at >= 0; at = result.indexOf(mark, at + mark.length)) {
    result.set([0xff, 0xc0, 0x80], at);
  }
  return result;
}
