import { readVarint } from '@otelier/otlp';
import { isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import { bytesField, inside, type MessageFields, readFields, varintField } from '../../spans/message-fields.ts';
import { decodeProtobuf, doubleField, int64Field, textField, textsField } from './decode-payload.ts';
import { parseJson } from './decode-traces.ts';
import { integerOf, listOf, mapOf, textOf } from './span-values.ts';

/** Points of a metric. */
export interface DatadogSeries {
  readonly metric: string;
  readonly kind: 'count' | 'rate' | 'gauge' | 'unspecified';
  readonly tags: readonly string[];
  readonly host: string;
  readonly unit: string;
  /** Further attributes of the resource. */
  readonly resources: readonly (readonly [string, string])[];
  /** Seconds between points; 0 if it is not known. */
  readonly interval: bigint;
  readonly points: readonly SeriesPoint[];
}

/** A value at a time in seconds since the epoch. */
export interface SeriesPoint {
  readonly timestamp: bigint;
  readonly value: number;
}

const KINDS = ['unspecified', 'count', 'rate', 'gauge'] as const;

/** Decodes a request to `/api/v1/series`. Throws a `MalformedSpansError`. */
export function decodeSeriesV1(body: Uint8Array): readonly DatadogSeries[] {
  return listOf(mapOf(parseJson(body), 'body').get('series'), 'series').map((value, index) => {
    const where = `series[${index}]`;
    const series = mapOf(value, where);
    const type = textOf(series.get('type'), `${where}.type`).toLowerCase() || 'gauge';
    return {
      ...commonOf(series, where),
      kind: KINDS.find((kind) => kind === type) ?? 'unspecified',
      host: textOf(series.get('host'), `${where}.host`),
      resources: [],
      points: listOf(series.get('points'), `${where}.points`).map((point, i) => {
        const [timestamp, number] = listOf(point, `${where}.points[${i}]`);
        return pointOf(timestamp, number, `${where}.points[${i}]`);
      }),
    };
  });
}

/** Decodes a request to `/api/v2/series` in JSON. Throws a `MalformedSpansError`. */
export function decodeJsonSeries(body: Uint8Array): readonly DatadogSeries[] {
  return listOf(mapOf(parseJson(body), 'body').get('series'), 'series').map((value, index) => {
    const where = `series[${index}]`;
    const series = mapOf(value, where);
    const resources = listOf(series.get('resources'), `${where}.resources`).map((resource, i) => {
      const fields = mapOf(resource, `${where}.resources[${i}]`);
      return [
        textOf(fields.get('type'), `${where}.resources.type`),
        textOf(fields.get('name'), `${where}.resources.name`),
      ] as const;
    });
    return {
      ...commonOf(series, where),
      ...divided(resources, textOf(series.get('source_type_name'), `${where}.source_type_name`)),
      kind: KINDS[Number(integerOf(series.get('type'), `${where}.type`))] ?? 'unspecified',
      points: listOf(series.get('points'), `${where}.points`).map((point, i) => {
        const fields = mapOf(point, `${where}.points[${i}]`);
        return pointOf(fields.get('timestamp'), fields.get('value'), `${where}.points[${i}]`);
      }),
    };
  });
}

function commonOf(series: ValueMap, where: string) {
  return {
    metric: textOf(series.get('metric'), `${where}.metric`),
    tags: listOf(series.get('tags'), `${where}.tags`).map((tag) => textOf(tag, `${where}.tags`)),
    unit: textOf(series.get('unit'), `${where}.unit`),
    interval: integerOf(series.get('interval'), `${where}.interval`),
  };
}

function pointOf(timestamp: Value, value: Value, where: string): SeriesPoint {
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw new MalformedSpansError(
      `${where}: expected a time and a number, got ${isMap(value) ? 'a map' : typeof value}`,
    );
  return { timestamp: integerOf(timestamp, where), value: Number(value) };
}

function divided(resources: readonly (readonly [string, string])[], source: string) {
  return {
    host: resources.find(([type]) => type === 'host')?.[1] ?? '',
    resources: [
      ...resources.filter(([type]) => type !== 'host'),
      ...(source === '' ? [] : [['source', source] as const]),
    ],
  };
}

interface SeriesDraft {
  metric: string;
  kind: DatadogSeries['kind'];
  tags: string[];
  unit: string;
  source: string;
  interval: bigint;
  named: (readonly [string, string])[];
  points: SeriesPoint[];
}

const RESOURCE_FIELDS: MessageFields<{ type: string; name: string }> = { 1: textField('type'), 2: textField('name') };
const POINT_FIELDS: MessageFields<{ value: number; timestamp: bigint }> = {
  1: doubleField('value'),
  2: int64Field('timestamp'),
};
const SERIES_FIELDS: MessageFields<SeriesDraft> = {
  1: bytesField((series, field) => {
    const { type, name } = readFields({ type: '', name: '' }, inside(field), RESOURCE_FIELDS);
    series.named.push([type, name]);
  }),
  2: textField('metric'),
  3: textsField('tags'),
  4: bytesField((series, field) =>
    series.points.push(readFields({ value: 0, timestamp: 0n }, inside(field), POINT_FIELDS)),
  ),
  5: varintField((series, { bytes, valueStart }) => {
    series.kind = KINDS[readVarint(bytes, valueStart)] ?? 'unspecified';
  }),
  6: textField('unit'),
  7: textField('source'),
  8: int64Field('interval'),
};
const PAYLOAD_FIELDS: MessageFields<SeriesDraft[]> = {
  1: bytesField((all, field) => {
    const draft: SeriesDraft = {
      ...{ metric: '', kind: 'unspecified', tags: [], unit: '', source: '' },
      ...{ interval: 0n, named: [], points: [] },
    };
    all.push(readFields(draft, inside(field), SERIES_FIELDS));
  }),
};

/** Decodes a request to `/api/v2/series` in protobuf (`MetricPayload`). Throws a `MalformedSpansError`. */
export function decodeProtobufSeries(body: Uint8Array): readonly DatadogSeries[] {
  return decodeProtobuf(body, 'a metric payload', (reader) =>
    readFields<SeriesDraft[]>([], reader, PAYLOAD_FIELDS).map(({ named, source, ...series }) => ({
      ...series,
      ...divided(named, source),
    })),
  );
}
