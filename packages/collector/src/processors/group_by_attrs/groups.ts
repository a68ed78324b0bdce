import { SIGNALS, type Signal, TrustedReader, WireWriter } from '@otelier/otlp';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';

/** The contents of an encoded message: `[start, end)` of `bytes`. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A resource and its scopes, by name and version. */
export interface ResourceGroup {
  readonly resource: EncodedAttributes;
  readonly scopes: Map<string, ScopeGroup>;
}

/** A scope and its items, or its metrics by name and kind. */
export interface ScopeGroup {
  readonly scope: Chunk;
  readonly items: Chunk[];
  readonly metrics: Map<string, MetricGroup>;
}

/** A metric and its data points. */
export interface MetricGroup {
  readonly metric: Chunk;
  /** The `Metric` field that contains the data. */
  readonly dataField: number;
  readonly data: Chunk;
  readonly points: Chunk[];
}

/** Encodes groups as a request. */
export function writeGroups(signal: Signal, groups: Iterable<ResourceGroup>): Uint8Array {
  const { resourceField, scopeField, itemField, points } = SIGNALS[signal];
  const writer = new WireWriter(4096);
  for (const { resource, scopes } of groups) {
    writer.open(resourceField);
    writer.bytesField(OWNER_FIELD, resource);
    for (const { scope, items, metrics } of scopes.values()) {
      writer.open(scopeField);
      writer.bytesField(OWNER_FIELD, scope.bytes, scope.start, scope.end);
      for (const { bytes, start, end } of items) writer.bytesField(itemField, bytes, start, end);
      for (const metric of metrics.values())
        if (points !== undefined) writeMetric(writer, itemField, metric, points.dataFields, points.pointField);
      writer.close();
    }
    writer.close();
  }
  return writer.finish();
}

function writeMetric(
  writer: WireWriter,
  metricField: number,
  { metric, dataField, data, points }: MetricGroup,
  dataFields: readonly number[],
  pointField: number,
): void {
  writer.open(metricField);
  copyFields(writer, metric, (field) => !dataFields.includes(field));
  writer.open(dataField);
  for (const { bytes, start, end } of points) writer.bytesField(pointField, bytes, start, end);
  copyFields(writer, data, (field) => field !== pointField);
  writer.close();
  writer.close();
}

function copyFields(writer: WireWriter, { bytes, start, end }: Chunk, isOwn: (field: number) => boolean): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) if (isOwn(reader.field)) writer.raw(bytes, reader.start, reader.end);
}

/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;
